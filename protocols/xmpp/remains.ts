/** What an earlier run left behind, read with care: it may be of another version. */
import type { FastToken } from './sasl/hashed-token.ts';

export function readToken(text: string | null): FastToken | null {
	if (text === null) return null;
	try {
		const value = JSON.parse(text) as Partial<FastToken>;
		return typeof value.mechanism === 'string' && typeof value.token === 'string' && typeof value.expiry === 'number'
			? { mechanism: value.mechanism, token: value.token, expiry: value.expiry }
			: null;
	} catch {
		return null;
	}
}

/** Place in the own archive up to which everything is stored. */
export function readPosition(cursor: string | null): string | null {
	if (cursor === null) return null;
	try {
		const value = JSON.parse(cursor) as { mam?: unknown };
		return typeof value.mam === 'string' ? value.mam : null;
	} catch {
		return null;
	}
}
