/** One action through an adapter, made safe: bounded in time, never throwing, typed whatever the adapter does. */
import type { ActionOutcome, AdapterAction } from '../protocols/adapter/actions.ts';
import type { ProtocolAdapter } from '../protocols/adapter/adapter.ts';
import type { Clock } from '../protocols/adapter/context.ts';
import { chatError, ChatException, toChatError } from '../protocols/model/errors.ts';
import { timedOut, withTimeout } from './with-timeout.ts';

/** An adapter that has not answered by now has lost the action. */
const performTimeoutMs = 60_000;

export async function performSafely(
	clock: Clock,
	adapter: ProtocolAdapter,
	action: AdapterAction,
	ms: number = performTimeoutMs,
): Promise<ActionOutcome> {
	try {
		const outcome = await withTimeout(clock, ms, adapter.perform(action));
		if (outcome === timedOut) return { kind: 'uncertain', error: chatError('delivery-unknown', 'no answer') };
		return isOutcome(outcome) ? outcome : { kind: 'uncertain', error: chatError('internal', 'no outcome') };
	} catch (thrown) {
		// It threw on the way: whether anything reached the wire is unknown, unless it says so itself.
		if (thrown instanceof ChatException) return { kind: 'rejected', error: thrown.error };
		return { kind: 'uncertain', error: chatError('delivery-unknown', toChatError(thrown).detail) };
	}
}

const outcomeKinds: ReadonlySet<string> = new Set(['accepted', 'pending', 'unconfirmed', 'rejected', 'uncertain']);

function isOutcome(outcome: unknown): outcome is ActionOutcome {
	return (
		typeof outcome === 'object' &&
		outcome !== null &&
		'kind' in outcome &&
		typeof outcome.kind === 'string' &&
		outcomeKinds.has(outcome.kind)
	);
}
