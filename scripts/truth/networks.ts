/** Every real server of the truth table: how it starts and how two accounts of it log in. */
import type { Fetchable } from '../../e2e/servers/suite-need.ts';
import type { AccountSettings } from '../../protocols/adapter/context.ts';
import { ejabberd } from '../../e2e/servers/ejabberd.ts';
import { ergo } from '../../e2e/servers/ergo.ts';
import { inspircd } from '../../e2e/servers/inspircd.ts';
import { ngircd } from '../../e2e/servers/ngircd.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { prosodyClassic } from '../../e2e/servers/prosody-classic.ts';
import { soju } from '../../e2e/servers/soju.ts';
import { synapse } from '../../e2e/servers/synapse.ts';

export interface TruthAccount {
	readonly address: string;
	readonly settings: AccountSettings;
	readonly secrets: Readonly<Record<string, string>>;
	/** What others type to begin a chat with it. */
	readonly directName: string;
}

export interface RunningNetwork {
	/** What the column says, with versions. */
	readonly title: string;
	readonly extraCa: readonly string[];
	/** Name of a fresh room, as `create-room` and `join` take it. */
	readonly room: string;
	account(name: string): Promise<TruthAccount>;
	stop(): Promise<void>;
}

export interface TruthNetwork {
	readonly protocol: string;
	readonly name: string;
	readonly needs: readonly Fetchable[];
	start(): Promise<RunningNetwork>;
}

/** Without a distribution's own numbering. */
const bare = (version: string): string => version.replace(/^\d+:/, '').replace(/[-+~].*$/, '');
const secret = (name: string): string => `secret-of-${name}`;
const ircRoom = '#truth';

/** An account on an IRC server with its own authority and, where it has services, its own login. */
const ircAccount = (port: number, nick: string, account: string | null, secrets: TruthAccount['secrets']) => ({
	address: `${nick}@localhost`,
	directName: nick,
	settings: {
		version: 1,
		host: 'localhost',
		port,
		tls: true,
		nick,
		pace: 'none',
		...(account === null ? {} : { account }),
	},
	secrets,
});

const irc = (name: string, needs: readonly Fetchable[], start: TruthNetwork['start']): TruthNetwork => ({
	protocol: 'irc',
	name,
	needs,
	start,
});

const xmpp = (kind: typeof prosody | typeof ejabberd, title: string): TruthNetwork => ({
	protocol: 'xmpp',
	name: kind.name,
	needs: [kind],
	async start() {
		const server = await kind.start();
		return {
			title: `${title} ${bare(server.version)}`,
			extraCa: [],
			room: 'truth',
			async account(name) {
				const address = `${name}@${server.domain}`;
				await server.createUser(name, secret(name));
				return {
					address,
					directName: address,
					settings: { host: '127.0.0.1', port: server.ports.client, ca: [server.certs.ca] },
					secrets: { password: secret(name) },
				};
			},
			stop: () => server.stop(),
		};
	},
});

export const truthNetworks: readonly TruthNetwork[] = [
	irc('ergo', [ergo], async () => {
		const server = await ergo.start({ history: true });
		return {
			title: `Ergo ${bare(server.version)}`,
			extraCa: [server.certs.ca],
			room: ircRoom,
			async account(name) {
				await server.createUser(name, secret(name));
				return ircAccount(server.ports.tls, name, name, { password: secret(name) });
			},
			stop: () => server.stop(),
		};
	}),
	irc('inspircd', [inspircd], async () => {
		const server = await inspircd.start({ services: true });
		return {
			title: `InspIRCd ${bare(server.version)} with Anope`,
			extraCa: [server.certs.ca],
			room: ircRoom,
			async account(name) {
				await server.createUser(name, secret(name));
				return ircAccount(server.ports.tls, name, name, { password: secret(name) });
			},
			stop: () => server.stop(),
		};
	}),
	irc('soju', [soju, ergo], async () => {
		const upstream = await ergo.start({ history: false });
		const bouncer = await soju.start();
		return {
			title: `soju ${bare(bouncer.version)} before Ergo`,
			extraCa: [bouncer.certs.ca],
			room: ircRoom,
			async account(name) {
				await bouncer.createUser(name, secret(name), [{ name: 'net', port: upstream.ports.plain, nick: name }]);
				return ircAccount(bouncer.ports.tls, name, `${name}/net`, { password: secret(name) });
			},
			async stop() {
				await bouncer.stop();
				await upstream.stop();
			},
		};
	}),
	irc('ngircd', [ngircd], async () => {
		const server = await ngircd.start();
		return {
			title: `ngIRCd ${bare(server.version)}`,
			extraCa: [server.certs.ca],
			room: ircRoom,
			account: async (name) => Promise.resolve(ircAccount(server.ports.tls, name, null, {})),
			stop: () => server.stop(),
		};
	}),
	xmpp(prosody, 'Prosody'),
	xmpp(prosodyClassic, 'Prosody'),
	xmpp(ejabberd, 'ejabberd'),
	{
		protocol: 'matrix',
		name: 'synapse',
		needs: [synapse],
		async start() {
			const server = await synapse.start();
			return {
				title: `Synapse ${bare(server.version)}`,
				extraCa: [],
				room: 'Truth',
				async account(name) {
					const user = await server.createUser(name, secret(name));
					return {
						address: user.userId,
						directName: user.userId,
						settings: { homeserver: server.url, userId: user.userId, deviceId: user.deviceId, pin: null },
						secrets: { token: user.accessToken },
					};
				},
				stop: () => server.stop(),
			};
		},
	},
];
