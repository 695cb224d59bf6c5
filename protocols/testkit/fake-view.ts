/** Turns what the fake network says into adapter events, as one of its users sees it. */
import type { Actor, AdapterEvent } from '../adapter/events.ts';
import { full, noConversationCapabilities } from '../model/capabilities.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import type { SystemEvent } from '../model/content.ts';
import type { Member } from '../model/entities.ts';
import { chatError } from '../model/errors.ts';
import { remoteConversationId, remoteId, remoteUserId, txnId } from '../model/ids.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import { fakeDirect, fakeGroup } from './fake-capabilities.ts';
import type { FakeLogEntry, FakeNetwork, FakeRoom } from './fake-network.ts';

export class FakeView {
	readonly user: string;
	readonly #network: FakeNetwork;

	constructor(network: FakeNetwork, user: string) {
		this.#network = network;
		this.user = user;
	}

	describe(room: FakeRoom): AdapterEvent[] {
		const conversation = this.conversationOf(room);
		const peer = room.direct ? remoteUserId(String(conversation)) : null;
		const invited = room.invited.has(this.user);
		const name = peer === null ? room.name : (this.#network.users.get(String(peer))?.name ?? String(peer));
		const upsert: AdapterEvent = {
			type: 'conversation-upsert',
			conversation: {
				remoteId: conversation,
				kind: room.direct ? 'direct' : 'group',
				peer,
				name,
				topic: room.topic,
				membership: invited ? 'invited' : 'joined',
				invite: invited ? { from: 'somebody', reason: null } : null,
				capabilities: this.capabilities(conversation),
			},
		};
		return invited
			? [upsert]
			: [
					upsert,
					{
						type: 'members-snapshot',
						conversation,
						members: [...room.members.keys()].map((id) => this.member(room, id)),
						complete: true,
					},
				];
	}

	member(room: FakeRoom, id: string): Member {
		return {
			remoteId: remoteUserId(id),
			name: this.#network.users.get(id)?.name ?? id,
			role: room.members.get(id) ?? 'member',
			address: null,
			availability: 'unknown',
			self: id === this.user,
		};
	}

	actor(id: string): Actor {
		return { remoteId: remoteUserId(id), name: this.#network.users.get(id)?.name ?? id, strength: 'stable' };
	}

	presenceOf(id: string): AdapterEvent {
		const user = this.#network.users.get(id);
		const hidden = user === undefined || !this.#network.online(id) || user.presence.availability === 'invisible';
		return {
			type: 'presence',
			user: remoteUserId(id),
			availability: hidden ? 'offline' : user.presence.availability,
			statusText: hidden ? '' : user.presence.statusText,
		};
	}

	conversationOf(room: FakeRoom): RemoteConversationId {
		if (!room.direct) return remoteConversationId(room.id);
		return remoteConversationId([...room.members.keys()].find((id) => id !== this.user) ?? this.user);
	}

	roomOf(conversation: string): FakeRoom | undefined {
		return (
			this.#network.rooms.get(conversation) ??
			(this.#network.users.has(conversation) ? this.#network.directRoom(this.user, conversation) : undefined)
		);
	}

	toEvents(entry: FakeLogEntry): AdapterEvent[] {
		const room = this.#network.rooms.get(entry.room);
		if (room === undefined) return [];
		const base = {
			conversation: this.conversationOf(room),
			sender: this.actor(entry.from),
			own: entry.from === this.user,
			time: entry.time,
		};
		const system = (system: SystemEvent): AdapterEvent => ({
			type: 'message',
			conversation: base.conversation,
			message: {
				ids: [remoteId('server', `s${entry.seq}`)],
				sender: base.sender,
				own: base.own,
				txnId: null,
				content: { kind: 'system', system },
				time: entry.time,
				mention: false,
				encrypted: false,
				replyTo: null,
				threadRoot: null,
			},
		});
		switch (entry.kind) {
			case 'message': {
				const text = entry.content.kind === 'text' ? entry.content.body.text : '';
				const name = this.#network.users.get(this.user)?.name ?? this.user;
				const message = {
					ids: [remoteId('server', entry.id)],
					sender: base.sender,
					own: base.own,
					txnId: base.own && entry.txn !== null ? txnId(entry.txn) : null,
					content: entry.content,
					time: entry.time,
					mention: !base.own && text.includes(name),
					encrypted: false,
					replyTo:
						entry.replyTo === null ? null : { ids: [remoteId('server', entry.replyTo)], senderName: null, text: null },
					threadRoot: entry.thread === undefined || entry.thread === null ? null : [remoteId('server', entry.thread)],
					expiresAt: entry.expiresAt ?? null,
				};
				return [{ type: 'message', conversation: base.conversation, message }];
			}
			case 'edit':
				return [
					{
						type: 'message-edited',
						...base,
						target: [remoteId('server', entry.target)],
						ids: [],
						txnId: base.own && entry.txn !== null ? txnId(entry.txn) : null,
						content: entry.content,
					},
				];
			case 'remove':
				return [
					{
						type: 'message-removed',
						...base,
						target: [remoteId('server', entry.target)],
						moderated: room.members.get(entry.from) === 'owner',
						reason: entry.reason,
					},
				];
			case 'react':
				return [
					{
						type: 'reaction',
						...base,
						target: [remoteId('server', entry.target)],
						ids: [],
						op: 'set',
						keys: entry.keys,
					},
				];
			case 'topic':
				return [
					{ type: 'conversation-upsert', conversation: { remoteId: base.conversation, topic: entry.topic } },
					system({ event: 'topic', by: base.sender.name, topic: entry.topic }),
				];
			case 'member':
				return this.#memberEvents(entry, room, base.conversation, system);
		}
	}

	#memberEvents(
		entry: Extract<FakeLogEntry, { kind: 'member' }>,
		room: FakeRoom,
		conversation: RemoteConversationId,
		system: (event: SystemEvent) => AdapterEvent,
	): AdapterEvent[] {
		const user = remoteUserId(entry.user);
		const name = this.#network.users.get(entry.user)?.name ?? entry.user;
		const by = this.actor(entry.from).name;
		const mine = entry.user === this.user;
		switch (entry.change) {
			case 'join':
				return mine
					? [...this.describe(room), system({ event: 'join', user, name, reason: entry.reason })]
					: [
							{ type: 'members-delta', conversation, upsert: [this.member(room, entry.user)], remove: [] },
							system({ event: 'join', user, name, reason: entry.reason }),
						];
			case 'invite':
				return mine ? this.describe(room) : [system({ event: 'invite', user, name, by, reason: entry.reason })];
			case 'leave':
				return [
					mine
						? { type: 'conversation-upsert', conversation: { remoteId: conversation, membership: 'left' } }
						: { type: 'members-delta', conversation, upsert: [], remove: [user] },
					system({ event: 'leave', user, name, reason: entry.reason }),
				];
			case 'kick':
			case 'ban': {
				const membership = entry.change === 'ban' ? 'banned' : 'left';
				const error = chatError(entry.change === 'ban' ? 'banned' : 'kicked', entry.reason);
				return [
					mine
						? { type: 'conversation-upsert', conversation: { remoteId: conversation, membership, error } }
						: { type: 'members-delta', conversation, upsert: [], remove: [user] },
					system({ event: entry.change, user, name, by, reason: entry.reason }),
				];
			}
		}
	}

	capabilities(conversation: RemoteConversationId): ConversationCapabilities {
		const room = this.roomOf(conversation);
		if (room === undefined) return noConversationCapabilities;
		if (room.direct) return fakeDirect;
		return room.members.get(this.user) === 'owner'
			? { ...fakeGroup, kick: full, ban: full, removeAny: full }
			: fakeGroup;
	}
}
