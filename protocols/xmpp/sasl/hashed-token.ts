/** Hashed token mechanisms of FAST (XEP-0484, draft-schmaus-kitten-sasl-ht): one round trip, both sides prove the token. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ChatException, chatError } from '../../model/errors.ts';
import type { SaslExchange } from './mechanism.ts';

/** A token the server gave us; only good with the mechanism it was requested for. */
export interface FastToken {
	readonly mechanism: string;
	readonly token: string;
	/** ms UTC. */
	readonly expiry: number;
}

/** Mechanisms we can do, best first. */
export const tokenMechanisms = ['HT-SHA-512-EXPR', 'HT-SHA-256-EXPR', 'HT-SHA-512-NONE', 'HT-SHA-256-NONE'] as const;

/** @param binding tls-exporter data, required for `-EXPR` */
export function hashedToken(token: FastToken, username: string, binding: Buffer | null): SaslExchange {
	const hash = token.mechanism.startsWith('HT-SHA-512') ? 'sha512' : 'sha256';
	const data = token.mechanism.endsWith('-EXPR') ? binding : Buffer.alloc(0);
	if (data === null) throw new ChatException(chatError('auth-failed', 'the token needs a TLS binding'));
	const mac = (label: string): Buffer => createHmac(hash, token.token).update(label, 'utf8').update(data).digest();
	return {
		name: token.mechanism,
		initial: () => Buffer.concat([Buffer.from(`${username}\0`, 'utf8'), mac('Initiator')]),
		respond: () => Promise.reject(new ChatException(chatError('auth-server-unverified', 'unexpected challenge'))),
		finish(reply) {
			const expected = mac('Responder');
			if (reply === null || reply.length !== expected.length || !timingSafeEqual(reply, expected)) {
				throw new ChatException(chatError('auth-server-unverified', 'the server does not know the token'));
			}
		},
	};
}
