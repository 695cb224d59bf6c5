/**
 * Tells a wrong key from a damaged file when page 1 cannot be read: SQLite has one answer for both. SQLCipher signs each
 * page with an HMAC, so if any other page verifies under this key, the key is right and the file is damaged.
 * Layout (https://www.zetetic.net/sqlcipher/design/, version 4 defaults): pages of 4096 bytes that end in a 16-byte IV
 * and a 64-byte HMAC-SHA512 over ciphertext, IV and page number; the first 16 bytes of the file are the salt.
 */
import { createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const pageSize = 4096;
const saltSize = 16;
const hmacSize = 64;
const maxPages = 64;

export type KeyVerdict = 'right-key' | 'wrong-key' | 'not-encrypted' | 'too-short';

/** What the bytes of the file say about a key. Reads at most a few hundred kilobytes. */
export function checkKey(file: string, key: Uint8Array): KeyVerdict {
	const fd = openSync(file, 'r');
	try {
		const pages = Math.floor(fstatSync(fd).size / pageSize);
		if (pages < 1) return 'too-short';
		const page = Buffer.alloc(pageSize);
		readSync(fd, page, 0, pageSize, 0);
		if (page.toString('latin1', 0, 15) === 'SQLite format 3') return 'not-encrypted';
		const macKey = deriveMacKey(key, page.subarray(0, saltSize));
		const step = Math.max(1, Math.floor(pages / maxPages));
		for (let index = 0; index < pages; index += step) {
			readSync(fd, page, 0, pageSize, index * pageSize);
			if (verifies(page, index + 1, macKey)) return 'right-key';
		}
		return 'wrong-key';
	} finally {
		closeSync(fd);
	}
}

function deriveMacKey(key: Uint8Array, salt: Uint8Array): Buffer {
	const macSalt = salt.map((byte) => byte ^ 0x3a);
	return pbkdf2Sync(key, macSalt, 2, 32, 'sha512');
}

function verifies(page: Buffer, number: number, macKey: Buffer): boolean {
	const from = number === 1 ? saltSize : 0;
	const pageNumber = Buffer.alloc(4);
	pageNumber.writeUInt32LE(number);
	const mac = createHmac('sha512', macKey)
		.update(page.subarray(from, pageSize - hmacSize))
		.update(pageNumber)
		.digest();
	return timingSafeEqual(mac, page.subarray(pageSize - hmacSize));
}
