/** Settings of an account as stored: checked on the way in, because a file can be edited or old. */
import type { AccountSettings } from '../adapter/context.ts';
import { fail } from '../model/errors.ts';
import type { ManualEndpoint } from './endpoints.ts';
import type { SaslMemory } from './sasl/choose.ts';

export interface XmppSettings {
	readonly endpoint: ManualEndpoint;
	/** Wanted resource; null: chosen by the server. */
	readonly resource: string | null;
	/** Extra certificate authorities, PEM. */
	readonly ca: readonly string[];
	/** SHA-256 fingerprint of the certificate the user accepted. */
	readonly pinned: string | null;
	/** Stable id of this installation, made at the first start; FAST tokens and Bind2 resources hang on it. */
	readonly userAgentId: string | null;
	readonly sasl: SaslMemory | null;
	/** Nickname for rooms; null: the user part of the address. */
	readonly nick: string | null;
	/** The user may send stanzas of their own (`/raw`). Default true. */
	readonly allowRaw: boolean;
}

const text = (value: unknown): string | null =>
	typeof value === 'string' && value.trim() !== '' ? value.trim() : null;

/** Throws `bad-input` when the settings cannot be used. */
export function readSettings(settings: AccountSettings): XmppSettings {
	const port = settings['port'];
	const wanted = typeof port === 'string' ? Number(port) : port;
	if (
		wanted !== undefined &&
		wanted !== null &&
		(typeof wanted !== 'number' || !Number.isInteger(wanted) || wanted < 1 || wanted > 65_535)
	)
		fail('bad-input', 'port');
	const ca = settings['ca'];
	const sasl = settings['sasl'] as Partial<SaslMemory> | null | undefined;
	return {
		endpoint: {
			host: text(settings['host']),
			port: typeof wanted === 'number' ? wanted : null,
			direct: settings['directTls'] === true,
		},
		resource: text(settings['resource']),
		ca: [ca].flat().filter((pem): pem is string => typeof pem === 'string' && pem.trim() !== ''),
		pinned: text(settings['pinned']),
		userAgentId: text(settings['userAgentId']),
		sasl:
			typeof sasl?.strength === 'number' && typeof sasl.binding === 'boolean'
				? { strength: sasl.strength, binding: sasl.binding }
				: null,
		nick: text(settings['nick']),
		allowRaw: settings['allowRaw'] !== false,
	};
}

/** The stored form. */
export const writeSettings = (settings: XmppSettings): AccountSettings => ({
	...(settings.endpoint.host === null ? {} : { host: settings.endpoint.host }),
	...(settings.endpoint.port === null ? {} : { port: settings.endpoint.port }),
	directTls: settings.endpoint.direct,
	...(settings.resource === null ? {} : { resource: settings.resource }),
	ca: settings.ca,
	...(settings.pinned === null ? {} : { pinned: settings.pinned }),
	...(settings.userAgentId === null ? {} : { userAgentId: settings.userAgentId }),
	...(settings.sasl === null ? {} : { sasl: settings.sasl }),
	...(settings.nick === null ? {} : { nick: settings.nick }),
	...(settings.allowRaw ? {} : { allowRaw: false }),
});
