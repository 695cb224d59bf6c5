/** One page as Electron's main process sees it. */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { CDPSession, Page, Route } from 'playwright';
import { shimOrigin } from './browser.ts';
import { isolatedWorldScript, mainWorldScript } from './page-scripts.ts';
import type { MessagePortMain, PortCarrier } from './ports.ts';
import { answerAppRequest, fromShimUrl, toShimUrl } from './protocol.ts';
import { cloned, record } from './state.ts';

const worldName = 'shim-preload';
const binding = '__shim';

type FromPage =
	| { readonly t: 'ipc'; readonly channel: string; readonly args: readonly unknown[] }
	| { readonly t: 'port'; readonly id: number; readonly data: unknown }
	| { readonly t: 'port-close'; readonly id: number }
	| { readonly t: 'preload-error'; readonly message: string };

type OpenHandler = (details: { readonly url: string }) => { readonly action: 'allow' | 'deny' };

/** Where messages of all pages go; set by the ipcMain fake. */
export const ipcSink: {
	deliver: (contents: WebContents, frame: object, channel: string, args: readonly unknown[]) => void;
} = {
	deliver: () => undefined,
};

export class WebContents extends EventEmitter implements PortCarrier {
	readonly #page: Page;
	readonly #cdp: CDPSession;
	readonly #secret = `shim-${randomBytes(8).toString('hex')}`;
	readonly #ports = new Map<number, MessagePortMain>();
	#context: number | undefined;
	#openHandler: OpenHandler = () => ({ action: 'allow' });
	#loading = false;
	#ownNavigation: string | undefined;
	readonly mainFrame: { readonly origin: string };

	private constructor(page: Page, cdp: CDPSession) {
		super();
		this.#page = page;
		this.#cdp = cdp;
		this.mainFrame = {
			get origin() {
				return fromShimUrl(page.url()).split('/').slice(0, 3).join('/');
			},
		};
	}

	static async create(page: Page, preloadPath: string): Promise<WebContents> {
		const contents = new WebContents(page, await page.context().newCDPSession(page));
		await contents.#install(preloadPath);
		return contents;
	}

	async #install(preloadPath: string): Promise<void> {
		const cdp = this.#cdp;
		cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
			if (name !== binding) return;
			this.#context = executionContextId;
			this.#receive(JSON.parse(payload) as FromPage);
		});
		cdp.on('Runtime.executionContextCreated', ({ context }) => {
			const aux = context.auxData as { readonly frameId?: string; readonly isDefault?: boolean };
			if (context.name === worldName && aux.frameId === this.#mainFrameId) this.#context = context.id;
		});
		cdp.on('Page.windowOpen', ({ url }) => this.#windowOpen(url));
		this.#page.on('popup', (popup) => void popup.close());
		this.#page.on('close', () => this.emit('destroyed'));
		await cdp.send('Page.enable');
		const { frameTree } = await cdp.send('Page.getFrameTree');
		this.#mainFrameId = frameTree.frame.id;
		await cdp.send('Runtime.enable');
		await cdp.send('Runtime.addBinding', { name: binding, executionContextName: worldName });
		const secret = JSON.stringify(this.#secret);
		const preload = `function (require, process, module, exports) {\n${readFileSync(preloadPath, 'utf8')}\n}`;
		await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${mainWorldScript.toString()})(${secret})` });
		const args = [secret, JSON.stringify(binding), JSON.stringify(process.platform), preload].join(', ');
		await cdp.send('Page.addScriptToEvaluateOnNewDocument', {
			worldName,
			source: `(${isolatedWorldScript.toString()})(${args})`,
		});
		await this.#page.route('**/*', (route) => this.#route(route));
	}
	#mainFrameId = '';

	async #route(route: Route): Promise<void> {
		const request = route.request();
		const url = request.url();
		if (request.isNavigationRequest()) {
			const isMainFrame = request.frame() === this.#page.mainFrame();
			if (url === this.#ownNavigation) this.#ownNavigation = undefined;
			else if (!this.#mayNavigate(isMainFrame ? 'will-navigate' : 'will-frame-navigate', url))
				return route.abort('aborted');
			if (isMainFrame) this.#navigationStarts(url);
		}
		if (!url.startsWith(`${shimOrigin}/`)) {
			record('network', url);
			return route.abort('blockedbyclient');
		}
		return route.fulfill(await answerAppRequest(request.method(), url));
	}

	#mayNavigate(event: string, url: string): boolean {
		let allowed = true;
		this.emit(event, { url: fromShimUrl(url), preventDefault: () => (allowed = false) });
		record(event, fromShimUrl(url), allowed);
		return allowed;
	}

	#navigationStarts(url: string): void {
		this.#loading = true;
		this.#context = undefined;
		this.emit('did-start-navigation', { url: fromShimUrl(url), isMainFrame: true, isSameDocument: false });
	}

	#windowOpen(url: string): void {
		const { action } = this.#openHandler({ url: fromShimUrl(url) });
		record('windowOpen', fromShimUrl(url), action);
	}

	#receive(message: FromPage): void {
		switch (message.t) {
			case 'ipc':
				ipcSink.deliver(this, this.mainFrame, message.channel, message.args);
				return;
			case 'port':
				this.#ports.get(message.id)?.fromPage(message.data);
				return;
			case 'port-close':
				this.#ports.get(message.id)?.close();
				return;
			case 'preload-error':
				record('preload-error', message.message);
				this.emit('preload-error', {}, '', new Error(message.message));
				return;
		}
	}

	#toPage(message: unknown): void {
		const contextId = this.#context;
		if (contextId === undefined) return;
		const expression = `globalThis[${JSON.stringify(`${this.#secret}-main`)}](${JSON.stringify(JSON.stringify(message))})`;
		this.#cdp.send('Runtime.evaluate', { contextId, expression }).catch(() => undefined);
	}

	send(channel: string, ...args: readonly unknown[]): void {
		this.#toPage({ t: 'ipc', channel, args: cloned(args), ports: [] });
	}

	postMessage(channel: string, message: unknown, transfer: readonly MessagePortMain[] = []): void {
		for (const port of transfer) {
			this.#ports.set(port.id, port);
			port.transfer(this);
		}
		this.#toPage({ t: 'ipc', channel, args: [cloned(message)], ports: transfer.map(({ id }) => id) });
	}

	deliver(id: number, data: unknown): void {
		this.#toPage({ t: 'port', id, data });
	}

	close(id: number): void {
		this.#ports.delete(id);
		this.#toPage({ t: 'port-close', id });
	}

	setWindowOpenHandler(handler: OpenHandler): void {
		this.#openHandler = handler;
	}

	isLoading(): boolean {
		return this.#loading;
	}

	async load(url: string): Promise<void> {
		this.#ownNavigation = toShimUrl(url);
		this.#loading = true;
		await this.#page.goto(this.#ownNavigation, { waitUntil: 'load' });
		this.#loading = false;
		this.emit('did-finish-load');
	}

	reload(): void {
		this.#ownNavigation = this.#page.url();
		this.#page.reload().then(
			() => {
				this.#loading = false;
				this.emit('did-finish-load');
			},
			() => undefined,
		);
	}

	closePage(): Promise<void> {
		return this.#page.close();
	}
}
