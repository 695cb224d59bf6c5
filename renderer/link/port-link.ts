import type { Link } from '../../engine/contract/frames.ts';

/** A Link over a MessagePort of the desktop host; frames are plain values. */
export function portLink(port: MessagePort): Link {
	const closeListeners: (() => void)[] = [];
	let isOpen = true;
	const closed = (): void => {
		if (!isOpen) return;
		isOpen = false;
		for (const listener of closeListeners) listener();
	};
	port.addEventListener('close', closed);
	return {
		send: (frame) => {
			if (isOpen) port.postMessage(frame);
			return isOpen;
		},
		onMessage: (listener) => {
			port.addEventListener('message', (event: MessageEvent<unknown>) => listener(event.data));
			port.start();
		},
		onClose: (listener) => void closeListeners.push(listener),
		close: () => {
			port.close();
			closed();
		},
	};
}
