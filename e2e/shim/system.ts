/** The system services of electron/main and electron/common: they record, and tests can make them act. */
import { EventEmitter } from 'node:events';
import { record, requireReady } from './state.ts';

export class Menu {
	readonly items: readonly unknown[];
	constructor(items: readonly unknown[] = []) {
		this.items = items;
	}
	static buildFromTemplate(template: readonly unknown[]): Menu {
		return new Menu(template);
	}
	static setApplicationMenu(menu: Menu | null): void {
		record('Menu.setApplicationMenu', menu?.items.length ?? 0);
	}
}

const trays: Tray[] = [];
export class Tray extends EventEmitter {
	constructor(image: unknown) {
		super();
		requireReady('Tray');
		trays.push(this);
		record('Tray', image);
	}
	setToolTip(text: string): void {
		record('tray.setToolTip', text);
	}
	setContextMenu(menu: Menu | null): void {
		record('tray.setContextMenu', menu?.items.length ?? 0);
	}
}
export function shownTrays(): readonly Tray[] {
	return trays;
}

const notifications: Notification[] = [];
export class Notification extends EventEmitter {
	readonly title: string;
	readonly body: string;
	constructor({ title = '', body = '' }: { title?: string; body?: string } = {}) {
		super();
		requireReady('Notification');
		this.title = title;
		this.body = body;
	}
	show(): void {
		notifications.push(this);
		record('notification.show', this.title, this.body);
	}
	close(): void {
		this.emit('close');
	}
}
export function shownNotifications(): readonly Notification[] {
	return notifications;
}

export const dialog = {
	showErrorBox: (title: string, content: string): void => {
		record('dialog.showErrorBox', title, content);
		process.stderr.write(`${title}: ${content}\n`);
	},
};

export const shell = {
	openExternal: (url: string): Promise<void> => Promise.resolve(record('shell.openExternal', url)),
};

export const nativeImage = { createFromPath: (path: string): object => ({ path }) };

export const net = { isOnline: (): boolean => true };

class PowerMonitor extends EventEmitter {
	idleSeconds = 0;
	getSystemIdleTime(): number {
		requireReady('powerMonitor');
		return this.idleSeconds;
	}
}
export const powerMonitor = new PowerMonitor();

/** As on Linux without a keyring when PARLEY_SHIM_KEYRING is not set: available, and not protected. */
const keyringTag = process.env['PARLEY_SHIM_KEYRING'] === undefined ? 'v10' : 'v11';
export const safeStorage = {
	isAsyncEncryptionAvailable: (): Promise<boolean> => {
		requireReady('safeStorage');
		return Promise.resolve(true);
	},
	encryptStringAsync: (text: string): Promise<Buffer> =>
		Promise.resolve(Buffer.concat([Buffer.from(keyringTag), Buffer.from(text).map((byte) => byte ^ 0x5a)])),
	decryptStringAsync: (bytes: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> =>
		bytes.subarray(0, 3).toString() === keyringTag
			? Promise.resolve({
					result: Buffer.from(bytes.subarray(3).map((byte) => byte ^ 0x5a)).toString(),
					shouldReEncrypt: false,
				})
			: Promise.reject(new Error('cannot decrypt')),
};

type PermissionHandler = (contents: unknown, permission: string, ...rest: never[]) => unknown;
export const session = {
	defaultSession: {
		setPermissionRequestHandler: (_handler: PermissionHandler): void => record('session.setPermissionRequestHandler'),
		setPermissionCheckHandler: (_handler: PermissionHandler): void => record('session.setPermissionCheckHandler'),
		setDevicePermissionHandler: (_handler: unknown): void => record('session.setDevicePermissionHandler'),
	},
};
