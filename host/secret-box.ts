/** AES-256-GCM over small values. The additional data binds a box to its place, so that boxes cannot be swapped. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const nonceLength = 12;
const tagLength = 16;

/** nonce ‖ ciphertext ‖ tag. `key` has 32 bytes. */
export function seal(key: Uint8Array, plain: Uint8Array, place: string): Buffer {
	const nonce = randomBytes(nonceLength);
	const cipher = createCipheriv('aes-256-gcm', key, nonce);
	cipher.setAAD(Buffer.from(place, 'utf8'));
	return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The plain bytes, or undefined when key, place or box do not belong together. */
export function open(key: Uint8Array, box: Uint8Array, place: string): Buffer | undefined {
	if (box.length < nonceLength + tagLength) return undefined;
	const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, nonceLength));
	decipher.setAAD(Buffer.from(place, 'utf8'));
	decipher.setAuthTag(box.subarray(box.length - tagLength));
	try {
		return Buffer.concat([decipher.update(box.subarray(nonceLength, box.length - tagLength)), decipher.final()]);
	} catch {
		return undefined;
	}
}
