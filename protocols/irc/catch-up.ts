/** What was missed while away: asked for per room as it is joined, and for private chats once per connection. */
import { toChatError } from '../model/errors.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import type { History } from './handlers/history.ts';
import { playbackService } from './names.ts';
import type { Rejoin } from './rejoin.ts';
import type { Runtime } from './runtime.ts';

const saveEveryMs = 60_000;

export class CatchUp {
	readonly #runtime: Runtime;
	readonly #history: History;
	readonly #memory: Rejoin;
	readonly #abort = new AbortController();
	/** Channels that we were in when the last session ended, folded, until we are back in them. */
	readonly #returning = new Set<string>();
	#since: number | null = null;
	#cancel: (() => void) | null = null;

	constructor(runtime: Runtime, history: History, memory: Rejoin) {
		this.#runtime = runtime;
		this.#history = history;
		this.#memory = memory;
	}

	/** Call before anything is joined. */
	async prepare(channels: readonly string[]): Promise<void> {
		this.#since = await this.#memory.lastSeen();
		for (const channel of channels) this.#returning.add(this.#runtime.session.fold(channel));
	}

	/** In a channel where nothing was ever said to us, only our absence tells what was missed. */
	joined(channel: { readonly id: RemoteConversationId; readonly name: string }): void {
		this.fetch(channel.id, this.#returning.delete(this.#runtime.session.fold(channel.name)) ? this.#since : null);
	}

	/** Private messages missed: of whom, the server tells; what, history tells. */
	async start(): Promise<void> {
		const { session, requests, context } = this.#runtime;
		const since = this.#since;
		this.#keepSeen();
		// ZNC plays back only on demand once it knows that we can ask. Where there is CHATHISTORY it would come twice.
		if (session.caps.has('znc.in/playback') && !this.#history.available)
			requests.send('PRIVMSG', [playbackService, `PLAY * ${Math.floor((since ?? 0) / 1000)}`], {
				priority: 'background',
			});
		if (since === null || !this.#history.available) return;
		try {
			for (const target of await this.#history.targets(since, this.#abort.signal))
				if (!session.isChannel(target)) this.fetch(session.conversationId(target), since);
		} catch (thrown) {
			context.log.warn('no list of missed conversations', { code: toChatError(thrown).code });
		}
	}

	/** @param since where to begin when nothing of the conversation is stored; null: nothing was missed */
	fetch(conversation: RemoteConversationId, since: number | null = null): void {
		const { sink, context } = this.#runtime;
		this.#history
			.catchUp(conversation, since, this.#abort.signal)
			.then(() => sink.flush())
			.catch((thrown: unknown) => {
				if (this.#abort.signal.aborted) return;
				context.log.warn('catch-up failed', { code: toChatError(thrown).code });
				sink.push({ type: 'gap', conversation, token: null, fillable: true }, 'catchup');
				void sink.flush();
			});
	}

	stop(): void {
		this.#abort.abort();
		this.#cancel?.();
	}

	/** A crash must not make us forget since when messages may have been missed. */
	#keepSeen(): void {
		if (this.#abort.signal.aborted) return;
		const { clock } = this.#runtime.context;
		this.#cancel = clock.after(saveEveryMs, () => {
			void this.#memory.saveSeen(clock.now()).catch(() => undefined);
			this.#keepSeen();
		});
	}
}
