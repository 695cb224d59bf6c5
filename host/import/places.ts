/** Where other chat programs keep their files, by system; first found wins. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface UserFolders {
	readonly home: string;
	/** `%APPDATA%`; null on systems without. */
	readonly appData: string | null;
	/** `$XDG_CONFIG_HOME`, or null. */
	readonly config: string | null;
}

/** An empty variable is one that is not set (XDG Base Directory Specification). */
function set(name: string): string | null {
	const value = process.env[name];
	return value === undefined || value === '' ? null : value;
}

export const userFolders = (): UserFolders => ({
	home: homedir(),
	appData: set('APPDATA'),
	config: set('XDG_CONFIG_HOME'),
});

/** Folders of one program, from the most to the least usual. `name` under the configuration folder. */
function configFolders({ home, appData, config }: UserFolders, name: string, flatpak: string): readonly string[] {
	return [
		join(config ?? join(home, '.config'), name),
		join(home, '.var', 'app', flatpak, 'config', name),
		...(appData === null ? [] : [join(appData, name)]),
	];
}

export const placesOf = (folders: UserFolders) => ({
	pidgin: [
		join(folders.home, '.purple'),
		join(folders.home, '.var', 'app', 'im.pidgin.Pidgin', 'data', 'purple'),
		...(folders.appData === null ? [] : [join(folders.appData, '.purple')]),
	],
	gajim: configFolders(folders, 'gajim', 'org.gajim.Gajim'),
	hexchat: configFolders(folders, 'hexchat', 'io.github.Hexchat'),
	weechat: [join(folders.config ?? join(folders.home, '.config'), 'weechat'), join(folders.home, '.weechat')],
});
