import { expect, test } from 'vitest';
import type { LoginContext } from '../protocols/adapter/login.ts';
import { createFakeFactory } from '../protocols/testkit/fake-factory.ts';
import { FakeClock } from '../protocols/testkit/fake-clock.ts';
import { FakeNetwork } from '../protocols/testkit/fake-network.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import type { TestClient } from '../protocols/testkit/engine-harness.ts';

const progressOf = (client: TestClient): readonly unknown[] => client.ops.filter((op) => op.op === 'login.progress');

/** A login whose check waits at a gate, and that talks before, during and after it. */
async function slowLogin() {
	const clock = new FakeClock();
	const network = new FakeNetwork(clock);
	network.addUser('me');
	const gate = Promise.withResolvers<undefined>();
	const fake = createFakeFactory(network);
	let context: LoginContext | undefined;
	const t = await startTestEngine({
		clock,
		network,
		protocols: new Map([
			[
				'fake',
				{
					...fake,
					startLogin: (flow: string, given: LoginContext) => {
						context = given;
						const session = fake.startLogin(flow, given);
						return {
							begin: () => session.begin(),
							validate: (field: string, value: string, signal: AbortSignal) => session.validate(field, value, signal),
							close: () => session.close(),
							submit: async (values: Readonly<Record<string, string>>, signal: AbortSignal) => {
								given.progress('connecting');
								await gate.promise;
								return session.submit(values, signal);
							},
						};
					},
				},
			],
		]),
	});
	const client = await t.connect();
	const { loginId } = await client.rpc.command('account.loginStart', { protocol: 'fake', flow: 'password' });
	return { t, client, loginId, gate, say: (key: string) => context?.progress(key) };
}

test('what a login does is told while it is checked, and taken back with the answer', async () => {
	const { t, client, loginId, gate, say } = await slowLogin();
	say('discovering');
	await t.advance(50);
	expect(progressOf(client)).toEqual([]);

	const answer = client.rpc.command('account.loginSubmit', { loginId, values: { address: 'me', password: 'no' } });
	await t.advance(50);
	say('authenticating');
	await t.advance(50);
	expect(progressOf(client)).toEqual([
		{ op: 'login.progress', loginId, key: 'connecting' },
		{ op: 'login.progress', loginId, key: 'authenticating' },
	]);

	gate.resolve(undefined);
	await answer;
	await t.advance(50);
	say('authenticating');
	await t.advance(50);
	expect(progressOf(client).slice(2)).toEqual([{ op: 'login.progress', loginId, key: null }]);
});

test('a cancelled login says nothing more', async () => {
	const { t, client, loginId, gate, say } = await slowLogin();
	const answer = client.rpc.command('account.loginSubmit', { loginId, values: { address: 'me', password: 'no' } });
	await t.advance(50);
	await client.rpc.command('account.loginCancel', { loginId });
	say('authenticating');
	gate.resolve(undefined);
	await answer;
	await t.advance(50);
	expect(progressOf(client)).toEqual([
		{ op: 'login.progress', loginId, key: 'connecting' },
		{ op: 'login.progress', loginId, key: null },
	]);
});
