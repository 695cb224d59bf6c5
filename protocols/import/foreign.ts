/**
 * What other chat programs keep about accounts, people and rooms, in the terms of our login forms. The readers are pure:
 * text in, plain data out; what cannot be understood is left out, never thrown.
 */
import type { ProtocolName } from '../model/entities.ts';

export const programs = ['pidgin', 'gajim', 'hexchat', 'weechat'] as const;
export type Program = (typeof programs)[number];

export interface ForeignRoom {
	/** What a user would type to join it. */
	readonly name: string;
	readonly password: string | null;
}

export interface ForeignContact {
	readonly address: string;
	readonly name: string | null;
	readonly groups: readonly string[];
}

export interface ForeignAccount {
	readonly protocol: ProtocolName;
	/** How the other program calls it, or the address. */
	readonly label: string;
	/** Answers to the login form by field id, without secrets. */
	readonly values: Readonly<Record<string, string>>;
	/** Answers that are secrets. */
	readonly secrets: Readonly<Record<string, string>>;
	/** The file names a secret that only the other program can read. */
	readonly lockedSecret: boolean;
	readonly rooms: readonly ForeignRoom[];
	readonly contacts: readonly ForeignContact[];
}

/** Contacts that the other program showed as one person; `account` is an index. */
export interface ForeignPerson {
	readonly name: string | null;
	readonly contacts: readonly { readonly account: number; readonly address: string }[];
}

export interface ForeignProfile {
	readonly program: Program;
	readonly accounts: readonly ForeignAccount[];
	readonly persons: readonly ForeignPerson[];
	/** Accounts of networks that Parley does not speak. */
	readonly skipped: readonly string[];
}

/** More than anybody has; a broken file must not fill the memory. */
export const foreignLimits = { accounts: 200, rooms: 500, contacts: 10_000, text: 1024 } as const;

/** One line without control characters, or null when nothing is left of it. */
export function lineOf(value: string | undefined | null): string | null {
	const line = (value ?? '').replaceAll(/[\u0000-\u001f\u007f]+/gu, ' ').trim();
	return line === '' || line.length > foreignLimits.text ? null : line;
}

/** A secret as it is: white space may belong to it. */
export const secretOf = (value: string | undefined | null): string | null =>
	value === undefined || value === null || value === '' || value.length > 4096 || /[\0\r\n]/u.test(value)
		? null
		: value;

/** Host and port as our address fields take them; IPv6 in brackets. */
export function withPort(host: string, port: number | null): string {
	const named = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
	return port === null ? named : `${named}:${port}`;
}

export function portOf(value: string | undefined | null): number | null {
	const text = (value ?? '').trim();
	if (!/^\d{1,5}$/u.test(text)) return null;
	const port = Number(text);
	return port > 0 && port < 65_536 ? port : null;
}

/** Only entries with a value. */
export function filled(values: Readonly<Record<string, string | null>>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''),
	);
}
