/** Settings of an IRC account as its login flow saves them, checked on every start. Secrets are kept elsewhere. */
import { z } from 'zod';
import type { AccountSettings } from '../adapter/context.ts';
import { ChatException, type ChatError, chatError } from '../model/errors.ts';
import { mechanisms } from './sasl.ts';

const name = z
	.string()
	.min(1)
	.max(64)
	.regex(/^[^\s\0:@!*?,]+$/);

export const settingsSchema = z.object({
	version: z.literal(1).default(1),
	/** What the network is called before it names itself. */
	network: z.string().max(100).default(''),
	host: z.string().min(1).max(253),
	port: z.number().int().min(1).max(65535),
	tls: z.boolean(),
	nick: name,
	username: name.default('parley'),
	realname: z
		.string()
		.max(150)
		.regex(/^[^\r\n\0]*$/)
		.default(''),
	/** Services account; null: not logged in. */
	account: z
		.string()
		.min(1)
		.max(150)
		.regex(/^[^\s\0]+$/)
		.nullable()
		.default(null),
	mechanism: z.enum(mechanisms).nullable().default(null),
	/** Extra authority in PEM for this account. */
	ca: z.string().max(200_000).nullable().default(null),
	/** SHA-256 fingerprint of a certificate the user accepted. */
	pinned: z.string().max(100).nullable().default(null),
	/** The user allowed passwords on an unencrypted link. */
	insecurePassword: z.boolean().default(false),
	/** Channels to join on the first connection. */
	autojoin: z.array(z.string().min(1).max(200)).max(100).default([]),
	/** `none` switches own flood control off, for bouncers on the same machine. */
	pace: z.enum(['safe', 'none']).default('safe'),
	allowRaw: z.boolean().default(true),
});
export type IrcSettings = z.infer<typeof settingsSchema>;

/** Names under which secrets are kept. */
export const secretNames = {
	/** Password of the services account. */
	password: 'password',
	/** Password of the server or bouncer (PASS). */
	server: 'server-password',
	certificate: 'client-certificate',
	key: 'client-key',
	/** JSON object of channel keys. */
	channelKeys: 'channel-keys',
} as const;

/** @throws ChatException `bad-input` naming the field */
export function readSettings(settings: AccountSettings): IrcSettings {
	const parsed = settingsSchema.safeParse(settings);
	if (parsed.success) return parsed.data;
	const field = parsed.error.issues[0]?.path.join('.') ?? '';
	throw new ChatException(chatError('bad-input', `IRC setting ${field}`, { params: { field } }));
}

export const defaultPort = (tls: boolean): number => (tls ? 6697 : 6667);

export interface Address {
	readonly host: string;
	readonly port: number | null;
	/** Null when the text does not say. */
	readonly tls: boolean | null;
}

/** `host`, `host:port`, `host:+port`, `[v6]:port`, `irc://` and `ircs://` addresses. */
export function parseAddress(text: string): Address | ChatError {
	const bad = chatError('bad-address', null, { params: { address: text.slice(0, 100) } });
	const match =
		/^(?:(irc|ircs|irc6):\/\/)?(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@[\]]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?::(\+?)(\d{1,5}))?\/?$/.exec(
			text.trim(),
		);
	if (match === null) return bad;
	const [, scheme, rawHost = '', plus, digits] = match;
	const host = rawHost
		.replace(/^\[|\]$/g, '')
		.replace(/\.$/, '')
		.toLowerCase();
	const port = digits === undefined ? null : Number(digits);
	if (host === '' || host.length > 253 || (port !== null && (port < 1 || port > 65535))) return bad;
	// Letters, digits, hyphens and dots, or an IPv6 address; international names in their own script are looked up as they are.
	if (!/^[\p{L}\p{N}.:_-]+$/u.test(host) || host.startsWith('-')) return bad;
	const tls = scheme === 'ircs' || plus === '+' ? true : scheme === 'irc' && port !== 6697 ? false : null;
	return { host, port, tls };
}
