/** Adding an account on real servers. */
import { expect, it } from 'vitest';
import { ergo } from '../../e2e/servers/ergo.ts';
import { inspircd } from '../../e2e/servers/inspircd.ts';
import { ngircd } from '../../e2e/servers/ngircd.ts';
import { soju } from '../../e2e/servers/soju.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { LoginStep } from '../adapter/login.ts';
import { systemClock, systemRandom } from '../adapter/system.ts';
import { ircFactory } from './index.ts';
import { LiveClient } from './testing/live-client.ts';

const nothing = () => undefined;
const context = (extraCa: readonly string[]) => ({
	clock: systemClock,
	random: systemRandom,
	log: { debug: nothing, info: nothing, warn: nothing, error: nothing, wire: nothing },
	extraCa,
	client: { name: 'Parley', version: 'test' },
	progress: nothing,
});
const signal = new AbortController().signal;

/** What the form made is enough to be online. */
async function prove(step: LoginStep, extraCa: readonly string[]): Promise<LiveClient> {
	if (step.kind !== 'done') throw new Error(JSON.stringify(step));
	const client = await new LiveClient(step.account.settings, step.account.secrets, extraCa).online();
	return client;
}

await describeWithServers('Ergo', [ergo], () => {
	it('STS turns a plain address into TLS, wrong password is marked, the right one logs in', async () => {
		const server = await ergo.start({ sts: true });
		await server.createUser('alice', 'secret-of-alice');
		const session = ircFactory.startLogin('login', context([server.certs.ca]));
		const form = { address: `localhost:${server.ports.plain}`, tls: 'false', nick: 'alice', account: 'alice' };
		const wrong = await session.submit({ ...form, password: 'nope' }, signal);
		expect(wrong.kind === 'input' && wrong.fields.find((field) => field.id === 'password')?.error?.code).toBe(
			'auth-failed',
		);
		const step = await session.submit({ ...form, password: 'secret-of-alice' }, signal);
		expect(step).toMatchObject({
			kind: 'done',
			account: { label: 'ErgoTest', settings: { tls: true, port: server.ports.tls } },
		});
		const alice = await prove(step, [server.certs.ca]);
		expect(alice.auth).toBe('SCRAM-SHA-256');
		await alice.stop();
		await server.stop();
	});

	it('an unknown authority is a question; accepting it pins the certificate', async () => {
		const server = await ergo.start();
		const session = ircFactory.startLogin('login', context([]));
		const question = await session.submit({ address: `localhost:+${server.ports.tls}`, nick: 'alice' }, signal);
		expect(question).toMatchObject({ kind: 'question', question: { kind: 'certificate', problem: 'untrusted' } });
		const refused = await session.submit({ accept: 'false' }, signal);
		expect(refused).toMatchObject({ kind: 'input' });
		await session.submit({ address: `localhost:+${server.ports.tls}`, nick: 'alice' }, signal);
		const alice = await prove(await session.submit({ accept: 'true' }, signal), []);
		expect(alice.context.of('security').at(-1)?.security.verifiedBy).toBe('pinned');
		await alice.stop();
		await server.stop();
	});
});

await describeWithServers('other networks', [inspircd, ngircd, soju], () => {
	it('InspIRCd with Anope, ngIRCd with a password, soju: the same form', async () => {
		const classic = await inspircd.start({ services: true });
		await classic.createUser('alice', 'secret-of-alice');
		const old = await ngircd.start({ password: 'server-secret' });
		const bouncer = await soju.start();
		await bouncer.createUser('alice', 'secret-of-alice', [
			{ name: 'net', port: old.ports['plain'] ?? 0, nick: 'alice' },
		]);
		for (const [server, form] of [
			[classic, { account: 'alice', password: 'secret-of-alice' }],
			[old, { serverPassword: 'server-secret' }],
			[bouncer, { account: 'alice', password: 'secret-of-alice' }],
		] as const) {
			const session = ircFactory.startLogin('login', context([server.certs.ca]));
			const step = await session.submit(
				{ address: `localhost:+${server.ports['tls'] ?? 0}`, nick: 'alice', ...form },
				signal,
			);
			const alice = await prove(step, [server.certs.ca]);
			expect(alice.context.of('self').at(-1)?.name).toBe('alice');
			await alice.stop();
		}
		for (const server of [bouncer, old, classic]) await server.stop();
	});
});
