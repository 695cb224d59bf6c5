import { expect, test } from 'vitest';
import { initials } from './initials.ts';

test.each([
	['Ada Lovelace', 'AL'],
	['ada', 'A'],
	['#parley-dev', 'PD'],
	['#linux', 'L'],
	['', '#'],
	['***', '#'],
	['שלום עולם', 'שע'],
	['👩‍👩‍👧 family', '👩‍👩‍👧'],
	['é́clair', 'É́'],
	['alice@example.org', 'AO'],
])('%j becomes %j', (name, expected) => {
	expect(initials(name)).toBe(expected);
});
