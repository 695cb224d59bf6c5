/**
 * Which mechanism to use, and whether the offer has become weaker than this account ever saw: a server (or somebody
 * in between) that suddenly offers less wants the password in a form it can read.
 */
import { ChatException, chatError } from '../../model/errors.ts';
import type { ScramHash } from './scram.ts';

/** The strongest offer ever seen for an account; kept in its settings. */
export interface SaslMemory {
	/** 0 PLAIN, 1 SCRAM-SHA-1, 2 SCRAM-SHA-256, 3 SCRAM-SHA-512. */
	readonly strength: number;
	/** A `-PLUS` mechanism that we could have used was offered. */
	readonly binding: boolean;
}

export interface SaslOffer {
	readonly mechanisms: readonly string[];
	/** Channel-binding types of XEP-0440; null when the server did not say. */
	readonly bindingTypes: readonly string[] | null;
	/** We have tls-exporter data for this connection. */
	readonly canBind: boolean;
}

export type SaslChoice =
	| { readonly kind: 'scram'; readonly hash: ScramHash; readonly plus: boolean; readonly bindingUnoffered: boolean }
	| { readonly kind: 'plain' };

const scrams: readonly { readonly hash: ScramHash; readonly name: string; readonly strength: number }[] = [
	{ hash: 'sha512', name: 'SCRAM-SHA-512', strength: 3 },
	{ hash: 'sha256', name: 'SCRAM-SHA-256', strength: 2 },
	{ hash: 'sha1', name: 'SCRAM-SHA-1', strength: 1 },
];

/**
 * @returns the choice and what to remember from now on
 * @throws ChatException `auth-mechanism-missing` or `auth-downgrade`
 */
export function chooseMechanism(
	offer: SaslOffer,
	memory: SaslMemory | null,
): { readonly choice: SaslChoice; readonly memory: SaslMemory } {
	const offered = new Set(offer.mechanisms);
	const anyPlus = offer.mechanisms.some((name) => name.startsWith('SCRAM-') && name.endsWith('-PLUS'));
	const exporter = offer.bindingTypes === null || offer.bindingTypes.includes('tls-exporter');
	const plus = offer.canBind && exporter ? scrams.find((s) => offered.has(`${s.name}-PLUS`)) : undefined;
	const plain = scrams.find((s) => offered.has(s.name));
	const strength = Math.max(plus?.strength ?? 0, plain?.strength ?? 0);
	if (plus === undefined && plain === undefined && !offered.has('PLAIN')) {
		throw new ChatException(chatError('auth-mechanism-missing', offer.mechanisms.slice(0, 20).join(' ')));
	}
	if (memory !== null && (strength < memory.strength || (memory.binding && plus === undefined))) {
		throw new ChatException(
			chatError('auth-downgrade', null, { params: { offered: offer.mechanisms.slice(0, 20).join(' ') } }),
		);
	}
	const next: SaslMemory = {
		strength: Math.max(strength, memory?.strength ?? 0),
		binding: plus !== undefined || (memory?.binding ?? false),
	};
	// Binding to the TLS connection matters more than the hash: it defeats a man in the middle with a valid certificate.
	const scram = plus ?? plain;
	if (scram === undefined) return { choice: { kind: 'plain' }, memory: next };
	return {
		choice: { kind: 'scram', hash: scram.hash, plus: plus !== undefined, bindingUnoffered: offer.canBind && !anyPlus },
		memory: next,
	};
}
