/** `protocol` of electron/main: one handler per scheme, answered to Chromium under a stand-in origin. */
import { shimOrigin } from './browser.ts';
import { record, requireBeforeReady, requireReady } from './state.ts';

type Handler = (request: Request) => Response | Promise<Response>;
const handlers = new Map<string, Handler>();
const registered = new Set<string>();

/** `app://parley/x` as Chromium sees it, and back. Other addresses stay as they are. */
export function toShimUrl(url: string): string {
	return url.replace(/^app:\/\/parley(?=\/|$)/, shimOrigin);
}
export function fromShimUrl(url: string): string {
	return url.startsWith(`${shimOrigin}/`) ? `app://parley${url.slice(shimOrigin.length)}` : url;
}

export const protocol = {
	registerSchemesAsPrivileged: (
		schemes: readonly { readonly scheme: string; readonly privileges?: object }[],
	): void => {
		requireBeforeReady('protocol.registerSchemesAsPrivileged');
		for (const { scheme, privileges } of schemes) {
			registered.add(scheme);
			record('protocol.registerSchemesAsPrivileged', scheme, privileges);
		}
	},
	handle: (scheme: string, handler: Handler): void => {
		requireReady('protocol.handle');
		if (handlers.has(scheme)) throw new Error(`the scheme ${scheme} is handled already`);
		if (!registered.has(scheme)) throw new Error(`the scheme ${scheme} has no privileges: pages could not use it`);
		handlers.set(scheme, handler);
	},
};

/** Lets main answer a request; a handler that throws is a failed load, as in Electron. */
export async function answerAppRequest(
	method: string,
	shimUrl: string,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
	const handler = handlers.get('app');
	if (handler === undefined) return { status: 404, headers: {}, body: Buffer.alloc(0) };
	// Not `new Request(app:…)`: its origin and host are read from the URL, which Node parses for any scheme.
	const response = await handler(new Request(fromShimUrl(shimUrl), { method }));
	return {
		status: response.status,
		headers: Object.fromEntries(response.headers),
		body: Buffer.from(await response.arrayBuffer()),
	};
}
