/**
 * Gajim: accounts of `settings.sqlite` (1.4 and newer), handed over as rows, or of the text file `config` before. The
 * contact list is the server's, so nothing of it needs to be taken over.
 */
import { z } from 'zod';
import {
	filled,
	foreignLimits,
	lineOf,
	portOf,
	secretOf,
	type ForeignAccount,
	type ForeignProfile,
} from './foreign.ts';

/** Names of the options are the same in both. */
type Options = ReadonlyMap<string, string>;

const isOn = (value: string | undefined): boolean => /^(true|1)$/iu.test(value ?? '');

function accountOf(label: string, options: Options): ForeignAccount | null {
	const name = lineOf(options.get('name'));
	const host = lineOf(options.get('hostname'));
	const address = lineOf(options.get('address')) ?? (name === null || host === null ? null : `${name}@${host}`);
	if (address === null || !/^[^@\s]+@[^@\s]+$/u.test(address)) return null;
	const isCustom = isOn(options.get('use_custom_host'));
	const password = options.get('password');
	// Gajim writes this where the system's keyring has the password.
	const isInKeyring = password === 'winvault:' || password === 'keyring:' || (password ?? '').startsWith('libsecret:');
	return {
		protocol: 'xmpp',
		label: lineOf(options.get('account_label')) ?? label,
		values: filled({
			address,
			host: isCustom ? lineOf(options.get('custom_host')) : null,
			port: isCustom ? (portOf(options.get('custom_port'))?.toString() ?? null) : null,
			directTls: isCustom && options.get('custom_type') === 'DIRECT TLS' ? 'true' : null,
		}),
		secrets: filled({ password: isInKeyring ? null : secretOf(password) }),
		lockedSecret: isInKeyring || (isOn(options.get('savepass')) && secretOf(password) === null),
		rooms: [],
		contacts: [],
	};
}

const profile = (accounts: readonly (ForeignAccount | null)[]): ForeignProfile => ({
	program: 'gajim',
	accounts: accounts.filter((account) => account !== null).slice(0, foreignLimits.accounts),
	persons: [],
	skipped: [],
});

const settings = z.record(z.string(), z.unknown());

/** One row of the table `account_settings`: the account's name and its options as JSON. */
export interface GajimRow {
	readonly account: string;
	readonly settings: string;
}

export function readGajimRows(rows: readonly GajimRow[]): ForeignProfile {
	return profile(
		rows.map(({ account, settings: json }) => {
			const parsed = settings.safeParse(safeJson(json));
			if (!parsed.success) return null;
			const options = Object.entries(parsed.data).flatMap(([key, value]): [string, string][] =>
				typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
					? [[key, String(value)]]
					: [],
			);
			return accountOf(account, new Map(options));
		}),
	);
}

/** Lines such as `accounts.home.hostname = example.org`; the name of an account may itself contain dots. */
export function readGajimConfig(config: string): ForeignProfile {
	const accounts = new Map<string, Map<string, string>>();
	for (const line of config.split(/\r?\n/u, 200_000)) {
		const found = /^accounts\.(.+)\.([a-z_]+) = (.*)$/u.exec(line);
		const [, name, option, value] = found ?? [];
		if (name === undefined || option === undefined || value === undefined) continue;
		const options = accounts.get(name) ?? new Map<string, string>();
		accounts.set(name, options);
		options.set(option, value);
	}
	return profile([...accounts].map(([name, options]) => accountOf(name, options)));
}

function safeJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
