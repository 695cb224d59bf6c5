/** What is true only now: who types, who is there, who sits in which room. Memory only, expiring, never stored. */
import type { Actor } from '../protocols/adapter/events.ts';
import type { Clock } from '../protocols/adapter/context.ts';
import type { Availability } from '../protocols/model/capabilities.ts';
import type { Member, TypingUser } from '../protocols/model/entities.ts';
import { roles } from '../protocols/model/entities.ts';
import type { AccountId, ConversationId, RemoteUserId } from '../protocols/model/ids.ts';
import { toContact } from './materialise.ts';
import type { PatchHub } from './patches.ts';
import type { EngineState } from './state.ts';

/** Without a repeat, `active` typing ends after this long (IRCv3 +typing); adapters whose networks do not repeat say so. */
export const typingExpiry = { activeMs: 6000, pausedMs: 30_000, maxMs: 120_000 } as const;
/** People shown as typing in one conversation. */
const maxTyping = 50;
/** Members sent at once when a list is replaced; clients page through the rest. */
const membersPerReset = 500;
/** Members remembered per conversation. */
const maxMembers = 100_000;

const roleRank = new Map(roles.map((role, rank) => [role, rank]));
const byRank = (a: Member, b: Member): number =>
	(roleRank.get(a.role) ?? 99) - (roleRank.get(b.role) ?? 99) ||
	compareNames(a.name, b.name) ||
	compareNames(a.remoteId, b.remoteId);
const compareNames = (a: string, b: string): number => {
	const x = a.toLowerCase();
	const y = b.toLowerCase();
	return x < y ? -1 : x > y ? 1 : 0;
};

interface Typist {
	readonly name: string;
	readonly state: 'active' | 'paused';
	readonly cancel: () => void;
}

class MemberList {
	readonly byId = new Map<RemoteUserId, Member>();
	complete = false;
	#sorted: Member[] | null = null;

	/** Role first, then name. Sorted when asked for, not on every join of a crowd. */
	sorted(): readonly Member[] {
		this.#sorted ??= [...this.byId.values()].sort(byRank);
		return this.#sorted;
	}

	changed(): void {
		this.#sorted = null;
	}
}

export class Ephemeral {
	readonly #state: EngineState;
	readonly #patches: PatchHub;
	readonly #clock: Clock;
	readonly #typing = new Map<ConversationId, Map<RemoteUserId, Typist>>();
	readonly #members = new Map<ConversationId, MemberList>();

	constructor(state: EngineState, patches: PatchHub, clock: Clock) {
		this.#state = state;
		this.#patches = patches;
		this.#clock = clock;
	}

	typing(id: ConversationId, user: Actor, state: 'active' | 'paused' | 'done', expiresMs: number | null): void {
		const users = this.#typing.get(id) ?? new Map<RemoteUserId, Typist>();
		const old = users.get(user.remoteId);
		old?.cancel();
		if (state === 'done') users.delete(user.remoteId);
		else if (users.size < maxTyping || old !== undefined) {
			const usual = state === 'active' ? typingExpiry.activeMs : typingExpiry.pausedMs;
			const cancel = this.#clock.after(Math.min(expiresMs ?? usual, typingExpiry.maxMs), () =>
				this.typing(id, user, 'done', null),
			);
			users.set(user.remoteId, { name: user.name, state, cancel });
		}
		if (users.size === 0) this.#typing.delete(id);
		else this.#typing.set(id, users);
		const now = users.get(user.remoteId);
		if (old?.state !== now?.state || old?.name !== now?.name) this.#showTyping(id);
	}

	/** Everybody who is typing now; a pause is silence. */
	typingIn(id: ConversationId): TypingUser[] {
		const users: TypingUser[] = [];
		for (const [remoteId, typist] of this.#typing.get(id) ?? [])
			if (typist.state === 'active') users.push({ remoteId, name: typist.name });
		return users;
	}

	/** Conversations with somebody typing. */
	typingAnywhere(): { readonly conversationId: ConversationId; readonly users: readonly TypingUser[] }[] {
		return Array.from(this.#typing.keys(), (conversationId) => ({
			conversationId,
			users: this.typingIn(conversationId),
		})).filter(({ users }) => users.length > 0);
	}

	#showTyping(id: ConversationId): void {
		this.#patches.push({ op: 'typing', conversationId: id, users: this.typingIn(id) });
	}

	/** A message ends its author's typing. */
	spoke(id: ConversationId, user: RemoteUserId): void {
		const typist = this.#typing.get(id)?.get(user);
		if (typist !== undefined) this.typing(id, { remoteId: user, name: typist.name, strength: 'session' }, 'done', null);
	}

	presence(
		account: AccountId,
		user: RemoteUserId,
		presence: { readonly availability: Availability; readonly statusText: string },
	): void {
		const old = this.#state.presence.get(account, user);
		if (old?.availability === presence.availability && old.statusText === presence.statusText) return;
		this.#state.presence.set(account, user, {
			availability: presence.availability,
			statusText: presence.statusText.slice(0, 2000),
		});
		this.#showContact(account, user);
	}

	#showContact(account: AccountId, user: RemoteUserId): void {
		const id = this.#state.contactByRemote.get(account, user);
		const contact = id === undefined ? undefined : this.#state.contacts.get(id);
		if (contact !== undefined) this.#patches.push({ op: 'contact.put', contact: toContact(this.#state, contact) });
	}

	resetMembers(id: ConversationId, members: readonly Member[], complete: boolean): void {
		const list = new MemberList();
		for (const member of members) if (list.byId.size < maxMembers) list.byId.set(member.remoteId, member);
		list.complete = complete;
		this.#members.set(id, list);
		this.showMembers(id);
	}

	/** Sends the list anew, for those who just opened the conversation. */
	showMembers(id: ConversationId): void {
		const page = this.membersPage(id, '', 0, membersPerReset);
		this.#patches.push({
			op: 'members.reset',
			conversationId: id,
			members: page.members,
			total: page.total,
			complete: page.complete,
		});
	}

	changeMembers(id: ConversationId, upsert: readonly Member[], remove: readonly RemoteUserId[]): void {
		let list = this.#members.get(id);
		if (list === undefined) {
			list = new MemberList();
			this.#members.set(id, list);
		}
		for (const user of remove) {
			list.byId.delete(user);
			this.spoke(id, user);
		}
		for (const member of upsert)
			if (list.byId.size < maxMembers || list.byId.has(member.remoteId)) list.byId.set(member.remoteId, member);
		list.changed();
		this.#patches.push({ op: 'members.delta', conversationId: id, upsert, remove, total: list.byId.size });
	}

	membersPage(
		id: ConversationId,
		filter: string,
		offset: number,
		limit: number,
	): { readonly members: readonly Member[]; readonly total: number; readonly complete: boolean } {
		const list = this.#members.get(id);
		if (list === undefined) return { members: [], total: 0, complete: false };
		const wanted = filter.trim().toLowerCase();
		const all = list.sorted();
		const found =
			wanted === ''
				? all
				: all.filter(
						(member) =>
							member.name.toLowerCase().includes(wanted) || (member.address ?? '').toLowerCase().includes(wanted),
					);
		return { members: found.slice(offset, offset + limit), total: found.length, complete: list.complete };
	}

	member(id: ConversationId, user: RemoteUserId): Member | undefined {
		return this.#members.get(id)?.byId.get(user);
	}

	/** A name changed in the middle of a session: whatever hangs on the old name moves on. */
	renameUser(account: AccountId, from: RemoteUserId, to: RemoteUserId, name: string): void {
		const presence = this.#state.presence.get(account, from);
		if (presence !== undefined && from !== to) {
			this.#state.presence.delete(account, from);
			this.presence(account, to, presence);
			this.#showContact(account, from);
		}
		for (const [id, users] of this.#typing) {
			if (this.#state.conversations.get(id)?.accountId !== account) continue;
			if (users.has(from)) this.typing(id, { remoteId: from, name, strength: 'session' }, 'done', null);
		}
	}

	/** The connection ended: nothing is known of anybody any more. */
	forgetAccount(account: AccountId): void {
		for (const id of [...this.#typing.keys()]) {
			if (this.#state.conversations.get(id)?.accountId !== account) continue;
			for (const typist of this.#typing.get(id)?.values() ?? []) typist.cancel();
			this.#typing.delete(id);
			this.#showTyping(id);
		}
		for (const id of [...this.#members.keys()]) {
			if (this.#state.conversations.get(id)?.accountId !== account) continue;
			this.#members.delete(id);
			this.showMembers(id);
		}
		const known = [...this.#state.presence.entriesOf(account)].map(([user]) => user);
		this.#state.presence.deleteOwner(account);
		for (const user of known) this.#showContact(account, user);
	}

	forgetConversation(id: ConversationId): void {
		for (const typist of this.#typing.get(id)?.values() ?? []) typist.cancel();
		this.#typing.delete(id);
		this.#members.delete(id);
	}
}
