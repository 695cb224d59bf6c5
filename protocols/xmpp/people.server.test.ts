import { afterAll, beforeAll, expect, it } from 'vitest';
import { ejabberd, type EjabberdServer } from '../../e2e/servers/ejabberd.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { prosodyClassic } from '../../e2e/servers/prosody-classic.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { Accounts } from './testing/account-user.ts';

await describeWithServers('XMPP directory of people on ejabberd', [ejabberd], () => {
	let server: EjabberdServer;
	const accounts = new Accounts(() => server);
	beforeAll(async () => {
		server = await ejabberd.start({});
	});
	afterAll(async () => {
		await accounts.stop();
		await server.stop();
	});

	it('finds who published a card (XEP-0055 over vcard-temp)', async () => {
		const seeker = await accounts.user('seeker');
		const found = await accounts.user('findable');
		await found.must({
			type: 'raw',
			text: '<iq type="set"><vCard xmlns="vcard-temp"><FN>Zoe Quite</FN><NICKNAME>zoequite</NICKNAME></vCard></iq>',
		});
		const people = await seeker.adapter.directory?.people?.('zoequite', AbortSignal.timeout(10_000));
		expect(people).toEqual([{ remoteId: found.address, name: 'zoequite', address: found.address }]);
	});
});

for (const { title, kind, start } of [
	{ title: 'Prosody 13', kind: prosody, start: () => prosody.start({ hash: 'SHA-256' }) },
	{ title: 'Prosody 0.12', kind: prosodyClassic, start: () => prosodyClassic.start({}) },
]) {
	await describeWithServers(`XMPP without a directory of people on ${title}`, [kind], () => {
		let server: Awaited<ReturnType<typeof start>>;
		const accounts = new Accounts(() => server);
		beforeAll(async () => {
			server = await start();
		});
		afterAll(async () => {
			await accounts.stop();
			await server.stop();
		});

		it('says so before anyone searches, and to whoever does', async () => {
			const seeker = await accounts.user('seeker');
			const told = seeker.context.of('account-capabilities').at(-1)?.capabilities.searchPeople;
			expect(told).toEqual({ level: 'rejected', reason: 'server' });
			await expect(seeker.adapter.directory?.people?.('ann', AbortSignal.timeout(5000))).rejects.toMatchObject({
				error: { code: 'unsupported' },
			});
		});
	});
}
