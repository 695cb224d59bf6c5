/** `BrowserWindow` of electron/main: a page of the shim's Chromium. */
import { EventEmitter } from 'node:events';
import { app, runningBrowser } from './app.ts';
import { record } from './state.ts';
import { WebContents } from './web-contents.ts';

interface WindowOptions {
	readonly webPreferences?: {
		readonly preload?: string;
		readonly sandbox?: boolean;
		readonly contextIsolation?: boolean;
	};
}

const windows = new Set<BrowserWindow>();

/** Stands in until the page exists: calls are kept and made then. */
class PendingContents extends EventEmitter {
	readonly #contents: Promise<WebContents>;
	real: WebContents | undefined;
	readonly #waiting: ((contents: WebContents) => void)[] = [];

	constructor(contents: Promise<WebContents>) {
		super();
		this.#contents = contents;
		void this.#contents.then((ready) => {
			this.real = ready;
			for (const event of this.eventNames()) {
				for (const listener of this.listeners(event)) ready.on(event, listener as (...args: unknown[]) => void);
			}
			for (const run of this.#waiting) run(ready);
		});
	}

	when(run: (contents: WebContents) => void): void {
		if (this.real === undefined) this.#waiting.push(run);
		else run(this.real);
	}
}

export class BrowserWindow extends EventEmitter {
	readonly #contents: Promise<WebContents>;
	readonly webContents: WebContents;

	constructor(options: WindowOptions) {
		super();
		const { preload, sandbox, contextIsolation } = options.webPreferences ?? {};
		if (preload === undefined || sandbox !== true || contextIsolation !== true) {
			throw new Error('the shim runs sandboxed, isolated windows with a preload only');
		}
		const { context } = runningBrowser();
		windows.add(this);
		record('BrowserWindow', { ...options, webPreferences: { ...options.webPreferences, preload: 'preload' } });
		const [first] = context.pages();
		this.#contents = (async () => {
			const page = first !== undefined && first.url() === 'about:blank' ? first : await context.newPage();
			return WebContents.create(page, preload);
		})();
		this.webContents = this.#facade();
		void this.#contents.then((contents) => {
			contents.on('destroyed', () => this.#closed());
			this.emit('ready-to-show');
		});
	}

	/** Electron gives the contents at once; here the page takes a moment. */
	#facade(): WebContents {
		const pending = new PendingContents(this.#contents);
		const facade = new Proxy(pending, {
			get: (target, property) => {
				const { real } = target;
				if (real !== undefined) {
					const value: unknown = Reflect.get(real, property, real);
					return typeof value === 'function' ? (value.bind(real) as unknown) : value;
				}
				if (['on', 'once', 'off', 'emit'].includes(String(property))) {
					return (Reflect.get(target, property, target) as (...args: unknown[]) => unknown).bind(target);
				}
				if (property === 'isLoading') return () => true;
				return (...args: unknown[]): void =>
					target.when(
						(contents) =>
							void (Reflect.get(contents, property, contents) as (...given: unknown[]) => unknown).apply(
								contents,
								args,
							),
					);
			},
		}) as unknown as WebContents;
		void this.#contents.then((contents) => facadeOf.set(contents, facade));
		app.emit('web-contents-created', {}, facade);
		return facade;
	}

	#closed(): void {
		windows.delete(this);
		this.emit('closed');
		if (windows.size === 0) app.emit('window-all-closed');
	}

	async loadURL(url: string): Promise<void> {
		await (await this.#contents).load(url);
	}

	show(): void {
		record('window.show');
	}

	focus(): void {
		record('window.focus');
	}

	isMinimized(): boolean {
		return false;
	}

	restore(): void {
		record('window.restore');
	}

	close(): void {
		void this.#contents.then((contents) => contents.closePage());
	}
}

const facadeOf = new WeakMap<WebContents, WebContents>();

/** The object that main knows these contents by. */
export function publicContents(contents: WebContents): WebContents {
	return facadeOf.get(contents) ?? contents;
}

export function openWindows(): readonly BrowserWindow[] {
	return [...windows];
}
