/** The part of irc-framework 4.14.0 (which ships no types) that Parley uses; see client.ts. */
declare module 'irc-framework' {
	export interface IrcMessage {
		tags: Record<string, string>;
		prefix: string;
		nick: string;
		ident: string;
		hostname: string;
		command: string;
		params: string[];
	}

	interface MiddlewareHandler<Args extends unknown[]> {
		use(middleware: (...args: [...Args, next: (error?: unknown) => void]) => void): void;
	}

	export interface ClientOptions {
		nick: string;
		username: string;
		gecos: string;
		version: string;
		auto_reconnect: boolean;
		ping_interval: number;
		ping_timeout: number;
		/** Called with `new`; may return the object to use. */
		transport: unknown;
	}

	export class Client {
		constructor(options: ClientOptions);
		command_handler: { dispatch(message: IrcMessage): void };
		network: { cap: { enabled: string[] } };
		raw_middleware: MiddlewareHandler<[command: string, message: IrcMessage, line: string, client: Client]>;
		connect(options?: ClientOptions): void;
		registerToNetwork(): void;
		on(event: string, listener: (payload: unknown) => void): this;
		removeAllListeners(): this;
	}

	export class Message {
		constructor(command?: string, ...params: string[]);
		tags: Record<string, string>;
		prefix: string;
		nick: string;
		ident: string;
		hostname: string;
		command: string;
		params: string[];
	}

	export function ircLineParser(line: string): IrcMessage | undefined;
}
