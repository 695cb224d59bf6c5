/** The shared adapter suite over real servers. */
import { ergo } from '../../e2e/servers/ergo.ts';
import { inspircd } from '../../e2e/servers/inspircd.ts';
import { ngircd } from '../../e2e/servers/ngircd.ts';
import { soju } from '../../e2e/servers/soju.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { Fetchable } from '../../e2e/servers/suite-need.ts';
import { type ConformanceAccount, type ConformanceHarness, describeConformance } from '../adapter/conformance.ts';
import { ircFactory } from './index.ts';
import { CutProxy } from './testing/cut-proxy.ts';
import { announceSaferate } from './testing/saferate.ts';

interface Network {
	readonly title: string;
	readonly tls: boolean;
	/** Starts the network and says where accounts connect. */
	start(): Promise<{
		readonly port: number;
		readonly ca: string | null;
		stop(): Promise<void>;
		account(nick: string): Promise<{ settings?: object; secrets?: Record<string, string> }>;
	}>;
	/** Secret that makes the server refuse; null without secrets. */
	readonly wrong: Record<string, string> | null;
	readonly catchesUp: boolean;
}

function harness(network: Network): ConformanceHarness {
	let running: Awaited<ReturnType<Network['start']>> | null = null;
	let proxy: CutProxy | null = null;
	let count = 0;
	const extraCa: string[] = [];
	return {
		title: `irc over ${network.title}`,
		factory: ircFactory,
		extraCa,
		catchesUp: network.catchesUp,
		timeoutMs: 20_000,
		async setUp() {
			running = await network.start();
			if (running.ca !== null) extraCa.push(running.ca);
			proxy = await new CutProxy(running.port).start();
		},
		async tearDown() {
			await proxy?.stop();
			await running?.stop();
		},
		async newAccount(tag): Promise<ConformanceAccount> {
			if (running === null || proxy === null) throw new Error('not started');
			const nick = `${tag.slice(0, 5)}${(count++).toString(36)}x`;
			const { settings, secrets } = await running.account(nick);
			return {
				address: `${nick}@localhost`,
				directName: nick,
				settings: {
					version: 1,
					host: 'localhost',
					port: proxy.port,
					tls: network.tls,
					nick,
					pace: 'none',
					...settings,
				},
				secrets: secrets ?? {},
			};
		},
		roomName: (tag) => `#${tag}-${(count++).toString(36)}`,
		withWrongSecret: (account) =>
			network.wrong === null ? null : { ...account, secrets: { ...account.secrets, ...network.wrong } },
		withDeadServer: (account) => ({ ...account, settings: { ...account.settings, host: '127.0.0.1', port: 1 } }),
		cutLinks: async () => proxy?.cut(),
	};
}

/** All networks at the same time: each suite mostly waits for its own server. */
const beside = (title: string, needs: readonly Fetchable[], body: () => void): Promise<void> =>
	describeWithServers(title, needs, body, { concurrent: true });

await beside('ergo', [ergo], () =>
	describeConformance(
		harness({
			title: 'Ergo with TLS and SASL',
			tls: true,
			wrong: { password: 'wrong-secret-1' },
			catchesUp: true,
			async start() {
				const server = await ergo.start({ history: true });
				return {
					port: server.ports['tls'] ?? 0,
					ca: server.certs.ca,
					stop: () => server.stop(),
					async account(nick) {
						await server.createUser(nick, `secret-of-${nick}`);
						return { settings: { account: nick }, secrets: { password: `secret-of-${nick}` } };
					},
				};
			},
		}),
	),
);

await beside('inspircd', [inspircd], () =>
	describeConformance(
		harness({
			title: 'InspIRCd with Anope, TLS and SASL',
			tls: true,
			wrong: { password: 'wrong-secret-1' },
			catchesUp: false,
			async start() {
				const server = await inspircd.start({ services: true });
				return {
					port: server.ports['tls'] ?? 0,
					ca: server.certs.ca,
					stop: () => server.stop(),
					async account(nick) {
						await server.createUser(nick, `secret-of-${nick}`);
						return { settings: { account: nick }, secrets: { password: `secret-of-${nick}` } };
					},
				};
			},
		}),
	),
);

await beside('soju', [soju, ergo], () =>
	describeConformance(
		harness({
			title: 'soju in front of Ergo',
			tls: true,
			wrong: { password: 'wrong-secret-1' },
			catchesUp: true,
			async start() {
				const upstream = await ergo.start({ history: false });
				const relay = await new CutProxy(upstream.ports['plain'] ?? 0, announceSaferate).start();
				const bouncer = await soju.start();
				return {
					port: bouncer.ports['tls'] ?? 0,
					ca: bouncer.certs.ca,
					async stop() {
						await bouncer.stop();
						await relay.stop();
						await upstream.stop();
					},
					async account(nick) {
						await bouncer.createUser(nick, `secret-of-${nick}`, [{ name: 'net', port: relay.port, nick }]);
						return { settings: { account: `${nick}/net` }, secrets: { password: `secret-of-${nick}` } };
					},
				};
			},
		}),
	),
);

await beside('ngircd', [ngircd], () =>
	describeConformance(
		harness({
			title: 'ngIRCd without extensions, with a server password',
			tls: true,
			wrong: { 'server-password': 'wrong-secret-1' },
			catchesUp: false,
			async start() {
				const server = await ngircd.start({ password: 'secret-of-server' });
				return {
					port: server.ports['tls'] ?? 0,
					ca: server.certs.ca,
					stop: () => server.stop(),
					account: async () => ({ secrets: { 'server-password': 'secret-of-server' } }),
				};
			},
		}),
	),
);
