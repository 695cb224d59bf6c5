import { describe, expect, it } from 'vitest';
import { uuidV7 } from './ids.ts';

describe('uuidV7', () => {
	it('has the version and variant of RFC 9562 and its example time', () => {
		// RFC 9562 appendix A.6: 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F
		const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
		expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
	});
	it('sorts by time', () => {
		const zero = new Uint8Array(10);
		expect(uuidV7(1, zero) < uuidV7(2, zero)).toBe(true);
		expect(uuidV7(0xffffffff, zero) < uuidV7(0x100000000, zero)).toBe(true);
	});
});
