import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { createCerts } from './certs.ts';
import { ejabberd } from './ejabberd.ts';
import { ergo } from './ergo.ts';
import { inspircd } from './inspircd.ts';
import { IrcProbe } from './irc-probe.ts';
import { ngircd } from './ngircd.ts';
import { prosody } from './prosody.ts';
import { prosodyClassic } from './prosody-classic.ts';
import { serverFolder, type TestServer } from './server.ts';
import { accepts } from './server-process.ts';
import { soju } from './soju.ts';
import { describeWithServers } from './suite.ts';
import { synapse } from './synapse.ts';

/** What every server has to get right, whatever it speaks. */
async function expectLifecycle(server: TestServer, port: number): Promise<void> {
	const first = server.pid;
	await server.kill();
	expect(server.running).toBe(false);
	expect(await accepts(port)).toBe(false);
	await server.restart();
	expect(server.running).toBe(true);
	expect(server.pid).not.toBe(first);
	expect(await accepts(port)).toBe(true);
	await server.stop();
	expect(await accepts(port)).toBe(false);
}

/** Result of an IRC login by SASL: the first of 900 (logged in) and 904 (refused). */
async function sasl(probe: IrcProbe, mechanism: string, message: string): Promise<string> {
	probe.send('CAP LS 302', 'CAP REQ sasl', `NICK s${Math.floor(performance.now())}`, 'USER s 0 * :s');
	await probe.line((line) => / ACK /.test(line), 'the capability');
	probe.send(`AUTHENTICATE ${mechanism}`);
	await probe.line((line) => line.endsWith('AUTHENTICATE +') || line.endsWith('AUTHENTICATE :+'), 'the challenge');
	probe.send(`AUTHENTICATE ${message}`);
	const line = await probe.line((one) => / 90[04] /.test(one), 'the result');
	probe.close();
	return / 900 /.test(line) ? 'in' : 'refused';
}

const plain = (user: string, password: string): string =>
	Buffer.from(`\0${user}\0${password}`, 'utf8').toString('base64');

await describeWithServers('Ergo', [ergo], () => {
	test('accounts, client certificates, restart', async () => {
		const server = await ergo.start();
		await server.createUser('alice', 'secret', { certificate: server.certs.client });
		const overTls = { port: server.ports.tls, ca: server.certs.ca };
		expect(await sasl(await IrcProbe.connect(overTls), 'PLAIN', plain('alice', 'secret'))).toBe('in');
		expect(await sasl(await IrcProbe.connect(overTls), 'PLAIN', plain('alice', 'wrong'))).toBe('refused');
		const certificate = server.certs.client;
		expect(await sasl(await IrcProbe.connect({ ...overTls, certificate }), 'EXTERNAL', '+')).toBe('in');
		await server.restart();
		expect(await sasl(await IrcProbe.connect(overTls), 'PLAIN', plain('alice', 'secret'))).toBe('in');
		await expectLifecycle(server, server.ports.plain);
	});

	test('variants: STS, a bad certificate, two instances at once', async () => {
		const { dir } = await serverFolder('certs');
		const certs = await createCerts(dir);
		const [strict, expired] = await Promise.all([
			ergo.start({ certs, sts: true, history: false }),
			ergo.start({ certs, credential: certs.expired, fakelag: true }),
		]);
		const probe = await IrcProbe.connect({ port: strict.ports.plain });
		probe.send('CAP LS 302');
		const policy = await probe.line((line) => line.includes('sts='), 'STS');
		expect(policy).toMatch(new RegExp(`sts=\\S*port=${strict.ports.tls}`));
		probe.close();
		const refused = IrcProbe.connect({ port: expired.ports.tls, ca: certs.ca });
		await expect(refused).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
		await Promise.all([strict.stop(), expired.stop()]);
	});
});

await describeWithServers('InspIRCd with Anope', [inspircd], () => {
	test('services accounts, client certificates, restart', async () => {
		const server = await inspircd.start();
		const certificate = server.certs.client;
		await server.createUser('alice', 'secret', { certificate });
		const overTls = { port: server.ports.tls, ca: server.certs.ca };
		expect(await sasl(await IrcProbe.connect(overTls), 'PLAIN', plain('alice', 'secret'))).toBe('in');
		expect(await sasl(await IrcProbe.connect({ ...overTls, certificate }), 'EXTERNAL', '+')).toBe('in');
		await server.restart();
		expect(await sasl(await IrcProbe.connect(overTls), 'PLAIN', plain('alice', 'secret'))).toBe('in');
		expect(await sasl(await IrcProbe.connect(overTls), 'PLAIN', plain('alice', 'wrong'))).toBe('refused');
		await expectLifecycle(server, server.ports.plain);
	});

	test('with flood limits a client that sends too fast is cut off', async () => {
		const server = await inspircd.start({ services: false, floodLimits: true });
		const probe = await IrcProbe.login({ port: server.ports.plain }, 'flooder');
		for (let line = 0; line < 1500; line++) probe.send(`PRIVMSG flooder :line ${line}`);
		// The connection is reset, which usually swallows the ERROR line.
		await expect(probe.line((line) => line.includes('line 1499'), 'the last line')).rejects.toThrow(
			'connection closed',
		);
		await server.stop();
	});
});

await describeWithServers('ngIRCd', [ngircd], () => {
	test('clear text, TLS, server password', async () => {
		const server = await ngircd.start({ password: 'letmein' });
		await expect(IrcProbe.login({ port: server.ports.plain }, 'alice')).rejects.toThrow();
		const probe = await IrcProbe.connect({ port: server.ports.tls, ca: server.certs.ca });
		probe.send('PASS letmein', 'NICK alice', 'USER alice 0 * :Alice');
		await expect(probe.line((line) => / 001 alice /.test(line), 'the welcome')).resolves.toContain('alice');
		probe.close();
		await expectLifecycle(server, server.ports.plain);
	});
});

await describeWithServers('soju', [soju, ergo], () => {
	test('a user stays connected to its network', async () => {
		const network = await ergo.start();
		const bouncer = await soju.start();
		await bouncer.createUser('alice', 'bouncerpass', [{ name: 'net', port: network.ports.plain, nick: 'alices' }]);
		const watcher = await IrcProbe.login({ port: network.ports.plain }, 'watcher');
		watcher.send('MONITOR + alices');
		await expect(watcher.line((line) => / 730 .*alices/.test(line), 'the bouncer to come')).resolves.toContain(
			'alices',
		);
		watcher.close();
		const probe = await IrcProbe.connect({ port: bouncer.ports.tls, ca: bouncer.certs.ca });
		probe.send('PASS bouncerpass', 'NICK alice', 'USER alice/net 0 * :Alice');
		await expect(probe.line((line) => / 001 alices /.test(line), 'the welcome')).resolves.toContain('alices');
		probe.close();
		await expectLifecycle(bouncer, bouncer.ports.plain);
		await network.stop();
	});
});

const logins = [
	{ definition: prosody, offers: 'urn:xmpp:sasl:2' },
	{ definition: prosodyClassic, offers: '<mechanism>SCRAM-SHA-1</mechanism>' },
	{ definition: ejabberd, offers: '<mechanism>SCRAM-SHA-256-PLUS</mechanism>' },
];
for (const { definition, offers } of logins) {
	await describeWithServers(definition.name, [definition], () => {
		test('serves TLS on the direct port, keeps accounts, restarts', async () => {
			const server = await definition.start();
			await server.createUser('alice', 'secret');
			const client = connect({
				host: server.host,
				port: server.ports.clientTls,
				servername: server.domain,
				ca: server.certs.ca,
			});
			const features = await new Promise<string>((resolve, reject) => {
				let text = '';
				client.once('error', reject);
				client.once('secureConnect', () => {
					client.write(
						`<stream:stream to='${server.domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
					);
				});
				client.on('data', (chunk: Buffer) => {
					text += chunk.toString('utf8');
					if (text.includes('</stream:features>')) resolve(text);
				});
			});
			client.destroy();
			expect(features).toContain(offers);
			expect(definition === prosodyClassic && features.includes('urn:xmpp:sasl:2')).toBe(false);
			await expectLifecycle(server, server.ports.client);
		});
	});
}

await describeWithServers('Synapse', [synapse], () => {
	test('users, login, limits, restart', async () => {
		const server = await synapse.start({ rateLimits: 'small' });
		const made = await server.createUser('alice', 'secret');
		expect(made.userId).toBe('@alice:matrix.test');
		const login = async (password: string): Promise<number> => {
			const identifier = { type: 'm.id.user', user: 'alice' };
			const body = JSON.stringify({ type: 'm.login.password', identifier, password });
			return (await fetch(`${server.url}/_matrix/client/v3/login`, { method: 'POST', body })).status;
		};
		expect(await login('secret')).toBe(200);
		const wrong: number[] = [];
		for (let attempt = 0; attempt < 8; attempt++) wrong.push(await login('wrong'));
		expect(new Set(wrong)).toEqual(new Set([403, 429]));
		await server.restart();
		const whoami = await fetch(`${server.url}/_matrix/client/v3/account/whoami`, {
			headers: { authorization: `Bearer ${made.accessToken}` },
		});
		expect(whoami.status).toBe(200);
		await expectLifecycle(server, server.ports.client);
	});
});
