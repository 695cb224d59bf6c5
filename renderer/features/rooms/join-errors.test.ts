import { expect, test } from 'vitest';
import { chatError } from '../../../protocols/model/errors.ts';
import { joinField, splitAddresses } from './join-errors.ts';

test.each([
	['password-required', 'password'],
	['no-such-room', 'name'],
	['members-only', 'name'],
	['connection-lost', 'form'],
] as const)('%s stands at %s', (code, place) => {
	expect(joinField(chatError(code))).toBe(place);
});

test('addresses are split and each kept once', () => {
	expect(splitAddresses(' a@b, c@d;a@b\n')).toEqual(['a@b', 'c@d']);
	expect(splitAddresses('')).toEqual([]);
});
