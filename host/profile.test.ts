import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyFileStore, type KeyStore, KeyUnavailable, passphraseStore } from './key-store.ts';
import { defaultProfileDir, openProfileVault, prepareProfile, type ProfilePaths, unlockProfile } from './profile.ts';
import { lockProfile } from './profile-lock.ts';

let paths: ProfilePaths;
beforeEach(() => {
	paths = prepareProfile(mkdtempSync(join(tmpdir(), 'parley-profile-')));
});
afterEach(() => rmSync(paths.dir, { recursive: true, force: true }));

const failure = (reason: string) => expect.objectContaining({ name: 'KeyUnavailable', reason });
const keychain: KeyStore = {
	backend: 'os-keychain',
	wrap: () => Promise.reject(new KeyUnavailable('keychain-unavailable', 'no keychain')),
	unwrap: () => Promise.reject(new KeyUnavailable('keychain-unavailable', 'no keychain')),
};

describe('defaultProfileDir', () => {
	it.each([
		['linux', {}, '/home/u/.local/share/parley'],
		['linux', { XDG_DATA_HOME: '/data' }, '/data/parley'],
		['linux', { XDG_DATA_HOME: 'relative' }, '/home/u/.local/share/parley'],
		['darwin', {}, '/home/u/Library/Application Support/Parley'],
	] as const)('%s %o', (platform, env, expected) => {
		expect(defaultProfileDir(platform, env, '/home/u')).toBe(expected);
	});
});

describe('unlockProfile', () => {
	it('makes a key once and finds it again', async () => {
		const first = await unlockProfile(paths, [keyFileStore]);
		const second = await unlockProfile(paths, [keyFileStore]);
		expect(first.fresh).toBe(true);
		expect(second).toEqual({ ...first, fresh: false });
		expect(first.databaseKey).toHaveLength(32);
		expect(Buffer.from(first.databaseKey).equals(first.vaultKey)).toBe(false);
	});

	it('keeps the record to the user alone, and closes an open one', async () => {
		await unlockProfile(paths, [keyFileStore]);
		expect(statSync(paths.keyRecord).mode & 0o777).toBe(0o600);
		expect(statSync(paths.dir).mode & 0o777).toBe(0o700);
	});

	it('uses the backend that the record names, whatever is preferred now', async () => {
		const first = await unlockProfile(paths, [keyFileStore]);
		const again = await unlockProfile(paths, [passphraseStore(() => Promise.resolve('x')), keyFileStore]);
		expect(again.databaseKey).toEqual(first.databaseKey);
		expect(again.backend).toBe('key-file');
	});

	it('does not start anew when the backend is gone', async () => {
		await unlockProfile(paths, [keyFileStore]);
		const before = readFileSync(paths.keyRecord, 'utf8');
		await expect(unlockProfile(paths, [keychain])).rejects.toEqual(failure('keychain-unavailable'));
		expect(readFileSync(paths.keyRecord, 'utf8')).toBe(before);
	});

	it('does not start anew over data without a key record', async () => {
		writeFileSync(paths.database, 'encrypted');
		await expect(unlockProfile(paths, [keyFileStore])).rejects.toEqual(failure('damaged'));
		expect(existsSync(paths.keyRecord)).toBe(false);
	});

	it.each([
		'',
		'{',
		'{"version":2}',
		'{"version":1,"backend":"key-file","data":{}}',
		'{"version":1,"backend":"key-file","data":{"key":"AA=="}}',
	])('reports a damaged record: %s', async (text) => {
		writeFileSync(paths.keyRecord, text);
		await expect(unlockProfile(paths, [keyFileStore])).rejects.toEqual(failure('damaged'));
	});

	it('refuses a new profile whose backend does not work, leaving nothing behind', async () => {
		await expect(unlockProfile(paths, [keychain, keyFileStore])).rejects.toEqual(failure('keychain-unavailable'));
		expect(existsSync(paths.keyRecord)).toBe(false);
	});
});

describe('passphrase', () => {
	it('opens with the passphrase, in any Unicode form, and with no other', async () => {
		const made = await unlockProfile(paths, [passphraseStore(() => Promise.resolve('caf\u00e9 au lait'))]);
		const same = await unlockProfile(paths, [passphraseStore(() => Promise.resolve('cafe\u0301 au lait'))]);
		expect(same.databaseKey).toEqual(made.databaseKey);
		expect(readFileSync(paths.keyRecord, 'utf8')).not.toContain(Buffer.from(made.databaseKey).toString('base64'));
		const asked: string[] = [];
		const wrong = passphraseStore((purpose) => {
			asked.push(purpose);
			return Promise.resolve('wrong');
		});
		await expect(unlockProfile(paths, [wrong])).rejects.toEqual(failure('wrong-passphrase'));
		expect(asked).toEqual(['unlock', 'again', 'again']);
	});

	it('says so when nobody can be asked', async () => {
		const nobody = passphraseStore(() => Promise.resolve(undefined));
		await expect(unlockProfile(paths, [nobody])).rejects.toEqual(failure('no-passphrase'));
		expect(existsSync(paths.keyRecord)).toBe(false);
	});

	it('refuses a record with an absurd cost', async () => {
		const data = { N: 2 ** 30, r: 8, p: 1, salt: 'AAAA', box: 'AAAA' };
		writeFileSync(paths.keyRecord, JSON.stringify({ version: 1, backend: 'passphrase', data }));
		const store = passphraseStore(() => Promise.resolve('x'));
		await expect(unlockProfile(paths, [store])).rejects.toEqual(failure('damaged'));
	});
});

describe('vault', () => {
	it('keeps secrets across openings, encrypted, and forgets them', async () => {
		const keys = await unlockProfile(paths, [keyFileStore]);
		const vault = openProfileVault(paths, keys);
		await vault.set('account-1', 'password', 'hunter2 ✓');
		await vault.set('account-1', 'token', 'abc');
		await vault.set('account-2', 'password', 'other');
		expect(readFileSync(paths.secrets, 'utf8')).not.toContain('hunter2');
		expect(statSync(paths.secrets).mode & 0o777).toBe(0o600);
		const again = openProfileVault(paths, keys);
		expect(await again.get('account-1', 'password')).toBe('hunter2 ✓');
		await again.set('account-1', 'token', null);
		await again.clear('account-2');
		const last = openProfileVault(paths, keys);
		expect(await last.get('account-1', 'token')).toBeNull();
		expect(await last.get('account-2', 'password')).toBeNull();
		expect(await last.get('account-1', 'password')).toBe('hunter2 ✓');
	});

	it('refuses a secret moved to another place, and another key', async () => {
		const keys = await unlockProfile(paths, [keyFileStore]);
		await openProfileVault(paths, keys).set('a', 'password', 'x');
		writeFileSync(paths.secrets, readFileSync(paths.secrets, 'utf8').replace('"scope":"a"', '"scope":"b"'));
		await expect(openProfileVault(paths, keys).get('b', 'password')).rejects.toThrow('storage-failed');
		writeFileSync(paths.secrets, readFileSync(paths.secrets, 'utf8').replace('"scope":"b"', '"scope":"a"'));
		const otherKey = { ...keys, vaultKey: new Uint8Array(32) };
		await expect(openProfileVault(paths, otherKey).get('a', 'password')).rejects.toThrow('storage-failed');
	});

	it.each(['', '{"version":1}', '{"version":2,"secrets":[]}'])('reports a damaged file: %s', async (text) => {
		const keys = await unlockProfile(paths, [keyFileStore]);
		writeFileSync(paths.secrets, text);
		expect(() => openProfileVault(paths, keys)).toThrow('storage-failed');
	});
});

describe('lockProfile', () => {
	it('has one holder, who can be found', () => {
		const first = lockProfile(paths.dir);
		if (first.kind !== 'locked') throw new Error('not locked');
		expect(lockProfile(paths.dir)).toEqual({ kind: 'held', holder: null });
		const holder = { pid: 7, host: 'browser', startedAt: 1, control: { port: 2, token: 't' } } as const;
		first.lock.announce(holder);
		expect(statSync(join(paths.dir, 'holder.json')).mode & 0o777).toBe(0o600);
		expect(lockProfile(paths.dir)).toEqual({ kind: 'held', holder });
		first.lock.release();
		expect(lockProfile(paths.dir).kind).toBe('locked');
	});

	it('is free again when its holder was killed', async () => {
		const script = `import { lockProfile } from ${JSON.stringify(new URL('./profile-lock.ts', import.meta.url).href)};
			const { lock } = lockProfile(process.argv[1]);
			lock.announce({ pid: process.pid, host: 'browser', startedAt: 1, control: null });
			console.log('held'); setInterval(() => {}, 1000);`;
		const child = spawn(process.execPath, ['--input-type=module', '-e', script, paths.dir]);
		await new Promise((resolve) => child.stdout.once('data', resolve));
		expect(lockProfile(paths.dir)).toMatchObject({ kind: 'held', holder: { pid: child.pid } });
		const ended = new Promise((resolve) => child.once('exit', resolve));
		child.kill('SIGKILL');
		await ended;
		const next = lockProfile(paths.dir);
		expect(next.kind).toBe('locked');
		expect(existsSync(join(paths.dir, 'holder.json'))).toBe(false);
	});
});
