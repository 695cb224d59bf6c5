/**
 * One XMPP session: what the account knows while it is logged in, kept over resumed connections. Dispatches stanzas
 * to events and brings a fresh login up to date.
 */
import type { AdapterContext } from '../adapter/context.ts';
import type { AdapterBatch, AdapterEvent } from '../adapter/events.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import type { OwnPresence } from '../model/entities.ts';
import { type RemoteConversationId, remoteConversationId, remoteUserId } from '../model/ids.ts';
import { bestServer, directCapabilities, type ServerFacts } from './capabilities.ts';
import { fromFailure } from './errors.ts';
import type { EventPump } from './event-pump.ts';
import type { Files, UploadService } from './files.ts';
import { bareOf, bareText, fullText, type Jid, parseJid } from './jid.ts';
import type { MessageView, RoomView } from './message-source.ts';
import type { Destination } from './outgoing.ts';
import { capsNode, ownInfo } from './own-info.ts';
import { PeerFeatures } from './peer-features.ts';
import { PresenceBook, presenceChildren } from './presence.ts';
import { Roster } from './roster.ts';
import type { Room } from './room.ts';
import { Rooms, type RoomsIo } from './rooms.ts';
import type { SentMessages } from './sent-messages.ts';
import { child, el, type Element } from './stanza.ts';
import type { XmppStream } from './stream.ts';
import { type DiscoInfo } from './xep/0030-disco.ts';
import { capsElement } from './xep/0115-caps.ts';
import { publishOwn, type PubsubItem } from './xep/0223-own-data.ts';
import { Archive, nsMam } from './xep/0313-archive.ts';
import { clientState, nsCsi } from './xep/0352-client-state.ts';
import { nsSid } from './xep/0359-stanza-ids.ts';
import { type Bookmark, bookmarkElement, nsBookmarks, readBookmark } from './xep/0402-bookmarks.ts';

export interface SessionParts {
	readonly context: AdapterContext;
	readonly pump: EventPump;
	readonly sent: SentMessages;
	readonly self: Jid;
	readonly nick: string;
	readonly presence: () => OwnPresence;
	/** The account's settings let the user send stanzas of their own. */
	readonly allowRaw: boolean;
	/** Rooms the engine knows us to be in: from the first moment nothing goes there as a one-to-one message. */
	readonly groups: readonly RemoteConversationId[];
	readonly files: Files;
	/** Archive position saved with the last commit. */
	readonly position: string | null;
}

const maxIntroduced = 5000;
const emptyInfo: DiscoInfo = { identities: [], features: new Set(), forms: [] };

export class Session {
	readonly self: Jid;
	readonly roster = new Roster();
	readonly book = new PresenceBook();
	readonly rooms: Rooms;
	readonly archive: Archive;
	readonly peers: PeerFeatures;
	/** Rooms we belong to that this login has not come to yet; what is written to them waits. */
	readonly expected: Set<string>;
	readonly bookmarks = new Map<string, Bookmark>();
	readonly invitePasswords = new Map<string, string>();
	roomService: string | null = null;
	/** Directory of people (XEP-0055), or null. */
	searchService: string | null = null;
	uploadService: UploadService | null = null;
	/** The bootstrap is complete; until then a resumed connection must run it again. */
	ready = false;
	server: ServerFacts = { ...bestServer, archive: false, roomService: false, peopleSearch: false, upload: null };
	readonly parts: SessionParts;
	#pump: EventPump;
	#stream: XmppStream;
	#signal: AbortSignal;
	account: DiscoInfo = emptyInfo;
	position: string | null;
	/** One-to-one messages kept back while missed ones are fetched; null when in order. */
	held: (() => void)[] | null = null;
	readonly introduced = new Set<string>();
	readonly chatStatePeers = new Set<string>();
	#csi: boolean | null = null;
	#csiOffered = false;

	constructor(parts: SessionParts, stream: XmppStream, signal: AbortSignal) {
		this.parts = parts;
		this.self = parts.self;
		this.#pump = parts.pump;
		this.#stream = stream;
		this.#signal = signal;
		this.position = parts.position;
		this.expected = new Set(parts.groups);
		const { context } = parts;
		this.archive = new Archive(() => this.#stream.iq, context.random, context.clock);
		this.peers = new PeerFeatures(context.store, () => this.#stream.iq);
		this.rooms = new Rooms(this.roomsIo());
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
		return this.parts.nick;
	}

	/** Goes on with a resumed connection. */
	attach(stream: XmppStream, signal: AbortSignal, pump: EventPump): void {
		this.#pump = pump;
		this.#stream = stream;
		this.#signal = signal;
	}

	emit(events: readonly AdapterEvent[], origin: AdapterBatch['origin'] = 'live', position?: string): Promise<void> {
		this.parts.sent.observe(events);
		if (position !== undefined) this.position = position;
		return this.#pump.push(
			[...this.#introduce(events), ...events],
			origin,
			position === undefined ? undefined : JSON.stringify({ mam: position }),
		);
	}

	/** For work nobody waits for. */
	tell(events: readonly AdapterEvent[]): void {
		void this.emit(events).catch(() => undefined);
	}

	/** What rooms and archives need of this session; connection and signal are those of the moment. */
	roomsIo(): RoomsIo {
		const { context } = this.parts;
		const now = { iq: () => this.#stream.iq, signal: () => this.#signal };
		return {
			archive: this.archive,
			known: context.known,
			clock: context.clock,
			get iq() {
				return now.iq();
			},
			get signal() {
				return now.signal();
			},
			view: () => this.view('archive'),
			emit: (events, origin, position) => this.emit(events, origin, position),
			server: () => this.server,
			send: (stanza) => this.#stream.send(stanza),
			presenceChildren: () => this.presenceChildren(),
			note: (text) => context.log.wire('note', text),
			caughtUp: (room) => this.resend(bareText(room.jid), room.has(nsMam)),
		};
	}

	view(origin: MessageView['origin']): MessageView {
		return {
			self: this.self,
			origin,
			archiveId: null,
			archiveTime: null,
			now: this.parts.context.clock.now(),
			stanzaIds: this.account.features.has(nsSid) || this.account.features.has(nsMam),
			room: (bare) => this.#roomView(bare),
			isOwnHost: (url) => this.parts.files.isOwn(url),
			ownTxn: (id) => this.parts.sent.txnOf(id),
		};
	}

	/** A room we were refused or have left is just an address again: it may invite us. */
	#roomView(bare: string): RoomView | null {
		const room = this.rooms.get(bare);
		return room === undefined || room.phase === 'left' ? null : room.view;
	}

	presenceChildren(): Element[] {
		return presenceChildren(this.parts.presence(), [capsElement(capsNode, ownInfo(this.parts.context.client.name))]);
	}

	capabilities(conversation: string): ConversationCapabilities {
		const room = this.rooms.get(conversation);
		return room === undefined
			? directCapabilities(this.server, this.featuresOf(conversation))
			: room.capabilities(this.server);
	}

	/** What the other side's devices can do; null when not known. */
	featuresOf(bare: string): ReadonlySet<string> | null {
		const known = this.book.capsOf(bare).flatMap((ver) => this.peers.get(ver) ?? []);
		if (known.length === 0)
			return this.chatStatePeers.has(bare)
				? new Set(['http://jabber.org/protocol/chatstates', 'urn:xmpp:receipts'])
				: null;
		return new Set(known.flatMap((features) => [...features]));
	}

	/** Messages of earlier connections that did not arrive are written again, or reported when nobody can tell. */

	resend(scope: string | null, proven: boolean): void {
		const { again, events } = this.parts.sent.overdue(scope, proven);
		for (const { txn, xml } of again) this.#stream.sendAgain(xml, txn);
		if (events.length > 0) this.tell(events);
	}

	keepBookmark(item: PubsubItem): Bookmark | null {
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
		const bookmark: Bookmark = {
			room: room.jid,
			name: old?.name ?? room.name,
			autojoin,
			nick: room.nick,
			password: room.password ?? old?.password ?? null,
			extensions: old?.extensions ?? null,
		};
		this.bookmarks.set(key, bookmark);
		await publishOwn(this.#stream.iq, nsBookmarks, key, bookmarkElement(bookmark)).catch((error: unknown) => {
			this.parts.context.log.info('bookmark not saved', { code: fromFailure(error, 'query').code });
		});
	}

	/** Broadcasts our presence; invisible means unavailable. */
	sendPresence(): void {
		const invisible = this.parts.presence().availability === 'invisible';
		this.#stream.send(
			el('presence', { type: invisible ? 'unavailable' : undefined }, ...(invisible ? [] : this.presenceChildren())),
		);
		if (!invisible) this.rooms.broadcastPresence();
	}

	setActive(active: boolean): void {
		// ejabberd sends no features after an inline resumption; what it offered before still holds.
		this.#csiOffered ||= child(this.#stream.features ?? undefined, 'csi', nsCsi) !== undefined;
		if (this.#csi === active || !this.#csiOffered) return;
		this.#csi = active;
		this.#stream.sendNonza(clientState(active));
	}

	/** The connection is gone; nothing may wait for it. */
	detached(): void {
		this.#csi = null;
		const held = this.held ?? [];
		this.held = null;
		for (const run of held) run();
		this.rooms.order.releaseAll();
	}

	contactDelta(address: string): AdapterEvent {
		return { type: 'contacts-delta', upsert: [this.roster.contact(address)], remove: [] };
	}

	peerChanged(bare: string): void {
		if (this.introduced.has(bare))
			this.tell([
				{
					type: 'conversation-upsert',
					conversation: { remoteId: remoteConversationId(bare), capabilities: this.capabilities(bare) },
				},
			]);
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
		return this.emit([
			{ type: 'contacts-delta', upsert: affected.map((address) => this.roster.contact(address)), remove: [] },
		]);
	}

	/** A conversation's facts, the first time it is mentioned in this session. */
	#introduce(events: readonly AdapterEvent[]): AdapterEvent[] {
		const news: AdapterEvent[] = [];
		for (const event of events) {
			if (event.type !== 'message') continue;
			const key = String(event.conversation);
			if (this.introduced.has(key) || this.rooms.get(key) !== undefined) continue;
			news.push(this.introduction(key));
		}
		return news;
	}

	/** Name, peer and capabilities of a one-to-one conversation. */
	introduction(key: string): AdapterEvent {
		if (this.introduced.size >= maxIntroduced) this.introduced.clear();
		this.introduced.add(key);
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
	destination(conversation: string): Destination {
		const room = this.isRoom(conversation);
		// Also the `active` of a message is one: whoever tells nobody that they type sends none (XEP-0085 section 5.1).
		const chatStates =
			this.parts.context.shares(remoteConversationId(conversation), 'typing') &&
			(room || this.featuresOf(conversation)?.has('http://jabber.org/protocol/chatstates') === true);
		const here = this.rooms.get(conversation);
		return {
			to: conversation,
			room,
			chatStates,
			addressOf: (user) => {
				const nick = here?.nickOf(user) ?? null;
				if (here !== undefined && nick !== null) return fullText({ ...here.jid, resource: nick });
				const jid = room ? null : parseJid(user);
				return jid === null ? null : bareText(jid);
			},
		};
	}

	/** Known as a room, entered or not: nothing goes there as a one-to-one message. */
	isRoom(conversation: string): boolean {
		if (this.rooms.get(conversation) !== undefined || this.expected.has(conversation)) return true;
		const jid = parseJid(conversation);
		return this.bookmarks.has(conversation) || (jid !== null && jid.resource === '' && jid.domain === this.roomService);
	}

	/** Own archive's or the room's address, for ids that belong to it. */
	archiveOf(conversation: string): Jid | null {
		return this.rooms.get(conversation)?.jid ?? null;
	}

	get accountJid(): Jid {
		return bareOf(this.self);
	}
}
