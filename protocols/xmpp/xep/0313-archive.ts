/** XEP-0313 Message Archive Management: one page at a time, counting only results of our own open queries. */
import type { Clock, Random } from '../../adapter/context.ts';
import { ChatException, chatError } from '../../model/errors.ts';
import type { IqTracker } from '../iq-tracker.ts';
import { bareText, type Jid } from '../jid.ts';
import { attr, child, el, type Element, unwrapForwarded } from '../stanza.ts';
import { isFromRoom, isPlausibleArchived, mayExercise, senderOf } from '../trust.ts';
import { type PageInfo, pageElement, type PageRequest, readPage } from './0059-rsm.ts';
import { formatStamp, parseStamp } from './0203-delay.ts';

export const nsMam = 'urn:xmpp:mam:2';
const nsForm = 'jabber:x:data';

export interface ArchiveQuery {
	/** The room whose archive is asked; null for our own. */
	readonly room: Jid | null;
	/** Only messages with this bare address (own archive). */
	readonly with?: string;
	/** ms UTC */
	readonly start?: number;
	readonly end?: number;
	readonly page: PageRequest;
}

export interface Archived {
	readonly id: string;
	readonly time: number;
	readonly message: Element;
}

export interface ArchivePage extends PageInfo {
	readonly items: readonly Archived[];
	/** No more in the direction asked. */
	readonly complete: boolean;
}

interface OpenQuery {
	readonly room: Jid | null;
	readonly limit: number;
	readonly items: Archived[];
}

export class Archive {
	readonly #iq: () => IqTracker;
	readonly #random: Random;
	readonly #clock: Clock;
	readonly #open = new Map<string, OpenQuery>();
	/** Results thrown away because nobody asked for them or they are not what they claim. */
	forged = 0;

	constructor(iq: () => IqTracker, random: Random, clock: Clock) {
		this.#iq = iq;
		this.#random = random;
		this.#clock = clock;
	}

	/** Fetches one page, oldest first. Rejects with `StanzaException` or `ChatException`. */
	async fetch(query: ArchiveQuery, signal?: AbortSignal): Promise<ArchivePage> {
		const queryid = this.#random.uuid();
		const open: OpenQuery = { room: query.room, limit: query.page.max * 2 + 50, items: [] };
		this.#open.set(queryid, open);
		try {
			const reply = await this.#iq().set(
				el('query', { xmlns: nsMam, queryid }, formFor(query), pageElement(query.page)),
				{
					timeoutMs: 60_000,
					...(query.room === null ? {} : { to: bareText(query.room) }),
					...(signal === undefined ? {} : { signal }),
				},
			);
			const fin = child(reply, 'fin', nsMam);
			if (fin === undefined) throw new ChatException(chatError('protocol-violation', 'archive answer without an end'));
			return {
				...readPage(fin),
				items: open.items,
				complete: attr(fin, 'complete') === 'true' || attr(fin, 'complete') === '1',
			};
		} finally {
			this.#open.delete(queryid);
		}
	}

	/** Offers a message. @returns whether it was an archive result (true or forged) and must not be handled further */
	accept(stanza: Element, self: Jid): boolean {
		const result = child(stanza, 'result', nsMam);
		if (result === undefined) return false;
		const open = this.#open.get(attr(result, 'queryid') ?? '');
		const sender = senderOf(stanza);
		const id = attr(result, 'id');
		const forwarded = child(result, 'forwarded', 'urn:xmpp:forward:0');
		const time = parseStamp(attr(child(forwarded, 'delay', 'urn:xmpp:delay'), 'stamp'), this.#clock.now());
		const message = unwrapForwarded(forwarded);
		const archive = open?.room ?? self;
		if (
			open === undefined ||
			id === undefined ||
			id === '' ||
			time === null ||
			message === null ||
			open.items.length >= open.limit ||
			!(open.room === null ? mayExercise('own-archive', sender, self) : isFromRoom(sender, open.room)) ||
			!isPlausibleArchived(message, archive, open.room !== null)
		) {
			// Room archives hold presence and other things besides; only what nobody asked for is suspicious.
			if (open === undefined) this.forged++;
			return true;
		}
		open.items.push({ id, time, message });
		return true;
	}
}

function formFor(query: ArchiveQuery): Element | null {
	const field = (name: string, value: string): Element => el('field', { var: name }, el('value', {}, value));
	const fields = [
		...(query.with === undefined ? [] : [field('with', query.with)]),
		...(query.start === undefined ? [] : [field('start', formatStamp(query.start))]),
		...(query.end === undefined ? [] : [field('end', formatStamp(query.end))]),
	];
	if (fields.length === 0) return null;
	return el(
		'x',
		{ xmlns: nsForm, type: 'submit' },
		el('field', { var: 'FORM_TYPE', type: 'hidden' }, el('value', {}, nsMam)),
		...fields,
	);
}
