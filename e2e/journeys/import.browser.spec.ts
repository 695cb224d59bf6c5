/** Coming from another program: its account, rooms and people are here after a few clicks, on a real server. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ergo } from '../servers/ergo.ts';
import { axeFindings } from './axe.ts';
import { expect, test } from './fixture.ts';
import { ircLabel, openIrc, user } from './networks.ts';
import { ParleyWindow } from './window.ts';
import { needServers, Stops } from './with-servers.ts';

const stops = new Stops();
test.beforeAll(() => needServers([ergo]));
test.afterAll(() => stops.stop());

test('from Pidgin, with the password by the wish of the user, and what HexChat keeps beside it', async ({
	startParley,
	profile,
}) => {
	const network = await openIrc(profile, stops);
	const { tls } = network.server.ports;
	await network.connect();
	const home = join(profile, 'home');
	await mkdir(join(home, '.purple'), { recursive: true });
	await mkdir(join(home, '.config', 'hexchat'), { recursive: true });
	await writeFile(
		join(home, '.purple', 'accounts.xml'),
		`<account version='1.0'>
			<account><protocol>prpl-irc</protocol><name>${user.name}@localhost</name><password>${user.password}</password>
				<settings><setting name='port' type='int'>${tls}</setting><setting name='ssl' type='bool'>1</setting>
				<setting name='sasl' type='bool'>1</setting></settings></account>
			<account><protocol>prpl-icq</protocol><name>12345</name></account>
		</account>`,
	);
	await writeFile(
		join(home, '.purple', 'blist.xml'),
		`<purple version='1.0'><blist><group name='Friends'>
			<contact><buddy account='${user.name}@localhost' proto='prpl-irc'><name>wim</name><alias>Willem</alias></buddy></contact>
			<chat proto='prpl-irc' account='${user.name}@localhost'><component name='channel'>${network.channel}</component>
				<setting name='gtk-autojoin' type='bool'>1</setting></chat>
		</group></blist></purple>`,
	);
	await writeFile(
		join(home, '.config', 'hexchat', 'servlist.conf'),
		'N=Example Net\nF=8\nI=vera\nS=irc.example.org/+6697\nJ=#tea\n',
	);

	const { page } = await startParley({ protocols: 'real', env: { HOME: home, XDG_CONFIG_HOME: '' } });
	const window = new ParleyWindow(page);
	await page.getByRole('button', { name: 'Take over accounts from another program…' }).click();
	const list = page.getByRole('list', { name: 'Accounts of other programs' });
	const offer = list.getByRole('listitem').filter({ hasText: `${user.name}@localhost` });
	await expect(offer).toContainText('From Pidgin');
	await expect(list.getByRole('listitem').filter({ hasText: 'Example Net' })).toContainText('1 room');
	await expect(page.getByText('12345 (icq)')).toBeVisible();
	expect(await axeFindings(page)).toEqual([]);
	await page.screenshot({ path: test.info().outputPath('offers.png') });

	await offer.getByText('Take the password over, too').click();
	await offer.getByRole('button', { name: /^Add / }).click();
	await window.trust(network.server.certs.server.fingerprint);
	await window.connected(ircLabel);
	await expect(window.row(network.channel)).toBeVisible();
	await expect(page.getByRole('navigation').getByText('Willem')).toBeVisible();
});
