/** Connections of one exchange: the address is judged after the name was resolved, and again when connected. */
import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import { chatError, ChatException } from '../model/errors.ts';
import { isPublicAddress } from './public-address.ts';

const connectionLimits = {
	connectMs: 15_000,
	headersMs: 30_000,
	/** Longest silence within a body. */
	idleMs: 30_000,
	headerBytes: 32 * 1024,
} as const;

/** How a name is resolved; `node:dns` outside of tests. */
export type Resolve = (
	name: string,
	options: LookupOptions,
	done: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

export interface ConnectionRules {
	/** Whom to believe; undefined: the default authorities. */
	readonly trust: SecureContext | undefined;
	/** The host is the account's own: it may be in the local network. */
	readonly own: boolean;
	readonly resolve?: Resolve | undefined;
}

const refused = (): ChatException =>
	new ChatException(chatError('not-allowed', 'the address is in a private network', { userAction: 'none' }));

/** The default authorities and these (PEM). Costs a moment, so it is made once and shared. */
export const trusting = (ca: readonly string[]): SecureContext | undefined =>
	ca.length === 0 ? undefined : createSecureContext({ ca: [...getCACertificates('default'), ...ca] });

/** Connects for one exchange only, so that nothing is shared between requests. */
export function guardedAgent(rules: ConnectionRules): Agent {
	const ask: Resolve = rules.resolve ?? resolve;
	const connect = buildConnector({
		timeout: connectionLimits.connectMs,
		maxCachedSessions: 0,
		...(rules.trust === undefined ? {} : { secureContext: rules.trust }),
		lookup: (name, options, callback) => {
			ask(name, options, (error, address, family) => {
				if (error !== null) return callback(error, address, family);
				const found = typeof address === 'string' ? [address] : address.map((one) => one.address);
				// One bad answer spoils all: which of them would be used is not ours to bet on.
				if (!rules.own && (found.length === 0 || !found.every(isPublicAddress))) return callback(refused(), '', 4);
				callback(null, address, family);
			});
		},
	});
	return new Agent({
		headersTimeout: connectionLimits.headersMs,
		bodyTimeout: connectionLimits.idleMs,
		maxHeaderSize: connectionLimits.headerBytes,
		connections: 1,
		pipelining: 0,
		connect: (options, callback) => {
			const host = options.hostname.replace(/^\[|\]$/g, '');
			// Addresses are connected to without a look-up.
			if (!rules.own && isIP(host) !== 0 && !isPublicAddress(host)) return callback(refused(), null);
			connect(options, (error, socket) => {
				if (error !== null) return callback(error, null);
				if (!rules.own && !isPublicAddress(socket.remoteAddress ?? '')) {
					socket.destroy();
					return callback(refused(), null);
				}
				callback(null, socket);
			});
		},
	});
}
