import { useCallback, useEffect, useRef, useState } from 'react';
import type { ChatError } from '../../../protocols/model/errors.ts';
import { useApp } from '../../app-context.ts';
import { after } from '../../platform/clock.ts';

const pauseMs = 500;

export interface Validation {
	readonly errors: ReadonlyMap<string, ChatError>;
	/** The value of a field changed: its old error goes at once, the check follows when typing pauses. */
	readonly changed: (field: string, value: string) => void;
}

interface Check {
	readonly cancel: () => void;
}

/** Asks the adapter about values while the user types. An answer about an older value is thrown away. */
export function useValidation(loginId: string | null, initial: ReadonlyMap<string, ChatError>): Validation {
	const { client } = useApp();
	const [errors, setErrors] = useState(initial);
	const checks = useRef(new Map<string, Check>());
	useEffect(() => {
		const running = checks.current;
		return () => {
			for (const check of running.values()) check.cancel();
			running.clear();
		};
	}, []);
	const changed = useCallback(
		(field: string, value: string): void => {
			checks.current.get(field)?.cancel();
			setErrors((before) => changeError(before, field, null));
			if (loginId === null || value === '') return;
			let live = true;
			const stop = after(pauseMs, () => {
				client
					.query('login.validate', { loginId, field, value })
					.then(({ error }) => {
						if (live) setErrors((before) => changeError(before, field, error));
					})
					.catch(() => undefined);
			});
			checks.current.set(field, {
				cancel: () => {
					live = false;
					stop();
				},
			});
		},
		[client, loginId],
	);
	return { errors, changed };
}

function changeError(
	before: ReadonlyMap<string, ChatError>,
	field: string,
	error: ChatError | null,
): ReadonlyMap<string, ChatError> {
	if ((before.get(field) ?? null) === error) return before;
	const next = new Map(before);
	if (error === null) next.delete(field);
	else next.set(field, error);
	return next;
}
