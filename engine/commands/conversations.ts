/** Commands about conversations: opening, joining, leaving, moderation, reading, settings of one conversation. */
import type { AdapterAction } from '../../protocols/adapter/actions.ts';
import type { ConversationCapabilities, Feature } from '../../protocols/model/capabilities.ts';
import { can } from '../../protocols/model/capabilities.ts';
import { compareSort } from '../../protocols/model/entities.ts';
import type { SortKey } from '../../protocols/model/entities.ts';
import { chatError, ChatException, fail, toChatError } from '../../protocols/model/errors.ts';
import { txnId } from '../../protocols/model/ids.ts';
import type { ConversationId, MessageId } from '../../protocols/model/ids.ts';
import { act, actIntoConversation } from '../act.ts';
import { requireFeature } from '../capability-check.ts';
import type { Core } from '../core.ts';
import { fillGap } from '../history.ts';
import { conversationOf, enqueue, rowOf, targetOf } from '../outgoing.ts';
import { privacyOf } from '../privacy.ts';
import { advanceRead } from '../stages/attention.ts';
import type { StoredConversation, StoredMessage } from '../store/store.ts';
import type { Transaction } from '../transaction.ts';
import { maxOpen } from '../transport/subscriptions.ts';
import type { Handlers } from './env.ts';

type Names =
	| 'conversation.open'
	| 'conversation.close'
	| 'conversation.join'
	| 'conversation.create'
	| 'conversation.direct'
	| 'conversation.leave'
	| 'conversation.answerInvite'
	| 'conversation.setTopic'
	| 'conversation.setName'
	| 'conversation.invite'
	| 'conversation.kick'
	| 'conversation.ban'
	| 'conversation.unban'
	| 'conversation.setRole'
	| 'conversation.markRead'
	| 'conversation.update'
	| 'conversation.fillGap'
	| 'typing.set'
	| 'draft.set';

const conversationById = (core: Core, id: ConversationId): StoredConversation =>
	core.state.conversations.get(id) ?? fail('bad-input', 'no such conversation');

/** Looks the conversation up, checks one of its features, performs. */
async function actIn(
	core: Core,
	id: ConversationId,
	feature: keyof ConversationCapabilities,
	make: (conversation: StoredConversation) => AdapterAction,
): Promise<null> {
	const conversation = conversationById(core, id);
	requireFeature(conversation.capabilities[feature] as Feature, feature);
	await act(core, conversation.accountId, make(conversation));
	return null;
}

export const conversationCommands: Handlers<Names> = {
	'conversation.open': ({ core }, { conversationId }, caller) => {
		conversationById(core, conversationId);
		if (caller.subscriptions.size >= maxOpen && !caller.subscriptions.has(conversationId))
			fail('rate-limited', 'too many open conversations');
		caller.subscriptions.open(conversationId);
		core.ephemeral.showMembers(conversationId);
		core.patches.push({ op: 'typing', conversationId, users: core.ephemeral.typingIn(conversationId) });
		return Promise.resolve(null);
	},
	'conversation.close': (_env, { conversationId }, caller) => {
		caller.subscriptions.close(conversationId);
		return Promise.resolve(null);
	},
	'conversation.join': async ({ core }, { accountId, name, password }) => {
		requireFeature(core.state.runtimeOf(accountId).capabilities.joinByName, 'join');
		return { conversationId: await actIntoConversation(core, accountId, { type: 'join', name, password }, name) };
	},
	'conversation.create': async ({ core }, { accountId, name, topic, isPublic, invite }) => {
		requireFeature(core.state.runtimeOf(accountId).capabilities.createRoom, 'create a room');
		return {
			conversationId: await actIntoConversation(
				core,
				accountId,
				{ type: 'create-room', name, topic, isPublic, invite },
				null,
			),
		};
	},
	'conversation.direct': async ({ core }, { accountId, user }) => {
		requireFeature(core.state.runtimeOf(accountId).capabilities.directChat, 'direct chat');
		return { conversationId: await actIntoConversation(core, accountId, { type: 'open-direct', user }, user) };
	},
	'conversation.leave': async ({ core }, { conversationId, reason, forget }) => {
		await leave(core, conversationById(core, conversationId), reason, forget);
		return null;
	},
	'conversation.answerInvite': async ({ core }, { conversationId, accept }) => {
		const conversation = conversationById(core, conversationId);
		if (conversation.membership !== 'invited') fail('bad-input', 'no invitation is open');
		await act(core, conversation.accountId, { type: 'answer-invite', conversation: conversation.remoteId, accept });
		return null;
	},
	'conversation.setTopic': ({ core }, { conversationId, topic }) =>
		actIn(core, conversationId, 'topic', ({ remoteId }) => ({ type: 'set-topic', conversation: remoteId, topic })),
	'conversation.setName': ({ core }, { conversationId, name }) =>
		actIn(core, conversationId, 'topic', ({ remoteId }) => ({ type: 'set-room-name', conversation: remoteId, name })),
	'conversation.invite': ({ core }, { conversationId, user, reason }) =>
		actIn(core, conversationId, 'invite', ({ remoteId }) => ({ type: 'invite', conversation: remoteId, user, reason })),
	'conversation.kick': ({ core }, { conversationId, user, reason }) =>
		actIn(core, conversationId, 'kick', ({ remoteId }) => ({ type: 'kick', conversation: remoteId, user, reason })),
	'conversation.ban': ({ core }, { conversationId, user, reason }) =>
		actIn(core, conversationId, 'ban', ({ remoteId }) => ({ type: 'ban', conversation: remoteId, user, reason })),
	'conversation.unban': ({ core }, { conversationId, user }) =>
		actIn(core, conversationId, 'ban', ({ remoteId }) => ({
			type: 'unban',
			conversation: remoteId,
			user,
			reason: null,
		})),
	'conversation.setRole': ({ core }, { conversationId, user, role }) =>
		actIn(core, conversationId, 'setRole', ({ remoteId }) => ({
			type: 'set-role',
			conversation: remoteId,
			user,
			role,
		})),
	'conversation.markRead': async ({ core }, { conversationId, messageId }) => {
		await core.write((tx) => markRead(core, tx, conversationId, messageId));
		return null;
	},
	'conversation.update': async ({ core }, { conversationId, notify, pinned, archived, privacy }) => {
		await core.write((tx) => {
			const conversation = conversationOf(tx, conversationId);
			tx.putConversation({
				...conversation,
				notify: notify ?? conversation.notify,
				pinned: pinned ?? conversation.pinned,
				archived: archived ?? conversation.archived,
				privacy: privacy ?? conversation.privacy,
			});
		});
		return null;
	},
	'conversation.fillGap': ({ core }, { conversationId, gapId }) => {
		if (core.state.gaps.get(gapId)?.conversationId !== conversationId) fail('bad-input', 'no such gap');
		return fillGap(core, gapId);
	},
	'typing.set': ({ core }, { conversationId, state }) => {
		const conversation = conversationById(core, conversationId);
		const link = core.runners.get(conversation.accountId);
		// Nobody is told that this was not told: typing is worth no error.
		if (
			privacyOf(core.state, conversation).typing &&
			can(conversation.capabilities.typingSend) &&
			link?.online === true
		) {
			act(core, conversation.accountId, { type: 'typing', conversation: conversation.remoteId, state }).catch(
				(thrown: unknown) => core.log.debug('typing not sent', { code: toChatError(thrown).code }),
			);
		}
		return Promise.resolve(null);
	},
	'draft.set': async ({ core }, { conversationId, text }) => {
		await core.write((tx) => {
			conversationOf(tx, conversationId);
			tx.drafts.put(conversationId, text);
		});
		return null;
	},
};

/** Leaving needs the network unless we are out already; forgetting works without it. */
export async function leave(
	core: Core,
	conversation: StoredConversation,
	reason: string | null,
	forget: boolean,
): Promise<void> {
	const inside =
		conversation.membership === 'joined' ||
		conversation.membership === 'joining' ||
		conversation.membership === 'invited';
	if (inside && conversation.kind !== 'server') {
		try {
			await act(core, conversation.accountId, { type: 'leave', conversation: conversation.remoteId, reason, forget });
		} catch (thrown) {
			const { code } = toChatError(thrown);
			// One-to-one chats exist without a server; being out already is what was wanted.
			const harmless = code === 'not-joined' || code === 'no-such-room' || conversation.kind === 'direct';
			if (!harmless) throw thrown;
		}
	}
	if (!forget) return;
	await core.write((tx) => {
		const current = tx.conversations.get(conversation.id);
		if (current !== undefined) tx.removeConversation(current);
		tx.after(() => core.ephemeral.forgetConversation(conversation.id));
	});
}

async function markRead(core: Core, tx: Transaction, id: ConversationId, message: MessageId): Promise<void> {
	const conversation = conversationOf(tx, id);
	const row = await rowOf(tx, message);
	if (row.message.conversationId !== id) throw new ChatException(chatError('bad-input', 'the message is elsewhere'));
	const moved = await advanceRead(tx, id, row.message.sort);
	const { readMarkerSync, readReceipt } = conversation.capabilities;
	if (!moved || (!can(readMarkerSync) && !can(readReceipt))) return;
	const upTo = await readableBefore(tx, id, row.message);
	enqueue(core, tx, {
		accountId: conversation.accountId,
		txnId: txnId(`read-${core.random.uuid()}`),
		lane: `read ${id}`,
		messageId: null,
		coalesce: `read ${id}`,
		action: {
			type: 'mark-read',
			conversation: conversation.remoteId,
			upTo: targetOf(upTo),
			visible: privacyOf(core.state, conversation).read,
		},
	});
}

/** The newest message up to this one that the server knows by an id; joins and own unsent lines have none. */
async function readableBefore(tx: Transaction, id: ConversationId, message: StoredMessage): Promise<StoredMessage> {
	const known = (candidate: StoredMessage): boolean => candidate.ids.some((own) => own.kind === 'server');
	if (known(message)) return message;
	const page = await tx.store.page(id, { at: 'before', sort: message.sort satisfies SortKey }, 30);
	const found = page.rows
		.map((row) => row.message)
		.filter((candidate) => known(candidate) && compareSort(candidate.sort, message.sort) < 0);
	return found.at(-1) ?? message;
}
