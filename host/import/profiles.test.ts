import { Database } from '@signalapp/sqlcipher';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readForeignProfiles } from './profiles.ts';
import type { UserFolders } from './places.ts';

let home = '';
beforeEach(async () => {
	home = await mkdtemp(join(tmpdir(), 'parley-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const folders = (over: Partial<UserFolders> = {}): UserFolders => ({ home, appData: null, config: null, ...over });
async function put(path: string, text: string): Promise<void> {
	await mkdir(dirname(join(home, path)), { recursive: true });
	await writeFile(join(home, path), text);
}
async function found(over: Partial<UserFolders> = {}): Promise<readonly (readonly [string, ...string[]])[]> {
	const profiles = await readForeignProfiles(folders(over));
	return profiles.map(({ program, accounts }) => [program, ...accounts.map(({ label }) => label)]);
}

const hexchat = 'N=Net\nF=8\nS=irc.example.org\n';
const pidgin = '<account><account><protocol>prpl-jabber</protocol><name>a@example.org</name></account></account>';
const weechat = '[server]\nnet.addresses = "irc.example.org"\n';

test('nothing where there is nothing', async () => {
	expect(await found()).toEqual([]);
});

test('every program in its usual place', async () => {
	await put('.purple/accounts.xml', pidgin);
	await put('.config/gajim/config', 'accounts.a.name = g\naccounts.a.hostname = example.org\n');
	await put('.config/hexchat/servlist.conf', hexchat);
	await put('.weechat/irc.conf', weechat);
	expect(await found()).toEqual([
		['pidgin', 'a@example.org'],
		['gajim', 'a'],
		['hexchat', 'Net'],
		['weechat', 'net'],
	]);
});

test('in the places of other systems and packages', async () => {
	await put('roaming/.purple/accounts.xml', pidgin);
	await put('xdg/hexchat/servlist.conf', hexchat);
	await put('.var/app/org.gajim.Gajim/config/gajim/config', 'accounts.a.name = g\naccounts.a.hostname = e.org\n');
	expect(await found({ appData: join(home, 'roaming'), config: join(home, 'xdg') })).toEqual([
		['pidgin', 'a@example.org'],
		['gajim', 'a'],
		['hexchat', 'Net'],
	]);
});

test('the settings of Gajim are a database', async () => {
	await mkdir(join(home, '.config/gajim'), { recursive: true });
	const database = new Database(join(home, '.config/gajim/settings.sqlite'));
	database.exec('CREATE TABLE account_settings (account TEXT UNIQUE, settings TEXT)');
	database
		.prepare('INSERT INTO account_settings VALUES ($account, $settings)')
		.run({ account: 'work', settings: JSON.stringify({ address: 'alice@example.org', savepass: false }) });
	database.close();
	expect(await found()).toEqual([['gajim', 'work']]);
});

test.each([
	['no database', 'x'.repeat(5000)],
	['an empty file', ''],
])('%s in the place of one is nothing, and the older file counts', async (_, text) => {
	await put('.config/gajim/settings.sqlite', text);
	await put('.config/gajim/config', 'accounts.a.name = g\naccounts.a.hostname = example.org\n');
	expect(await found()).toEqual([['gajim', 'a']]);
});

test('folders and broken links in the place of files are nothing', async () => {
	await mkdir(join(home, '.purple/accounts.xml'), { recursive: true });
	await mkdir(join(home, '.config/hexchat'), { recursive: true });
	await symlink('/nonexistent', join(home, '.config/hexchat/servlist.conf'));
	expect(await found()).toEqual([]);
});
