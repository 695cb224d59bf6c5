/**
 * The tray icon: a shortcut, never the only way back, because some desktops show none. Closing the last window therefore
 * ends Parley where that is the custom.
 */
import { nativeImage } from 'electron/common';
import { Menu, Tray } from 'electron/main';
import { type TrayActions, trayTemplate, trayTitle } from './menu.ts';

export interface TrayIcon {
	setAttention(count: number): void;
}

export function createTray(iconPath: string, actions: TrayActions): TrayIcon {
	const tray = new Tray(nativeImage.createFromPath(iconPath));
	const update = (attention: number): void => {
		tray.setToolTip(trayTitle(attention));
		// StatusNotifierItem shows changes only when the menu is set again.
		tray.setContextMenu(Menu.buildFromTemplate(trayTemplate(actions)));
	};
	tray.on('click', actions.show);
	update(0);
	return { setAttention: update };
}
