/** The step of a message's trace that a change of its send state is. */
import { assertNever } from '../protocols/model/assert-never.ts';
import type { TraceStep } from '../protocols/model/entities.ts';
import type { SendState } from '../protocols/model/send-state.ts';

/**
 * @param before null: the message is new
 * @returns step and detail: an error's code, never content
 */
export function sendStep(before: SendState | null, after: SendState): [TraceStep, string | null] {
	switch (after.kind) {
		case 'queued':
			if (before === null) return ['queued', null];
			return [before.kind === 'sending' ? 'waiting' : 'retried', null];
		case 'sending':
			return ['handed-over', null];
		case 'unconfirmed':
			return ['written', null];
		case 'sent':
			return ['accepted', null];
		case 'delivered':
		case 'read':
		case 'cancelled':
			return [after.kind, null];
		case 'failed':
		case 'uncertain':
			return [after.kind, after.error.code];
		default:
			return assertNever(after);
	}
}
