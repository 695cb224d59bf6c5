import { describe, expect, it } from 'vitest';
import { readMemory } from './window-memory.ts';

describe('readMemory', () => {
	it('reads what was written', () => {
		const memory = { selected: 'c1', place: 7, drafts: [['c2', 'half a sentence']] };
		expect(readMemory(JSON.stringify(memory))).toEqual(memory);
	});

	it.each([null, '', '{', 'null', '[]', '{"selected":1}', '{"selected":"c1","place":"7","drafts":[]}'])(
		'makes nothing of %j',
		(text) => {
			expect(readMemory(text)).toBeNull();
		},
	);
});
