/** Facts about rooms, read from the SDK's state model. No SDK object leaves this file. */
import { type ConversationCapabilities, noConversationCapabilities } from '../model/capabilities.ts';
import type { ConversationKind, Member, Membership } from '../model/entities.ts';
import { remoteConversationId, remoteUserId } from '../model/ids.ts';
import type { RemoteConversation } from '../adapter/events.ts';
import type { EncryptionGuard } from './encryption-guard.ts';
import { cleanName, entriesOf, get, getArray, getString, type JsonRecord, isRecord } from './json.ts';
import { isRoomAlias, isRoomId, isUserId, localpartOf, serverOf } from './matrix-id.ts';
import { capabilitiesOf, invitedCapabilities, levelForState, powerOf, roleOf, type RoomRules } from './power-levels.ts';
import { EventTimeline, type MatrixClient, type Room, type RoomMember } from './sdk.ts';
import { parentsOf } from './spaces.ts';
import { type RawEvent, membershipOf } from './sync-response.ts';

/** Members sent to the engine per room; a larger room's list is partial. */
const maxMembers = 10_000;
/** Rooms of one space, spaces of one room. */
const maxRelated = 2000;

export class Rooms {
	readonly me: string;
	readonly #client: MatrixClient;
	readonly #guard: EncryptionGuard;
	/** Largest file the server takes, in bytes; null when it does not tell. */
	uploadLimit: number | null = null;
	/** Room → the people `m.direct` names for it. */
	#direct = new Map<string, string>();
	/** Room → the space it is shown under. */
	#parents: ReadonlyMap<string, string> = new Map();

	constructor(client: MatrixClient, me: string, guard: EncryptionGuard) {
		this.#client = client;
		this.me = me;
		this.#guard = guard;
	}

	/** Reads the one-to-one map that the SDK restored from its save. */
	restoreDirect(): void {
		const content: unknown = this.#client.getAccountData('m.direct' as never)?.getContent();
		if (isRecord(content)) this.setDirect(content);
	}

	/** `m.direct`: user id → room ids (specification "Direct Messaging"). */
	setDirect(content: JsonRecord): void {
		this.#direct = new Map();
		for (const [user, rooms] of entriesOf(content)) {
			if (!isUserId(user) || !Array.isArray(rooms)) continue;
			for (const room of rooms.slice(0, 1000)) if (typeof room === 'string') this.#direct.set(room, user);
		}
	}

	/** `m.direct` with one room added or removed, for writing back. */
	directWith(change: { readonly room: string; readonly user: string | null }): Record<string, string[]> {
		const out: Record<string, string[]> = {};
		const all = new Map(this.#direct);
		if (change.user === null) all.delete(change.room);
		else all.set(change.room, change.user);
		for (const [room, user] of all) (out[user] ??= []).push(room);
		return out;
	}

	directPeers(): readonly { readonly user: string; readonly room: string }[] {
		return [...this.#direct].map(([room, user]) => ({ room, user }));
	}

	/** A joined one-to-one room that the other side has not left; lazy loading may leave out who is merely invited. */
	directRoomOf(user: string): string | null {
		for (const [room, peer] of this.#direct) {
			if (peer !== user || this.membership(room) !== 'joined') continue;
			const there = this.#state(room)?.getMember(user)?.membership;
			if (there !== 'leave' && there !== 'ban') return room;
		}
		return null;
	}

	ids(): readonly string[] {
		return this.#client.getRooms().map((room) => room.roomId);
	}

	membership(roomId: string): Membership {
		const own = this.#room(roomId)?.getMyMembership();
		switch (own) {
			case 'join':
				return 'joined';
			case 'invite':
				return 'invited';
			case 'ban':
				return 'banned';
			default:
				return 'left';
		}
	}

	/** The room's state has come by sync: its creation event is there. */
	stateKnown(roomId: string): boolean {
		return this.#content(roomId, 'm.room.create') !== null;
	}

	/** Who invited us, when the invitation says it is for a one-to-one chat. */
	inviterForDirect(roomId: string): string | null {
		const own = this.#state(roomId)?.getMember(this.me)?.events.member;
		const content: unknown = own?.getContent();
		const sender = own?.getSender();
		return get(content, 'is_direct') === true && isUserId(sender) && sender !== this.me ? sender : null;
	}

	/** Reads the spaces again. @returns rooms that stand elsewhere now */
	refreshSpaces(): readonly string[] {
		const before = this.#parents;
		const ids = this.ids().filter((id) => this.membership(id) === 'joined');
		const spaces = ids
			.filter((id) => this.kind(id) === 'space')
			.map((id) => ({
				id,
				children: this.#related(id, 'm.space.child').map(({ room }) => room),
				mayAdopt: (user: string) => this.power(id, user) >= levelForState(this.rules(id), 'm.space.child'),
			}));
		const claiming = ids.map((id) => ({
			id,
			claims: this.#related(id, 'm.space.parent').map(({ room, sender, canonical }) => ({
				space: room,
				sender,
				canonical,
			})),
		}));
		this.#parents = parentsOf(spaces, claiming);
		return ids.filter((id) => before.get(id) !== this.#parents.get(id));
	}

	/** How many spaces a room stands in, one in the other; outer ones must be told first. */
	depth(roomId: string): number {
		let depth = 0;
		for (let at = this.#parents.get(roomId); at !== undefined; at = this.#parents.get(at)) depth++;
		return depth;
	}

	/** Room ids that state of this type names, each with servers that know it; without such a server it is taken back. */
	#related(
		roomId: string,
		type: string,
	): readonly { readonly room: string; readonly sender: string; readonly canonical: boolean }[] {
		const events = this.#state(roomId)?.getStateEvents(type) ?? [];
		return events.slice(0, maxRelated).flatMap((event) => {
			const content: unknown = event.getContent();
			const room = event.getStateKey();
			const sender = event.getSender();
			if (!isRoomId(room) || sender === undefined || getArray(content, 'via').length === 0) return [];
			return [{ room, sender, canonical: get(content, 'canonical') === true }];
		});
	}

	/** Where a room goes on (`m.room.tombstone`), with a server that knows the way; null for one that was not replaced. */
	replacementOf(roomId: string): { readonly room: string; readonly via: string } | null {
		const tombstone = this.#state(roomId)?.getStateEvents('m.room.tombstone', '');
		const room: unknown = get(tombstone?.getContent(), 'replacement_room');
		const sender = tombstone?.getSender();
		return isRoomId(room) && room !== roomId && sender !== undefined ? { room, via: serverOf(sender) } : null;
	}

	/**
	 * The joined room that continues this one. Both must say so, else a room could pass itself off as the continuation
	 * of any other (compare CVE-2025-59160).
	 */
	successorOf(roomId: string): string | null {
		const replacement = this.replacementOf(roomId)?.room;
		if (replacement === undefined || this.membership(replacement) !== 'joined') return null;
		return this.predecessorOf(replacement) === roomId ? replacement : null;
	}

	/** The room that this one claims to continue. */
	predecessorOf(roomId: string): string | null {
		const room = get(this.#content(roomId, 'm.room.create'), 'predecessor');
		return isRoomId(room) ? room : null;
	}

	/** A joined room that was replaced by this one. */
	replacedBy(roomId: string): { readonly old: string; readonly via: string } | null {
		for (const old of this.ids()) {
			if (this.membership(old) !== 'joined') continue;
			const replacement = this.replacementOf(old);
			if (replacement?.room === roomId) return { old, via: replacement.via };
		}
		return null;
	}

	/** What the engine should know about a room that sync told us about; null for one it did not. */
	describe(roomId: string): RemoteConversation | null {
		const room = this.#room(roomId);
		if (room === null) return null;
		const membership = this.membership(roomId);
		const peer = this.#direct.get(roomId) ?? null;
		const parent = this.#parents.get(roomId);
		return {
			remoteId: remoteConversationId(roomId),
			kind: this.kind(roomId),
			parent: parent === undefined ? null : remoteConversationId(parent),
			peer: peer === null ? null : remoteUserId(peer),
			name: this.name(roomId),
			topic: cleanName(getString(this.#content(roomId, 'm.room.topic'), 'topic') ?? '', 2000),
			membership,
			...(membership === 'joined' ? { invite: null, error: null } : {}),
			capabilities: this.capabilities(roomId),
		};
	}

	kind(roomId: string): ConversationKind {
		if (getString(this.#content(roomId, 'm.room.create'), 'type') === 'm.space') return 'space';
		if (this.#direct.has(roomId)) return 'direct';
		return getString(this.#content(roomId, 'm.room.join_rules'), 'join_rule') === 'public' ? 'channel' : 'group';
	}

	name(roomId: string): string {
		const peer = this.#direct.get(roomId);
		const given = getString(this.#content(roomId, 'm.room.name'), 'name') ?? '';
		if (given.trim() !== '') return cleanName(given);
		if (peer !== undefined) return this.memberName(roomId, peer);
		const alias: unknown = get(this.#content(roomId, 'm.room.canonical_alias'), 'alias');
		if (isRoomAlias(alias)) return alias;
		return cleanName(this.#room(roomId)?.name ?? '') || roomId;
	}

	/** Name to show beside a message; the id's local part for people we know nothing about. */
	memberName(roomId: string, userId: string): string {
		const member = this.#state(roomId)?.getMember(userId);
		return cleanName(member?.name ?? '') || localpartOf(userId) || userId;
	}

	/** Names by which people without `m.mentions` address us here. */
	ownNames(roomId: string): readonly string[] {
		const member = this.#state(roomId)?.getMember(this.me);
		return [localpartOf(this.me), cleanName(member?.rawDisplayName ?? '')].filter((name) => name.length > 1);
	}

	capabilities(roomId: string): ConversationCapabilities {
		const room = this.#room(roomId);
		if (room === null) return noConversationCapabilities;
		return capabilitiesOf({
			membership: this.membership(roomId),
			encrypted: this.#guard.wasEverEncrypted(roomId),
			known: this.stateKnown(roomId),
			space: this.kind(roomId) === 'space',
			rules: this.rules(roomId),
			me: this.me,
			membersLoaded: room.membersLoaded(),
			uploadLimit: this.uploadLimit,
			replaced: this.replacementOf(roomId) !== null,
		});
	}

	rules(roomId: string): RoomRules {
		const create = this.#content(roomId, 'm.room.create');
		const version = Number(getString(create, 'room_version') ?? '1');
		return {
			levels: this.#content(roomId, 'm.room.power_levels'),
			creator: this.#state(roomId)?.getStateEvents('m.room.create', '')?.getSender() ?? null,
			additionalCreators: getArray(create, 'additional_creators').filter(isUserId),
			creatorsUnlimited: Number.isInteger(version) && version >= 12,
		};
	}

	power(roomId: string, userId: string): number {
		return powerOf(this.rules(roomId), userId);
	}

	/** Present and invited members known so far. */
	members(roomId: string): { readonly members: readonly Member[]; readonly complete: boolean } {
		const room = this.#room(roomId);
		if (room === null) return { members: [], complete: false };
		const rules = this.rules(roomId);
		const present = room
			.getMembers()
			.filter((member) => member.membership === 'join' || member.membership === 'invite');
		return {
			members: present.slice(0, maxMembers).map((member) => this.#toMember(member, rules)),
			complete: room.membersLoaded() && present.length <= maxMembers,
		};
	}

	member(roomId: string, userId: string): Member | null {
		const member = this.#state(roomId)?.getMember(userId);
		if (member == null || (member.membership !== 'join' && member.membership !== 'invite')) return null;
		return this.#toMember(member, this.rules(roomId));
	}

	/** A member as a membership event shows it, for people whom lazy loading left out of the state. */
	memberOf(roomId: string, event: RawEvent): Member | null {
		const membership = membershipOf(event.content);
		if (event.stateKey === null || (membership !== 'join' && membership !== 'invite')) return null;
		const known = this.member(roomId, event.stateKey);
		if (known !== null) return known;
		const name = cleanName(getString(event.content, 'displayname') ?? '') || localpartOf(event.stateKey);
		return {
			remoteId: remoteUserId(event.stateKey),
			name,
			role: roleOf(this.rules(roomId), event.stateKey),
			address: event.stateKey,
			availability: 'unknown',
			self: event.stateKey === this.me,
		};
	}

	/** Loads the members that sync left out (specification "Lazy-loading room members"). */
	async loadMembers(roomId: string): Promise<void> {
		await this.#room(roomId)?.loadMembersIfNeeded();
	}

	membersLoaded(roomId: string): boolean {
		return this.#room(roomId)?.membersLoaded() ?? false;
	}

	joinedCount(roomId: string): number {
		return this.#room(roomId)?.getJoinedMemberCount() ?? 0;
	}

	#toMember(member: RoomMember, rules: RoomRules): Member {
		return {
			remoteId: remoteUserId(member.userId),
			name: cleanName(member.name) || member.userId,
			role: roleOf(rules, member.userId),
			address: member.userId,
			availability: 'unknown',
			self: member.userId === this.me,
		};
	}

	#room(roomId: string): Room | null {
		return this.#client.getRoom(roomId);
	}

	#state(roomId: string): ReturnType<EventTimeline['getState']> | null {
		return this.#room(roomId)?.getLiveTimeline().getState(EventTimeline.FORWARDS) ?? null;
	}

	#content(roomId: string, type: string): JsonRecord | null {
		const content: unknown = this.#state(roomId)?.getStateEvents(type, '')?.getContent();
		return isRecord(content) ? content : null;
	}
}

/** An invitation from its stripped state. */
export function readInvite(roomId: string, me: string, state: readonly RawEvent[]): RemoteConversation {
	const find = (type: string, key = ''): RawEvent | undefined =>
		state.findLast((event) => event.type === type && event.stateKey === key);
	const own = find('m.room.member', me);
	const from = own?.sender ?? null;
	const inviter = from === null ? undefined : find('m.room.member', from);
	const inviterName = cleanName(getString(inviter?.content, 'displayname') ?? '') || from || '';
	const alias: unknown = get(find('m.room.canonical_alias')?.content, 'alias');
	const direct =
		own !== undefined &&
		membershipOf(own.content) === 'invite' &&
		get(own.content, 'is_direct') === true &&
		from !== null;
	const name =
		cleanName(getString(find('m.room.name')?.content, 'name') ?? '') ||
		(isRoomAlias(alias) ? alias : inviterName || roomId);
	const reason = getString(own?.content, 'reason', 2000);
	return {
		remoteId: remoteConversationId(roomId),
		kind: direct ? 'direct' : 'group',
		peer: direct && from !== null ? remoteUserId(from) : null,
		name,
		topic: cleanName(getString(find('m.room.topic')?.content, 'topic') ?? '', 2000),
		membership: 'invited',
		invite: {
			from: inviterName === from || from === null ? inviterName : `${inviterName} (${from})`,
			reason: reason === null ? null : cleanName(reason, 500),
		},
		capabilities: invitedCapabilities(),
	};
}
