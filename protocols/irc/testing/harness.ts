/** One adapter against one scripted server. */
import type { ConnectionEnd } from '../../adapter/context.ts';
import type { ProtocolAdapter } from '../../adapter/adapter.ts';
import { AccountRemains, TestContext } from '../../testkit/test-context.ts';
import { ircFactory } from '../index.ts';
import { ScriptedServer, type ScriptedLink } from './scripted-server.ts';

export interface Scene {
	readonly server: ScriptedServer;
	readonly context: TestContext;
	readonly adapter: ProtocolAdapter;
	readonly remains: AccountRemains;
	/** Starts an attempt and returns the server's end of it. */
	connect(): Promise<{ readonly link: ScriptedLink; readonly end: Promise<ConnectionEnd> }>;
	/** Connects and plays the welcome. */
	online(
		caps?: readonly string[],
		isupport?: string,
	): Promise<{ readonly link: ScriptedLink; readonly end: Promise<ConnectionEnd> }>;
	close(): Promise<void>;
}

export async function scene(settings: object = {}, secrets: Readonly<Record<string, string>> = {}): Promise<Scene> {
	const server = await new ScriptedServer().start();
	const all = {
		version: 1,
		host: '127.0.0.1',
		port: server.port,
		tls: false,
		nick: 'alice',
		pace: 'none',
		...settings,
	};
	const remains = new AccountRemains('alice@127.0.0.1', all, secrets);
	const context = new TestContext(remains);
	const adapter = ircFactory.create(context);
	const abort = new AbortController();
	const connect = async () => {
		const end = adapter.start(abort.signal);
		return { link: await server.next(), end };
	};
	return {
		server,
		context,
		adapter,
		remains,
		connect,
		async online(caps, isupport) {
			const { link, end } = await connect();
			await link.welcome('alice', caps, isupport);
			await context.online(5000);
			return { link, end };
		},
		async close() {
			abort.abort();
			await server.stop();
			await adapter.stop('shutdown');
		},
	};
}
