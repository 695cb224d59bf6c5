/** Everything the UI can read. Answers come from memory or the store; the only side effect is a directory listing. */
import type * as z from 'zod';
import type { Member } from '../protocols/model/entities.ts';
import { fail } from '../protocols/model/errors.ts';
import type { ConversationId } from '../protocols/model/ids.ts';
import type { Accounts } from './accounts.ts';
import type { BootState, QueryName, QueryResults, TimelinePage } from './contract/queries.ts';
import type { querySchemas } from './contract/queries.ts';
import { maxReceipts } from './contract/queries.ts';
import type { Core } from './core.ts';
import type { Directory } from './directory.ts';
import type { Imports } from './imports/imports.ts';
import type { Logins } from './logins.ts';
import { toAccount, toContact, toConversation, toGap, toMessage } from './materialise.ts';
import { messageDetails, messageEdits } from './message-queries.ts';
import { toReceipt } from './receipts.ts';
import type { PageFrom, StoredPage } from './store/store.ts';

export interface QueryEnv {
	readonly core: Core;
	readonly accounts: Accounts;
	readonly logins: Logins;
	readonly imports: Imports;
	readonly directory: Directory;
}

type Body<N extends QueryName> = z.output<(typeof querySchemas)[N]>;
type QueryHandlers = { readonly [N in QueryName]: (env: QueryEnv, body: Body<N>) => Promise<QueryResults[N]> };

export const queryHandlers: QueryHandlers = {
	boot: ({ core }) => Promise.resolve(boot(core)),
	'timeline.page': ({ core }, body) => timelinePage(core, body),
	'message.edits': ({ core }, { messageId }) => messageEdits(core, messageId),
	'message.details': ({ core }, { messageId }) => messageDetails(core, messageId),
	'members.page': ({ core }, { conversationId, filter, offset, limit }) =>
		Promise.resolve(core.ephemeral.membersPage(conversationId, filter, offset, limit)),
	'members.complete': ({ core }, body) => completeMembers(core, body.conversationId, body.prefix, body.limit),
	'search.messages': ({ core }, body) => searchMessages(core, body),
	'search.directory': ({ directory }, { accountId, filter, offset, limit }) =>
		directory.page(accountId, filter, offset, limit),
	'search.people': async ({ core }, { accountId, filter }) => {
		const link = core.runners.get(accountId);
		if (link?.online !== true) fail('connection-lost');
		const directory = link?.adapter?.directory;
		const found =
			(await directory?.people?.(filter, AbortSignal.timeout(30_000))) ?? fail('unsupported', 'search people');
		return { people: found.slice(0, 100) };
	},
	'account.log': ({ accounts }, { accountId, limit }) =>
		Promise.resolve({ lines: accounts.log.read(accountId, limit) }),
	'import.scan': ({ imports }) => imports.scan(),
	'login.validate': async ({ logins }, { loginId, field, value }) => ({
		error: await logins.validate(loginId, field, value),
	}),
};

function boot(core: Core): BootState {
	const { state } = core;
	// Pending patches are part of what is read now: the number must say so.
	core.patches.flush();
	return {
		protocols: Array.from(core.protocols.values(), (factory) => factory.describe()),
		accounts: Array.from(state.accounts.values(), (account) => toAccount(state, account)).sort(
			(a, b) => a.position - b.position,
		),
		conversations: Array.from(state.conversations.values(), (conversation) => toConversation(state, conversation)),
		contacts: Array.from(state.contacts.values(), (contact) => toContact(state, contact)),
		persons: [...state.persons.values()],
		decisions: [...state.decisions.values()],
		typing: core.ephemeral.typingAnywhere(),
		settings: state.settings,
		seq: core.patches.seq,
		now: core.clock.now(),
		version: core.host.version,
	};
}

/** Read between two writes, so that no patch that is older than the page arrives after it. */
function timelinePage(
	core: Core,
	{ conversationId, from, limit, thread }: Body<'timeline.page'>,
): Promise<TimelinePage> {
	return core.exclusive.run('read', async () => {
		const conversation = core.state.conversations.get(conversationId) ?? fail('bad-input', 'no such conversation');
		const page = await core.store.page(conversationId, await placeOf(core, conversationId, from), limit, thread);
		const receipts = await core.store.receipts(conversationId, maxReceipts);
		return {
			messages: page.rows.filter((row) => !row.message.hidden).map((row) => toMessage(core.state, row)),
			gaps: gapsOf(core, conversationId, page),
			hasBefore: page.hasBefore,
			hasAfter: page.hasAfter,
			receipts: receipts.map((stored) => toReceipt(core, conversation, stored)),
		};
	});
}

async function placeOf(core: Core, id: ConversationId, from: Body<'timeline.page'>['from']): Promise<PageFrom> {
	if (from.at === 'message') {
		const [row] = await core.store.getMessages([from.messageId]);
		if (row === undefined || row.message.conversationId !== id) return fail('bad-input', 'no such message');
		return { at: 'around', sort: row.message.sort };
	}
	if (from.at !== 'unread') return from;
	const conversation = core.state.conversations.get(id);
	const read = conversation?.readUpTo ?? null;
	return read === null || conversation?.unread === 0 ? { at: 'newest' } : { at: 'around', sort: read };
}

/** Gaps inside the page or next to it. They are few, so the whole list is filtered. */
function gapsOf(core: Core, id: ConversationId, page: StoredPage): TimelinePage['gaps'] {
	const first = page.rows[0]?.message.sort.ts ?? Number.NEGATIVE_INFINITY;
	const last = page.rows.at(-1)?.message.sort.ts ?? Number.POSITIVE_INFINITY;
	return Array.from(core.state.gapsOf.get(id) ?? [], (gapId) => core.state.gaps.get(gapId))
		.filter((gap) => gap !== undefined)
		.filter((gap) => {
			const upper = gap.before?.ts ?? Number.POSITIVE_INFINITY;
			const lower = gap.after?.ts ?? Number.NEGATIVE_INFINITY;
			return upper >= first && (lower <= last || !page.hasAfter);
		})
		.map((gap) => toGap(core.state, gap));
}

/** People who spoke lately, then the rest of the room. */
async function completeMembers(
	core: Core,
	id: ConversationId,
	prefix: string,
	limit: number,
): Promise<{ readonly members: readonly Member[] }> {
	if (!core.state.conversations.has(id)) return { members: [] };
	const wanted = prefix.toLowerCase();
	const fits = (name: string): boolean => name.toLowerCase().startsWith(wanted);
	const members = new Map<string, Member>();
	for (const sender of await core.store.recentSenders(id, 50)) {
		if (members.size >= limit || !fits(sender.name)) continue;
		const member = core.ephemeral.member(id, sender.remoteId);
		members.set(
			sender.remoteId,
			member ?? {
				remoteId: sender.remoteId,
				name: sender.name,
				role: 'member',
				address: null,
				availability: 'unknown',
				self: false,
			},
		);
	}
	for (const member of core.ephemeral.membersPage(id, prefix, 0, 1000).members) {
		if (members.size >= limit) break;
		if (fits(member.name) && !members.has(member.remoteId)) members.set(member.remoteId, member);
	}
	return { members: [...members.values()].filter((member) => !member.self) };
}

async function searchMessages(
	core: Core,
	{ text, conversationId, accountId, before, limit }: Body<'search.messages'>,
): Promise<QueryResults['search.messages']> {
	const conversations =
		conversationId !== null
			? [conversationId]
			: accountId !== null
				? core.state.conversationsOf(accountId).map(({ id }) => id)
				: null;
	const hits = await core.store.search({ text, conversations, before, limit: limit + 1 });
	return {
		hits: hits.slice(0, limit).map(({ row, ranges }) => ({ message: toMessage(core.state, row), ranges })),
		more: hits.length > limit,
	};
}
