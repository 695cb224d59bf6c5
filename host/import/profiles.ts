/** Reads what other chat programs of this user keep. A program that cannot be read is one that is not there. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForeignProfile } from '../../protocols/import/foreign.ts';
import { readGajimConfig, readGajimRows } from '../../protocols/import/gajim.ts';
import { readHexChat } from '../../protocols/import/hexchat.ts';
import { readPidgin } from '../../protocols/import/pidgin.ts';
import { readWeeChat } from '../../protocols/import/weechat.ts';
import { readGajimStore } from './gajim-store.ts';
import { type UserFolders, placesOf } from './places.ts';

const maxBytes = 32 * 1024 * 1024;

/** The text of a file; null when it is not there, no file, too large, or forbidden. */
async function read(folder: string, name: string): Promise<string | null> {
	const file = await open(join(folder, name)).catch(() => null);
	if (file === null) return null;
	try {
		const { size } = await file.stat();
		return size > maxBytes ? null : await file.readFile('utf8');
	} catch {
		return null;
	} finally {
		await file.close();
	}
}

/** The first folder from which something could be read. */
async function first<T>(folders: readonly string[], take: (folder: string) => Promise<T | null>): Promise<T | null> {
	for (const folder of folders) {
		const found = await take(folder);
		if (found !== null) return found;
	}
	return null;
}

const pidgin = async (folder: string): Promise<ForeignProfile | null> => {
	const accounts = await read(folder, 'accounts.xml');
	return accounts === null ? null : readPidgin(accounts, (await read(folder, 'blist.xml')) ?? '');
};

const gajim = async (folder: string): Promise<ForeignProfile | null> => {
	const rows = await readGajimStore(join(folder, 'settings.sqlite')).catch(() => null);
	if (rows !== null) return readGajimRows(rows);
	const config = await read(folder, 'config');
	return config === null ? null : readGajimConfig(config);
};

const hexchat = async (folder: string): Promise<ForeignProfile | null> => {
	const networks = await read(folder, 'servlist.conf');
	return networks === null ? null : readHexChat(networks, (await read(folder, 'hexchat.conf')) ?? '');
};

const weechat = async (folder: string): Promise<ForeignProfile | null> => {
	const config = await read(folder, 'irc.conf');
	return config === null ? null : readWeeChat(config);
};

/** Never rejects. Programs without anything to take over are left out. */
export async function readForeignProfiles(folders: UserFolders): Promise<readonly ForeignProfile[]> {
	const places = placesOf(folders);
	const found = await Promise.all([
		first(places.pidgin, pidgin),
		first(places.gajim, gajim),
		first(places.hexchat, hexchat),
		first(places.weechat, weechat),
	]);
	return found
		.filter((profile) => profile !== null)
		.filter(({ accounts, skipped }) => accounts.length + skipped.length > 0);
}
