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

export const userFolders = (): UserFolders => ({
	home: homedir(),
	appData: process.env['APPDATA'] ?? null,
	config: process.env['XDG_CONFIG_HOME'] ?? null,
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
