import type { Link } from '../../engine/contract/frames.ts';
import { chatError, ChatException } from '../../protocols/model/errors.ts';

/** Close code of the host for a session it does not know (any more). */
const refusedCode = 4401;
/** Bytes waiting in the socket above which it takes no more frames. */
const maxBuffered = 4 * 1024 * 1024;

/**
 * A Link over the browser host's WebSocket; one JSON text per frame, the first message is the session key. A refused
 * session shows as a close before anything was received.
 */
export function socketLink(url: URL, session: string, onRefused: () => void): Promise<Link> {
	return new Promise((resolve, reject) => {
		const socket = new WebSocket(url);
		const messageListeners: ((frame: unknown) => void)[] = [];
		const closeListeners: (() => void)[] = [];
		socket.addEventListener('message', (event: MessageEvent<unknown>) => {
			if (typeof event.data !== 'string') return;
			let frame: unknown;
			try {
				frame = JSON.parse(event.data);
			} catch {
				socket.close();
				return;
			}
			for (const listener of messageListeners) listener(frame);
		});
		socket.addEventListener('close', (event) => {
			if (event.code === refusedCode) {
				onRefused();
				// The client is told why on the link itself, so that it does not try again with a dead key.
				const bye = { t: 'bye', error: chatError('session-expired') } as const;
				for (const listener of messageListeners) listener(bye);
			}
			for (const listener of closeListeners) listener();
			reject(new ChatException(chatError('connection-lost')));
		});
		socket.addEventListener('open', () => {
			socket.send(JSON.stringify({ session }));
			resolve({
				send: (frame) => {
					if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > maxBuffered) return false;
					socket.send(JSON.stringify(frame));
					return true;
				},
				onMessage: (listener) => void messageListeners.push(listener),
				onClose: (listener) => void closeListeners.push(listener),
				close: () => socket.close(),
			});
		});
	});
}
