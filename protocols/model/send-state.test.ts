import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatError } from './errors.ts';
import { isSettled, reduceSend } from './send-state.ts';
import type { SendInput, SendState } from './send-state.ts';

const error = chatError('connection-lost');
const inputs: readonly SendInput[] = [
	{ type: 'attempt' },
	{ type: 'written' },
	{ type: 'accepted' },
	{ type: 'delivered' },
	{ type: 'read' },
	{ type: 'requeue' },
	{ type: 'rejected', error, retryable: false },
	{ type: 'unknown', error },
	{ type: 'user-retry' },
	{ type: 'cancel' },
];
const run = (...types: SendInput['type'][]): SendState['kind'] =>
	types.reduce<SendState>(
		(state, type) => reduceSend(state, inputs.find((input) => input.type === type) ?? { type: 'attempt' }),
		{ kind: 'queued' },
	).kind;

describe('send state', () => {
	it.each<[SendInput['type'][], SendState['kind']]>([
		[['attempt', 'accepted'], 'sent'],
		[['attempt', 'written'], 'unconfirmed'],
		[['attempt', 'written', 'accepted'], 'sent'],
		[['attempt', 'read', 'delivered'], 'read'],
		[['attempt', 'unknown'], 'uncertain'],
		[['attempt', 'unknown', 'accepted'], 'sent'],
		[['attempt', 'unknown', 'user-retry'], 'queued'],
		[['attempt', 'requeue'], 'queued'],
		[['attempt', 'rejected'], 'failed'],
		[['attempt', 'rejected', 'attempt'], 'failed'],
		[['attempt', 'rejected', 'cancel'], 'cancelled'],
		[['cancel'], 'cancelled'],
		[['attempt', 'cancel'], 'sending'],
		[['cancel', 'attempt'], 'cancelled'],
	])('%j → %s', (types, expected) => {
		expect(run(...types)).toBe(expected);
	});

	it('a proven message never loses its proof', () => {
		const proven = new Set(['sent', 'delivered', 'read']);
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...inputs)), (sequence) => {
				let state: SendState = { kind: 'queued' };
				let seen = false;
				for (const input of sequence) {
					state = reduceSend(state, input);
					if (seen) expect(proven.has(state.kind)).toBe(true);
					seen ||= proven.has(state.kind);
				}
				expect(typeof isSettled(state)).toBe('boolean');
			}),
		);
	});
});
