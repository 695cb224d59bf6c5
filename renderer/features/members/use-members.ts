import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Conversation, Member } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { after } from '../../platform/clock.ts';
import { applyPatch } from '../../state/apply-patch.ts';
import { filterMembers } from './member-rows.ts';

const pageSize = 500;
const pauseMs = 250;

export interface Members {
	/** Null until the first list has come. */
	readonly shown: readonly Member[] | null;
	readonly total: number;
	readonly complete: boolean;
	readonly more: () => void;
}

/**
 * Members of an open conversation. The first ones come by patch; more are read as somebody scrolls and join the same
 * list in the store, so that later patches reach them too. A filter asks the engine while not all are here.
 */
export function useMembers(conversation: Conversation, filter: string): Members {
	const app = useApp();
	const { id } = conversation;
	const list = useAppState((state) => state.engine.members.get(id));
	const [found, setFound] = useState<readonly Member[] | null>(null);
	const reading = useRef(false);
	const known = list?.byId.size ?? 0;
	const total = list?.total ?? 0;
	const wanted = filter.trim();
	const mustAsk = wanted !== '' && known < total;
	const more = useCallback((): void => {
		if (reading.current || known === 0 || known >= total) return;
		reading.current = true;
		app.client
			.query('members.page', { conversationId: id, filter: '', offset: known, limit: pageSize })
			.then((page) => {
				const op = {
					op: 'members.delta',
					conversationId: id,
					upsert: page.members,
					remove: [],
					total: page.total,
				} as const;
				app.store.setState((state) => ({ engine: applyPatch(state.engine, [op]) }));
				// An empty page ends the reading: the count was of people who cannot be listed.
				reading.current = page.members.length === 0;
			})
			.catch(() => {
				reading.current = false;
			});
	}, [app, id, known, total]);
	useEffect(() => {
		reading.current = false;
	}, [id]);
	useEffect(() => {
		setFound(null);
		if (!mustAsk) return undefined;
		let live = true;
		const stop = after(pauseMs, () => {
			app.client
				.query('members.page', { conversationId: id, filter: wanted.slice(0, 200), offset: 0, limit: pageSize })
				.then((page) => {
					if (live) setFound(page.members);
				})
				.catch(() => undefined);
		});
		return () => {
			live = false;
			stop();
		};
	}, [app, id, wanted, mustAsk]);
	const byId = list?.byId;
	const shown = useMemo(
		() => (byId === undefined ? null : (found ?? filterMembers(byId.values(), wanted))),
		[byId, found, wanted],
	);
	return { shown, total, complete: list?.complete ?? true, more };
}
