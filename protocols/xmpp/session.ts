/**
 * One XMPP session: what the account knows while it is logged in, kept over resumed connections. Dispatches stanzas
 * to events and brings a fresh login up to date.
 */
import type { AdapterContext } from '../adapter/context.ts';
import type { AdapterBatch, AdapterEvent, RemoteContact } from '../adapter/events.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import type { OwnPresence } from '../model/entities.ts';
import { remoteConversationId, remoteUserId } from '../model/ids.ts';
import { catchUp } from './archive-sync.ts';
import { accountCapabilities, bestServer, directCapabilities, type ServerFacts } from './capabilities.ts';
import { fromFailure } from './errors.ts';
import type { EventPump } from './event-pump.ts';
import { bareOf, bareText, fullText, type Jid, parseJid, unescapeLocal } from './jid.ts';
import { mapMessage, type MessageView } from './message-mapper.ts';
import { answerRequest, capsNode, hasQuery, ownInfo } from './own-info.ts';
import { PeerFeatures } from './peer-features.ts';
import { PresenceBook, presenceChildren } from './presence.ts';
import { fetchRoster, nicknameOf, nsRoster, Roster } from './roster.ts';
import type { Room } from './room.ts';
import { Rooms, type RoomsIo } from './rooms.ts';
import type { SentMessages } from './sent-messages.ts';
import { attr, child, el, type Element, errorReply, ns, resultReply } from './stanza.ts';
import type { XmppStream } from './stream.ts';
import { mayExercise, senderOf } from './trust.ts';
import { type DiscoInfo, queryInfo, queryItems } from './xep/0030-disco.ts';
import { capsElement } from './xep/0115-caps.ts';
import { receiptFor, wantsReceipt } from './xep/0184-receipts.ts';
import { fetchBlockList, nsBlocking, readBlockPush } from './xep/0191-blocking.ts';
import { fetchOwn, publishOwn, readPubsubEvent, type PubsubItem } from './xep/0223-own-data.ts';
import { readInvitation } from './xep/0249-invitations.ts';
import { enableCarbons, readCarbon } from './xep/0280-carbons.ts';
import { Archive, nsMam } from './xep/0313-archive.ts';
import { clientState, nsCsi } from './xep/0352-client-state.ts';
import { nsSid, senderId } from './xep/0359-stanza-ids.ts';
import { type Bookmark, bookmarkElement, nsBookmarks, readBookmark } from './xep/0402-bookmarks.ts';
import { nsDisplayedSync, readDisplayedSync } from './xep/0490-displayed-sync.ts';

export interface SessionParts {
	readonly context: AdapterContext;
	readonly pump: EventPump;
	readonly sent: SentMessages;
	readonly self: Jid;
	readonly nick: string;
	readonly presence: () => OwnPresence;
	/** Archive position saved with the last commit. */
	readonly position: string | null;
}

const pubsubPublish = 'http://jabber.org/protocol/pubsub#publish-options';
const maxIntroduced = 5000;
const emptyInfo: DiscoInfo = { identities: [], features: new Set(), forms: [] };

export class Session {
	readonly self: Jid;
	readonly roster = new Roster();
	readonly book = new PresenceBook();
	readonly rooms: Rooms;
	readonly archive: Archive;
	readonly peers: PeerFeatures;
	readonly bookmarks = new Map<string, Bookmark>();
	readonly invitePasswords = new Map<string, string>();
	roomService: string | null = null;
	/** The bootstrap is complete; until then a resumed connection must run it again. */
	ready = false;
	server: ServerFacts = { ...bestServer, archive: false, roomService: false };
	readonly #parts: SessionParts;
	#pump: EventPump;
	#stream: XmppStream;
	#signal: AbortSignal;
	#account: DiscoInfo = emptyInfo;
	#position: string | null;
	/** One-to-one messages kept back while missed ones are fetched; null when in order. */
	#held: (() => void)[] | null = null;
	readonly #introduced = new Set<string>();
	readonly #chatStatePeers = new Set<string>();
	#csi: boolean | null = null;

	constructor(parts: SessionParts, stream: XmppStream, signal: AbortSignal) {
		this.#parts = parts;
		this.self = parts.self;
		this.#pump = parts.pump;
		this.#stream = stream;
		this.#signal = signal;
		this.#position = parts.position;
		const { context } = parts;
		this.archive = new Archive(() => this.#stream.iq, context.random, context.clock);
		this.peers = new PeerFeatures(context.store, () => this.#stream.iq);
		this.rooms = new Rooms(this.#roomsIo());
	}

	get stream(): XmppStream {
		return this.#stream;
	}

	get signal(): AbortSignal {
		return this.#signal;
	}

	/** Own bare address. */
	get bare(): string {
		return bareText(this.self);
	}

	get nick(): string {
		return this.#parts.nick;
	}

	/** Goes on with a resumed connection. */
	attach(stream: XmppStream, signal: AbortSignal, pump: EventPump): void {
		this.#pump = pump;
		this.#stream = stream;
		this.#signal = signal;
	}

	emit(events: readonly AdapterEvent[], origin: AdapterBatch['origin'] = 'live', position?: string): Promise<void> {
		this.#parts.sent.observe(events);
		if (position !== undefined) this.#position = position;
		return this.#pump.push([...this.#introduce(events), ...events], origin, position === undefined ? undefined : JSON.stringify({ mam: position }));
	}

	/** For work nobody waits for. */
	#tell(events: readonly AdapterEvent[]): void {
		void this.emit(events).catch(() => undefined);
	}

	#roomsIo(): RoomsIo {
		const session = this;
		const { context, sent } = this.#parts;
		return {
			archive: this.archive,
			known: context.known,
			clock: context.clock,
			get iq() {
				return session.#stream.iq;
			},
			get signal() {
				return session.#signal;
			},
			view: () => session.view('archive'),
			emit: (events, origin, position) => session.emit(events, origin, position),
			server: () => session.server,
			send: (stanza) => session.#stream.send(stanza),
			presenceChildren: () => session.presenceChildren(),
			note: (text) => context.log.wire('note', text),
			caughtUp: (room) => session.#resend(bareText(room.jid), room.has(nsMam), sent),
		};
	}

	view(origin: MessageView['origin']): MessageView {
		return {
			self: this.self,
			origin,
			archiveId: null,
			archiveTime: null,
			now: this.#parts.context.clock.now(),
			stanzaIds: this.#account.features.has(nsSid) || this.#account.features.has(nsMam),
			room: (bare) => this.rooms.get(bare)?.view ?? null,
			ownTxn: (id) => this.#parts.sent.txnOf(id),
		};
	}

	presenceChildren(): Element[] {
		return presenceChildren(this.#parts.presence(), [capsElement(capsNode, ownInfo(this.#parts.context.client.name))]);
	}

	capabilities(conversation: string): ConversationCapabilities {
		const room = this.rooms.get(conversation);
		return room === undefined ? directCapabilities(this.server, this.featuresOf(conversation)) : room.capabilities(this.server);
	}

	/** What the other side's devices can do; null when not known. */
	featuresOf(bare: string): ReadonlySet<string> | null {
		const known = this.book.capsOf(bare).flatMap((ver) => this.peers.get(ver) ?? []);
		if (known.length === 0) return this.#chatStatePeers.has(bare) ? new Set(['http://jabber.org/protocol/chatstates', 'urn:xmpp:receipts']) : null;
		return new Set(known.flatMap((features) => [...features]));
	}

	// ---- bringing up to date -------------------------------------------------------------------------------------

	/** After a fresh login. Resolves when online; rooms go on joining behind. */
	async begin(carbons: boolean): Promise<void> {
		this.#held = [];
		this.#tell([{ type: 'self', remoteId: remoteUserId(this.bare), name: this.nick }, { type: 'connection', state: { kind: 'syncing', progress: null } }]);
		const iq = this.#stream.iq;
		const quiet = <T>(work: Promise<T>, otherwise: T): Promise<T> => work.catch((error: unknown) => (this.#signal.aborted ? Promise.reject(error as Error) : otherwise));
		const [domain, account, roster] = await Promise.all([
			quiet(queryInfo(iq, this.self.domain), emptyInfo),
			quiet(queryInfo(iq, this.bare), emptyInfo),
			quiet(fetchRoster(iq), undefined),
			carbons ? null : quiet(iq.set(enableCarbons()), null),
		]);
		this.#account = account;
		this.roster.load(roster);
		const blocking = domain.features.has(nsBlocking) || account.features.has(nsBlocking);
		if (blocking) this.roster.blocked = await quiet(fetchBlockList(iq), new Set<string>());
		this.roomService = await quiet(this.#findRoomService(), null);
		this.server = {
			archive: account.features.has(nsMam),
			blocking,
			roomService: this.roomService !== null,
			ownData: account.features.has(pubsubPublish) || account.identities.some((i) => i.category === 'pubsub' && i.type === 'pep'),
			streamManagement: this.#stream.sm.active,
			stanzaLimit: this.#stream.stanzaLimit,
		};
		this.sendPresence();
		await this.emit([
			{ type: 'account-capabilities', capabilities: accountCapabilities(this.server) },
			{ type: 'contacts-snapshot', contacts: this.roster.all() },
			{ type: 'own-presence', presence: this.#parts.presence() },
		]);
		const joining = this.#joinRooms();
		await this.#catchUpAccount();
		this.ready = true;
		await this.emit([{ type: 'connection', state: { kind: 'online' } }]);
		void joining.catch(() => undefined);
		void this.#loadDisplayed().catch(() => undefined);
	}

	/** After a resumed connection: roster, rooms, carbons and presence are as they were. */
	async resume(): Promise<void> {
		await this.emit([{ type: 'connection', state: { kind: 'online' } }]);
		for (const room of this.rooms.joined) void this.rooms.selfPing(room).catch(() => undefined);
	}

	async #findRoomService(): Promise<string | null> {
		const { items } = await queryItems(this.#stream.iq, this.self.domain, null);
		for (const item of items.slice(0, 20)) {
			const info = await queryInfo(this.#stream.iq, item.jid).catch(() => emptyInfo);
			if (info.identities.some((i) => i.category === 'conference' && i.type === 'text')) return item.jid;
		}
		return null;
	}

	async #catchUpAccount(): Promise<void> {
		try {
			if (this.server.archive) await catchUp(this.#roomsIo(), null, this.#position, this.#signal);
			this.#resend(null, this.server.archive, this.#parts.sent);
		} catch (error) {
			if (this.#signal.aborted) throw error;
			this.#parts.context.log.warn('archive catch-up failed', { code: fromFailure(error, 'query').code });
		} finally {
			const held = this.#held ?? [];
			this.#held = null;
			for (const run of held) run();
		}
	}

	/** Messages of earlier connections that did not arrive are written again, or reported when nobody can tell. */
	#resend(scope: string | null, proven: boolean, sent: SentMessages): void {
		const { again, events } = sent.overdue(scope, proven);
		for (const { txn, xml } of again) this.#stream.sendAgain(xml, txn);
		if (events.length > 0) this.#tell(events);
	}

	async #joinRooms(): Promise<void> {
		const known = await this.#parts.context.known.conversations();
		const supported = await fetchOwn(this.#stream.iq, nsBookmarks).then(
			(items) => {
				for (const item of items) this.#keepBookmark(item);
				return true;
			},
			() => false,
		);
		const wanted = new Map<string, { readonly jid: Jid; readonly nick: string; readonly password: string | null }>();
		for (const bookmark of this.bookmarks.values()) {
			if (bookmark.autojoin) wanted.set(bareText(bookmark.room), { jid: bookmark.room, nick: bookmark.nick ?? this.nick, password: bookmark.password });
		}
		for (const conversation of known) {
			const jid = conversation.joined && conversation.kind !== 'direct' ? parseJid(conversation.remoteId) : null;
			// A bookmark without autojoin means: left on another device.
			if (jid !== null && jid.local !== '' && !wanted.has(bareText(jid)) && !(supported && this.bookmarks.has(bareText(jid)))) wanted.set(bareText(jid), { jid, nick: this.nick, password: null });
		}
		await Promise.all([...wanted.values()].map((room) => this.#autojoin(room.jid, room.nick, room.password)));
	}

	async #autojoin(jid: Jid, nick: string, password: string | null): Promise<void> {
		try {
			await this.rooms.join(jid, { nick, password, create: null });
		} catch (error) {
			if (this.#signal.aborted) return;
			const failure = fromFailure(error, 'join', { room: bareText(jid), name: nick });
			this.#tell([{ type: 'conversation-upsert', conversation: { remoteId: remoteConversationId(bareText(jid)), kind: 'group', name: unescapeLocal(jid.local), membership: failure.code === 'banned' ? 'banned' : 'left', error: failure } }]);
		}
	}

	#keepBookmark(item: PubsubItem): Bookmark | null {
		const bookmark = readBookmark(item);
		if (bookmark !== null) this.bookmarks.set(bareText(bookmark.room), bookmark);
		return bookmark;
	}

	/** Makes other devices join or leave with us. Best effort: the room itself is what counts. */
	async setBookmark(room: Room, autojoin: boolean): Promise<void> {
		if (!this.server.ownData) return;
		const key = bareText(room.jid);
		const old = this.bookmarks.get(key);
		if (old !== undefined && old.autojoin === autojoin && old.nick === room.nick) return;
		const bookmark: Bookmark = { room: room.jid, name: old?.name ?? room.name, autojoin, nick: room.nick, password: room.password ?? old?.password ?? null, extensions: old?.extensions ?? null };
		this.bookmarks.set(key, bookmark);
		await publishOwn(this.#stream.iq, nsBookmarks, key, bookmarkElement(bookmark)).catch((error: unknown) => {
			this.#parts.context.log.info('bookmark not saved', { code: fromFailure(error, 'query').code });
		});
	}

	async #loadDisplayed(): Promise<void> {
		if (!this.server.ownData || !this.server.archive) return;
		const items = await fetchOwn(this.#stream.iq, nsDisplayedSync);
		await this.emit(items.flatMap((item) => this.#displayedEvents(item)));
	}

	#displayedEvents(item: PubsubItem): AdapterEvent[] {
		const read = readDisplayedSync(item, this.bare);
		return read === null ? [] : [{ type: 'read-marker', conversation: remoteConversationId(read.conversation), upTo: [{ kind: 'server', value: read.id as never }], time: null }];
	}

	/** Broadcasts our presence; invisible means unavailable. */
	sendPresence(): void {
		const invisible = this.#parts.presence().availability === 'invisible';
		this.#stream.send(el('presence', { type: invisible ? 'unavailable' : undefined }, ...(invisible ? [] : this.presenceChildren())));
		if (!invisible) this.rooms.broadcastPresence();
	}

	setActive(active: boolean): void {
		if (this.#csi === active || child(this.#stream.features ?? undefined, 'csi', nsCsi) === undefined) return;
		this.#csi = active;
		this.#stream.sendNonza(clientState(active));
	}

	/** The connection is gone; nothing may wait for it. */
	detached(): void {
		this.#csi = null;
		const held = this.#held ?? [];
		this.#held = null;
		for (const run of held) run();
		this.rooms.releaseAll();
	}

	// ---- stanzas -------------------------------------------------------------------------------------------------

	/** One stanza; resolves when what it says is durable. */
	stanza(stanza: Element): Promise<void> | void {
		switch (stanza.name) {
			case 'message':
				return this.#message(stanza);
			case 'presence':
				return this.#presence(stanza);
			default:
				return this.#iq(stanza);
		}
	}

	#message(stanza: Element): Promise<void> | void {
		if (this.archive.accept(stanza, this.self)) return;
		const carbon = readCarbon(stanza, this.self);
		if (carbon.kind === 'forged') {
			this.#parts.context.log.warn('forged carbon dropped', { from: attr(stanza, 'from') ?? '' });
			return;
		}
		if (readPubsubEvent(stanza) !== null) return this.#pubsub(stanza);
		const from = parseJid(attr(stanza, 'from') ?? this.bare);
		if (from === null) return;
		const message = carbon.kind === 'copy' ? carbon.message : stanza;
		const origin = carbon.kind === 'copy' ? 'copy' : 'live';
		if (carbon.kind === 'none' && from.local === '' && this.rooms.get(bareText(from)) === undefined) return this.#serverText(stanza, from);
		const type = attr(message, 'type');
		return new Promise<void>((resolve, reject) => {
			const run = (): void => {
				this.#handleMessage(message, origin, from).then(resolve, reject);
			};
			if (type === 'groupchat') this.rooms.inOrder(bareText(from), run);
			else if (this.#held !== null && type !== 'error') this.#held.push(run);
			else run();
		});
	}

	async #handleMessage(message: Element, origin: 'live' | 'copy', from: Jid): Promise<void> {
		const events = mapMessage(message, this.view(origin));
		const invitation = readInvitation(message);
		if (invitation?.password !== null && invitation?.password !== undefined && this.invitePasswords.size < 200) this.invitePasswords.set(bareText(invitation.room), invitation.password);
		if (origin === 'live') this.#answerReceipt(message, from);
		for (const event of events) if (event.type === 'typing' && this.#chatStatePeers.size < maxIntroduced) this.#chatStatePeers.add(String(event.conversation));
		const mine = events.flatMap((event) => (event.type === 'message' || event.type === 'message-edited' ? [event] : []));
		const oneToOne = mine.some((event) => this.rooms.get(String(event.conversation)) === undefined);
		const ids = mine.flatMap((event) => (event.type === 'message' ? event.message.ids : event.ids));
		const archived = oneToOne && this.server.archive ? ids.find((id) => id.kind === 'server')?.value : undefined;
		await this.emit(events, 'live', archived);
	}

	/** Only to people who may see our presence anyway: a receipt tells that we are here (XEP-0184 section 8). */
	#answerReceipt(message: Element, from: Jid): void {
		const id = attr(message, 'id') ?? senderId(message);
		const item = this.roster.items.get(bareText(from));
		if (!wantsReceipt(message) || id === null || attr(message, 'type') === 'groupchat' || attr(message, 'type') === 'error') return;
		if (item?.subscription !== 'from' && item?.subscription !== 'both') return;
		this.#stream.send(el('message', { to: fullText(from), type: attr(message, 'type') }, receiptFor(id), el('store', { xmlns: 'urn:xmpp:hints' })));
	}

	#serverText(stanza: Element, from: Jid): Promise<void> | void {
		const text = [stanza.getChildText('subject', ns.client), stanza.getChildText('body', ns.client)].filter((t) => t !== null && t !== '').join('\n');
		if (text === '' || attr(stanza, 'type') === 'error') return;
		return this.emit([{ type: 'server-text', level: 'notice', text: `${from.domain}: ${text}`.slice(0, 10_000), time: this.#parts.context.clock.now(), conversation: null, reply: false, code: null }]);
	}

	#pubsub(stanza: Element): Promise<void> | void {
		const event = readPubsubEvent(stanza);
		if (event === null || !mayExercise('own-data', senderOf(stanza), this.self)) return;
		if (event.node === nsDisplayedSync) return this.emit(event.items.flatMap((item) => this.#displayedEvents(item)));
		if (event.node !== nsBookmarks) return;
		for (const item of event.items) {
			const before = this.bookmarks.get(item.id);
			const bookmark = this.#keepBookmark(item);
			// Only a change counts: our own publication comes back here, maybe after we were kicked.
			if (bookmark === null || before?.autojoin === bookmark.autojoin) continue;
			const room = this.rooms.get(bareText(bookmark.room));
			if (bookmark.autojoin && room?.phase !== 'joined') void this.#autojoin(bookmark.room, bookmark.nick ?? this.nick, bookmark.password);
			else if (!bookmark.autojoin && room?.phase === 'joined') void this.rooms.leave(room, null).catch(() => undefined);
		}
		for (const id of event.retracted) {
			const jid = parseJid(id);
			const room = jid === null ? undefined : this.rooms.get(bareText(jid));
			if (jid !== null) this.bookmarks.delete(bareText(jid));
			if (room?.phase === 'joined') void this.rooms.leave(room, null).catch(() => undefined);
		}
	}

	#presence(stanza: Element): Promise<void> | void {
		const from = parseJid(attr(stanza, 'from') ?? this.bare);
		if (from === null) return;
		const bare = bareText(from);
		if (this.rooms.get(bare) !== undefined) return this.emit(this.rooms.presence(stanza, from));
		const type = attr(stanza, 'type');
		switch (type) {
			case 'subscribe':
				if (this.roster.requests.size < maxIntroduced) this.roster.requests.set(bare, nicknameOf(stanza));
				return this.emit([this.#contact(bare)]);
			case 'unsubscribe':
				this.roster.requests.delete(bare);
				return this.emit([this.#contact(bare)]);
			case 'unsubscribed':
			case 'unavailable':
			case undefined: {
				const caps = type === undefined ? this.peers.see(stanza, fullText(from), () => this.#peerChanged(bare)) : null;
				const before = this.featuresOf(bare) === null;
				const overall = this.book.update(bare, from.resource, stanza, caps);
				if (type === 'unsubscribed' || bare === this.bare) return;
				if (before !== (this.featuresOf(bare) === null)) this.#peerChanged(bare);
				return this.emit([{ type: 'presence', user: remoteUserId(bare), availability: overall.availability, statusText: overall.statusText }]);
			}
			case 'subscribed':
				// Servers push to new contacts only after another presence of ours (seen with ejabberd).
				this.#stream.send(el('presence', {}, ...this.presenceChildren()));
				return;
			default:
				return;
		}
	}

	#contact(address: string): AdapterEvent {
		return { type: 'contacts-delta', upsert: [this.roster.contact(address)], remove: [] };
	}

	#peerChanged(bare: string): void {
		if (this.#introduced.has(bare)) this.#tell([{ type: 'conversation-upsert', conversation: { remoteId: remoteConversationId(bare), capabilities: this.capabilities(bare) } }]);
	}

	#iq(stanza: Element): Promise<void> | void {
		const type = attr(stanza, 'type');
		if (type !== 'get' && type !== 'set') return;
		const sender = senderOf(stanza);
		const { context } = this.#parts;
		if (type === 'set' && hasQuery(stanza, nsRoster)) {
			if (!mayExercise('roster-push', sender, this.self)) return this.#refuse(stanza);
			this.#stream.send(resultReply(stanza));
			const { changed, removed } = this.roster.apply(child(stanza, 'query', nsRoster));
			const upsert: RemoteContact[] = changed.map((address) => this.roster.contact(address));
			return this.emit([{ type: 'contacts-delta', upsert, remove: removed.map(remoteUserId) }]);
		}
		const push = type === 'set' ? readBlockPush(stanza) : null;
		if (push !== null) {
			if (!mayExercise('block-push', sender, this.self)) return this.#refuse(stanza);
			this.#stream.send(resultReply(stanza));
			return this.applyBlock(push.blocked, push.addresses);
		}
		this.#stream.send(answerRequest(stanza, { ...context.client, now: context.clock.now() }));
	}

	#refuse(stanza: Element): void {
		this.#parts.context.log.warn('forged push refused', { from: attr(stanza, 'from') ?? '' });
		this.#stream.send(errorReply(stanza, 'cancel', 'service-unavailable'));
	}

	/** The block list changed here or elsewhere; no addresses with `blocked` false lifts everything. */
	applyBlock(blocked: boolean, addresses: readonly string[]): Promise<void> {
		const before = new Set(this.roster.blocked);
		const affected = addresses.length === 0 && !blocked ? [...before] : addresses;
		for (const address of affected) {
			if (blocked) before.add(address);
			else before.delete(address);
		}
		this.roster.blocked = before;
		return this.emit([{ type: 'contacts-delta', upsert: affected.map((address) => this.roster.contact(address)), remove: [] }]);
	}

	/** A conversation's facts, the first time it is mentioned in this session. */
	#introduce(events: readonly AdapterEvent[]): AdapterEvent[] {
		const news: AdapterEvent[] = [];
		for (const event of events) {
			if (event.type !== 'message') continue;
			const key = String(event.conversation);
			if (this.#introduced.has(key) || this.rooms.get(key) !== undefined) continue;
			news.push(this.introduction(key));
		}
		return news;
	}

	/** Name, peer and capabilities of a one-to-one conversation. */
	introduction(key: string): AdapterEvent {
		if (this.#introduced.size >= maxIntroduced) this.#introduced.clear();
		this.#introduced.add(key);
		const jid = parseJid(key);
		const occupant = jid !== null && jid.resource !== '' ? jid.resource : null;
		return {
			type: 'conversation-upsert',
			conversation: {
				remoteId: remoteConversationId(key),
				kind: 'direct',
				peer: remoteUserId(key),
				name: occupant ?? this.roster.contact(key).name,
				membership: 'joined',
				capabilities: this.capabilities(key),
			},
		};
	}

	/** Where a message about this conversation goes, and whether typing is understood there. */
	destination(conversation: string): { readonly to: string; readonly room: boolean; readonly chatStates: boolean } {
		const room = this.rooms.get(conversation) !== undefined;
		const chatStates = room || this.featuresOf(conversation)?.has('http://jabber.org/protocol/chatstates') === true;
		return { to: conversation, room, chatStates };
	}

	/** Own archive's or the room's address, for ids that belong to it. */
	archiveOf(conversation: string): Jid | null {
		return this.rooms.get(conversation)?.jid ?? null;
	}

	get accountJid(): Jid {
		return bareOf(this.self);
	}
}
