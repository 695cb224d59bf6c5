import { expect, test } from 'vitest';
import { safeFileName } from './file-name.ts';

test.each([
	['holiday.jpg', 'holiday.jpg'],
	['../../etc/passwd', 'passwd'],
	['C:\\Windows\\evil.exe', 'evil.exe'],
	['.bashrc', 'bashrc'],
	['a\u0000b\nc.txt', 'a_b_c.txt'],
	['invoice\u202Efdp.exe', 'invoicefdp.exe'],
	['name. . .', 'name'],
	['...', 'file'],
	['', 'file'],
	['NUL.txt', '_NUL.txt'],
	['con', '_con'],
	['console.log', 'console.log'],
	['a<b>:"|?*.png', 'a_b______.png'],
])('%j becomes %j', (name, safe) => {
	expect(safeFileName(name)).toBe(safe);
});

test('a long name keeps its ending', () => {
	const name = safeFileName(`${'x'.repeat(5000)}.tar.gz`);
	expect(name).toHaveLength(120);
	expect(name.endsWith('.gz')).toBe(true);
});
