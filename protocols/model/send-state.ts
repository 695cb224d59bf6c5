/**
 * Life of an outgoing message as a pure, forward-only reducer. Late or repeated proofs never move a message back;
 * only an explicit retry by the user returns it to `queued`.
 */
import { assertNever } from './assert-never.ts';
import type { ChatError } from './errors.ts';

export type SendState =
	/** Durable in the outbox, not yet handed to the network. */
	| { readonly kind: 'queued' }
	| { readonly kind: 'sending' }
	/** Written to a link that never confirms (IRC without echo). */
	| { readonly kind: 'unconfirmed' }
	/** The server has it. */
	| { readonly kind: 'sent' }
	/** A device of the other side has it. */
	| { readonly kind: 'delivered' }
	| { readonly kind: 'read' }
	/** May or may not have been sent; only the user decides whether to send again. */
	| { readonly kind: 'uncertain'; readonly error: ChatError }
	| { readonly kind: 'failed'; readonly error: ChatError; readonly retryable: boolean }
	| { readonly kind: 'cancelled' };

export type SendInput =
	| { readonly type: 'attempt' }
	| { readonly type: 'written' }
	| { readonly type: 'accepted' }
	| { readonly type: 'delivered' }
	| { readonly type: 'read' }
	/** The attempt provably did not reach the network; it may run again by itself. */
	| { readonly type: 'requeue' }
	| { readonly type: 'rejected'; readonly error: ChatError; readonly retryable: boolean }
	| { readonly type: 'unknown'; readonly error: ChatError }
	| { readonly type: 'user-retry' }
	| { readonly type: 'cancel' };

const rank = { queued: 0, sending: 1, unconfirmed: 2, sent: 3, delivered: 4, read: 5 } as const;
type Forward = keyof typeof rank;
const isForward = (kind: SendState['kind']): kind is Forward => kind in rank;

/** Forward to `kind` unless already there or past it; proof of delivery also clears doubt and failure. */
function advance(state: SendState, kind: Forward): SendState {
	if (isForward(state.kind)) return rank[kind] > rank[state.kind] ? { kind } : state;
	return rank[kind] >= rank.sent ? { kind } : state;
}

export function reduceSend(state: SendState, input: SendInput): SendState {
	switch (input.type) {
		case 'attempt':
			return state.kind === 'queued' ? { kind: 'sending' } : state;
		case 'written':
			return advance(state, 'unconfirmed');
		case 'accepted':
			return advance(state, 'sent');
		case 'delivered':
			return advance(state, 'delivered');
		case 'read':
			return advance(state, 'read');
		case 'requeue':
			return state.kind === 'sending' ? { kind: 'queued' } : state;
		case 'rejected':
			if (state.kind !== 'queued' && state.kind !== 'sending' && state.kind !== 'uncertain') return state;
			return { kind: 'failed', error: input.error, retryable: input.retryable };
		case 'unknown':
			return state.kind === 'sending' ? { kind: 'uncertain', error: input.error } : state;
		case 'user-retry':
			return state.kind === 'uncertain' || state.kind === 'failed' ? { kind: 'queued' } : state;
		case 'cancel':
			return state.kind === 'queued' || state.kind === 'uncertain' || state.kind === 'failed'
				? { kind: 'cancelled' }
				: state;
		default:
			return assertNever(input);
	}
}

/** Nothing more will happen by itself. */
export const isSettled = (state: SendState): boolean => state.kind !== 'queued' && state.kind !== 'sending';
