/** HexChat: networks of `servlist.conf`, with the user's names from `hexchat.conf` where a network has none of its own. */
import {
	filled,
	foreignLimits,
	lineOf,
	portOf,
	secretOf,
	withPort,
	type ForeignAccount,
	type ForeignProfile,
	type ForeignRoom,
} from './foreign.ts';
import { readSections } from './key-files.ts';

/** Bits of `F`. */
const flags = { useGlobal: 2, tls: 4, autoConnect: 8, favourite: 64 } as const;
/** Values of `L` that matter: what the password of a network is for. */
const serverPassword = '7';
const mechanisms: ReadonlyMap<string, string> = new Map([
	['6', 'PLAIN'],
	['10', 'EXTERNAL'],
	['12', 'SCRAM-SHA-256'],
]);

interface Network {
	name: string;
	readonly fields: Map<string, string>;
	readonly servers: string[];
	readonly rooms: ForeignRoom[];
}

/** Records begin with `N=`; every other line is one letter, `=` and a value. */
function readNetworks(text: string): readonly Network[] {
	const networks: Network[] = [];
	for (const line of text.split(/\r?\n/u, 200_000)) {
		const key = line.slice(0, 1);
		if (line.charAt(1) !== '=') continue;
		const value = line.slice(2);
		if (key === 'N') {
			if (networks.length >= 2000) break;
			networks.push({ name: lineOf(value) ?? '', fields: new Map(), servers: [], rooms: [] });
			continue;
		}
		const network = networks.at(-1);
		if (network === undefined) continue;
		if (key === 'S' && network.servers.length < 100) network.servers.push(value.trim());
		else if (key === 'J' && network.rooms.length < foreignLimits.rooms) network.rooms.push(...roomsOf(value));
		else network.fields.set(key, value);
	}
	return networks;
}

/** `#room`, `#room,key`, or in files of old versions `#a,#b key,key`. */
function roomsOf(value: string): readonly ForeignRoom[] {
	const [names = '', keys = ''] = value.trim().split(/\s+/u);
	const parts = names.split(',');
	const [first, second] = parts;
	if (parts.length === 2 && second !== undefined && !/^[#&!+]/u.test(second)) {
		const name = lineOf(first);
		return name === null ? [] : [{ name, password: secretOf(second) }];
	}
	const passwords = keys.split(',');
	return parts.flatMap((part, index) => {
		const name = lineOf(part);
		return name === null ? [] : [{ name, password: secretOf(passwords[index]) }];
	});
}

/** `host`, `host/6667`, and `host/+6697` for TLS. */
function serverOf(
	value: string,
): { readonly host: string; readonly port: number | null; readonly tls: boolean } | null {
	const [host = '', port = ''] = value.split('/', 2);
	const name = lineOf(host);
	if (name === null || /\s/u.test(name)) return null;
	return { host: name, port: portOf(port.replace(/^\+/u, '')), tls: port.startsWith('+') };
}

/**
 * Of the long list that HexChat comes with, only networks that the user has made their own: with a login, rooms, a nick,
 * automatic connection, or marked as favourite.
 */
function isUsed(network: Network): boolean {
	const bits = Number(network.fields.get('F') ?? '0');
	return (
		(bits & (flags.autoConnect | flags.favourite)) !== 0 ||
		network.rooms.length > 0 ||
		['I', 'P', 'U'].some((key) => (network.fields.get(key) ?? '').trim() !== '')
	);
}

function accountOf(network: Network, own: ReadonlyMap<string, string>): ForeignAccount | null {
	const { fields } = network;
	const chosen = network.servers[Number(fields.get('D') ?? '0')] ?? network.servers[0];
	const server = serverOf(chosen ?? network.name);
	if (server === null) return null;
	const bits = Number(fields.get('F') ?? '0');
	const tls = server.tls || (bits & flags.tls) !== 0;
	const isGlobal = (bits & flags.useGlobal) !== 0;
	const pick = (key: string, name: string): string | null =>
		(isGlobal ? null : lineOf(fields.get(key))) ?? lineOf(own.get(name));
	const password = secretOf(fields.get('P'));
	const isServerPassword = fields.get('L') === serverPassword;
	const user = pick('U', 'irc_user_name');
	const mechanism = mechanisms.get(fields.get('L') ?? '') ?? null;
	return {
		protocol: 'irc',
		label: network.name === '' ? server.host : network.name,
		values: filled({
			address: withPort(server.host, server.port),
			tls: String(tls),
			nick: pick('I', 'irc_nick1'),
			username: user,
			realname: pick('R', 'irc_real_name'),
			// HexChat logs in under the user name. PLAIN was its only way for long, so it is no reason to ask for less.
			account: mechanism === 'PLAIN' || mechanism === 'SCRAM-SHA-256' ? user : null,
			mechanism: mechanism === 'PLAIN' ? null : mechanism,
		}),
		secrets: filled(isServerPassword ? { serverPassword: password } : { password }),
		lockedSecret: false,
		rooms: network.rooms.slice(0, foreignLimits.rooms),
		contacts: [],
	};
}

/**
 * @param servlist content of `servlist.conf`
 * @param own content of `hexchat.conf`; empty where there is none
 */
export function readHexChat(servlist: string, own: string): ForeignProfile {
	const names = readSections(own).get('') ?? new Map<string, string>();
	const accounts = readNetworks(servlist)
		.filter(isUsed)
		.flatMap((network) => accountOf(network, names) ?? [])
		.slice(0, foreignLimits.accounts);
	return { program: 'hexchat', accounts, persons: [], skipped: [] };
}
