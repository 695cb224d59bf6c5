/**
 * The fake protocol: a complete adapter over {@link FakeNetwork}. `npm run dev` uses it so that the window can be
 * worked on without a server; engine tests use it because its network obeys them.
 */
import type { ActionOutcome, AdapterAction, SendAction } from '../adapter/actions.ts';
import { done, isSend } from '../adapter/actions.ts';
import type { DirectoryFacet, HistoryFacet, HistoryPage, MediaFacet, ProtocolAdapter } from '../adapter/adapter.ts';
import type { AdapterContext, ConnectionEnd } from '../adapter/context.ts';
import type { AdapterBatch, AdapterEvent, RemoteContact } from '../adapter/events.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import { chatError, ChatException } from '../model/errors.ts';
import type { ErrorCode } from '../model/errors.ts';
import { remoteConversationId, remoteId, remoteUserId } from '../model/ids.ts';
import type { RemoteConversationId, RemoteId } from '../model/ids.ts';
import { fakeAccount } from './fake-capabilities.ts';
import { fakeDirectory } from './fake-directory.ts';
import type { FakeLogEntry, FakeNetwork, FakeSession } from './fake-network.ts';
import { FakeView } from './fake-view.ts';

const reject = (code: ErrorCode): ActionOutcome => ({ kind: 'rejected', error: chatError(code) });
const accepted = (ids: readonly RemoteId[], time: number, conversation?: RemoteConversationId): ActionOutcome =>
	conversation === undefined ? { kind: 'accepted', ids, time } : { kind: 'accepted', ids, time, conversation };

export class FakeAdapter implements ProtocolAdapter, FakeSession {
	readonly #network: FakeNetwork;
	readonly #context: AdapterContext;
	readonly #view: FakeView;
	readonly directory: DirectoryFacet;
	readonly media: MediaFacet;
	#end: ((end: ConnectionEnd) => void) | null = null;
	#seen = 0;

	constructor(network: FakeNetwork, context: AdapterContext) {
		this.#network = network;
		this.#context = context;
		this.#view = new FakeView(network, context.address);
		this.directory = fakeDirectory(network);
		this.media = network.media;
	}

	get user(): string {
		return this.#context.address;
	}

	async start(signal: AbortSignal): Promise<ConnectionEnd> {
		if (signal.aborted) return { kind: 'stopped' };
		await this.#emit({
			origin: 'live',
			events: [{ type: 'connection', state: { kind: 'step', step: 'authenticating' } }],
		});
		const user = this.#network.users.get(this.user);
		if (!this.#network.reachable || this.#context.settings['unreachable'] === true)
			return { kind: 'failed', error: chatError('connection-refused') };
		if (user === undefined || user.password !== (await this.#context.secrets.get('password')))
			return { kind: 'failed', error: chatError('auth-failed') };
		if (signal.aborted) return { kind: 'stopped' };
		const ended = new Promise<ConnectionEnd>((resolve) => {
			this.#end = resolve;
		});
		signal.addEventListener('abort', () => this.#finish({ kind: 'stopped' }), { once: true });
		this.#seen = Number((await this.#context.cursor()) ?? '0');
		await this.#emit({
			origin: 'catchup',
			events: [{ type: 'connection', state: { kind: 'syncing', progress: null } }, ...this.#hello(), ...this.#missed()],
			cursor: String(this.#network.seq),
		});
		this.#seen = this.#network.seq;
		if (signal.aborted) return ended;
		this.#network.attach(this);
		this.#network.presence(this.user);
		await this.#emit({ origin: 'live', events: [{ type: 'connection', state: { kind: 'online' } }] });
		return ended;
	}

	stop(): Promise<void> {
		this.#finish({ kind: 'stopped' });
		return Promise.resolve();
	}

	#finish(end: ConnectionEnd): void {
		this.#network.detach(this);
		this.#end?.(end);
		this.#end = null;
		this.#network.presence(this.user);
	}

	#emit(batch: AdapterBatch): Promise<void> {
		return this.#context.emit(batch);
	}

	/** Emits without waiting; a failed commit ends the session, as the contract demands. */
	#post(events: readonly AdapterEvent[], cursor?: number): void {
		const batch: AdapterBatch =
			cursor === undefined ? { origin: 'live', events } : { origin: 'live', events, cursor: String(cursor) };
		this.#emit(batch).catch(() => this.#finish({ kind: 'failed', error: chatError('storage-failed') }));
	}

	#hello(): AdapterEvent[] {
		const user = this.#network.users.get(this.user);
		const rooms = [...this.#network.rooms.values()].filter(
			(room) => (room.members.has(this.user) && (!room.direct || room.log.length > 0)) || room.invited.has(this.user),
		);
		return [
			{ type: 'self', remoteId: remoteUserId(this.user), name: user?.name ?? this.user },
			{ type: 'account-capabilities', capabilities: fakeAccount },
			{ type: 'security', security: { encrypted: true, verifiedBy: 'system', protocol: null, auth: 'password' } },
			...rooms.flatMap((room) => this.#view.describe(room)),
			{
				type: 'contacts-snapshot',
				contacts: [...(user?.contacts ?? [])].map((id) => this.#contact(id)),
			},
			...[...(user?.contacts ?? [])].map((id) => this.#view.presenceOf(id)),
		];
	}

	/** What was missed since the cursor, with a gap where there was too much. */
	#missed(): AdapterEvent[] {
		const events: AdapterEvent[] = [];
		for (const room of this.#network.rooms.values()) {
			if (!room.members.has(this.user)) continue;
			const missed = room.log.filter((entry) => entry.seq > this.#seen);
			const shown = missed.slice(-this.#network.catchupLimit);
			const first = shown[0];
			if (first !== undefined && shown.length < missed.length)
				events.push({
					type: 'gap',
					conversation: this.#view.conversationOf(room),
					token: String(first.seq),
					fillable: true,
				});
			events.push(...shown.flatMap((entry) => this.#view.toEvents(entry)));
		}
		return events;
	}

	// FakeSession: called by the network
	entry(entry: FakeLogEntry): void {
		this.#context.log.wire('in', `${entry.seq} ${entry.kind} ${entry.room}`);
		const events = this.#view.toEvents(entry);
		if (events.length > 0) this.#post(events, entry.seq);
	}
	typing(room: string, user: string, active: boolean): void {
		const place = this.#network.rooms.get(room);
		if (place !== undefined)
			this.#post([
				{
					type: 'typing',
					conversation: this.#view.conversationOf(place),
					user: this.#view.actor(user),
					state: active ? 'active' : 'done',
				},
			]);
	}
	presence(user: string): void {
		this.#post([this.#view.presenceOf(user)]);
	}
	read(room: string, user: string, id: string): void {
		const place = this.#network.rooms.get(room);
		if (place === undefined) return;
		const conversation = this.#view.conversationOf(place);
		const upTo = [remoteId('server', id)];
		this.#post([
			user === this.user
				? { type: 'read-marker', conversation, upTo, time: null }
				: { type: 'receipt', conversation, reader: remoteUserId(user), kind: 'read', upTo, time: null },
		]);
	}
	cut(): void {
		this.#end?.({ kind: 'failed', error: chatError('connection-lost') });
		this.#end = null;
	}

	capabilities(conversation: RemoteConversationId): ConversationCapabilities {
		return this.#view.capabilities(conversation);
	}

	outcomeOf(action: AdapterAction): Promise<'resend-safe' | 'unknown'> {
		return Promise.resolve(isSend(action) ? 'resend-safe' : 'unknown');
	}

	async perform(action: AdapterAction): Promise<ActionOutcome> {
		await Promise.resolve();
		this.#context.log.wire('out', action.type);
		if (this.#end === null) return reject('connection-lost');
		switch (action.type) {
			case 'send':
			case 'send-file':
				return this.#send(action);
			case 'join':
				return this.#join(action.name);
			case 'open-direct': {
				if (!this.#network.users.has(action.user)) return reject('no-such-user');
				const room = this.#network.directRoom(this.user, action.user);
				await this.#emit({ origin: 'live', events: this.#view.describe(room) });
				return accepted([], this.#context.clock.now(), this.#view.conversationOf(room));
			}
			case 'create-room': {
				if (this.#network.rooms.has(action.name)) return reject('name-in-use');
				const room = this.#network.addRoom(action.name, this.user, {
					topic: action.topic ?? '',
					isPublic: action.isPublic,
				});
				await this.#emit({ origin: 'live', events: this.#view.describe(room) });
				return accepted([], this.#context.clock.now(), remoteConversationId(room.id));
			}
			case 'presence': {
				const user = this.#network.users.get(this.user);
				if (user !== undefined) user.presence = action.presence;
				this.#network.presence(this.user);
				return done;
			}
			case 'contact-add':
				if (!this.#network.users.has(action.user)) return reject('no-such-user');
				this.#network.users.get(this.user)?.contacts.add(action.user);
				this.#post([
					{
						type: 'contacts-delta',
						upsert: [this.#contact(action.user, action.name ?? action.user, action.groups)],
						remove: [],
					},
					this.#view.presenceOf(action.user),
				]);
				return done;
			case 'contact-remove':
				this.#network.users.get(this.user)?.contacts.delete(action.user);
				this.#post([{ type: 'contacts-delta', upsert: [], remove: [action.user] }]);
				return done;
			case 'block':
			case 'unblock':
				return this.#block(action.user, action.type === 'block');
			default:
				return 'conversation' in action && action.conversation !== null
					? this.#inRoom(action, action.conversation)
					: reject('unsupported');
		}
	}

	#block(id: string, blocked: boolean): ActionOutcome {
		const user = this.#network.users.get(this.user);
		if (user === undefined) return reject('internal');
		if (blocked) user.blocked.add(id);
		else user.blocked.delete(id);
		if (user.contacts.has(id)) this.#post([{ type: 'contacts-delta', upsert: [this.#contact(id)], remove: [] }]);
		return done;
	}

	#contact(id: string, name?: string, groups: readonly string[] = []): RemoteContact {
		return {
			remoteId: remoteUserId(id),
			name: name ?? this.#network.users.get(id)?.name ?? id,
			groups,
			subscription: 'both',
			onRoster: true,
			blocked: this.#network.users.get(this.user)?.blocked.has(id) ?? false,
		};
	}

	#send(action: SendAction): ActionOutcome {
		const room = this.#view.roomOf(action.conversation);
		if (room === undefined || !room.members.has(this.user)) return reject('not-joined');
		const fate = this.#network.nextSend;
		this.#network.nextSend = 'normal';
		if (fate === 'lost') {
			this.#network.cut(this.user);
			return { kind: 'uncertain', error: chatError('connection-lost') };
		}
		const replyTo = action.replyTo?.ids.find((id) => id.kind === 'server')?.value ?? null;
		const entry = this.#network.append({
			kind: 'message',
			room: room.id,
			from: this.user,
			id: `m${this.#network.seq + 1}`,
			txn: action.txnId,
			content: action.content,
			replyTo,
			thread: action.threadRoot?.ids.find((id) => id.kind === 'server')?.value ?? null,
		});
		if (fate === 'unanswered') {
			this.#network.cut(this.user);
			return { kind: 'uncertain', error: chatError('connection-lost') };
		}
		return entry.kind === 'message' ? accepted([remoteId('server', entry.id)], entry.time) : reject('internal');
	}

	async #join(name: string): Promise<ActionOutcome> {
		const room = this.#network.rooms.get(name);
		if (room === undefined) return reject('no-such-room');
		if (room.banned.has(this.user)) return reject('banned');
		if (!room.isPublic && !room.invited.has(this.user)) return reject('members-only');
		room.invited.delete(this.user);
		if (!room.members.has(this.user)) {
			room.members.set(this.user, 'member');
			this.#network.append({
				kind: 'member',
				room: room.id,
				from: this.user,
				user: this.user,
				change: 'join',
				reason: null,
			});
		} else await this.#emit({ origin: 'live', events: this.#view.describe(room) });
		return accepted([], this.#context.clock.now(), remoteConversationId(room.id));
	}

	#inRoom(action: AdapterAction, conversation: RemoteConversationId): ActionOutcome | Promise<ActionOutcome> {
		const room = this.#view.roomOf(conversation);
		if (room === undefined) return reject('no-such-room');
		const at = { room: room.id, from: this.user };
		const target = 'target' in action ? (action.target.ids.find((id) => id.kind === 'server')?.value ?? '') : '';
		switch (action.type) {
			case 'edit':
				this.#network.append({ ...at, kind: 'edit', target, txn: action.txnId, content: action.content });
				return done;
			case 'remove':
				this.#network.append({ ...at, kind: 'remove', target, reason: action.reason });
				return done;
			case 'react':
				this.#network.append({ ...at, kind: 'react', target, keys: action.keys });
				return done;
			case 'typing':
				this.#network.typing(room.id, this.user, action.state === 'active');
				return done;
			case 'mark-read':
				this.#network.read(room.id, this.user, action.upTo.ids.find((id) => id.kind === 'server')?.value ?? '');
				return done;
			case 'set-topic':
				room.topic = action.topic;
				this.#network.append({ ...at, kind: 'topic', topic: action.topic });
				return done;
			case 'leave':
				this.#network.append({ ...at, kind: 'member', user: this.user, change: 'leave', reason: action.reason });
				room.members.delete(this.user);
				return done;
			case 'invite':
				if (!this.#network.users.has(action.user)) return reject('no-such-user');
				room.invited.add(action.user);
				this.#network.append({ ...at, kind: 'member', user: action.user, change: 'invite', reason: action.reason });
				return done;
			case 'kick':
			case 'ban':
				if (room.members.get(this.user) !== 'owner') return reject('not-allowed');
				if (action.type === 'ban') room.banned.add(action.user);
				this.#network.append({ ...at, kind: 'member', user: action.user, change: action.type, reason: action.reason });
				room.members.delete(action.user);
				return done;
			case 'answer-invite':
				if (action.accept) return this.#join(room.id);
				room.invited.delete(this.user);
				this.#post([{ type: 'conversation-removed', conversation }]);
				return done;
			default:
				return reject('unsupported');
		}
	}

	readonly history: HistoryFacet = {
		page: async (request): Promise<HistoryPage> => {
			await Promise.resolve();
			const room = this.#view.roomOf(request.conversation);
			if (room === undefined || this.#end === null)
				throw new ChatException(chatError(room === undefined ? 'no-such-room' : 'connection-lost'));
			const anchor = request.anchor?.ids.find((id) => id.kind === 'server')?.value;
			const anchorSeq =
				anchor === undefined
					? undefined
					: room.log.find((entry) => entry.kind === 'message' && entry.id === anchor)?.seq;
			const before = request.token === null ? (anchorSeq ?? Number.POSITIVE_INFINITY) : Number(request.token);
			const older = room.log.filter((entry) => entry.seq < before);
			const page = older.slice(-request.limit);
			const first = page[0];
			const more = page.length < older.length && first !== undefined;
			return {
				events: page
					.flatMap((entry) => this.#view.toEvents(entry))
					.filter(
						(event) =>
							event.type === 'message' ||
							event.type === 'message-edited' ||
							event.type === 'message-removed' ||
							event.type === 'reaction',
					),
				next: more ? String(first.seq) : null,
				reachedEnd: !more,
			};
		},
	};
}
