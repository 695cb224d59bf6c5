/**
 * The walls around the window: its own scheme with the content policy on every answer, no permission but notifications
 * and the clipboard, no navigation, no popups, no embedded pages.
 */
import type { Protocol, Session, WebContents, WebFrameMain } from 'electron/main';
import type { MediaCache } from '../../engine/media/cache.ts';
import { securityHeaders } from '../../host/content-policy.ts';
import { answerUpload, readMedia } from '../../host/media-route.ts';
import { type WebFile, webFile } from '../../host/web-files.ts';

const appScheme = 'app';
export const appOrigin = 'app://parley';

/** To be registered before `ready`. Not `bypassCSP`: our own pages obey the policy too. */
export const schemePrivileges = {
	scheme: appScheme,
	privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
} as const;

const allowedPermissions: ReadonlySet<string> = new Set(['notifications', 'clipboard-sanitized-write']);

/** True for our own pages; compares origins, never prefixes. */
export function isOwnOrigin(url: string): boolean {
	if (!URL.canParse(url)) return false;
	const { protocol, host } = new URL(url);
	return `${protocol}//${host}` === appOrigin;
}

/** True when an IPC message comes from the main frame of our own page. */
export function isTrustedSender(frame: WebFrameMain | null, contents: WebContents): boolean {
	return frame !== null && frame === contents.mainFrame && frame.origin === appOrigin;
}

/** Answers requests for the window's files and for cached media, and takes in files that the user picked. */
export function appHandler(
	files: ReadonlyMap<string, WebFile>,
	media: MediaCache,
): (request: Request) => Promise<Response> {
	return async (request) => {
		const reply = (
			status: number,
			body: ConstructorParameters<typeof Response>[0],
			headers: Readonly<Record<string, string>>,
		): Response => new Response(body, { status, headers: { ...securityHeaders, ...headers } });
		if (!isOwnOrigin(request.url)) return reply(403, null, {});
		const { pathname } = new URL(request.url);
		if (request.method === 'POST' && pathname === '/upload') {
			const { status, value } = await answerUpload(media, request.body ?? emptyBody());
			return reply(status, JSON.stringify(value), { 'content-type': 'application/json; charset=utf-8' });
		}
		if (request.method !== 'GET' && request.method !== 'HEAD') return reply(405, null, {});
		if (pathname.startsWith('/media/')) {
			const found = await readMedia(media, pathname.slice('/media/'.length));
			if (found === undefined) return reply(404, null, {});
			if (request.method === 'HEAD') await found.body.return?.();
			const body = request.method === 'HEAD' ? null : ReadableStream.from(found.body);
			return reply(200, body, { ...found.headers, 'content-length': String(found.size) });
		}
		const file = webFile(files, pathname);
		return file === undefined
			? reply(404, null, {})
			: reply(200, new Uint8Array(file.body), { 'content-type': file.type });
	};
}

async function* emptyBody(): AsyncIterable<Uint8Array> {
	// An upload without a body is an empty file.
}

export function serveApp(protocol: Pick<Protocol, 'handle'>, handler: (request: Request) => Promise<Response>): void {
	protocol.handle(appScheme, handler);
}

/** Denies everything that a chat window does not need. */
export function restrictSession(
	session: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'>,
): void {
	session.setPermissionRequestHandler((_contents, permission, answer, details) => {
		answer(allowedPermissions.has(permission) && isOwnOrigin(details.requestingUrl));
	});
	session.setPermissionCheckHandler(
		(_contents, permission, origin) => allowedPermissions.has(permission) && isOwnOrigin(origin),
	);
	session.setDevicePermissionHandler(() => false);
}

/** Keeps a page where it is. `open` is asked about links that want a new window. */
export function confine(contents: WebContents, open: (url: string) => void): void {
	const stay = (event: { readonly preventDefault: () => void; readonly url: string }): void => {
		if (!isOwnOrigin(event.url)) event.preventDefault();
	};
	contents.on('will-navigate', stay);
	contents.on('will-frame-navigate', stay);
	contents.on('will-redirect', stay);
	contents.on('will-attach-webview', (event) => event.preventDefault());
	contents.setWindowOpenHandler(({ url }) => {
		open(url);
		return { action: 'deny' };
	});
}
