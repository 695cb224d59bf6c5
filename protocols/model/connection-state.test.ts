import { describe, expect, it } from 'vitest';
import { attemptsOf, offline, reduceConnection } from './connection-state.ts';
import type { ConnectionInput, ConnectionState } from './connection-state.ts';
import { chatError } from './errors.ts';

const error = chatError('connection-lost');
const after = (...inputs: ConnectionInput[]): ConnectionState => inputs.reduce(reduceConnection, offline);

describe('connection state', () => {
	it('walks from offline to online', () => {
		expect(
			after(
				{ type: 'attempt' },
				{ type: 'step', step: 'securing' },
				{ type: 'syncing', progress: 0.5 },
				{ type: 'online', at: 9 },
			),
		).toEqual({ kind: 'online', since: 9 });
	});
	it('counts attempts until online', () => {
		const lost: ConnectionInput = { type: 'ended', error, retryAt: 5 };
		const waiting = after({ type: 'attempt' }, lost, { type: 'attempt' }, lost);
		expect(waiting).toEqual({ kind: 'waiting', attempt: 2, retryAt: 5, error });
		expect(attemptsOf(reduceConnection(waiting, { type: 'online', at: 1 }))).toBe(0);
	});
	it('ignores late reports after a stop', () => {
		const stopped = after({ type: 'attempt' }, { type: 'stopped' });
		for (const late of [
			{ type: 'step', step: 'joining' },
			{ type: 'syncing', progress: null },
			{ type: 'online', at: 1 },
			{ type: 'ended', error, retryAt: null },
			{ type: 'blocked', error },
			{ type: 'degraded', error, retryAt: null },
		] as const satisfies readonly ConnectionInput[]) {
			expect(reduceConnection(stopped, late)).toBe(stopped);
		}
	});
	it('stays blocked until the user acts', () => {
		const blocked = after({ type: 'attempt' }, { type: 'blocked', error });
		expect(reduceConnection(blocked, { type: 'online', at: 1 })).toBe(blocked);
		expect(reduceConnection(blocked, { type: 'attempt' }).kind).toBe('connecting');
	});
	it('a degraded link recovers by itself', () => {
		expect(
			after(
				{ type: 'attempt' },
				{ type: 'online', at: 1 },
				{ type: 'degraded', error, retryAt: null },
				{ type: 'online', at: 3 },
			),
		).toEqual({ kind: 'online', since: 3 });
	});
});
