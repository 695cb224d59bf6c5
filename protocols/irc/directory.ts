/** LIST as a stream: rooms are handed on while the server is still listing, for one reader at a time. */
import type { DirectoryFacet, DirectoryRoom } from '../adapter/adapter.ts';
import { ChatException, chatError } from '../model/errors.ts';
import { errorOf } from './errors.ts';
import { parseFormatting } from './format.ts';
import type { IrcLine } from './line.ts';
import type { Runtime } from './runtime.ts';

/** Rooms kept for a slow reader; what a server lists beyond that is left out. */
const maxBuffered = 50_000;

interface Reader {
	readonly filter: string;
	readonly queue: DirectoryRoom[];
	ended: ChatException | 'end' | null;
	wake: () => void;
}

export class Directory implements DirectoryFacet {
	readonly #runtime: Runtime;
	#reader: Reader | null = null;

	constructor(runtime: Runtime) {
		this.#runtime = runtime;
	}

	/** Asked by the user with /raw: then nobody reads, and the answer is not ours. */
	get active(): boolean {
		return this.#reader !== null;
	}

	onRooms(rooms: readonly { readonly channel: string; readonly num_users: number; readonly topic: string }[]): void {
		const reader = this.#reader;
		if (reader === null) return;
		const wanted = reader.filter.toLowerCase();
		for (const room of rooms) {
			// Hybrid and others put "[+nt] " in front of the topic.
			const topic = parseFormatting(room.topic).text.replace(/^\[\+[A-Za-z]*[^\]]{0,40}\] ?/, '');
			if (wanted !== '' && !room.channel.toLowerCase().includes(wanted) && !topic.toLowerCase().includes(wanted))
				continue;
			if (reader.queue.length >= maxBuffered) break;
			reader.queue.push({
				remoteId: this.#runtime.session.conversationId(room.channel),
				joinName: room.channel,
				name: room.channel,
				topic,
				members: Number.isInteger(room.num_users) ? room.num_users : null,
			});
		}
		reader.wake();
	}

	onEnd(): void {
		this.#settle('end');
	}

	/** Refusals of LIST. */
	onLine(line: IrcLine): boolean {
		if (this.#reader === null) return false;
		const listing =
			(line.command === '263' || line.command === '481') && line.params.some((word) => word.toUpperCase() === 'LIST');
		const error = listing ? errorOf(line) : null;
		if (error === null) return false;
		this.#settle(new ChatException(error));
		return true;
	}

	close(error: ChatException): void {
		this.#settle(error);
	}

	#settle(how: ChatException | 'end'): void {
		const reader = this.#reader;
		this.#reader = null;
		if (reader === null) return;
		reader.ended = how;
		reader.wake();
	}

	async *rooms(filter: string, signal: AbortSignal): AsyncGenerator<readonly DirectoryRoom[]> {
		if (!this.#runtime.ready()) throw new ChatException(chatError('connection-lost'));
		// A newer search replaces an older one; its lines would be the same.
		const running = this.#reader !== null;
		this.#settle('end');
		const reader: Reader = { filter, queue: [], ended: null, wake: () => undefined };
		this.#reader = reader;
		const elist = this.#runtime.session.isupport.get('ELIST')?.toUpperCase() ?? '';
		const mask = filter.replace(/[^\p{L}\p{N}#&_.-]/gu, '');
		// The server filters by name only, so a short or strange filter gets the whole list, filtered here.
		const params = elist.includes('M') && mask.length >= 3 && mask === filter ? [`*${mask}*`] : [];
		if (!running) this.#runtime.requests.send('LIST', params);
		const cancel = this.#runtime.context.clock.after(
			60_000,
			() => this.#reader === reader && this.#settle(new ChatException(chatError('timeout'))),
		);
		const onAbort = (): void => {
			reader.ended ??= 'end';
			reader.wake();
		};
		signal.addEventListener('abort', onAbort, { once: true });
		try {
			for (;;) {
				if (signal.aborted) return;
				if (reader.queue.length > 0) yield reader.queue.splice(0, 500);
				else if (reader.ended === 'end') return;
				else if (reader.ended !== null) throw reader.ended;
				else await new Promise<void>((resolve) => (reader.wake = resolve));
			}
		} finally {
			cancel();
			signal.removeEventListener('abort', onAbort);
			if (this.#reader === reader) this.#reader = null;
		}
	}
}
