/** What an account keeps between sessions, besides its secrets. */
import { z } from 'zod';
import type { AccountSettings } from '../adapter/context.ts';
import { fail } from '../model/errors.ts';
import { isUserId } from './matrix-id.ts';
import type { TlsRules } from './tls.ts';

const schema = z.object({
	/** Base URL of the client API, without a trailing slash. */
	homeserver: z
		.string()
		.max(2048)
		.refine((text) => baseUrlOf(text) !== null),
	userId: z.string().refine(isUserId),
	/** Kept across soft logouts, so that the device stays the same one. */
	deviceId: z.string().min(1).max(255),
	/** SHA-256 fingerprint of a server certificate the user accepted. */
	pin: z.string().max(200).nullable().default(null),
	/** Authorities for this account alone, PEM. */
	ca: z.string().max(100_000).nullable().default(null),
});

export type MatrixSettings = z.infer<typeof schema>;

export function readSettings(settings: AccountSettings): MatrixSettings {
	const parsed = schema.safeParse(settings);
	if (!parsed.success) fail('bad-input', 'the settings of the account are damaged');
	return parsed.data;
}

/** Canonical base URL, or null. Plain HTTP only on this machine: everywhere else it would carry the password in clear. */
export function baseUrlOf(text: string): string | null {
	const url = URL.parse(text.trim());
	if (url === null || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) return null;
	return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

export function isLoopback(host: string): boolean {
	return host === 'localhost' || host.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(host) || host === '[::1]';
}

/** The TLS rules of an account. */
export const tlsRulesOf = (settings: Pick<MatrixSettings, 'ca' | 'pin'>, extraCa: readonly string[]): TlsRules => ({
	extraCa: settings.ca === null ? extraCa : [...extraCa, settings.ca],
	pinned: settings.pin,
});

/** Names of the secrets. */
export const secretNames = { access: 'token', refresh: 'refresh-token' } as const;
