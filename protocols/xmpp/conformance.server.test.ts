import { describeConformance } from '../adapter/conformance.ts';
import { ejabberd, type EjabberdServer } from '../../e2e/servers/ejabberd.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { prosodyClassic } from '../../e2e/servers/prosody-classic.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { xmppFactory } from './index.ts';

type Server = Awaited<ReturnType<typeof prosody.start>> | EjabberdServer;

for (const { title, kind, start } of [
	{ title: 'xmpp over Prosody 13', kind: prosody, start: () => prosody.start({ hash: 'SHA-256' }) },
	{ title: 'xmpp over Prosody 0.12', kind: prosodyClassic, start: () => prosodyClassic.start({}) },
	{ title: 'xmpp over ejabberd', kind: ejabberd, start: () => ejabberd.start({}) },
]) {
	let server: Server | null = null;
	let count = 0;
	const running = (): Server => {
		if (server === null) throw new Error('server not started');
		return server;
	};
	const password = 'correct-horse-battery';
	await describeWithServers(title, [kind], () =>
		describeConformance({
			title,
			factory: xmppFactory,
			setUp: async () => {
				server = await start();
			},
			tearDown: async () => {
				await server?.stop();
			},
			newAccount: async (tag) => {
				const name = `${tag}${++count}`;
				const { domain, ports, certs } = running();
				await running().createUser(name, password);
				return {
					address: `${name}@${domain}`,
					settings: { host: '127.0.0.1', port: ports.client, ca: [certs.ca] },
					secrets: { password },
					directName: `${name}@${domain}`,
				};
			},
			roomName: (tag) => `room-${tag}-${++count}`,
			withWrongSecret: (account) => ({ ...account, secrets: { password: 'not-the-password' } }),
			withDeadServer: (account) => ({ ...account, settings: { ...account.settings, port: 9 } }),
			cutLinks: async () => {
				await running().kill();
				await running().restart();
			},
		}),
	);
}
