/**
 * The way to the engine: the desktop host's MessagePort when a preload script offers one, else the browser host's
 * WebSocket. The ticket in the address is good once; the session key it is exchanged for stays in this tab.
 */
import type { Link } from '../../engine/contract/frames.ts';
import { chatError, ChatException } from '../../protocols/model/errors.ts';
import { after } from '../platform/clock.ts';
import { portLink } from './port-link.ts';
import { portMessageType } from './preload-api.ts';
import type { PreloadApi } from './preload-api.ts';
import { socketLink } from './socket-link.ts';

const sessionItem = 'parley.session';
const portTimeoutMs = 10_000;

const refused = (detail: string): ChatException => new ChatException(chatError('session-expired', detail));
const lost = (): ChatException => new ChatException(chatError('connection-lost'));

/** True when the engine is reached over a network transport, whose frames are always checked. */
export const isNetworkLink = (): boolean => window.parley === undefined;

/** What the browser host knows this tab by; null on the desktop. */
export const sessionKey = (): string | null => window.sessionStorage.getItem(sessionItem);

export function openLink(): Promise<Link> {
	return window.parley === undefined ? openSocket() : openPort(window.parley);
}

function openPort(api: PreloadApi): Promise<Link> {
	return new Promise((resolve, reject) => {
		const cancel = after(portTimeoutMs, () => {
			window.removeEventListener('message', receive);
			reject(lost());
		});
		const receive = (event: MessageEvent<unknown>): void => {
			const [port] = event.ports;
			if (event.source !== window || port === undefined || !isPortMessage(event.data)) return;
			cancel();
			window.removeEventListener('message', receive);
			resolve(portLink(port));
		};
		window.addEventListener('message', receive);
		api.connect();
	});
}

function isPortMessage(data: unknown): boolean {
	return typeof data === 'object' && data !== null && 'type' in data && data.type === portMessageType;
}

/** The one-time ticket of the address, taken out of it so that it reaches no history entry. */
function takeTicket(): string | null {
	const ticket = /^#t=([\w-]{1,128})$/u.exec(window.location.hash)?.[1] ?? null;
	if (ticket !== null) window.history.replaceState(null, '', window.location.pathname);
	return ticket;
}

async function redeem(ticket: string): Promise<string> {
	let response: Response;
	try {
		response = await fetch('/session', {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ ticket }),
		});
	} catch {
		throw lost();
	}
	if (!response.ok) throw refused('ticket');
	const body: unknown = await response.json();
	if (typeof body !== 'object' || body === null || !('session' in body) || typeof body.session !== 'string') {
		throw refused('ticket');
	}
	return body.session;
}

async function openSocket(): Promise<Link> {
	const ticket = takeTicket();
	if (ticket !== null) window.sessionStorage.setItem(sessionItem, await redeem(ticket));
	const session = window.sessionStorage.getItem(sessionItem);
	if (session === null) throw refused('no session');
	const url = new URL('/link', window.location.href);
	url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
	return socketLink(url, session, () => window.sessionStorage.removeItem(sessionItem));
}
