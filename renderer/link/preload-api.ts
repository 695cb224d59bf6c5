/**
 * What the desktop host's preload script offers to the page: a name for the platform and one call. After `connect()` a
 * `message` event of the window itself brings `{ type: 'parley-port' }` with the MessagePort to the engine, because
 * ports cannot pass through the context bridge.
 */
export interface PreloadApi {
	readonly platform: string;
	connect(): void;
}

export const portMessageType = 'parley-port';

declare global {
	interface Window {
		readonly parley?: PreloadApi;
	}
}
