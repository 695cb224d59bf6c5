import { describe, expect, it } from 'vitest';
import { chatError, ChatException, errorCodes, errorDefaults, fail, toChatError } from './errors.ts';

describe('errors', () => {
	it('has defaults for exactly the known codes', () => {
		expect(Object.keys(errorDefaults).sort()).toEqual([...errorCodes].sort());
	});
	it('cleans the words of the network', () => {
		const { detail } = chatError('server-error', `a\u0000b\r\nc\u202Ed${'x'.repeat(600)}`);
		expect(detail?.startsWith('a b c d')).toBe(true);
		expect(detail?.length).toBeLessThanOrEqual(500);
	});
	it('keeps a typed error through a throw and hides the text of others', () => {
		try {
			fail('banned', 'spam');
		} catch (thrown) {
			expect(thrown).toBeInstanceOf(ChatException);
			expect(toChatError(thrown)).toMatchObject({ code: 'banned', detail: 'spam', userAction: 'contact-admin' });
		}
		expect(toChatError(new Error('password=secret'))).toMatchObject({ code: 'internal', detail: 'Error' });
	});
});
