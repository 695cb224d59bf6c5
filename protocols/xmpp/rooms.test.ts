import { describe, expect, it } from 'vitest';
import { remoteConversationId } from '../model/ids.ts';
import { ChatException } from '../model/errors.ts';
import { joinedRoom } from './room-actions.ts';
import { jid, ScriptedRooms, type Standing } from './testing/scripted-rooms.ts';

const address = 'den@rooms.org';
const me = `${address}/me`;

async function joined(): Promise<ScriptedRooms> {
	const script = new ScriptedRooms();
	await script.rooms.join(jid(address), { nick: 'me', password: null, create: null });
	script.presence(`${address}/bob`, { occupantId: 'o-bob' });
	script.events.length = 0;
	return script;
}
const memberships = (script: ScriptedRooms): unknown[] =>
	script.events.flatMap((event) =>
		event.type === 'conversation-upsert' && event.conversation.membership !== undefined
			? [event.conversation.membership]
			: [],
	);

describe('a room service that goes away (XEP-0045 status 332 and 333)', () => {
	it.each([332, 333])('%s: the room stays ours, its members are gone, and we enter again', async (code) => {
		const script = await joined();
		const before = script.entries;
		const events = script.presence(me, { type: 'unavailable', role: 'none', codes: [110, code] });
		expect(events).toEqual([
			{ type: 'members-snapshot', conversation: remoteConversationId(address), members: [], complete: true },
		]);
		expect(script.rooms.get(address)?.phase).toBe('joining');
		await script.clock.advance(1999);
		expect(script.entries).toBe(before);
		await script.clock.advance(1);
		expect(script.entries).toBe(before + 1);
		expect(script.rooms.get(address)?.phase).toBe('joined');
		expect(memberships(script)).toEqual(['joined']);
	});

	it('a failed attempt never looks like having left, says why, and is repeated ever more rarely', async () => {
		const script = await joined();
		script.presence(me, { type: 'unavailable', role: 'none', codes: [110, 333] });
		script.broken = 'remote-server-timeout';
		const phases = new Set<string>();
		for (const wait of [2000, 4000, 8000, 16_000]) {
			await script.clock.advance(wait);
			phases.add(script.rooms.get(address)?.phase ?? 'none');
		}
		expect([...phases]).toEqual(['joining']);
		expect(memberships(script)).toEqual([]);
		const told = script.events.flatMap((event) =>
			event.type === 'conversation-upsert' && event.conversation.error !== undefined
				? [event.conversation.error?.code]
				: [],
		);
		expect(told).toEqual(['timeout', 'timeout', 'timeout', 'timeout']);
		script.broken = null;
		await script.clock.advance(32_000);
		expect(script.rooms.get(address)?.phase).toBe('joined');
		expect(script.events.findLast((event) => event.type === 'conversation-upsert')).toMatchObject({
			conversation: { membership: 'joined', error: null },
		});
		expect(script.clock.pending).toBe(0);
	});

	it('a final refusal leaves the room with its reason', async () => {
		const script = await joined();
		script.presence(me, { type: 'unavailable', role: 'none', codes: [110, 333] });
		script.broken = 'forbidden';
		await script.clock.advance(2000);
		expect(script.rooms.get(address)?.phase).toBe('left');
		expect(memberships(script)).toEqual(['banned']);
	});

	it('leaving meanwhile ends the attempts', async () => {
		const script = await joined();
		script.presence(me, { type: 'unavailable', role: 'none', codes: [110, 333] });
		const room = script.rooms.get(address);
		if (room !== undefined) await script.rooms.leave(room, null);
		const before = script.entries;
		await script.clock.advance(600_000);
		expect(script.entries).toBe(before);
		expect(room?.phase).toBe('left');
	});

	it('a connection that breaks while waiting goes on after it was resumed', async () => {
		const script = await joined();
		script.presence(me, { type: 'unavailable', role: 'none', codes: [110, 333] });
		script.cut();
		await script.clock.advance(10_000);
		expect(script.rooms.get(address)?.phase).toBe('joining');
		script.resume();
		await script.settle();
		expect(script.rooms.get(address)?.phase).toBe('joined');
	});
});

it('going offline is not leaving, although rooms say so before the connection closes', async () => {
	const script = await joined();
	script.rooms.farewell();
	expect(script.presence(me, { type: 'unavailable', role: 'none', codes: [110] })).toEqual([]);
	expect(memberships(script)).toEqual([]);
});

describe('rooms entered at login', () => {
	it('a room that cannot be reached now stays expected, one that is gone is left', async () => {
		const script = new ScriptedRooms();
		script.broken = 'remote-server-not-found';
		await script.rooms.enter(jid(address), 'me', null);
		expect(script.rooms.get(address)?.phase).toBe('joining');
		expect(memberships(script)).toEqual([]);
		script.broken = 'item-not-found';
		await script.clock.advance(2000);
		expect(script.rooms.get(address)?.phase).toBe('left');
		expect(memberships(script)).toEqual(['left']);
	});
});

describe('what is written to a room that we are not in', () => {
	const told = (script: ScriptedRooms, expected: readonly string[]): unknown => {
		try {
			return joinedRoom({ rooms: script.rooms, expected: new Set(expected) }, remoteConversationId(address)).phase;
		} catch (error) {
			const { code, retry, source } = error instanceof ChatException ? error.error : fail();
			return { code, retry, source };
		}
	};
	const fail = (): never => {
		throw new Error('not a typed error');
	};
	const later = { code: 'not-joined', retry: 'later', source: 'network' };
	const never = { code: 'not-joined', retry: 'never', source: 'permission' };
	it('waits while the login has not come to it, while it is entered, and while its service is away', async () => {
		const script = new ScriptedRooms();
		expect(told(script, [])).toEqual(never);
		expect(told(script, [address])).toEqual(later);
		script.broken = 'remote-server-timeout';
		const entering = script.rooms.enter(jid(address), 'me', null);
		expect(told(script, [])).toEqual(later);
		await entering;
		expect(told(script, [])).toEqual(later);
		script.broken = null;
		await script.clock.advance(2000);
		expect(told(script, [])).toBe('joined');
	});
	it('is refused for good where we were thrown out', async () => {
		const script = await joined();
		script.presence(me, { type: 'unavailable', role: 'none', affiliation: 'outcast', codes: [110, 301] });
		expect(told(script, [])).toEqual(never);
	});
});

describe('the timeline of a room', () => {
	const bob = `${address}/bob`;
	const lines = (script: ScriptedRooms): unknown[] =>
		script.events.flatMap((event) =>
			event.type === 'message' && event.message.content.kind === 'system' ? [event.message.content.system] : [],
		);
	const key = (id: string): string => `${address}?occupant=${id}`;

	it('says nothing about those who were there before us', async () => {
		const script = new ScriptedRooms();
		script.greeting = Array.from({ length: 500 }, (_, i) => `${address}/person${i}`);
		await script.rooms.join(jid(address), { nick: 'me', password: null, create: null });
		expect(lines(script)).toEqual([]);
		expect(script.events.find((event) => event.type === 'members-snapshot')?.members).toHaveLength(501);
	});

	it.each<[string, Standing[], unknown[]]>([
		['somebody comes', [{ occupantId: 'o-ann' }], [{ event: 'join', user: key('o-ann'), name: 'ann', reason: null }]],
		['and changes presence', [{ occupantId: 'o-ann' }, { occupantId: 'o-ann', more: '<show>away</show>' }], []],
		[
			'gets a role',
			[{ occupantId: 'o-ann' }, { occupantId: 'o-ann', role: 'moderator', inside: '<actor nick="me"/>' }],
			[{ event: 'role', user: key('o-ann'), name: 'ann', by: 'me', role: 'moderator' }],
		],
		[
			'becomes a member, which changes nothing to see',
			[{ occupantId: 'o-ann' }, { occupantId: 'o-ann', affiliation: 'member' }],
			[],
		],
		[
			'becomes owner',
			[{ occupantId: 'o-ann' }, { occupantId: 'o-ann', affiliation: 'owner', role: 'moderator' }],
			[{ event: 'role', user: key('o-ann'), name: 'ann', by: null, role: 'owner' }],
		],
		[
			'goes with a word',
			[{ occupantId: 'o-ann' }, { type: 'unavailable', role: 'none', more: '<status>tea</status>' }],
			[{ event: 'leave', user: key('o-ann'), name: 'ann', reason: 'tea' }],
		],
		[
			'is kicked',
			[
				{ occupantId: 'o-ann' },
				{ type: 'unavailable', role: 'none', codes: [307], inside: '<actor nick="bob"/><reason>spam</reason>' },
			],
			[{ event: 'kick', user: key('o-ann'), name: 'ann', by: 'bob', reason: 'spam' }],
		],
		[
			'is banned',
			[{ occupantId: 'o-ann' }, { type: 'unavailable', affiliation: 'outcast', role: 'none', codes: [301] }],
			[{ event: 'ban', user: key('o-ann'), name: 'ann', by: null, reason: null }],
		],
		[
			'loses the connection, which is no kick',
			[{ occupantId: 'o-ann' }, { type: 'unavailable', role: 'none', codes: [307, 333] }],
			[{ event: 'quit', user: key('o-ann'), name: 'ann', reason: null }],
		],
	])('%s', async (_, presences, expected) => {
		const script = await joined();
		for (const standing of presences) script.presence(`${address}/ann`, standing);
		const came = { event: 'join', user: key('o-ann'), name: 'ann', reason: null };
		expect(lines(script)).toEqual(presences.length === 1 ? expected : [came, ...expected]);
	});

	it('a new nickname is one line, and whoever bears it has not come', async () => {
		const script = await joined();
		script.presence(bob, { type: 'unavailable', codes: [303], nick: 'robert' });
		script.presence(`${address}/robert`, { occupantId: 'o-bob' });
		expect(lines(script)).toEqual([{ event: 'rename', user: key('o-bob'), name: 'bob', newName: 'robert' }]);
	});

	it('who throws us out is told, leaving by ourselves is not', async () => {
		const script = await joined();
		script.presence(me, { type: 'unavailable', role: 'none', codes: [110, 307], inside: '<actor nick="bob"/>' });
		expect(lines(script)).toMatchObject([{ event: 'kick', name: 'me', by: 'bob' }]);
		expect(memberships(script)).toEqual(['left']);
		const other = await joined();
		other.presence(me, { type: 'unavailable', role: 'none', codes: [110] });
		expect(lines(other)).toEqual([]);
	});

	it('a new name of the room is told once', async () => {
		const script = await joined();
		const room = script.rooms.get(address);
		if (room === undefined) throw new Error('not joined');
		script.roomName = 'The Den';
		await script.rooms.reconfigured(room);
		await script.rooms.reconfigured(room);
		expect(lines(script)).toEqual([{ event: 'room-name', by: null, name: 'The Den' }]);
		expect(script.events.filter((event) => event.type === 'conversation-upsert')).toHaveLength(2);
	});
});

describe('self-ping (XEP-0410)', () => {
	it.each([
		[null, false],
		['service-unavailable', false],
		['feature-not-implemented', false],
		['item-not-found', false],
		['remote-server-timeout', false],
		['not-acceptable', true],
	])('answer %s: enter again %s', async (condition, again) => {
		const script = await joined();
		const before = script.entries;
		script.pingCondition = condition;
		script.resume();
		await script.clock.advance(100);
		const ping = script.written.findLast((stanza) => stanza.name === 'iq' && stanza.getChild('ping') !== undefined);
		expect(ping?.attrs['to']).toBe(me);
		expect(script.entries - before).toBe(again ? 1 : 0);
		expect(script.rooms.get(address)?.phase).toBe('joined');
	});
});
