/** Brings a login up to date: what the server can do, contacts, missed messages, rooms. */
import type { AdapterEvent } from '../adapter/events.ts';
import { remoteConversationId, remoteMessageId, remoteUserId } from '../model/ids.ts';
import { catchUp } from './archive-sync.ts';
import { accountCapabilities } from './capabilities.ts';
import { fromFailure } from './errors.ts';
import { bareText, type Jid, parseJid } from './jid.ts';
import { fetchRoster } from './roster.ts';
import type { Session } from './session.ts';
import { type DiscoInfo, queryInfo, queryItems } from './xep/0030-disco.ts';
import { nsSearch } from './xep/0055-search.ts';
import { fetchBlockList, nsBlocking } from './xep/0191-blocking.ts';
import { fetchOwn, type PubsubItem } from './xep/0223-own-data.ts';
import { enableCarbons } from './xep/0280-carbons.ts';
import { nsMam } from './xep/0313-archive.ts';
import { nsUpload, uploadLimit } from './xep/0363-http-upload.ts';
import { nsBookmarks } from './xep/0402-bookmarks.ts';
import { nsDisplayedSync, readDisplayedSync } from './xep/0490-displayed-sync.ts';

const pubsubPublish = 'http://jabber.org/protocol/pubsub#publish-options';
const emptyInfo: DiscoInfo = { identities: [], features: new Set(), forms: [] };

/** After a fresh login. Resolves when online; rooms go on joining behind. */
export async function bringUpToDate(session: Session, carbons: boolean): Promise<void> {
	session.held = [];
	session.tell([
		{ type: 'self', remoteId: remoteUserId(session.bare), name: session.nick },
		{ type: 'connection', state: { kind: 'syncing', progress: null } },
	]);
	const iq = session.stream.iq;
	const quiet = <T>(work: Promise<T>, otherwise: T): Promise<T> =>
		work.catch((error: unknown) => (session.signal.aborted ? Promise.reject(error as Error) : otherwise));
	const [domain, account, roster] = await Promise.all([
		quiet(queryInfo(iq, session.self.domain), emptyInfo),
		quiet(queryInfo(iq, session.bare), emptyInfo),
		quiet(fetchRoster(iq), undefined),
		carbons ? null : quiet(iq.set(enableCarbons()), null),
	]);
	session.account = account;
	session.roster.load(roster);
	const blocking = domain.features.has(nsBlocking) || account.features.has(nsBlocking);
	if (blocking) session.roster.blocked = await quiet(fetchBlockList(iq), new Set<string>());
	await quiet(findServices(session), undefined);
	// Before any message is read: whether a file's host is our server's own is part of the message.
	await quiet(session.parts.files.use(session.uploadService, iq), undefined);
	session.server = {
		archive: account.features.has(nsMam),
		blocking,
		roomService: session.roomService !== null,
		peopleSearch: session.searchService !== null,
		ownData:
			account.features.has(pubsubPublish) ||
			account.identities.some((i) => i.category === 'pubsub' && i.type === 'pep'),
		streamManagement: session.stream.sm.active,
		stanzaLimit: session.stream.stanzaLimit,
		upload: session.uploadService,
	};
	session.sendPresence();
	await session.emit([
		{ type: 'account-capabilities', capabilities: accountCapabilities(session.server, session.parts.allowRaw) },
		{ type: 'contacts-snapshot', contacts: session.roster.all() },
		{ type: 'own-presence', presence: session.parts.presence() },
	]);
	const joining = joinRooms(session).finally(() => session.expected.clear());
	await catchUpAccount(session);
	session.ready = true;
	await session.emit([{ type: 'connection', state: { kind: 'online' } }]);
	void joining.catch(() => undefined);
	void loadDisplayed(session).catch(() => undefined);
}

/** After a resumed connection: roster, rooms, carbons and presence are as they were. */
export async function goOn(session: Session): Promise<void> {
	await session.emit([{ type: 'connection', state: { kind: 'online' } }]);
	session.rooms.goOn();
}

/** The first room service, directory of people and upload service among the server's items. */
async function findServices(session: Session): Promise<void> {
	const { items } = await queryItems(session.stream.iq, session.self.domain, null);
	const infos = await Promise.all(
		items
			.slice(0, 20)
			.map(async ({ jid }) => ({ jid, info: await queryInfo(session.stream.iq, jid).catch(() => emptyInfo) })),
	);
	const rooms = infos.find(({ info }) =>
		info.identities.some(({ category, type }) => category === 'conference' && type === 'text'),
	);
	const people = infos.find(
		({ info }) => info.features.has(nsSearch) && info.identities.some(({ category }) => category === 'directory'),
	);
	const uploads = infos.find(({ info }) => info.features.has(nsUpload));
	session.roomService = rooms?.jid ?? null;
	session.uploadService = uploads === undefined ? null : { jid: uploads.jid, maxBytes: uploadLimit(uploads.info) };
	session.searchService = people?.jid ?? null;
}

async function catchUpAccount(session: Session): Promise<void> {
	try {
		if (session.server.archive) await catchUp(session.roomsIo(), null, session.position, session.signal);
		session.resend(null, session.server.archive);
	} catch (error) {
		if (session.signal.aborted) throw error;
		session.parts.context.log.warn('archive catch-up failed', { code: fromFailure(error, 'query').code });
	} finally {
		const held = session.held ?? [];
		session.held = null;
		for (const run of held) run();
	}
}

async function joinRooms(session: Session): Promise<void> {
	const supported = await fetchOwn(session.stream.iq, nsBookmarks).then(
		(items) => {
			for (const item of items) session.keepBookmark(item);
			return true;
		},
		() => false,
	);
	const wanted = new Map<string, { readonly jid: Jid; readonly nick: string; readonly password: string | null }>();
	for (const bookmark of session.bookmarks.values()) {
		if (bookmark.autojoin)
			wanted.set(bareText(bookmark.room), {
				jid: bookmark.room,
				nick: bookmark.nick ?? session.nick,
				password: bookmark.password,
			});
	}
	for (const group of session.parts.groups) {
		const jid = parseJid(group);
		// A bookmark without autojoin means: left on another device.
		if (
			jid !== null &&
			jid.local !== '' &&
			!wanted.has(bareText(jid)) &&
			!(supported && session.bookmarks.has(bareText(jid)))
		)
			wanted.set(bareText(jid), { jid, nick: session.nick, password: null });
	}
	await Promise.all([...wanted.values()].map((room) => session.rooms.enter(room.jid, room.nick, room.password)));
}

async function loadDisplayed(session: Session): Promise<void> {
	if (!session.server.ownData || !session.server.archive) return;
	const items = await fetchOwn(session.stream.iq, nsDisplayedSync);
	await session.emit(items.flatMap((item) => displayedEvents(session, item)));
}

export function displayedEvents(session: Session, item: PubsubItem): AdapterEvent[] {
	const read = readDisplayedSync(item, session.bare);
	return read === null
		? []
		: [
				{
					type: 'read-marker',
					conversation: remoteConversationId(read.conversation),
					upTo: [{ kind: 'server', value: remoteMessageId(read.id) }],
					time: null,
				},
			];
}
