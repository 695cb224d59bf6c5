import { describe, expect, test } from 'vitest';
import { Journal } from '../../../e2e/peers/journal.ts';
import type { Peer, PeerEvent } from '../../../e2e/peers/peer.ts';
import type { TestServer } from '../../../e2e/servers/server.ts';
import { CAST, castMember } from '../cast.ts';
import type { RoomScript } from '../dialogues.ts';
import type { Pace } from '../pace.ts';
import type { Person, Stage } from './stage.ts';
import { Troupe } from './troupe.ts';

const room: RoomScript = {
	key: 'room',
	title: 'Room',
	topic: '',
	backlog: [
		['ingrid', 'before one'],
		['pell', 'before two'],
	],
	dialogues: [
		[
			['yuki', 'first line'],
			['tomas', 'second line'],
		],
	],
};

/** A network in memory: notes who does what. */
class Scene {
	readonly notes: string[] = [];
	readonly heard = new Map<string, Journal>();
	private readonly wakers = new Set<() => void>();
	readonly stage: Stage;

	constructor() {
		const people = CAST.map((member): Person => {
			const journal = new Journal(member.id);
			this.heard.set(member.id, journal);
			return {
				member,
				peer: this.peer(member.id, journal),
				setAway: async (status) => this.note(`${member.id} ${status === null ? 'is back' : 'goes away'}`),
			};
		});
		this.stage = {
			key: 'memory',
			server: undefined as unknown as TestServer,
			people,
			rooms: [{ script: room, address: 'room' }],
			login: { protocol: 'memory', values: {}, join: [], contacts: [] },
			visitor: 'robin',
			stop: () => Promise.resolve(),
		};
	}

	/** Everybody in the room hears it; a private message is heard by one. */
	say(from: string, text: string, to?: string): void {
		for (const [id, journal] of this.heard) {
			if (id === from || (to !== undefined && to !== id)) continue;
			const where = to === undefined ? 'room' : from;
			journal.add({ kind: 'message', from, where, inRoom: to === undefined, text, id: undefined });
		}
	}

	async until(note: string | RegExp): Promise<void> {
		const seen = (): boolean => this.notes.some((one) => (typeof note === 'string' ? one === note : note.test(one)));
		while (!seen()) await new Promise<void>((resolve) => this.wakers.add(resolve));
	}

	private note(what: string): void {
		this.notes.push(what);
		for (const wake of this.wakers) wake();
		this.wakers.clear();
	}

	private peer(id: string, journal: Journal): Peer {
		return {
			name: 'memory',
			address: id,
			join: () => Promise.resolve(),
			say: async (target, text) => {
				this.note(`${id} in ${target}: ${text}`);
				if (target === 'room') this.say(id, text);
			},
			typing: async (target, active) => this.note(`${id} in ${target} ${active ? 'types' : 'stops'}`),
			waitFor: (matches: (event: PeerEvent) => boolean) => journal.waitFor(matches),
			listen: (listener) => journal.listen(listener),
			close: () => Promise.resolve(),
		} as Peer;
	}
}

/** No time passes, and the first choice is always taken; ends with the signal. */
const instant: Pace = { wait: () => new Promise((resolve) => setImmediate(resolve)), random: () => 0 };

function begin(talkative: boolean): { scene: Scene; troupe: Troupe; end: () => Promise<void> } {
	const scene = new Scene();
	const ending = new AbortController();
	const onError = (error: unknown): never => {
		throw error;
	};
	const troupe = new Troupe({ stage: scene.stage, pace: instant, signal: ending.signal, talkative, onError });
	const performance = troupe.perform();
	return {
		scene,
		troupe,
		end: () => {
			ending.abort();
			return performance;
		},
	};
}

describe('the troupe', () => {
	test('whoever is named answers in a room, with typing, and nobody else does', async () => {
		const { scene, end } = begin(false);
		scene.say('robin', 'Hello, Yuki!');
		await scene.until(`yuki in room: ${castMember('yuki').hello}`);
		expect(scene.notes).toEqual([
			'yuki in room types',
			'yuki in room stops',
			`yuki in room: ${castMember('yuki').hello}`,
		]);
		await end();
	});

	test('otherwise the one who spoke last answers', async () => {
		const { scene, troupe, end } = begin(false);
		await troupe.recallBacklog();
		expect(scene.notes).toEqual(['ingrid in room: before one', 'pell in room: before two']);
		scene.say('robin', 'well');
		await scene.until(/^pell in room: (?!before)/);
		await end();
	});

	test('a private message is answered in private', async () => {
		const { scene, end } = begin(false);
		scene.say('robin', 'psst', 'wanjiru');
		await scene.until(/^wanjiru in robin: /);
		expect(scene.notes.some((note) => note.includes('in room'))).toBe(false);
		await end();
	});

	test('they do not answer each other, nor services', async () => {
		const { scene, end } = begin(false);
		scene.say('tomas', 'hello');
		scene.say('NickServ', 'hello', 'pell');
		scene.say('robin', 'hello, ingrid');
		await scene.until(/^ingrid in room: /);
		expect(scene.notes.every((note) => note.startsWith('ingrid'))).toBe(true);
		await end();
	});

	test('left alone they play their dialogues in order and come and go', async () => {
		const { scene, end } = begin(true);
		await scene.until('tomas in room: second line');
		await scene.until('yuki is back');
		const first = scene.notes.indexOf('yuki in room: first line');
		expect(first).toBeGreaterThanOrEqual(0);
		expect(scene.notes.indexOf('tomas in room: second line')).toBeGreaterThan(first);
		await end();
	});
});
