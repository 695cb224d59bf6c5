/**
 * The part of `@xmpp/connection-tcp` 0.14 that we rely on, checked against its source: the published types miss the
 * underscore members we override. Versions are pinned exactly because these are not a public interface.
 */
declare module '@xmpp/connection-tcp' {
	type Element = import('@xmpp/xml').Element;

	export default class ConnectionTCP {
		timeout: number;
		status: string;
		NS: string;
		Parser: unknown;
		socket: unknown;
		options: { domain: string; lang?: string };
		constructor(options: { domain: string; lang?: string });
		on(event: 'error', listener: (error: unknown) => void): this;
		on(event: 'close' | 'disconnect', listener: (...args: unknown[]) => void): this;
		emit(event: string, ...args: unknown[]): boolean;
		/** Opens a stream on the attached socket: new parser, header, waits for the peer's header. */
		open(options: { domain: string; lang?: string }): Promise<unknown>;
		/** Subscribes to `data`, `close`, `connect` and `error` of the socket. */
		_attachSocket(socket: unknown): void;
		_detachSocket(): void;
		_detachParser(): void;
		_onData(data: unknown): void;
		_onElement(element: Element): void;
		header(element: Element): string;
		headerElement(): Element;
	}
}

declare module '@xmpp/connection/lib/StreamError.js' {
	export default class StreamError extends Error {
		readonly condition: string;
		readonly text: string;
		static fromElement(element: import('@xmpp/xml').Element): StreamError;
	}
}
