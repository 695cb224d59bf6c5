import { describe, expect, test } from 'vitest';
import { capabilitiesOf, powerForRole, powerOf, roleOf, type RoomFacts, type RoomRules } from './power-levels.ts';

const rules = (levels: unknown, over: Partial<RoomRules> = {}): RoomRules => ({
	levels,
	creator: '@maker:x',
	additionalCreators: [],
	creatorsUnlimited: false,
	...over,
});

describe('power', () => {
	test.each<[string, RoomRules, string, number]>([
		['listed', rules({ users: { '@a:x': 50 } }), '@a:x', 50],
		['digits in a string', rules({ users: { '@a:x': '50' } }), '@a:x', 50],
		['default of the room', rules({ users_default: 10 }), '@a:x', 10],
		['no event: creator', rules(null), '@maker:x', 100],
		['no event: others', rules(null), '@a:x', 0],
		['hostile', rules({ users: { '@a:x': { a: 1 } }, users_default: 'lots' }), '@a:x', 0],
		['prototype key', rules({ users: {} }), 'constructor', 0],
		['version 12 creator', rules({ users: {} }, { creatorsUnlimited: true }), '@maker:x', Number.POSITIVE_INFINITY],
		[
			'version 12 second creator',
			rules({ users: {} }, { creatorsUnlimited: true, additionalCreators: ['@b:x'] }),
			'@b:x',
			Number.POSITIVE_INFINITY,
		],
		['additional creators mean nothing before 12', rules({ users: {} }, { additionalCreators: ['@b:x'] }), '@b:x', 0],
	])('%s', (_name, room, user, power) => expect(powerOf(room, user)).toBe(power));

	test('roles', () => {
		const room = rules({ users: { '@maker:x': 100, '@admin:x': 100, '@mod:x': 50, '@helper:x': 20, '@mute:x': -1 } });
		expect(
			['@maker:x', '@admin:x', '@mod:x', '@helper:x', '@x:x', '@mute:x'].map((user) => roleOf(room, user)),
		).toEqual(['owner', 'admin', 'moderator', 'helper', 'member', 'muted']);
		expect(powerForRole('moderator', room)).toBe(50);
		expect(powerForRole('muted', room)).toBe(-1);
		expect(powerForRole('voice', room)).toBeNull();
	});
});

describe('capabilities', () => {
	const facts = (over: Partial<RoomFacts>): RoomFacts => ({
		membership: 'joined',
		encrypted: false,
		known: true,
		space: false,
		rules: rules({ users: { '@mod:x': 50 } }),
		me: '@me:x',
		membersLoaded: true,
		uploadLimit: 5000,
		replaced: false,
		...over,
	});
	const level = (over: Partial<RoomFacts>) => {
		const capabilities = capabilitiesOf(facts(over));
		return {
			send: capabilities.text.send.level,
			kick: capabilities.kick.level,
			topic: capabilities.topic.level,
			any: capabilities.removeAny.level,
		};
	};

	test.each<[string, Partial<RoomFacts>, ReturnType<typeof level>]>([
		['member', {}, { send: 'full', kick: 'rejected', topic: 'rejected', any: 'rejected' }],
		['moderator', { me: '@mod:x' }, { send: 'full', kick: 'full', topic: 'full', any: 'full' }],
		[
			'announcements only',
			{ rules: rules({ events_default: 50 }) },
			{ send: 'rejected', kick: 'rejected', topic: 'rejected', any: 'rejected' },
		],
		['encrypted', { encrypted: true }, { send: 'rejected', kick: 'rejected', topic: 'rejected', any: 'rejected' }],
		['state unknown', { known: false }, { send: 'rejected', kick: 'rejected', topic: 'rejected', any: 'rejected' }],
		['space', { space: true }, { send: 'rejected', kick: 'rejected', topic: 'rejected', any: 'rejected' }],
		[
			'left',
			{ membership: 'left', me: '@mod:x' },
			{ send: 'rejected', kick: 'rejected', topic: 'rejected', any: 'rejected' },
		],
	])('%s', (_name, over, expected) => expect(level(over)).toEqual(expected));

	test('an encrypted room says why, also for reactions and edits', () => {
		const { text, react, edit, reply, encryption, removeOwn } = capabilitiesOf(facts({ encrypted: true }));
		for (const feature of [text.send, text.emote, react, edit, reply]) expect(feature.reason).toBe('encrypted');
		expect(encryption).toBe('required');
		expect(removeOwn.level).toBe('full');
	});
});
