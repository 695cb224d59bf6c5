/** Pidgin: `accounts.xml` and the buddy list `blist.xml`, where one `<contact>` may hold several buddies: one person. */
import { Parser } from 'htmlparser2';
import {
	filled,
	foreignLimits,
	lineOf,
	portOf,
	secretOf,
	withPort,
	type ForeignAccount,
	type ForeignContact,
	type ForeignPerson,
	type ForeignProfile,
	type ForeignRoom,
} from './foreign.ts';

interface Node {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly children: Node[];
	text: string;
}

const maxDepth = 16;
const maxNodes = 500_000;
/** Open elements below what is read: such a file is none of Pidgin's. */
const maxSkipped = 100;
const chunk = 65_536;

/** These files are shallow; what is deeper is not read. */
function readXml(xml: string): Node {
	const root: Node = { name: '', attributes: {}, children: [], text: '' };
	const open: Node[] = [root];
	let skipped = 0;
	let nodes = 0;
	const parser = new Parser(
		{
			onopentag: (name, attributes) => {
				nodes += 1;
				if (open.length > maxDepth || nodes > maxNodes) {
					skipped += 1;
					return;
				}
				const node: Node = { name, attributes, children: [], text: '' };
				open.at(-1)?.children.push(node);
				open.push(node);
			},
			ontext: (text) => {
				const node = open.at(-1);
				if (node !== undefined && skipped === 0 && node.text.length < 8192) node.text += text;
			},
			onclosetag: () => {
				if (skipped > 0) skipped -= 1;
				else if (open.length > 1) open.pop();
			},
		},
		{ xmlMode: true, decodeEntities: true },
	);
	for (let at = 0; at < xml.length && nodes <= maxNodes && skipped <= maxSkipped; at += chunk)
		parser.write(xml.slice(at, at + chunk));
	return root;
}

const childrenOf = (node: Node | undefined, name: string): readonly Node[] =>
	node?.children.filter((child) => child.name === name) ?? [];
const textOf = (node: Node | undefined, name: string): string | null => childrenOf(node, name)[0]?.text ?? null;

/** Every `<setting name="…">` of an account, whatever interface it belongs to. */
function settingsOf(account: Node): ReadonlyMap<string, string> {
	return new Map(
		childrenOf(account, 'settings')
			.flatMap((group) => childrenOf(group, 'setting'))
			.map((setting) => [setting.attributes['name'] ?? '', setting.text.trim()]),
	);
}

/** Networks whose servers keep the list: what Pidgin has is a copy, and adding again would ask people again. */
const keepsList = new Set(['prpl-jabber', 'prpl-matrix']);

interface Draft {
	readonly protocol: string;
	readonly label: string;
	readonly values: Readonly<Record<string, string>>;
	readonly secrets: Readonly<Record<string, string>>;
}

/** `alice@example.org/Home`: the resource is Pidgin's own affair. */
function xmppAccount(name: string, settings: ReadonlyMap<string, string>, password: string | null): Draft | null {
	const [address = ''] = name.split('/', 2);
	if (!/^[^@\s]+@[^@\s]+$/u.test(address)) return null;
	const host = lineOf(settings.get('connect_server'));
	const port = portOf(settings.get('port'));
	return {
		protocol: 'xmpp',
		label: address,
		values: filled({
			address,
			host,
			// The default port says nothing, and would keep discovery from being asked.
			port: host !== null && port !== null ? String(port) : null,
			directTls: settings.get('connection_security') === 'old_ssl' ? 'true' : null,
		}),
		secrets: filled({ password }),
	};
}

/** `nick@irc.example.org` */
function ircAccount(name: string, settings: ReadonlyMap<string, string>, password: string | null): Draft | null {
	const at = name.indexOf('@');
	const host = lineOf(name.slice(at + 1));
	if (at < 1 || host === null || /\s/u.test(host)) return null;
	const usesSasl = settings.get('sasl') === '1';
	return {
		protocol: 'irc',
		label: name,
		values: filled({
			address: withPort(host, portOf(settings.get('port'))),
			tls: String(settings.get('ssl') === '1'),
			nick: name.slice(0, at),
			username: lineOf(settings.get('username')),
			realname: lineOf(settings.get('realname')),
		}),
		secrets: filled(usesSasl ? { password } : { serverPassword: password }),
	};
}

/** `@alice:example.org` of the Matrix plugin. */
function matrixAccount(name: string, settings: ReadonlyMap<string, string>, password: string | null): Draft | null {
	if (!/^@[^:\s]+:\S+$/u.test(name)) return null;
	return {
		protocol: 'matrix',
		label: name,
		values: filled({ address: name, user: name, homeserver: lineOf(settings.get('home_server')) }),
		secrets: filled({ password }),
	};
}

const readers: ReadonlyMap<string, typeof xmppAccount> = new Map([
	['prpl-jabber', xmppAccount],
	['prpl-irc', ircAccount],
	['prpl-matrix', matrixAccount],
]);

/** Pidgin's name of an account within the buddy list. */
const keyOf = (protocol: string, name: string): string => `${protocol}\n${name.split('/', 1)[0] ?? name}`;

interface Buddies {
	readonly contacts: Map<string, Map<string, { name: string | null; readonly groups: Set<string> }>>;
	readonly rooms: Map<string, ForeignRoom[]>;
	readonly persons: { readonly name: string | null; readonly of: readonly (readonly [string, string])[] }[];
}

function readBuddies(xml: string): Buddies {
	const buddies: Buddies = { contacts: new Map(), rooms: new Map(), persons: [] };
	const list = childrenOf(childrenOf(readXml(xml), 'purple')[0], 'blist')[0];
	for (const group of childrenOf(list, 'group')) {
		for (const contact of childrenOf(group, 'contact')) takeContact(buddies, contact, lineOf(group.attributes['name']));
		for (const chat of childrenOf(group, 'chat')) takeRoom(buddies, chat);
	}
	return buddies;
}

function takeContact(buddies: Buddies, contact: Node, group: string | null): void {
	const members: (readonly [string, string])[] = [];
	for (const buddy of childrenOf(contact, 'buddy')) {
		const key = keyOf(buddy.attributes['proto'] ?? '', buddy.attributes['account'] ?? '');
		const address = lineOf(textOf(buddy, 'name'));
		if (address === null) continue;
		const known = buddies.contacts.get(key) ?? new Map<string, { name: string | null; readonly groups: Set<string> }>();
		buddies.contacts.set(key, known);
		const entry = known.get(address) ?? { name: lineOf(textOf(buddy, 'alias')), groups: new Set<string>() };
		if (group !== null) entry.groups.add(group);
		if (known.size < foreignLimits.contacts) known.set(address, entry);
		members.push([key, address]);
	}
	if (members.length > 1) buddies.persons.push({ name: lineOf(contact.attributes['alias']), of: members });
}

function takeRoom(buddies: Buddies, chat: Node): void {
	const parts = new Map(childrenOf(chat, 'component').map((part) => [part.attributes['name'] ?? '', part.text]));
	const channel = lineOf(parts.get('channel'));
	const room = lineOf(parts.get('room'));
	const server = lineOf(parts.get('server'));
	const name = channel ?? (room !== null && server !== null && !room.includes('@') ? `${room}@${server}` : room);
	const isJoined = childrenOf(chat, 'setting').some(
		(setting) => setting.attributes['name'] === 'gtk-autojoin' && setting.text.trim() === '1',
	);
	if (name === null || !isJoined) return;
	const key = keyOf(chat.attributes['proto'] ?? '', chat.attributes['account'] ?? '');
	const rooms = buddies.rooms.get(key) ?? [];
	buddies.rooms.set(key, rooms);
	if (rooms.length < foreignLimits.rooms) rooms.push({ name, password: secretOf(parts.get('password')) });
}

/**
 * @param accountsXml content of `accounts.xml`
 * @param buddiesXml content of `blist.xml`; empty where there is none
 */
export function readPidgin(accountsXml: string, buddiesXml: string): ForeignProfile {
	const buddies = readBuddies(buddiesXml);
	const accounts: ForeignAccount[] = [];
	const skipped: string[] = [];
	const places = new Map<string, number>();
	const file = readXml(accountsXml);
	// Very old files have the one name, newer ones the other.
	const list = childrenOf(file, 'account')[0] ?? childrenOf(file, 'accounts')[0];
	for (const node of childrenOf(list, 'account')) {
		if (accounts.length >= foreignLimits.accounts) break;
		const protocol = lineOf(textOf(node, 'protocol')) ?? '';
		const name = lineOf(textOf(node, 'name'));
		if (name === null) continue;
		const draft = readers.get(protocol)?.(name, settingsOf(node), secretOf(textOf(node, 'password'))) ?? null;
		if (draft === null) {
			skipped.push(`${name} (${protocol.replace(/^prpl-/u, '')})`);
			continue;
		}
		const key = keyOf(protocol, name);
		places.set(key, accounts.length);
		const known = keepsList.has(protocol) ? [] : [...(buddies.contacts.get(key) ?? [])];
		const contacts = known.map(
			([address, { name: alias, groups }]): ForeignContact => ({ address, name: alias, groups: [...groups] }),
		);
		accounts.push({ ...draft, lockedSecret: false, rooms: buddies.rooms.get(key) ?? [], contacts });
	}
	return { program: 'pidgin', accounts, persons: personsOf(buddies, places), skipped };
}

function personsOf(buddies: Buddies, places: ReadonlyMap<string, number>): readonly ForeignPerson[] {
	return buddies.persons.flatMap(({ name, of }) => {
		const contacts = of.flatMap(([key, address]) => {
			const account = places.get(key);
			return account === undefined ? [] : [{ account, address }];
		});
		return contacts.length < 2 ? [] : [{ name, contacts }];
	});
}
