/**
 * Scripts that run in the page. They are sent as text, so they use nothing from outside themselves.
 *
 * Two worlds: the page's own, and an isolated one where the preload bundle runs. They share the DOM, so they talk by
 * synchronous events of a name that only they know.
 */

/** Page's world: defines what the isolated world exposes. Functions carry JSON arguments and return nothing. */
export function mainWorldScript(secret: string): void {
	if (window.top !== window) return;
	const target = window as unknown as Record<string, unknown>;
	document.addEventListener(`${secret}-expose`, (event) => {
		const { key, members } = JSON.parse((event as CustomEvent<string>).detail) as {
			key: string;
			members: { name: string; value?: unknown; isFunction: boolean }[];
		};
		const api: Record<string, unknown> = {};
		for (const { name, value, isFunction } of members) {
			api[name] = isFunction
				? (...args: unknown[]): void => {
						const detail = JSON.stringify({ key, name, args });
						document.dispatchEvent(new CustomEvent(`${secret}-call`, { detail }));
					}
				: value;
		}
		Object.defineProperty(target, key, { value: Object.freeze(api), enumerable: true });
	});
}

/** Isolated world: `electron/renderer` for the preload bundle, over the binding named `binding`. */
export function isolatedWorldScript(
	secret: string,
	binding: string,
	platform: string,
	preload: (...given: unknown[]) => void,
): void {
	if (window.top !== window) return;
	const world = globalThis as unknown as Record<string, unknown>;
	const call = world[binding] as (json: string) => void;
	const toMain = (message: unknown): void => call(JSON.stringify(message));
	const listeners = new Map<string, ((event: unknown, ...args: unknown[]) => void)[]>();
	const ports = new Map<number, MessagePort>();
	const exposed = new Map<string, Record<string, unknown>>();

	document.addEventListener(`${secret}-call`, (event) => {
		const { key, name, args } = JSON.parse((event as CustomEvent<string>).detail) as {
			key: string;
			name: string;
			args: unknown[];
		};
		const member = exposed.get(key)?.[name];
		if (typeof member === 'function') (member as (...given: unknown[]) => void)(...args);
	});
	const contextBridge = {
		exposeInMainWorld: (key: string, api: Record<string, unknown>): void => {
			if (exposed.has(key)) throw new Error(`${key} was exposed already`);
			exposed.set(key, api);
			const members = Object.entries(api).map(([name, value]) =>
				typeof value === 'function' ? { name, isFunction: true } : { name, value, isFunction: false },
			);
			document.dispatchEvent(new CustomEvent(`${secret}-expose`, { detail: JSON.stringify({ key, members }) }));
		},
	};
	const ipcRenderer = {
		send: (channel: string, ...args: unknown[]): void => toMain({ t: 'ipc', channel, args: structuredClone(args) }),
		on: (channel: string, listener: (event: unknown, ...args: unknown[]) => void): void => {
			listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
		},
	};
	const openPort = (id: number): MessagePort => {
		const { port1: ours, port2: theirs } = new MessageChannel();
		ours.onmessage = ({ data }: MessageEvent<unknown>): void => toMain({ t: 'port', id, data });
		ours.addEventListener('close', () => toMain({ t: 'port-close', id }));
		ports.set(id, ours);
		return theirs;
	};
	world[`${secret}-main`] = (json: string): void => {
		const message = JSON.parse(json) as {
			t: string;
			id: number;
			channel: string;
			args: unknown[];
			ports: number[];
			data: unknown;
		};
		if (message.t === 'port') ports.get(message.id)?.postMessage(message.data);
		else if (message.t === 'port-close') ports.get(message.id)?.close();
		else {
			const event = { ports: message.ports.map(openPort) };
			for (const listener of listeners.get(message.channel) ?? []) listener(event, ...message.args);
		}
	};

	const modules: Record<string, unknown> = {
		'electron/renderer': { contextBridge, ipcRenderer },
		'electron/common': {},
		events: {},
		timers: {},
		url: {},
	};
	const requireShim = (name: string): unknown => {
		// A sandboxed preload may load these and nothing else.
		if (!Object.hasOwn(modules, name)) throw new Error(`module not found: ${name}`);
		return modules[name];
	};
	const processShim = { platform, contextIsolated: true, sandboxed: true };
	try {
		preload(requireShim, processShim, { exports: {} }, {});
	} catch (error) {
		toMain({ t: 'preload-error', message: String(error) });
	}
}
