/** WeeChat: servers of `irc.conf`. Options are `server.option = value`; what a server leaves out is in `server_default`. */
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

/** Strings are quoted; `null` and a missing value mean "as the default says". */
function valueOf(raw: string | undefined): string | null {
	if (raw === undefined || raw === 'null') return null;
	return raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : raw;
}

/** Words that WeeChat works out itself, mostly from its own safe: nothing that another program could know. */
const isComputed = (value: string): boolean => value.includes('${');

class Server {
	readonly name: string;
	readonly #own: ReadonlyMap<string, string>;
	readonly #defaults: ReadonlyMap<string, string>;

	constructor(name: string, own: ReadonlyMap<string, string>, defaults: ReadonlyMap<string, string>) {
		this.name = name;
		this.#own = own;
		this.#defaults = defaults;
	}

	raw(option: string): string | null {
		return valueOf(this.#own.get(`${this.name}.${option}`)) ?? valueOf(this.#defaults.get(option));
	}

	text(option: string): string | null {
		const value = this.raw(option);
		return value === null || isComputed(value) ? null : lineOf(value);
	}
}

/** `#a,#b,#c keyA,keyB`: keys belong to the first rooms. */
function roomsOf(autojoin: string | null): readonly ForeignRoom[] {
	const [names = '', keys = ''] = (autojoin ?? '').trim().split(/\s+/u);
	const passwords = keys.split(',');
	return names
		.split(',')
		.slice(0, foreignLimits.rooms)
		.flatMap((part, index) => {
			const name = lineOf(part);
			return name === null ? [] : [{ name, password: secretOf(passwords[index]) }];
		});
}

/** The first address counts: `host`, `host/port`. */
function addressOf(addresses: string | null): { readonly host: string; readonly port: number | null } | null {
	const [first = ''] = (addresses ?? '').split(',');
	const [host = '', port = ''] = first.trim().split('/', 2);
	const name = lineOf(host);
	return name === null || /\s/u.test(name) ? null : { host: name, port: portOf(port.replace(/^\+/u, '')) };
}

const mechanisms: ReadonlyMap<string, string> = new Map([
	['external', 'EXTERNAL'],
	['scram-sha-256', 'SCRAM-SHA-256'],
]);

function accountOf(server: Server): ForeignAccount | null {
	const address = addressOf(server.text('addresses'));
	if (address === null) return null;
	const tls = server.raw('tls') ?? server.raw('ssl');
	const password = server.raw('sasl_password');
	const serverPassword = server.raw('password');
	const [nick = ''] = (server.text('nicks') ?? '').split(',');
	const open = (value: string | null): string | null => (value === null || isComputed(value) ? null : secretOf(value));
	return {
		protocol: 'irc',
		label: server.name,
		values: filled({
			address: withPort(address.host, address.port),
			tls: String(tls === null ? address.port === 6697 : tls === 'on'),
			nick: lineOf(nick),
			username: server.text('username'),
			realname: server.text('realname'),
			account: server.text('sasl_username'),
			mechanism: mechanisms.get(server.raw('sasl_mechanism') ?? '') ?? null,
		}),
		secrets: filled({ password: open(password), serverPassword: open(serverPassword) }),
		lockedSecret: [password, serverPassword].some((value) => value !== null && isComputed(value)),
		rooms: roomsOf(server.text('autojoin')),
		contacts: [],
	};
}

/** @param config content of `irc.conf` */
export function readWeeChat(config: string): ForeignProfile {
	const sections = readSections(config);
	const own = sections.get('server') ?? new Map<string, string>();
	const defaults = sections.get('server_default') ?? new Map<string, string>();
	const names = new Set<string>();
	for (const key of own.keys()) {
		const name = key.slice(0, key.lastIndexOf('.'));
		if (name !== '' && names.size < foreignLimits.accounts) names.add(name);
	}
	const accounts = [...names].flatMap((name) => accountOf(new Server(name, own, defaults)) ?? []);
	return { program: 'weechat', accounts, persons: [], skipped: [] };
}
