import { describe, expect, test } from 'vitest';
import { addressee, chooseAnswer } from './answers.ts';
import { CAST, castMember } from './cast.ts';
import { type Dialogue, IRC_ROOMS, MATRIX_ROOMS, XMPP_ROOMS } from './dialogues.ts';
import type { Pace } from './pace.ts';

const first: Pace = { wait: () => Promise.resolve(), random: () => 0 };

describe('answers', () => {
	test.each([
		['Ingrid, is it windy?', 'ingrid'],
		['what do you think, Tomás?', 'tomas'],
		['tomas: rolls?', 'tomas'],
		['is anybody here', undefined],
		['pellucid water', undefined],
	])('%j is addressed to %s', (text, id) => {
		expect(addressee(text)).toBe(id);
	});

	test('everybody answers to what they care about, to a greeting, and to anything else', () => {
		for (const member of CAST) {
			for (const topic of member.topics) expect(topic.say.length).toBeGreaterThan(0);
			expect(chooseAnswer(member, 'hello there', first)).toBe(member.hello);
			expect(member.musings).toContain(chooseAnswer(member, 'qwertz', first));
		}
		expect(castMember('ingrid').topics[0]?.say).toContain(
			chooseAnswer(castMember('ingrid'), 'How is the weather?', first),
		);
	});

	test('nobody says the same thing twice in a row', () => {
		const member = castMember('pell');
		const once = chooseAnswer(member, 'qwertz', first);
		expect(chooseAnswer(member, 'qwertz', first, once)).not.toBe(once);
	});
});

test('all scripts fit into one line of IRC and never wait for a visitor', () => {
	const rooms = [...IRC_ROOMS, ...XMPP_ROOMS, ...MATRIX_ROOMS];
	const dialogues: readonly Dialogue[] = rooms.flatMap((room) => [room.backlog, ...room.dialogues]);
	for (const dialogue of dialogues) {
		expect(dialogue.length).toBeGreaterThan(0);
		for (const [, text] of dialogue) expect(Buffer.byteLength(text)).toBeLessThan(350);
	}
	for (const room of rooms) expect(room.key).toMatch(/^[a-z-]+$/);
});
