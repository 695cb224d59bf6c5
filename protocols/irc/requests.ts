/**
 * Commands whose outcome somebody waits for. With labeled-response the server says which lines answer; without it the
 * first line that fits decides, and silence after the deadline means that nobody will ever know.
 */
import type { ActionOutcome } from '../adapter/actions.ts';
import type { Clock } from '../adapter/context.ts';
import { type ChatError, chatError } from '../model/errors.ts';
import type { IrcBatch } from './batches.ts';
import { errorOf } from './errors.ts';
import { formatLine, type IrcLine } from './line.ts';
import type { LabelTracker } from './labels.ts';
import type { Priority, SendQueue } from './send-queue.ts';

export interface RequestOptions {
	readonly priority?: Priority;
	/** The answer is for the asker alone: its lines are not handled as news. */
	readonly claimed?: boolean;
	readonly tags?: Readonly<Record<string, string>>;
	/** Milliseconds the server may take after the line was written. */
	readonly deadlineMs?: number;
	/** Milliseconds without labels, where silence is the normal good answer. */
	readonly silenceMs?: number;
	/** Outcome when nothing comes and nothing can: without labels. */
	readonly silence?: ActionOutcome;
}

/** What a line says about a request; null: nothing. */
export type Verdict = (line: IrcLine) => ActionOutcome | null;

export type Answer =
	| { readonly kind: 'answered'; readonly lines: readonly IrcLine[]; readonly batch: IrcBatch | null }
	/** `written` false: the line never left. */
	| { readonly kind: 'none'; readonly written: boolean; readonly error: ChatError };

interface Expectation {
	readonly verdict: Verdict;
	readonly settle: (outcome: ActionOutcome) => void;
}

const maxExpectations = 500;

export class Requests {
	readonly #clock: Clock;
	readonly #queue: SendQueue;
	readonly #labels: LabelTracker;
	readonly #hasLabels: () => boolean;
	readonly #expected = new Set<Expectation>();
	#closed: ChatError | null = null;

	constructor(clock: Clock, queue: SendQueue, labels: LabelTracker, hasLabels: () => boolean) {
		this.#clock = clock;
		this.#queue = queue;
		this.#labels = labels;
		this.#hasLabels = hasLabels;
	}

	get labelled(): boolean {
		return this.#hasLabels();
	}

	/** Writes a command nobody waits for. */
	send(
		command: string,
		params: readonly string[],
		options: RequestOptions & { readonly replaces?: string; readonly expiresMs?: number } = {},
	): void {
		const line = formatLine(command, params, options.tags);
		this.#queue.push({
			line,
			priority: options.priority ?? 'user',
			...(options.replaces === undefined ? {} : { replaces: options.replaces }),
			...(options.expiresMs === undefined ? {} : { expiresMs: options.expiresMs }),
		});
	}

	/** One command and its outcome. Errors in the answer decide before `verdict` does; an empty answer is success. */
	run(
		command: string,
		params: readonly string[],
		verdict: Verdict,
		options: RequestOptions = {},
	): Promise<ActionOutcome> {
		return this.#hasLabels()
			? this.#runLabelled(command, params, verdict, options)
			: this.#runExpecting(command, params, verdict, options);
	}

	async #runLabelled(
		command: string,
		params: readonly string[],
		verdict: Verdict,
		options: RequestOptions,
	): Promise<ActionOutcome> {
		return this.judge(await this.ask(command, params, options), verdict);
	}

	/** Outcome of an answer to a labelled line. */
	judge(answer: Answer, verdict: Verdict): ActionOutcome {
		if (answer.kind === 'none') return lost(answer);
		let failure: ActionOutcome | null = null;
		for (const line of answer.lines) {
			const outcome = verdict(line);
			if (outcome !== null) return outcome;
			const error = errorOf(line);
			if (error !== null) failure ??= { kind: 'rejected', error };
		}
		return failure ?? { kind: 'accepted', ids: [], time: null };
	}

	/** One labelled command and all lines of its answer. Only to be called when {@link labelled}. */
	ask(command: string, params: readonly string[], options: RequestOptions = {}): Promise<Answer> {
		return this.askRaw((label) => [formatLine(command, params, { ...options.tags, label })], options);
	}

	/** Several lines that belong to one label (a multiline batch). */
	askRaw(build: (label: string) => readonly string[], options: RequestOptions = {}): Promise<Answer> {
		return new Promise((resolve, reject) => {
			let written = false;
			const label = this.#labels.open(
				(reply) =>
					resolve(
						reply.kind === 'lines'
							? { kind: 'answered', lines: reply.lines, batch: reply.batch }
							: { kind: 'none', written, error: reply.error },
					),
				options.claimed === true ? 'claimed' : 'shared',
			);
			if (label === null)
				return resolve({
					kind: 'none',
					written,
					error: chatError('rate-limited', 'too many open requests', { retryAfterMs: 10_000 }),
				});
			let lines: readonly string[];
			try {
				lines = build(label);
			} catch (thrown) {
				this.#labels.fail(label, chatError('bad-input'));
				return reject(thrown);
			}
			lines.forEach((line, index) => {
				const last = index === lines.length - 1;
				this.#queue.push({
					line,
					priority: options.priority ?? 'user',
					onWritten: () => {
						written = true;
						if (last) this.#labels.arm(label, options.deadlineMs ?? 30_000);
					},
					onDropped: (error) => this.#labels.fail(label, error),
				});
			});
		});
	}

	#runExpecting(
		command: string,
		params: readonly string[],
		verdict: Verdict,
		options: RequestOptions,
	): Promise<ActionOutcome> {
		const line = formatLine(command, params, options.tags);
		return new Promise((resolve) => {
			this.#queue.push({
				line,
				priority: options.priority ?? 'user',
				onWritten: () => {
					const silence = options.silence ?? { kind: 'unconfirmed', ids: [] };
					void this.expect(verdict, options.silenceMs ?? 10_000, silence).then(resolve);
				},
				onDropped: (error) => resolve({ kind: 'rejected', error }),
			});
		});
	}

	/** Waits for a line that decides. */
	expect(verdict: Verdict, ms: number, silence: ActionOutcome): Promise<ActionOutcome> {
		if (this.#closed !== null) return Promise.resolve({ kind: 'uncertain', error: this.#closed });
		if (this.#expected.size >= maxExpectations) return Promise.resolve(silence);
		return new Promise((resolve) => {
			const cancel = this.#clock.after(ms, () => entry.settle(silence));
			const entry: Expectation = {
				verdict,
				settle: (outcome) => {
					if (!this.#expected.delete(entry)) return;
					cancel();
					resolve(outcome);
				},
			};
			this.#expected.add(entry);
		});
	}

	/** Shows a line to those who wait; true if it decided something. */
	offer(line: IrcLine): boolean {
		for (const entry of this.#expected) {
			const outcome = entry.verdict(line);
			if (outcome === null) continue;
			entry.settle(outcome);
			return true;
		}
		return false;
	}

	close(error: ChatError): void {
		this.#closed = error;
		for (const entry of [...this.#expected]) entry.settle({ kind: 'uncertain', error });
	}
}

function lost(answer: { readonly written: boolean; readonly error: ChatError }): ActionOutcome {
	if (!answer.written)
		return {
			kind: 'rejected',
			error: answer.error.code === 'cancelled' ? answer.error : { ...answer.error, retry: 'later' },
		};
	return { kind: 'uncertain', error: chatError('delivery-unknown', answer.error.code) };
}
