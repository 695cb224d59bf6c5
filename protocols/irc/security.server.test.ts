/** TLS, certificates, STS and every way of logging in, against real servers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Certs, createCerts } from '../../e2e/servers/certs.ts';
import { type ErgoServer, ergo } from '../../e2e/servers/ergo.ts';
import { type InspircdServer, inspircd } from '../../e2e/servers/inspircd.ts';
import { ngircd } from '../../e2e/servers/ngircd.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { LiveClient } from './testing/live-client.ts';

const clients: LiveClient[] = [];
const client = (...args: ConstructorParameters<typeof LiveClient>): LiveClient => {
	const made = new LiveClient(...args);
	clients.push(made);
	return made;
};
afterEach(async () => {
	for (const made of clients.splice(0)) await made.stop();
});

await describeWithServers('Ergo', [ergo], () => {
	let server: ErgoServer;
	let settings: { host: string; port: number; nick: string; account: string };
	beforeAll(async () => {
		server = await ergo.start({ sts: true });
		await server.createUser('alice', 'secret-of-alice', { certificate: server.certs.client });
		settings = { host: 'localhost', port: server.ports.tls, nick: 'alice', account: 'alice' };
	});
	afterAll(() => server.stop());
	const secrets = { password: 'secret-of-alice' };

	it('SCRAM-SHA-256 is chosen and the server proves itself', async () => {
		const alice = await client(settings, secrets, [server.certs.ca]).online();
		expect(alice.auth).toBe('SCRAM-SHA-256');
		expect(alice.context.of('security').at(-1)?.security).toMatchObject({
			encrypted: true,
			verifiedBy: 'custom-ca',
			protocol: 'TLSv1.3',
		});
		const sent = alice.context.logLines.filter((line) => line.direction === 'out').map((line) => line.text);
		expect(sent).toContain('AUTHENTICATE SCRAM-SHA-256');
		expect(sent.join('\n')).not.toContain('secret-of-alice');
	});

	it.each(['PLAIN', 'SCRAM-SHA-256'] as const)(
		'%s works when chosen, and a wrong password is told as such',
		async (mechanism) => {
			const alice = await client({ ...settings, mechanism }, secrets, [server.certs.ca]).online();
			expect(alice.auth).toBe(mechanism);
			const wrong = client({ ...settings, nick: 'wrong', mechanism }, { password: 'not-it' }, [server.certs.ca]);
			expect(await wrong.attempt()).toMatchObject({
				kind: 'failed',
				error: { code: 'auth-failed', userAction: 'check-password' },
			});
		},
	);

	it('EXTERNAL logs in by client certificate', async () => {
		const { certificate, key } = server.certs.client;
		const alice = await client(settings, { 'client-certificate': certificate, 'client-key': key }, [
			server.certs.ca,
		]).online();
		expect(alice.auth).toBe('EXTERNAL');
	});

	it('SCRAM works without encryption, the password stays at home', async () => {
		const plain = await ergo.start();
		await plain.createUser('alice', 'secret-of-alice');
		const alice = await client({ ...settings, tls: false, port: plain.ports.plain }, secrets).online();
		expect(alice.auth).toBe('SCRAM-SHA-256');
		await alice.stop();
		await plain.stop();
	});

	it('STS: the plain port leads to TLS, and afterwards TLS is used at once', async () => {
		const alice = client(
			{ ...settings, tls: false, port: server.ports.plain },
			{ ...secrets, 'server-password': 'never-in-clear' },
			[server.certs.ca],
		);
		await alice.online();
		expect(alice.context.of('security').at(-1)?.security.encrypted).toBe(true);
		const lines = alice.context.logLines.map((line) => `${line.direction} ${line.text}`);
		const upgrade = lines.findIndex((line) => line.startsWith('note the server wants TLS'));
		expect(lines.slice(0, upgrade).filter((line) => line.startsWith('out'))).toEqual(['out CAP LS 302']);
		await alice.restart();
		await alice.online();
		expect(alice.context.logLines.some((line) => line.text.startsWith('the server wants TLS'))).toBe(false);
		expect(alice.context.of('security').at(-1)?.security.encrypted).toBe(true);
	});

	it('an account-wide authority is enough', async () => {
		const alice = await client({ ...settings, ca: server.certs.ca }, secrets).online();
		expect(alice.context.of('security').at(-1)?.security.verifiedBy).toBe('custom-ca');
	});
});

await describeWithServers('certificates', [ergo], () => {
	let certs: Certs;
	let dir: string;
	beforeAll(async () => {
		dir = await mkdtemp(path.join(tmpdir(), 'parley-certs-'));
		certs = await createCerts(dir);
	});
	afterAll(() => rm(dir, { recursive: true, force: true }));

	it.each([
		['selfSigned', 'certificate-untrusted', 'untrusted'],
		['expired', 'certificate-expired', 'expired'],
		['wrongName', 'certificate-wrong-host', 'wrong-host'],
	] as const)(
		'%s: refused before a word is said, shown, accepted once, then remembered',
		async (which, code, problem) => {
			const server = await ergo.start({ certs, credential: certs[which] });
			const alice = client({ port: server.ports.tls, nick: 'alice' }, {}, [certs.ca]);
			expect(await alice.attempt()).toMatchObject({
				kind: 'failed',
				error: { code, retry: 'never', userAction: 'review-certificate' },
			});
			expect(alice.context.logLines.filter((line) => line.direction === 'out')).toEqual([]);
			const asked = alice.context.of('decision-needed')[0];
			expect(asked?.question).toMatchObject({ kind: 'certificate', problem, host: 'localhost', previous: null });
			const fingerprint = asked?.question.kind === 'certificate' ? asked.question.fingerprint : '';
			expect(fingerprint.replaceAll(':', '').toLowerCase()).toBe(certs[which].fingerprint);
			if (asked === undefined) return;
			await alice.do({ type: 'answer-decision', decision: asked.id, answer: { kind: 'certificate', accept: true } });
			await alice.online();
			expect(alice.context.of('security').at(-1)?.security.verifiedBy).toBe('pinned');
			await alice.stop();
			await server.stop();
		},
	);

	it('another certificate under the same pin is a change, not a first use', async () => {
		const server = await ergo.start({ certs, credential: certs.selfSigned });
		const alice = client({ port: server.ports.tls, nick: 'alice', pinned: 'AA:BB' }, {}, []);
		expect(await alice.attempt()).toMatchObject({ kind: 'failed', error: { code: 'certificate-changed' } });
		expect(alice.context.of('decision-needed')[0]?.question).toMatchObject({ problem: 'changed', previous: 'AA:BB' });
		await server.stop();
	});

	it('an unknown authority is refused', async () => {
		const server = await ergo.start({ certs });
		expect(await client({ port: server.ports.tls, nick: 'alice' }).attempt()).toMatchObject({
			kind: 'failed',
			error: { code: 'certificate-untrusted' },
		});
		await server.stop();
	});

	it('TLS to a port without it, an unknown name and a closed port are told apart', async () => {
		const server = await ergo.start({ certs });
		expect(await client({ port: server.ports.plain, nick: 'alice' }).attempt()).toMatchObject({
			kind: 'failed',
			error: { source: expect.stringMatching(/tls|network|server/) as string },
		});
		expect(await client({ host: 'nowhere.invalid', port: 6697, nick: 'alice' }).attempt()).toMatchObject({
			kind: 'failed',
			error: { source: 'network' },
		});
		expect(await client({ host: '127.0.0.1', port: 1, nick: 'alice' }).attempt()).toMatchObject({
			kind: 'failed',
			error: { code: 'connection-refused' },
		});
		await server.stop();
	});
});

await describeWithServers('InspIRCd with Anope', [inspircd], () => {
	let server: InspircdServer;
	beforeAll(async () => {
		server = await inspircd.start({ services: true });
		await server.createUser('alice', 'secret-of-alice', { certificate: server.certs.client });
	});
	afterAll(() => server.stop());

	it('PLAIN and EXTERNAL through services', async () => {
		const settings = { port: server.ports.tls, nick: 'alice', account: 'alice' };
		const alice = await client(settings, { password: 'secret-of-alice' }, [server.certs.ca]).online();
		expect(alice.auth).toBe('PLAIN');
		await alice.stop();
		const { certificate, key } = server.certs.client;
		const again = await client(settings, { 'client-certificate': certificate, 'client-key': key }, [
			server.certs.ca,
		]).online();
		expect(again.auth).toBe('EXTERNAL');
	});
});

await describeWithServers('ngIRCd', [ngircd], () => {
	it('has no SASL and no NickServ: logging in is impossible, chatting is not', async () => {
		const server = await ngircd.start();
		const alice = await client(
			{ port: server.ports.tls, nick: 'alice', account: 'alice' },
			{ password: 'unused-secret' },
			[server.certs.ca],
		).online();
		expect(alice.context.logLines.map((line) => line.text).join('\n')).not.toContain('unused-secret');
		await alice.join('#a');
		await alice.stop();
		await server.stop();
	});
});
