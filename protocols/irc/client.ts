/**
 * The only file that touches irc-framework (4.14.0). It gives us the line parser, the connection frame and the
 * collecting of multi-line numerics (WHOIS, LIST, MOTD, ban lists). Everything with traps is done here or
 * elsewhere instead: one client per attempt and no reconnect of its own, dispatch that cannot throw, batches at any
 * depth, labels correlated before anything else sees a line, and bounded caches.
 */
import { Client, type IrcMessage, Message } from 'irc-framework';
import type { Clock, Logger } from '../adapter/context.ts';
import { type ChatError, chatError } from '../model/errors.ts';
import { BatchAssembler, type IrcBatch, linesIn } from './batches.ts';
import { LabelTracker } from './labels.ts';
import { formatSource, type IrcLine, lineLimits, parseSource } from './line.ts';
import type { Link } from './link.ts';
import { redact } from './redact.ts';
import { LineTransport } from './transport.ts';

/** Multi-line answers that irc-framework puts together, in its own field names. */
export type CollectedReply =
	| { readonly type: 'whois' | 'whowas'; readonly reply: WhoisReply }
	| {
			readonly type: 'channel list';
			readonly reply: readonly { readonly channel: string; readonly num_users: number; readonly topic: string }[];
	  }
	| { readonly type: 'channel list end'; readonly reply: undefined }
	| { readonly type: 'motd'; readonly reply: { readonly motd?: string; readonly error?: string } }
	| {
			readonly type: 'banlist';
			readonly reply: {
				readonly channel: string;
				readonly bans: readonly { readonly banned: string; readonly banned_by?: string }[];
			};
	  };

export interface WhoisReply {
	readonly nick: string;
	readonly ident?: string;
	readonly hostname?: string;
	readonly real_name?: string;
	readonly server?: string;
	readonly server_info?: string;
	readonly channels?: string;
	readonly idle?: string;
	readonly logon?: string;
	readonly account?: string;
	readonly registered_nick?: string;
	readonly operator?: string;
	readonly bot?: string;
	readonly secure?: boolean;
	readonly away?: string;
	readonly error?: string;
}

const collected = ['whois', 'whowas', 'channel list', 'channel list end', 'motd', 'banlist'] as const;

/** Where a line stands. */
export interface LineContext {
	/** Batches around it, outermost first. */
	readonly batches: readonly IrcBatch[];
	/** Our label that this line answers, already settled. */
	readonly label: string | null;
}

export interface ClientListener {
	/** A closed batch as a whole; true if its lines need no further handling. */
	onBatch(batch: IrcBatch, label: string | null): boolean;
	/** One line; true if handled. Unhandled lines go to irc-framework's collectors. */
	onLine(line: IrcLine, context: LineContext): boolean;
	onCollected(reply: CollectedReply): void;
	/** All lines of one read were handled. */
	onChunk(): void;
	/** The link ended; null for a clean end. Called exactly once. */
	onClosed(error: ChatError | null): void;
}

/** Numerics that irc-framework keeps until an end numeric arrives, with the numerics that end them. */
const hoarded = new Map([
	['372', ['376', '422']],
	['367', ['368']],
	['311', ['318']],
	['319', ['318']],
]);
const endings = new Map([...hoarded].flatMap(([item, ends]) => ends.map((end) => [end, item] as const)));
const maxHoarded = 20_000;

/** What an unanswered collection may keep in irc-framework's caches: WHOIS of names nobody asked for. */
export const toLine = (message: IrcMessage): IrcLine => {
	const tags = new Map<string, string>();
	for (const key of Object.keys(message.tags)) {
		if (tags.size >= lineLimits.tags) break;
		tags.set(key, message.tags[key] ?? '');
	}
	return {
		tags,
		source: message.prefix === '' ? null : parseSource(message.prefix),
		command: message.command,
		params: message.params.slice(0, lineLimits.params),
	};
};

const toMessage = (line: IrcLine): Message => {
	const message = new Message(line.command, ...line.params);
	message.tags = Object.assign(Object.create(null), Object.fromEntries(line.tags)) as Record<string, string>;
	if (line.source !== null) {
		message.prefix = formatSource(line.source);
		message.nick = line.source.nick;
		message.ident = line.source.user;
		message.hostname = line.source.host;
	}
	return message;
};

/** Registration is ours (registration.ts): irc-framework would send PASS in clear and cannot wait for STS. */
class QuietClient extends Client {
	override registerToNetwork(): void {}
}

export class IrcClient {
	readonly labels: LabelTracker;
	readonly #client: QuietClient;
	readonly #transport: LineTransport;
	readonly #batches = new BatchAssembler();
	readonly #listener: ClientListener;
	readonly #log: Logger;
	readonly #hoard = new Map<string, number>();
	#closed = false;

	constructor(
		link: Link,
		peer: { readonly host: string; readonly port: number },
		clock: Clock,
		log: Logger,
		listener: ClientListener,
	) {
		this.labels = new LabelTracker(clock);
		this.#listener = listener;
		this.#log = log;
		const transport = new LineTransport(link.socket, peer);
		this.#transport = transport;
		this.#client = new QuietClient({
			nick: '*',
			username: '*',
			gecos: '*',
			version: '',
			auto_reconnect: false,
			ping_interval: 0,
			ping_timeout: 0,
			transport: function existing() {
				return transport;
			},
		});
		const handler = this.#client.command_handler;
		const dispatch = handler.dispatch.bind(handler);
		handler.dispatch = (message) => this.#guard('collector', () => dispatch(message));
		// Nothing passes to irc-framework by itself: `next` is never called.
		this.#client.raw_middleware.use((_command, message) => this.#guard('line', () => this.#onMessage(message)));
		for (const type of collected)
			this.#client.on(type, (reply) =>
				this.#guard(type, () => listener.onCollected({ type, reply } as CollectedReply)),
			);
	}

	/** Starts reading; call once, after the listener is ready. */
	open(): void {
		this.#transport.on('line', (text: string) => this.#log.wire('in', redact(text)));
		this.#client.connect();
		this.#transport.on('chunk', () => this.#guard('chunk', () => this.#listener.onChunk()));
		this.#transport.on('close', () => this.#onClose());
	}

	/** Writes one serialised line at once; pacing is the send queue's business. */
	write(line: string): void {
		if (this.#closed) return;
		this.#log.wire('out', redact(line));
		this.#transport.writeLine(line);
	}

	/** Capabilities that change how irc-framework reads collected replies. */
	setCapabilities(names: readonly string[]): void {
		this.#client.network.cap.enabled = [...names];
	}

	pause(): void {
		this.#transport.pause();
	}
	resume(): void {
		if (!this.#closed) this.#transport.resume();
	}

	/** Ends the link; pending bytes are still sent. */
	end(): void {
		this.#transport.close();
	}

	/** Cuts the link now. @param error the reason to report, or null */
	destroy(error: ChatError | null): void {
		this.#transport.destroy(error);
	}

	#onMessage(message: IrcMessage): void {
		const line = toLine(message);
		const result = this.#batches.accept(line);
		if (result.kind === 'held') return;
		if (result.kind === 'line') {
			const label = line.tags.get('label');
			const lines = line.command === 'ACK' ? [] : [line];
			const claim = label === undefined ? null : this.labels.answer(label, lines, null);
			if (claim !== 'claimed') this.#deliver(line, { batches: [], label: claim === null ? null : (label ?? null) });
			return;
		}
		this.#onBatch(result.batch);
	}

	#onBatch(batch: IrcBatch): void {
		const tag = batch.opening.tags.get('label');
		const lines = Array.from(linesIn(batch), (entry) => entry.line);
		const claim = tag === undefined ? null : this.labels.answer(tag, lines, batch);
		if (claim === 'claimed') return;
		const label = claim === null ? null : (tag ?? null);
		if (this.#guard('batch', () => this.#listener.onBatch(batch, label)) === true) return;
		this.#walk(batch, [batch], label);
	}

	#walk(batch: IrcBatch, chain: readonly IrcBatch[], label: string | null): void {
		for (const item of batch.items) {
			if ('line' in item) this.#deliver(item.line, { batches: chain, label });
			else if (this.#guard('batch', () => this.#listener.onBatch(item.batch, label)) !== true)
				this.#walk(item.batch, [...chain, item.batch], label);
		}
	}

	#deliver(line: IrcLine, context: LineContext): void {
		if (this.#guard(line.command, () => this.#listener.onLine(line, context)) === true) return;
		if (!this.#mayHoard(line.command)) return;
		this.#client.command_handler.dispatch(toMessage(line));
	}

	#mayHoard(command: string): boolean {
		const ended = endings.get(command);
		if (ended !== undefined) this.#hoard.clear();
		if (!hoarded.has(command)) return true;
		const count = (this.#hoard.get(command) ?? 0) + 1;
		this.#hoard.set(command, count);
		return count <= maxHoarded;
	}

	/** A line that breaks its handler is logged and skipped: a server must never be able to stop us with one line. */
	#guard<T>(what: string, run: () => T): T | undefined {
		try {
			return run();
		} catch (thrown) {
			this.#log.warn('line skipped', {
				what,
				cause: thrown instanceof Error ? `${thrown.name}: ${thrown.message}`.slice(0, 200) : typeof thrown,
			});
			return undefined;
		}
	}

	#onClose(): void {
		if (this.#closed) return;
		this.#closed = true;
		const error = this.#transport.error;
		this.labels.failAll(error ?? chatError('connection-lost'));
		this.#client.removeAllListeners();
		this.#listener.onClosed(error);
	}
}
