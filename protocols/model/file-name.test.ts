import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeFileName } from './file-name.ts';

test.each([
	['photo.jpg', 'photo.jpg'],
	['../../etc/passwd', '_.._etc_passwd'],
	['C:\\Windows\\system32\\cmd.exe', 'C__Windows_system32_cmd.exe'],
	['photo\u202egpj.exe', 'photo_gpj.exe'],
	['.bashrc', 'bashrc'],
	['', 'file'],
	['...', 'file'],
	['NUL', '_NUL'],
	['con.txt', '_con.txt'],
	['a\nb\tc', 'a_b_c'],
	['a\u0308.txt', '\u00e4.txt'],
	['zero\u200bwidth', 'zero_width'],
])('%j becomes %j', (name, safe) => {
	expect(safeFileName(name)).toBe(safe);
});

test('a long name keeps its extension', () => {
	const safe = safeFileName(`${'x'.repeat(500)}.tar.gz`);
	expect(safe).toHaveLength(120);
	expect(safe.endsWith('.gz')).toBe(true);
});

test('whatever comes in, the result is one plain, bounded name, and safe already', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
			const safe = safeFileName(name);
			expect(safe).toMatch(/^[^/\\]{1,120}$/);
			expect(safe.startsWith('.')).toBe(false);
			expect(safe.isWellFormed()).toBe(true);
			expect(safeFileName(safe)).toBe(safe);
		}),
	);
});
