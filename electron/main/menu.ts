/** The application menu: standard roles only, so that the system supplies names, keys and behaviour. */
import type { MenuItemConstructorOptions } from 'electron/main';

export interface MenuActions {
	readonly isMac: boolean;
	readonly isPackaged: boolean;
}

export function menuTemplate({ isMac, isPackaged }: MenuActions): MenuItemConstructorOptions[] {
	const view: MenuItemConstructorOptions[] = [
		{ role: 'resetZoom' },
		{ role: 'zoomIn' },
		{ role: 'zoomOut' },
		{ type: 'separator' },
		{ role: 'togglefullscreen' },
	];
	if (!isPackaged) view.push({ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' });
	return [
		...(isMac ? [{ role: 'appMenu' } as const] : [{ label: '&File', submenu: [{ role: 'quit' } as const] }]),
		{ role: 'editMenu' },
		{ label: '&View', submenu: view },
		{ role: 'windowMenu' },
	];
}

export interface TrayActions {
	readonly show: () => void;
	readonly quit: () => void;
}

export function trayTemplate({ show, quit }: TrayActions): MenuItemConstructorOptions[] {
	return [{ label: 'Open Parley', click: show }, { type: 'separator' }, { label: 'Quit Parley', click: quit }];
}

/** Tooltip of the tray icon. */
export function trayTitle(attention: number): string {
	return attention === 0 ? 'Parley' : `Parley: ${attention} unread`;
}
