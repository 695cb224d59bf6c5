/**
 * The small part of ASN.1 DER (X.690) that a certificate needs. Values are built inside out: each function returns the
 * complete encoding of one element.
 */

function element(tag: number, body: Buffer): Buffer {
	return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body]);
}

function encodeLength(length: number): Buffer {
	if (length < 0x80) return Buffer.from([length]);
	const bytes: number[] = [];
	for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
	return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export function sequence(...parts: readonly Buffer[]): Buffer {
	return element(0x30, Buffer.concat(parts));
}

export function set(...parts: readonly Buffer[]): Buffer {
	return element(0x31, Buffer.concat(parts));
}

export function boolean(value: boolean): Buffer {
	return element(0x01, Buffer.from([value ? 0xff : 0]));
}

/** A non-negative integer, given as big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
	const first = bytes.findIndex((byte) => byte !== 0);
	const significant = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
	const needsZero = (significant[0] ?? 0) >= 0x80;
	return element(0x02, needsZero ? Buffer.concat([Buffer.from([0]), significant]) : significant);
}

export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
	return element(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

export function octetString(bytes: Buffer): Buffer {
	return element(0x04, bytes);
}

export function objectIdentifier(dotted: string): Buffer {
	const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
	const bytes = [first * 40 + second];
	for (const arc of rest) {
		const groups = [arc % 128];
		for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80);
		bytes.push(...groups);
	}
	return element(0x06, Buffer.from(bytes));
}

export function utf8String(text: string): Buffer {
	return element(0x0c, Buffer.from(text, 'utf8'));
}

/** UTCTime up to 2049, GeneralizedTime after, as RFC 5280 section 4.1.2.5 demands. */
export function time(at: Date): Buffer {
	const digits = at.toISOString().replace(/[-:T]/g, '').slice(0, 14);
	return at.getUTCFullYear() < 2050
		? element(0x17, Buffer.from(`${digits.slice(2)}Z`, 'ascii'))
		: element(0x18, Buffer.from(`${digits}Z`, 'ascii'));
}

/** `[number]` around complete elements. */
export function explicit(number: number, ...parts: readonly Buffer[]): Buffer {
	return element(0xa0 | number, Buffer.concat(parts));
}

/** `[number]` in place of a primitive element's own tag. */
export function implicit(number: number, bytes: Buffer): Buffer {
	return element(0x80 | number, bytes);
}
