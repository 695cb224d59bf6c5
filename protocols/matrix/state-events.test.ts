import { describe, expect, test } from 'vitest';
import type { AdapterEvent } from '../adapter/events.ts';
import { map } from './testing/map-event.ts';

describe('room events', () => {
	const member = (now: object, before: object | null, more: object = {}): unknown => {
		const [event] = map({
			type: 'm.room.member',
			state_key: '@bob:hs',
			content: now,
			...(before === null ? {} : { unsigned: { prev_content: before } }),
			...more,
		});
		return event?.type === 'message' && event.message.content.kind === 'system' ? event.message.content.system : null;
	};
	const join = { membership: 'join', displayname: 'Bob' };
	test.each<[string, object, object | null, object, unknown]>([
		['join', join, null, {}, { event: 'join', user: '@bob:hs', name: 'Bob', reason: null }],
		[
			'accepted invite',
			join,
			{ membership: 'invite' },
			{},
			{ event: 'join', user: '@bob:hs', name: 'Bob', reason: null },
		],
		[
			'leave',
			{ membership: 'leave', reason: 'bye' },
			join,
			{},
			{ event: 'leave', user: '@bob:hs', name: 'Bob', reason: 'bye' },
		],
		[
			'kick',
			{ membership: 'leave' },
			join,
			{ sender: '@mod:hs' },
			{ event: 'kick', user: '@bob:hs', name: 'Bob', by: '@mod:hs', reason: null },
		],
		[
			'ban',
			{ membership: 'ban' },
			join,
			{ sender: '@mod:hs' },
			{ event: 'ban', user: '@bob:hs', name: 'Bob', by: '@mod:hs', reason: null },
		],
		[
			'unban',
			{ membership: 'leave' },
			{ membership: 'ban' },
			{ sender: '@mod:hs' },
			{ event: 'unban', user: '@bob:hs', name: 'bob', by: '@mod:hs', reason: null },
		],
		[
			'invite',
			{ membership: 'invite', displayname: 'Bob' },
			null,
			{ sender: '@mod:hs' },
			{ event: 'invite', user: '@bob:hs', name: 'Bob', by: '@mod:hs', reason: null },
		],
		[
			'rename',
			{ membership: 'join', displayname: 'Bobby' },
			join,
			{},
			{ event: 'rename', user: '@bob:hs', name: 'Bob', newName: 'Bobby' },
		],
		['only a new avatar', { ...join, avatar_url: 'mxc://a/b' }, join, {}, null],
		[
			'hostile name',
			{ membership: 'join', displayname: 'a\u202e\nb' },
			null,
			{},
			{ event: 'join', user: '@bob:hs', name: 'a b', reason: null },
		],
	])('member: %s', (_name, now, before, more, expected) => expect(member(now, before, more)).toEqual(expected));

	test.each<[string, object, unknown]>([
		['m.room.create', {}, { event: 'created', by: 'Bob' }],
		['m.room.name', { name: 'N' }, { event: 'room-name', by: 'Bob', name: 'N' }],
		['m.room.topic', { topic: 'T' }, { event: 'topic', by: 'Bob', topic: 'T' }],
		['m.room.encryption', { algorithm: 'x' }, { event: 'encryption-enabled', by: 'Bob' }],
		['m.room.tombstone', { body: 'moved' }, { event: 'upgraded', by: 'Bob', reason: 'moved' }],
		['m.room.join_rules', { join_rule: 'invite' }, { event: 'mode', by: 'Bob', text: 'join_rule: invite' }],
	])('%s', (type, content, expected) => {
		const [event] = map({ type, state_key: '', content });
		expect(event).toMatchObject({ type: 'message', message: { content: { kind: 'system', system: expected } } });
	});

	test('power levels', () => {
		const levels = (users: object): AdapterEvent[] =>
			map({
				type: 'm.room.power_levels',
				state_key: '',
				content: { users },
				unsigned: { prev_content: { users: {} } },
			});
		expect(levels({ '@bob:hs': 50 })).toMatchObject([
			{ message: { content: { system: { event: 'role', name: 'Bob', role: 'moderator' } } } },
		]);
		expect(levels({ '@bob:hs': 50, '@x:y': 100 })).toMatchObject([
			{ message: { content: { system: { event: 'mode', text: 'power_levels: Bob, @x:y' } } } },
		]);
		expect(map({ type: 'm.room.avatar', state_key: '', content: {} })).toEqual([]);
	});
});
