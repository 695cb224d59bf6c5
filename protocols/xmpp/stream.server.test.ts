import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCerts } from '../../e2e/servers/certs.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { prosodyClassic } from '../../e2e/servers/prosody-classic.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { ChatException } from '../model/errors.ts';
import { CertificateError } from './socket.ts';
import { attr, el } from './stanza.ts';
import { streamUser, type StreamUserOptions } from './testing/stream-user.ts';

type Server = Awaited<ReturnType<typeof prosody.start>>;

async function refusal(work: Promise<unknown>): Promise<string> {
	try {
		await work;
		return 'no error';
	} catch (error) {
		return error instanceof ChatException ? error.error.code : String(error);
	}
}

for (const flavour of [
	{
		title: 'XMPP stream over Prosody 13, SCRAM-SHA-256',
		kind: prosody,
		start: () => prosody.start({ hash: 'SHA-256' }),
		auth: 'SCRAM-SHA-256-PLUS',
	},
	{
		title: 'XMPP stream over Prosody 0.12, SCRAM-SHA-1',
		kind: prosodyClassic,
		start: () => prosodyClassic.start({}),
		auth: /^SCRAM-SHA-1(-PLUS)?$/,
	},
]) {
	await describeWithServers(flavour.title, [flavour.kind], () => {
		let server: Server;
		beforeAll(async () => {
			server = await flavour.start();
			await server.createUser('alice', 'pässwörd ☃');
		});
		afterAll(() => server.stop());

		const alice = (over: Partial<StreamUserOptions> = {}): ReturnType<typeof streamUser> =>
			streamUser({
				jid: `alice@${server.domain}`,
				password: 'pässwörd ☃',
				host: '127.0.0.1',
				port: server.ports.client,
				ca: [server.certs.ca],
				...over,
			});

		it('logs in by STARTTLS with the strongest mechanism and stream management', async () => {
			const user = alice();
			const session = await user.logIn();
			expect(session.kind).toBe('fresh');
			expect(session.auth).toMatch(flavour.auth);
			expect(user.stream.sm.active).toBe(true);
			expect(user.stream.security?.verifiedBy).toBe('custom-ca');
			const reply = await user.stream.iq.get(el('query', { xmlns: 'jabber:iq:roster' }));
			expect(attr(reply, 'type')).toBe('result');
			await user.stream.close(null);
			expect(await user.ended).toBeNull();
		});

		it('logs in by direct TLS', async () => {
			const user = alice({ port: server.ports.clientTls, direct: true });
			expect((await user.logIn()).kind).toBe('fresh');
			await user.stream.close(null);
		});

		it('keeps multi-byte characters whole over many records', async () => {
			const user = alice();
			await user.logIn();
			user.stream.send(el('presence'));
			const text = '€😀'.repeat(9000);
			user.stream.send(
				el('message', { to: `alice@${server.domain}`, type: 'chat', id: 'big' }, el('body', {}, text)),
				'big',
			);
			await user.until(() => user.stanzas.some((s) => attr(s, 'id') === 'big'));
			expect(user.stanzas.find((s) => attr(s, 'id') === 'big')?.getChildText('body') === text).toBe(true);
			await user.until(() => user.acked.some((a) => a.txn === 'big'));
			await user.stream.close(null);
		});

		it('resumes in a new process without losing or doubling anything', async () => {
			const first = alice();
			await first.logIn();
			first.stream.send(el('presence'));
			first.stream.send(
				el('message', { to: `alice@${server.domain}`, type: 'chat', id: 'm1' }, el('body', {}, 'one')),
				'm1',
			);
			await first.until(() => first.stanzas.some((s) => attr(s, 'id') === 'm1') && first.stream.sm.queueLength === 0);
			const saved = first.stream.sm.snapshot();
			first.stream.suspend();
			const second = alice({ resume: saved });
			const session = await second.logIn();
			expect(session.kind).toBe('resumed');
			second.stream.send(
				el('message', { to: `alice@${server.domain}`, type: 'chat', id: 'm2' }, el('body', {}, 'two')),
				'm2',
			);
			await second.until(() => second.stanzas.some((s) => attr(s, 'id') === 'm2'));
			expect(second.stanzas.filter((s) => attr(s, 'id') === 'm1')).toEqual([]);
			await second.stream.close(null);
		});

		it('writes unacknowledged messages again after resuming', async () => {
			const first = alice();
			await first.logIn();
			first.stream.send(el('presence'));
			await first.until(() => first.stream.sm.queueLength === 0);
			const saved = first.stream.sm.snapshot();
			first.stream.suspend();
			const message = el('message', { to: `alice@${server.domain}`, type: 'chat', id: 'late' }, el('body', {}, 'late'));
			const second = alice({
				resume: saved === null ? null : { ...saved, queue: [{ txn: 'late', xml: message.toString() }] },
			});
			expect((await second.logIn()).kind).toBe('resumed');
			await second.until(
				() => second.stanzas.some((s) => attr(s, 'id') === 'late') && second.acked.some((a) => a.txn === 'late'),
			);
			await second.stream.close(null);
		});

		it('starts afresh when the server has forgotten the session, naming what may be lost', async () => {
			const user = alice({
				resume: {
					id: 'gone',
					jid: `alice@${server.domain}/x`,
					location: null,
					inbound: 3,
					outbound: 0,
					queue: [{ txn: 't', xml: '<message/>' }],
				},
			});
			const session = await user.logIn();
			expect(session.kind).toBe('fresh');
			expect(session.lost.map((u) => u.txn)).toEqual(['t']);
			expect(user.stream.sm.active).toBe(true);
			await user.stream.close(null);
		});

		it('refuses a wrong password and a foreign certificate', async () => {
			expect(await refusal(alice({ password: 'wrong' }).logIn())).toBe('auth-failed');
			expect(await refusal(alice({ ca: [] }).logIn())).toBe('certificate-untrusted');
		});

		it('accepts a pinned certificate and refuses another one in its place', async () => {
			let fingerprint = '';
			try {
				await alice({ ca: [] }).logIn();
			} catch (error) {
				if (error instanceof CertificateError) fingerprint = error.certificate.fingerprint;
			}
			const pinned = alice({ ca: [], pinned: fingerprint });
			await pinned.logIn();
			expect(pinned.stream.security?.verifiedBy).toBe('pinned');
			await pinned.stream.close(null);
			const other = fingerprint.replace(/^../, (pair) => (pair === '00' ? '01' : '00'));
			expect(await refusal(alice({ ca: [], pinned: other }).logIn())).toBe('certificate-changed');
		});

		it('never writes the password or a token to the log', async () => {
			const user = alice();
			await user.logIn();
			await user.stream.close(null);
			expect(user.wire.join('\n')).not.toMatch(/pässwörd|[A-Za-z0-9+/]{40,}/);
		});
	});
}

await describeWithServers('XMPP stream over Prosody 13, FAST', [prosody], () => {
	it('logs in with a token in a later process, without the password, and recovers from a bad token', async () => {
		await using server = await prosody.start({});
		await server.createUser('bob', 'pw');
		const userAgentId = 'd4565fa7-4d72-4749-b3d3-740edbf87770';
		const bob = (over: StreamUserOptions['over']): ReturnType<typeof streamUser> =>
			streamUser({
				jid: `bob@${server.domain}`,
				password: 'pw',
				host: '127.0.0.1',
				port: server.ports.client,
				ca: [server.certs.ca],
				over: { userAgentId, ...over },
			});
		const first = bob({});
		const token = (await first.logIn()).token ?? null;
		expect(token?.mechanism).toMatch(/^HT-SHA-256/);
		await first.stream.close(null);
		const second = bob({ token, password: null });
		expect((await second.logIn()).auth).toBe(token?.mechanism);
		await second.stream.close(null);
		const third = bob({ token: token === null ? null : { ...token, token: 'wrong' } });
		expect((await third.logIn()).auth).toMatch(/^SCRAM/);
		await third.stream.close(null);
	});
});

await describeWithServers('XMPP stream over Prosody with a bad certificate', [prosody], () => {
	it.each([
		['wrongName', 'certificate-wrong-host'],
		['expired', 'certificate-expired'],
		['selfSigned', 'certificate-untrusted'],
	] as const)('%s is refused as %s before any credentials', async (name, code) => {
		const dir = await mkdtemp(join(tmpdir(), 'parley-xmpp-'));
		const certs = await createCerts(dir);
		await using server = await prosody.start({ certs, credential: certs[name] });
		for (const direct of [false, true]) {
			const user = streamUser({
				jid: `bob@${server.domain}`,
				password: 'pw',
				host: '127.0.0.1',
				port: direct ? server.ports.clientTls : server.ports.client,
				direct,
				ca: [certs.ca],
			});
			expect(await refusal(user.logIn())).toBe(code);
			expect(user.wire.filter((line) => line.startsWith('out') && !line.includes('starttls'))).toEqual([]);
		}
		await rm(dir, { recursive: true, force: true });
	});
});

await describeWithServers('XMPP stream over Prosody that lost its encryption', [prosody], () => {
	it('gets no credentials', async () => {
		await using server = await prosody.start({ encryption: 'none' });
		await server.createUser('bob', 'pw');
		const user = streamUser({
			jid: `bob@${server.domain}`,
			password: 'pw',
			host: '127.0.0.1',
			port: server.ports.client,
			ca: [server.certs.ca],
		});
		expect(await refusal(user.logIn())).toBe('tls-required');
		expect(user.wire.filter((line) => line.startsWith('out'))).toEqual([]);
	});
});
