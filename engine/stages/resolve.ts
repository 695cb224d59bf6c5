/** Stage 1: which conversation an event belongs to; creates, updates, renames and removes conversations. */
import type { RemoteConversation } from '../../protocols/adapter/events.ts';
import type { ConversationCapabilities } from '../../protocols/model/capabilities.ts';
import type { ConversationKind, NotifyLevel } from '../../protocols/model/entities.ts';
import type { AccountId, RemoteConversationId, RemoteUserId } from '../../protocols/model/ids.ts';
import { conversationId, remoteConversationId } from '../../protocols/model/ids.ts';
import { inheritPrivacy } from '../../protocols/model/privacy.ts';
import { newId } from '../core.ts';
import type { Core } from '../core.ts';
import { syncTopGap } from '../gaps.ts';
import type { Run } from '../ingest-run.ts';
import type { StoredConversation } from '../store/store.ts';
import type { Transaction } from '../transaction.ts';

const defaultNotify: Readonly<Record<ConversationKind, NotifyLevel>> = {
	direct: 'all',
	group: 'all',
	channel: 'mentions',
	server: 'none',
	space: 'none',
};

/** Holds an account's server messages when its adapter has no conversation for them; no network can name it so. */
const serverRemoteId = remoteConversationId('parley:server');

interface NewConversation {
	readonly accountId: AccountId;
	readonly remoteId: RemoteConversationId;
	readonly kind: ConversationKind;
	readonly peer: RemoteUserId | null;
	readonly name: string;
	readonly capabilities: ConversationCapabilities;
}

function createConversation(core: Core, tx: Transaction, fresh: NewConversation): StoredConversation {
	const conversation: StoredConversation = {
		...fresh,
		id: conversationId(newId(core)),
		parentId: null,
		topic: '',
		membership: 'joined',
		invite: null,
		notify: defaultNotify[fresh.kind],
		pinned: false,
		archived: false,
		unread: 0,
		mentions: 0,
		readUpTo: null,
		last: null,
		error: null,
		privacy: inheritPrivacy,
	};
	tx.putConversation(conversation);
	return conversation;
}

/** The conversation with this remote id, made on first sight. `from` tells direct chats from rooms. */
export function resolveConversation(
	run: Run,
	remoteId: RemoteConversationId,
	from: { readonly remoteId: RemoteUserId; readonly name: string } | null,
): StoredConversation {
	const { tx, session } = run;
	const known = tx.conversationByRemote(session.accountId, remoteId);
	if (known !== undefined) return known;
	const direct = from !== null && (from.remoteId as string) === (remoteId as string);
	const created = createConversation(run.core, tx, {
		accountId: session.accountId,
		remoteId,
		kind: direct ? 'direct' : 'group',
		peer: direct ? from.remoteId : null,
		name: direct ? from.name : remoteId,
		capabilities: session.capabilities(remoteId),
	});
	syncTopGap(run, created);
	return created;
}

/**
 * Says only that we are out of a conversation that is not known: there is nothing to show. Adapters that want it shown,
 * because the user asked for it to be joined at every start, tell its kind.
 */
export function isFarewell(run: Run, remote: RemoteConversation): boolean {
	return (
		(remote.membership === 'left' || remote.membership === 'banned') &&
		remote.kind === undefined &&
		run.tx.conversationByRemote(run.session.accountId, remote.remoteId) === undefined
	);
}

export function upsertConversation(run: Run, remote: RemoteConversation): StoredConversation {
	const { tx, session } = run;
	const known = tx.conversationByRemote(session.accountId, remote.remoteId);
	const base =
		known ??
		createConversation(run.core, tx, {
			accountId: session.accountId,
			remoteId: remote.remoteId,
			kind: remote.kind ?? 'group',
			peer: remote.peer ?? null,
			name: remote.name ?? remote.remoteId,
			capabilities: remote.capabilities ?? session.capabilities(remote.remoteId),
		});
	const membership = remote.membership ?? base.membership;
	const next: StoredConversation = {
		...base,
		kind: remote.kind ?? base.kind,
		peer: remote.peer === undefined ? base.peer : remote.peer,
		name: remote.name === undefined || remote.name === '' ? base.name : remote.name,
		topic: remote.topic ?? base.topic,
		membership,
		invite: membership === 'invited' ? (remote.invite === undefined ? base.invite : remote.invite) : null,
		error: remote.error === undefined ? base.error : remote.error,
		capabilities: remote.capabilities ?? base.capabilities,
		parentId: remote.parent === undefined ? base.parentId : parentOf(run, remote.parent),
	};
	tx.putConversation(next);
	syncTopGap(run, next);
	return next;
}

function parentOf(run: Run, parent: RemoteConversationId | null): StoredConversation['parentId'] {
	return parent === null ? null : (run.tx.conversationByRemote(run.session.accountId, parent)?.id ?? null);
}

export function removeConversation(run: Run, remoteId: RemoteConversationId): void {
	const conversation = run.tx.conversationByRemote(run.session.accountId, remoteId);
	if (conversation === undefined) return;
	run.gaps.delete(conversation.id);
	run.notable.delete(conversation.id);
	run.tx.removeConversation(conversation);
}

/**
 * The same place under a new remote id. When the new id is already a conversation, that one goes on and the old one is
 * put away, with its history, because two histories cannot be told apart once mixed.
 */
export function renameConversation(run: Run, from: RemoteConversationId, to: RemoteConversationId, name: string): void {
	const { tx, session } = run;
	const source = tx.conversationByRemote(session.accountId, from);
	if (source === undefined) return;
	const target = tx.conversationByRemote(session.accountId, to);
	if (target !== undefined && target.id !== source.id) {
		tx.putConversation({ ...source, archived: true, membership: 'left' });
		tx.putConversation({
			...target,
			archived: false,
			membership: source.membership,
			pinned: target.pinned || source.pinned,
		});
		return;
	}
	const peer =
		source.peer !== null && (source.peer as string) === (from as string) ? (to as string as RemoteUserId) : source.peer;
	tx.putConversation({ ...source, remoteId: to, name: name === '' ? source.name : name, peer });
}

/** Where words of the server go: the conversation named, or the account's own server conversation. */
export function serverConversation(run: Run, named: RemoteConversationId | null): StoredConversation {
	const { tx, session, core } = run;
	if (named !== null) {
		const known = tx.conversationByRemote(session.accountId, named);
		if (known !== undefined) return known;
	}
	const own = tx.serverConversationOf(session.accountId);
	if (own !== undefined) return own;
	return createConversation(core, tx, {
		accountId: session.accountId,
		remoteId: serverRemoteId,
		kind: 'server',
		peer: null,
		name: tx.accounts.get(session.accountId)?.label ?? 'server',
		capabilities: session.capabilities(serverRemoteId),
	});
}
