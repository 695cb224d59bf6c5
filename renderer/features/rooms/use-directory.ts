import { useCallback, useEffect, useRef, useState } from 'react';
import type { QueryResults } from '../../../engine/contract/queries.ts';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp } from '../../app-context.ts';
import { after } from '../../platform/clock.ts';

export type DirectoryRoom = QueryResults['search.directory']['rooms'][number];

const pageSize = 100;
const typingPauseMs = 350;

export interface Directory {
	readonly rooms: readonly DirectoryRoom[];
	readonly loading: boolean;
	/** The server has no more. */
	readonly done: boolean;
	readonly error: ChatError | null;
	readonly more: () => void;
	readonly retry: () => void;
}

interface State {
	readonly rooms: readonly DirectoryRoom[];
	readonly loading: boolean;
	readonly done: boolean;
	readonly error: ChatError | null;
}

const fresh: State = { rooms: [], loading: true, done: false, error: null };

/** Public rooms of an account, read page by page as far as somebody scrolls; starts over when the filter changes. */
export function useDirectory(accountId: AccountId | null, filter: string): Directory {
	const { client } = useApp();
	const [state, setState] = useState<State>(fresh);
	const [attempt, setAttempt] = useState(0);
	const run = useRef(0);
	const isReading = useRef(false);
	const read = useCallback(
		(offset: number): void => {
			if (accountId === null || isReading.current) return;
			const mine = run.current;
			isReading.current = true;
			setState((before) => ({ ...before, loading: true, error: null }));
			client
				.query('search.directory', { accountId, filter, offset, limit: pageSize })
				.then((page) => {
					if (run.current !== mine) return;
					setState((before) => ({
						rooms: withoutRepeats(before.rooms, page.rooms),
						loading: false,
						done: page.done || page.rooms.length === 0,
						error: page.error,
					}));
				})
				.catch((thrown: unknown) => {
					if (run.current === mine) setState((before) => ({ ...before, loading: false, error: toChatError(thrown) }));
				})
				.finally(() => {
					if (run.current === mine) isReading.current = false;
				});
		},
		[client, accountId, filter],
	);
	useEffect(() => {
		setState(accountId === null ? { ...fresh, loading: false } : fresh);
		const stop = after(filter === '' ? 0 : typingPauseMs, () => read(0));
		return () => {
			stop();
			run.current += 1;
			isReading.current = false;
		};
	}, [read, accountId, filter, attempt]);
	const { rooms, loading, done, error } = state;
	const more = useCallback((): void => {
		if (!loading && !done && error === null) read(rooms.length);
	}, [loading, done, error, rooms.length, read]);
	return { ...state, more, retry: () => setAttempt((before) => before + 1) };
}

/** A server may list a room twice when its list changes between pages. */
function withoutRepeats(known: readonly DirectoryRoom[], added: readonly DirectoryRoom[]): readonly DirectoryRoom[] {
	const seen = new Set(known.map((room) => room.remoteId));
	const next = [...known];
	for (const room of added) {
		if (seen.has(room.remoteId)) continue;
		seen.add(room.remoteId);
		next.push(room);
	}
	return next;
}
