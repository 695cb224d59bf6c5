import { expect, test } from 'vitest';
import type { ForeignAccount, ForeignProfile } from '../../protocols/import/foreign.ts';
import { startTestEngine } from '../../protocols/testkit/engine-harness.ts';
import type { TestClient, TestEngine } from '../../protocols/testkit/engine-harness.ts';
import { FakeClock } from '../../protocols/testkit/fake-clock.ts';
import { FakeNetwork } from '../../protocols/testkit/fake-network.ts';
import { openStoreInProcess } from '../store/open-in-process.ts';
import type { Store } from '../store/store.ts';

const foreign = (address: string, over: Partial<ForeignAccount> = {}): ForeignAccount => ({
	protocol: 'fake',
	label: address,
	values: { address },
	secrets: { password: 'pw' },
	lockedSecret: false,
	rooms: [],
	contacts: [],
	...over,
});

async function withProfile(
	profile: Partial<ForeignProfile>,
	store?: Store,
): Promise<{ t: TestEngine; client: TestClient }> {
	const clock = new FakeClock();
	const network = new FakeNetwork(clock);
	for (const name of ['me', 'me2', 'bob', 'bob2']) network.addUser(name);
	const t = await startTestEngine({
		clock,
		network,
		...(store === undefined ? {} : { store }),
		foreignProfiles: [{ program: 'pidgin', accounts: [], persons: [], skipped: [], ...profile }],
	});
	return { t, client: await t.connect() };
}

async function begin({ rpc }: TestClient, at: number, withSecret: boolean) {
	const { offers } = await rpc.query('import.scan', {});
	return rpc.command('account.importStart', { offerId: offers[at]?.id ?? '', withSecret });
}

test('offers say what there is, and never a secret', async () => {
	const { client } = await withProfile({
		accounts: [foreign('me', { secrets: { password: 'very secret' } }), foreign('x', { protocol: 'other' })],
		skipped: ['12345 (icq)'],
	});
	const found = await client.rpc.query('import.scan', {});
	expect(found.offers).toMatchObject([
		{ program: 'pidgin', protocol: 'fake', address: 'me', isSupported: true, hasSecret: true, rooms: 0 },
		{ protocol: 'other', isSupported: false },
	]);
	expect(found.skipped).toEqual([{ program: 'pidgin', name: '12345 (icq)' }]);
	expect(JSON.stringify(found)).not.toContain('very secret');
});

test('an account whose questions are all answered is there at once', async () => {
	const { t, client } = await withProfile({ accounts: [foreign('me')] });
	expect(await begin(client, 0, true)).toMatchObject({ step: { kind: 'done' } });
	await t.advance(50);
	expect((await t.boot(client)).accounts).toMatchObject([{ address: 'me', connection: { kind: 'online' } }]);
});

test.each([
	['without the password, by the wish of the user', foreign('me'), false],
	['with a password that only the other program can read', foreign('me', { secrets: {}, lockedSecret: true }), true],
])('%s the user is asked for it, in a form that is filled in', async (_, account, withSecret) => {
	const { t, client } = await withProfile({ accounts: [account] });
	const progress = await begin(client, 0, withSecret);
	expect(progress.step).toMatchObject({
		kind: 'input',
		fields: [
			{ id: 'address', value: 'me' },
			{ id: 'password', value: '' },
		],
	});
	const { loginId } = progress;
	const done = await client.rpc.command('account.loginSubmit', { loginId, values: { address: 'me', password: 'pw' } });
	expect(done.step.kind).toBe('done');
	await t.advance(50);
	expect((await t.boot(client)).accounts).toHaveLength(1);
});

test('a password that is wrong by now is asked for, once', async () => {
	const { client } = await withProfile({ accounts: [foreign('me', { secrets: { password: 'old one' } })] });
	const { step } = await begin(client, 0, true);
	expect(step).toMatchObject({
		kind: 'input',
		fields: [{ id: 'address' }, { id: 'password', value: '', error: { code: 'auth-failed' } }],
	});
	expect(JSON.stringify(step)).not.toContain('old one');
});

test('rooms and people come along, once the account is online', async () => {
	const { t, client } = await withProfile({
		accounts: [
			foreign('me', {
				rooms: [
					{ name: 'den', password: null },
					{ name: 'nowhere', password: 'x' },
				],
				contacts: [{ address: 'bob', name: 'Bobby', groups: ['Friends'] }],
			}),
		],
	});
	t.network.addRoom('den', 'bob');
	await begin(client, 0, true);
	await t.advance(30_000);
	const { contacts, conversations } = await t.boot(client);
	expect(contacts).toMatchObject([{ remoteId: 'bob', name: 'Bobby', groups: ['Friends'], onRoster: true }]);
	expect(conversations.map(({ remoteId }) => remoteId)).toContain('den');
	expect(t.problems.filter((problem) => !problem.includes('not taken over'))).toEqual([]);
});

test('what could not be taken over yet waits for the next connection, also over a restart', async () => {
	const base = await openStoreInProcess();
	const { t, client } = await withProfile(
		{ accounts: [foreign('me', { contacts: [{ address: 'bob', name: null, groups: [] }] })] },
		{ ...base, close: () => Promise.resolve() },
	);
	t.network.reachable = false;
	await begin(client, 0, true);
	await t.advance(1000);
	expect((await t.boot(client)).contacts).toEqual([]);
	await t.engine.stop();
	t.network.reachable = true;
	const again = await startTestEngine({ clock: t.clock, network: t.network, store: base, secrets: t.secrets });
	const window = await again.connect();
	await again.advance(60_000);
	expect((await again.boot(window)).contacts).toMatchObject([{ remoteId: 'bob' }]);
});

test('those who were one person in the other program are one here, when their accounts are', async () => {
	const { t, client } = await withProfile({
		accounts: [
			foreign('me', { contacts: [{ address: 'bob', name: null, groups: [] }] }),
			foreign('me2', { contacts: [{ address: 'bob2', name: null, groups: [] }] }),
		],
		persons: [
			{
				name: 'Bob',
				contacts: [
					{ account: 0, address: 'bob' },
					{ account: 1, address: 'bob2' },
				],
			},
		],
	});
	const { offers } = await client.rpc.query('import.scan', {});
	for (const { id } of offers) {
		await client.rpc.command('account.importStart', { offerId: id, withSecret: true });
		await t.advance(1000);
	}
	await t.advance(30_000);
	const { persons, contacts } = await t.boot(client);
	expect(persons).toMatchObject([{ name: 'Bob' }]);
	expect(contacts.map(({ remoteId, personId }) => [remoteId, personId])).toEqual(
		expect.arrayContaining([
			['bob', persons[0]?.id],
			['bob2', persons[0]?.id],
		]),
	);
});

test('offers are void after a while, and after the next look', async () => {
	const { t, client } = await withProfile({ accounts: [foreign('me')] });
	const { offers } = await client.rpc.query('import.scan', {});
	const start = () => client.rpc.command('account.importStart', { offerId: offers[0]?.id ?? '', withSecret: true });
	await client.rpc.query('import.scan', {});
	await expect(start()).rejects.toMatchObject({ error: { code: 'session-expired' } });
	const later = await client.rpc.query('import.scan', {});
	await t.advance(31 * 60_000);
	await expect(
		client.rpc.command('account.importStart', { offerId: later.offers[0]?.id ?? '', withSecret: true }),
	).rejects.toMatchObject({ error: { code: 'session-expired' } });
});
