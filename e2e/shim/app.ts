/** `app` of electron/main. */
import { EventEmitter } from 'node:events';
import { launchBrowser, type ShimBrowser } from './browser.ts';
import { becomeReady, record, requireBeforeReady, requireReady } from './state.ts';

let browser: ShimBrowser | undefined;

/** The running browser; throws before `ready`, when Electron has no windows either. */
export function runningBrowser(): ShimBrowser {
	requireReady('BrowserWindow');
	if (browser === undefined) throw new Error('the browser is gone');
	return browser;
}

class App extends EventEmitter {
	readonly isPackaged = false;
	readonly #ready: Promise<void>;
	readonly #paths = new Map<string, string>();
	#quitting = false;

	constructor() {
		super();
		this.#ready = launchBrowser().then((launched) => {
			browser = launched;
			becomeReady();
			this.emit('ready');
			process.send?.({ t: 'ready', debuggingPort: launched.debuggingPort });
		});
	}

	whenReady(): Promise<void> {
		return this.#ready;
	}

	enableSandbox(): void {
		requireBeforeReady('app.enableSandbox');
		record('app.enableSandbox');
	}

	setPath(name: string, path: string): void {
		this.#paths.set(name, path);
	}

	getPath(name: string): string {
		const path = this.#paths.get(name);
		if (path === undefined) throw new Error(`the shim has no path "${name}"`);
		return path;
	}

	getVersion(): string {
		return '0.0.0-shim';
	}

	setAppUserModelId(id: string): void {
		record('app.setAppUserModelId', id);
	}

	requestSingleInstanceLock(): boolean {
		return true;
	}

	setBadgeCount(count: number): boolean {
		requireReady('app.setBadgeCount');
		record('app.setBadgeCount', count);
		return true;
	}

	quit(): void {
		let prevented = false;
		this.emit('before-quit', { preventDefault: () => (prevented = true) });
		if (!prevented) this.exit(0);
	}

	exit(code = 0): void {
		if (this.#quitting) return;
		this.#quitting = true;
		record('app.exit', code);
		const end = (): void => process.exit(code);
		if (browser === undefined) end();
		else browser.close().then(end, end);
	}
}

export const app = new App();
