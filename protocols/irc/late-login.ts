/** Logging in after registration, when services come back and SASL is offered anew (cap-notify, sasl-3.2). */
import { formatLine, type IrcLine } from './line.ts';
import { type Runtime, serverText } from './runtime.ts';
import { chooseMechanism, SaslExchange, type SaslOptions } from './sasl.ts';

const saslLines = new Set(['AUTHENTICATE', '902', '903', '904', '905', '906', '907', '908']);

export class LateLogin {
	readonly #runtime: Runtime;
	readonly #options: SaslOptions | null;
	readonly #write: (line: string) => void;
	readonly #done: (mechanism: string) => void;
	#exchange: SaslExchange | null = null;
	#asked = false;

	constructor(
		runtime: Runtime,
		options: SaslOptions | null,
		write: (line: string) => void,
		done: (mechanism: string) => void,
	) {
		this.#runtime = runtime;
		this.#options = options;
		this.#write = write;
		this.#done = done;
	}

	/** New capabilities are offered; asks for SASL if we want it and are not logged in. */
	offered(names: readonly string[]): void {
		const { caps, account } = this.#runtime.session;
		if (this.#options === null || account !== null || !names.includes('sasl')) return;
		this.#asked = true;
		caps.request(['sasl']);
	}

	/** Something was granted or withdrawn. */
	changed(): void {
		const { caps } = this.#runtime.session;
		if (!this.#asked || this.#options === null || !caps.has('sasl') || this.#exchange !== null) return;
		this.#asked = false;
		const choice = chooseMechanism(caps.value('sasl'), this.#options);
		if ('error' in choice) return serverText(this.#runtime, 'error', choice.error.detail ?? choice.error.code);
		const write = (text: string): void => this.#write(formatLine('AUTHENTICATE', [text]));
		this.#exchange = new SaslExchange(choice.mechanism, this.#options, write);
		this.#exchange.start();
	}

	/** @returns true if the line was part of the exchange */
	handle(line: IrcLine): boolean {
		if (this.#exchange === null || !saslLines.has(line.command)) return false;
		const progress = this.#exchange.handle(line);
		if (progress.kind === 'more') return true;
		this.#exchange = null;
		// The session works without it, so a refusal is told and not an end.
		if (progress.kind === 'done') this.#done(progress.mechanism);
		else serverText(this.#runtime, 'error', progress.error.detail ?? progress.error.code);
		return true;
	}
}
