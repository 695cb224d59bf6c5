/** What was missed and what is older: pages of archives as events, with honest gaps. */
import type { HistoryPage, HistoryRequest } from '../adapter/adapter.ts';
import type { AdapterBatch, AdapterEvent } from '../adapter/events.ts';
import type { KnownHistory } from '../adapter/context.ts';
import { ChatException } from '../model/errors.ts';
import { remoteConversationId } from '../model/ids.ts';
import { fromFailure } from './errors.ts';
import { StanzaException } from './iq-tracker.ts';
import { bareText, type Jid } from './jid.ts';
import { mapMessage } from './message-mapper.ts';
import type { MessageView } from './message-source.ts';
import type { Archive, Archived, ArchivePage } from './xep/0313-archive.ts';

export interface SyncIo {
	readonly archive: Archive;
	/** View for archived stanzas; the archive's id and time are filled in here. */
	view(): MessageView;
	emit(events: readonly AdapterEvent[], origin: AdapterBatch['origin'], position?: string): Promise<void>;
	readonly known: KnownHistory;
}

const pageSize = 100;
/** More missed messages than this are left to scrolling back: a year's absence must not block the login. */
const maxPages = 20;
const firstImport = 50;

const historyTypes: ReadonlySet<AdapterEvent['type']> = new Set([
	'message',
	'message-edited',
	'message-removed',
	'reaction',
]);
const conversationOf = (event: AdapterEvent): string | null =>
	'conversation' in event && typeof event.conversation === 'string' ? event.conversation : null;

function mapArchived(item: Archived, view: MessageView): AdapterEvent[] {
	return mapMessage(item.message, { ...view, origin: 'archive', archiveId: item.id, archiveTime: item.time }).filter(
		(event) => historyTypes.has(event.type) || event.type === 'receipt' || event.type === 'read-marker',
	);
}

const mapAll = (page: ArchivePage, view: MessageView): AdapterEvent[] =>
	page.items.flatMap((item) => mapArchived(item, view));

/**
 * Fetches everything after `position`. @param room null for the own archive
 * @returns the new position, or null when the archive is empty
 */
export async function catchUp(
	io: SyncIo,
	room: Jid | null,
	position: string | null,
	signal: AbortSignal,
): Promise<string | null> {
	if (position === null) return importNewest(io, room, signal);
	let after = position;
	for (let count = 0; count < maxPages; count++) {
		let page: ArchivePage;
		try {
			page = await io.archive.fetch({ room, page: { max: pageSize, after } }, signal);
		} catch (error) {
			// The server no longer knows our place: what lies between is unknown.
			if (error instanceof StanzaException && error.stanza.condition === 'item-not-found')
				return importNewest(io, room, signal);
			throw error;
		}
		const last = page.last ?? page.items.at(-1)?.id ?? null;
		if (last !== null) after = last;
		await io.emit(mapAll(page, io.view()), 'catchup', room === null ? after : undefined);
		if (page.complete || last === null) return after;
	}
	return importNewest(io, room, signal);
}

/** Only the newest part, each conversation with a gap before it. Nothing of it is news to the user's other devices. */
async function importNewest(io: SyncIo, room: Jid | null, signal: AbortSignal): Promise<string | null> {
	const page = await io.archive.fetch({ room, page: { max: firstImport, before: '' } }, signal);
	const last = page.last ?? page.items.at(-1)?.id ?? null;
	const view = io.view();
	const events: AdapterEvent[] = [];
	const opened = new Set<string>();
	const newest = new Map<string, number>();
	for (const item of page.items) {
		for (const event of mapArchived(item, view)) {
			const conversation = conversationOf(event);
			if (conversation === null) continue;
			if (!opened.has(conversation) && !page.complete) {
				events.push({ type: 'gap', conversation: remoteConversationId(conversation), token: item.id, fillable: true });
			}
			opened.add(conversation);
			newest.set(conversation, item.time);
			events.push(event);
		}
	}
	for (const [conversation, time] of newest)
		events.push({ type: 'read-marker', conversation: remoteConversationId(conversation), upTo: [], time });
	await io.emit(events, 'catchup', room === null && last !== null ? last : undefined);
	return last;
}

/** One page for scrolling. */
export async function historyPage(
	io: SyncIo,
	request: HistoryRequest,
	room: Jid | null,
	signal: AbortSignal,
): Promise<HistoryPage> {
	const serverId = request.anchor?.ids.find((id) => id.kind === 'server')?.value;
	const at = request.token ?? serverId;
	const backward = request.direction === 'backward';
	const byTime = at === undefined && request.anchor !== null ? request.anchor.time : undefined;
	const max = Math.min(Math.max(request.limit, 1), pageSize);
	try {
		const page = await io.archive.fetch(
			{
				room,
				...(room === null ? { with: request.conversation } : {}),
				...(byTime === undefined ? {} : backward ? { end: byTime } : { start: byTime }),
				page: backward ? { max, before: at ?? '' } : { max, ...(at === undefined ? {} : { after: at }) },
			},
			signal,
		);
		const view = io.view();
		const events = page.items
			.flatMap((item) => mapArchived(item, view))
			.filter((event) => historyTypes.has(event.type) && conversationOf(event) === String(request.conversation));
		const edge = backward ? (page.first ?? page.items[0]?.id ?? null) : (page.last ?? page.items.at(-1)?.id ?? null);
		const reachedEnd = page.complete || edge === null;
		return { events, next: reachedEnd ? null : edge, reachedEnd };
	} catch (error) {
		throw new ChatException(fromFailure(error, 'query', { conversation: String(request.conversation) }), error);
	}
}

/** Archive id to continue from for a room, from what the engine has stored. */
export async function roomPosition(known: KnownHistory, room: Jid): Promise<string | null> {
	const newest = await known.newest(remoteConversationId(bareText(room)));
	return newest?.ids.find((id) => id.kind === 'server')?.value ?? null;
}
