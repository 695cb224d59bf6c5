/** The one window. */
import { BrowserWindow } from 'electron/main';
import { channels, type ShowRequest } from '../channels.ts';
import { appOrigin } from './security.ts';

export interface MainWindow {
	/** Opens the window, or brings it to the front. */
	show(): void;
	/** Shows the window and asks the page to bring something into view. */
	reveal(request: ShowRequest): void;
	contents(): Electron.WebContents | undefined;
}

/** A page that dies more often than this is not reloaded again. */
const maxReloads = 3;

export interface MainWindowOptions {
	/** Path of the preload script. */
	readonly preload: string;
	/** Path of the window's icon, or null for the package's. */
	readonly icon: string | null;
	readonly log: (message: string) => void;
}

export function createMainWindow({ preload, icon, log }: MainWindowOptions): MainWindow {
	let window: BrowserWindow | undefined;
	let pending: ShowRequest | undefined;
	let reloads = 0;

	const open = (): BrowserWindow => {
		const created = new BrowserWindow({
			name: 'main',
			windowStatePersistence: true,
			width: 1200,
			height: 800,
			minWidth: 380,
			minHeight: 480,
			title: 'Parley',
			...(icon !== null && { icon }),
			show: false,
			autoHideMenuBar: true,
			backgroundColor: '#1b1d22',
			webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false },
		});
		window = created;
		created.once('ready-to-show', () => created.show());
		created.on('closed', () => {
			if (window === created) window = undefined;
		});
		created.webContents.on('did-finish-load', () => {
			if (pending !== undefined) created.webContents.send(channels.show, pending);
			pending = undefined;
		});
		created.webContents.on('render-process-gone', (_event, { reason }) => {
			log(`the window's process ended: ${reason}`);
			reloads += 1;
			if (reason !== 'clean-exit' && reloads <= maxReloads) created.webContents.reload();
		});
		created.loadURL(`${appOrigin}/`).catch((error: unknown) => {
			log(`the window did not load: ${error instanceof Error ? error.message : 'unknown error'}`);
		});
		return created;
	};

	const show = (): void => {
		if (window === undefined) {
			open();
			return;
		}
		if (window.isMinimized()) window.restore();
		window.show();
		window.focus();
	};

	return {
		show,
		reveal: (request) => {
			const isNew = window === undefined || window.webContents.isLoading();
			show();
			if (isNew) pending = request;
			else window?.webContents.send(channels.show, request);
		},
		contents: () => window?.webContents,
	};
}
