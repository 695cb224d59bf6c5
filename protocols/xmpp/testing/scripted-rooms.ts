/** `Rooms` over a room service that a test plays: every stanza written is kept, answers are given by hand. */
import type { AdapterEvent } from '../../adapter/events.ts';
import { FakeClock, fakeRandom } from '../../testkit/fake-clock.ts';
import { bestServer } from '../capabilities.ts';
import { IqTracker } from '../iq-tracker.ts';
import { type Jid, parseJid } from '../jid.ts';
import type { Room } from '../room.ts';
import { Rooms } from '../rooms.ts';
import { attr, el, type Element, elements } from '../stanza.ts';
import { parseElement } from '../stanza-parser.ts';
import { Archive } from '../xep/0313-archive.ts';

export const jid = (text: string): Jid => {
	const parsed = parseJid(text);
	if (parsed === null) throw new Error(`bad test address ${text}`);
	return parsed;
};
export const xml = (text: string): Element => {
	const parsed = parseElement(text);
	if (parsed === null) throw new Error(`bad test stanza ${text}`);
	return parsed;
};

export interface Standing {
	readonly affiliation?: string;
	readonly role?: string;
	readonly codes?: readonly number[];
	readonly occupantId?: string;
	/** Children of `item`. */
	readonly inside?: string;
	readonly nick?: string;
	readonly type?: 'unavailable';
	/** Children of the presence. */
	readonly more?: string;
}

/** Presence of an occupant as a room sends it. */
function occupantPresence(address: string, standing: Standing = {}): Element {
	const { affiliation = 'none', role = 'participant', codes = [], occupantId, inside = '', nick, type } = standing;
	return xml(
		`<presence xmlns="jabber:client" from="${address}"${type === undefined ? '' : ` type="${type}"`}>${
			occupantId === undefined ? '' : `<occupant-id xmlns="urn:xmpp:occupant-id:0" id="${occupantId}"/>`
		}<x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="${affiliation}" role="${role}"${
			nick === undefined ? '' : ` nick="${nick}"`
		}>${inside}</item>${codes.map((code) => `<status code="${code}"/>`).join('')}</x>${standing.more ?? ''}</presence>`,
	);
}

export class ScriptedRooms {
	readonly clock = new FakeClock();
	readonly rooms: Rooms;
	readonly events: AdapterEvent[] = [];
	readonly written: Element[] = [];
	/** Features and name of every room. */
	features: readonly string[] = ['urn:xmpp:occupant-id:0'];
	roomName = '';
	/** Condition with which the room service refuses everything, or null when it works. */
	broken: string | null = null;
	/** Condition with which a ping to an occupant is refused; null: answered. */
	pingCondition: string | null = null;
	/** Occupants that are there when we enter. */
	greeting: readonly string[] = [];
	readonly #caughtUp: Room[] = [];
	readonly #iq: IqTracker;
	#link = new AbortController();

	constructor() {
		this.#iq = new IqTracker(this.clock, fakeRandom(), (iq) => this.#write(iq));
		this.#iq.self = jid('me@home.org/parley');
		const link = (): AbortSignal => this.#link.signal;
		this.rooms = new Rooms({
			iq: this.#iq,
			clock: this.clock,
			get signal() {
				return link();
			},
			archive: new Archive(() => this.#iq, fakeRandom(2), this.clock),
			known: {
				newest: () => Promise.resolve(null),
				has: (_, ids) => Promise.resolve(ids.map(() => false)),
				conversations: () => Promise.resolve([]),
			},
			view: () => {
				throw new Error('no archive here');
			},
			emit: (events) => {
				this.events.push(...events);
				return Promise.resolve();
			},
			server: () => bestServer,
			send: (stanza) => this.#write(stanza),
			presenceChildren: () => [],
			note: () => undefined,
			caughtUp: (room) => void this.#caughtUp.push(room),
		});
	}

	/** Entries asked for so far. */
	get entries(): number {
		return this.written.filter((e) => e.name === 'presence' && attr(e, 'type') === undefined).length;
	}

	/** The room says this. */
	presence(address: string, standing: Standing = {}): AdapterEvent[] {
		const events = this.rooms.presence(occupantPresence(address, standing), jid(address));
		this.events.push(...events);
		return events;
	}

	/** The connection is lost and resumed. */
	cut(): void {
		this.#link.abort();
	}
	resume(): void {
		this.#link = new AbortController();
		this.rooms.goOn();
	}

	/** Lets promises settle. */
	settle(): Promise<void> {
		return this.clock.advance(0);
	}

	#write(stanza: Element): boolean {
		this.written.push(stanza);
		void Promise.resolve().then(() => this.#answer(stanza));
		return !this.#link.signal.aborted;
	}

	#answer(stanza: Element): void {
		const to = attr(stanza, 'to') ?? '';
		const wait = this.broken?.startsWith('remote-server') === true ? 'wait' : 'auth';
		const error =
			this.broken === null
				? ''
				: `<error type="${wait}"><${this.broken} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`;
		if (stanza.name === 'presence' && attr(stanza, 'type') === undefined) {
			if (this.broken === null) {
				for (const address of this.greeting) this.presence(address);
				this.presence(to, { codes: [110] });
			} else
				this.rooms.presence(
					xml(`<presence xmlns="jabber:client" from="${to}" type="error">${error}</presence>`),
					jid(to),
				);
		} else if (stanza.name === 'iq') this.#answerIq(stanza, to, error);
	}

	#answerIq(stanza: Element, to: string, error: string): void {
		const id = attr(stanza, 'id') ?? '';
		const [query] = elements(stanza);
		if (query?.getName() === 'ping' && this.pingCondition !== null && error === '') {
			const refusal = `<error type="cancel"><${this.pingCondition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`;
			this.#answerIq(stanza, to, refusal);
			return;
		}
		if (error !== '') {
			this.#iq.accept(xml(`<iq xmlns="jabber:client" type="error" id="${id}" from="${to}">${error}</iq>`));
			return;
		}
		const payload =
			query?.getNS() === 'http://jabber.org/protocol/disco#info'
				? el(
						'query',
						{ xmlns: 'http://jabber.org/protocol/disco#info' },
						el('identity', { category: 'conference', type: 'text', name: this.roomName }),
						...this.features.map((feature) => el('feature', { var: feature })),
					).toString()
				: '';
		this.#iq.accept(xml(`<iq xmlns="jabber:client" type="result" id="${id}" from="${to}">${payload}</iq>`));
	}
}
