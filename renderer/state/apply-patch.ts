/**
 * The only writer of engine-derived state. Pure: the same ops on the same state give the same state, applying a frame
 * twice changes nothing, and what did not change keeps its identity so that selectors stay quiet.
 */
import type { PatchOp } from '../../engine/contract/patches.ts';
import type { BootState, TimelinePage } from '../../engine/contract/queries.ts';
import { assertNever } from '../../protocols/model/assert-never.ts';
import type { ConversationId } from '../../protocols/model/ids.ts';
import type { EngineState, MemberList } from './engine-state.ts';
import { addPage, putGap, putMessages, removeGap, removeMessages, windowOfPage } from './timeline-window.ts';
import type { TimelineWindow } from './timeline-window.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
	return new Map(map).set(key, value);
}

function drop<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
	if (!map.has(key)) return map;
	const next = new Map(map);
	next.delete(key);
	return next;
}

/** Files whose state is remembered; the oldest are forgotten, and asked for again when they are shown. */
const maxMedia = 2000;

function putBounded<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
	const next = new Map(map);
	next.delete(key);
	next.set(key, value);
	const [oldest] = next.keys();
	if (next.size > maxMedia && oldest !== undefined) next.delete(oldest);
	return next;
}

function changeWindow(
	state: Mutable<EngineState>,
	id: ConversationId,
	change: (window: TimelineWindow) => TimelineWindow,
): void {
	const window = state.timelines.get(id);
	if (window === undefined) return;
	const next = change(window);
	if (next !== window) state.timelines = put(state.timelines, id, next);
}

function changeMembers(list: MemberList, op: Extract<PatchOp, { op: 'members.delta' }>): MemberList {
	const byId = new Map(list.byId);
	for (const member of op.upsert) byId.set(member.remoteId, member);
	for (const id of op.remove) byId.delete(id);
	return { ...list, byId, total: op.total };
}

function applyOp(state: Mutable<EngineState>, op: PatchOp): void {
	switch (op.op) {
		case 'account.put':
			state.accounts = put(state.accounts, op.account.id, op.account);
			return;
		case 'account.remove':
			state.accounts = drop(state.accounts, op.id);
			return;
		case 'conversation.put':
			state.conversations = put(state.conversations, op.conversation.id, op.conversation);
			return;
		case 'conversation.remove':
			state.conversations = drop(state.conversations, op.id);
			state.timelines = drop(state.timelines, op.id);
			state.members = drop(state.members, op.id);
			state.typing = drop(state.typing, op.id);
			return;
		case 'contact.put':
			state.contacts = put(state.contacts, op.contact.id, op.contact);
			return;
		case 'contact.remove':
			state.contacts = drop(state.contacts, op.id);
			return;
		case 'person.put':
			state.persons = put(state.persons, op.person.id, op.person);
			return;
		case 'person.remove':
			state.persons = drop(state.persons, op.id);
			return;
		case 'decision.open':
			state.decisions = put(state.decisions, op.decision.id, op.decision);
			return;
		case 'decision.close':
			state.decisions = drop(state.decisions, op.id);
			return;
		case 'settings.put':
			state.settings = op.settings;
			return;
		case 'timeline.put':
			changeWindow(state, op.conversationId, (window) => putMessages(window, op.messages));
			return;
		case 'timeline.remove':
			changeWindow(state, op.conversationId, (window) => removeMessages(window, op.ids));
			return;
		case 'gap.put':
			changeWindow(state, op.gap.conversationId, (window) => putGap(window, op.gap));
			return;
		case 'gap.remove':
			changeWindow(state, op.conversationId, (window) => removeGap(window, op.id));
			return;
		case 'members.reset':
			state.members = put(state.members, op.conversationId, {
				byId: new Map(op.members.map((member) => [member.remoteId, member])),
				total: op.total,
				complete: op.complete,
			});
			return;
		case 'members.delta': {
			const list = state.members.get(op.conversationId);
			if (list !== undefined) state.members = put(state.members, op.conversationId, changeMembers(list, op));
			return;
		}
		case 'typing':
			state.typing =
				op.users.length === 0 ? drop(state.typing, op.conversationId) : put(state.typing, op.conversationId, op.users);
			return;
		case 'login.progress':
			state.loginProgress =
				op.key === null ? drop(state.loginProgress, op.loginId) : put(state.loginProgress, op.loginId, op.key);
			return;
		case 'media.put':
			state.media = putBounded(state.media, op.media.id, op.media.state);
			return;
		case 'receipt.put':
		case 'notify.withdraw':
		case 'notify':
		case 'resync':
			// Not state: the session acts on them.
			return;
		default:
			assertNever(op);
	}
}

export function applyPatch(state: EngineState, ops: readonly PatchOp[]): EngineState {
	const next: Mutable<EngineState> = { ...state };
	for (const op of ops) applyOp(next, op);
	return next;
}

/** Everything but open timelines, which the session loads again. */
export function applyBoot(state: EngineState, boot: BootState): EngineState {
	const byId = <T extends { readonly id: string }>(list: readonly T[]): Map<T['id'], T> =>
		new Map(list.map((entry) => [entry.id, entry]));
	return {
		...state,
		booted: true,
		version: boot.version,
		protocols: new Map(boot.protocols.map((protocol) => [protocol.name, protocol])),
		accounts: byId(boot.accounts),
		conversations: byId(boot.conversations),
		contacts: byId(boot.contacts),
		persons: byId(boot.persons),
		decisions: byId(boot.decisions),
		typing: new Map(
			boot.typing.filter((entry) => entry.users.length > 0).map((entry) => [entry.conversationId, entry.users]),
		),
		loginProgress: new Map(),
		settings: boot.settings,
	};
}

/** A page of an open conversation: a fresh run, or one side of the present run. */
export function applyPage(
	state: EngineState,
	id: ConversationId,
	page: TimelinePage,
	place: 'fresh' | 'before' | 'after',
): EngineState {
	const window = state.timelines.get(id);
	const next = place === 'fresh' || window === undefined ? windowOfPage(page) : addPage(window, page, place);
	return { ...state, timelines: put(state.timelines, id, next) };
}

/** The conversation is not subscribed to any more. */
export function applyClosed(state: EngineState, id: ConversationId): EngineState {
	return { ...state, timelines: drop(state.timelines, id), members: drop(state.members, id) };
}
