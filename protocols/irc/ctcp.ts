/** Answers to CTCP requests: four harmless ones, to us alone, few per minute. */
import type { Clock } from '../adapter/context.ts';

export interface CtcpHost {
	readonly context: { readonly clock: Clock; readonly client: { readonly name: string; readonly version: string } };
	readonly session: { readonly ctcp: CtcpBudget };
}

const burst = 3;
const perAnswerMs = 15_000;

/** Others decide how often they ask; this decides how often we answer. */
export class CtcpBudget {
	#tokens = burst;
	#at = 0;

	take(now: number): boolean {
		this.#tokens = Math.min(burst, this.#tokens + Math.max(0, now - this.#at) / perAnswerMs);
		this.#at = now;
		if (this.#tokens < 1) return false;
		this.#tokens--;
		return true;
	}
}

/** @returns what to put between the \x01, or null for silence */
export function ctcpAnswer(type: string, argument: string, host: CtcpHost): string | null {
	const { clock, client } = host.context;
	const answer = (): string | null => {
		switch (type.toUpperCase()) {
			case 'VERSION':
				return `VERSION ${client.name} ${client.version}`;
			case 'PING':
				return `PING ${argument.replace(/[^\x20-\x7e]/g, '').slice(0, 64)}`;
			case 'TIME':
				return `TIME ${new Date(clock.now()).toUTCString()}`;
			case 'CLIENTINFO':
				return 'CLIENTINFO ACTION CLIENTINFO PING TIME VERSION';
			default:
				return null;
		}
	};
	const text = answer();
	return text !== null && host.session.ctcp.take(clock.now()) ? text : null;
}
