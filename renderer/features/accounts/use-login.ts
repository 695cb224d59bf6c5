import { useCallback, useEffect, useRef, useState } from 'react';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp } from '../../app-context.ts';
import { withoutSecrets } from './login-form.ts';
import type { LoginStep, Values } from './login-form.ts';

export interface LoginRun {
	readonly loginId: string | null;
	readonly step: LoginStep | null;
	/** An answer is on its way. */
	readonly busy: boolean;
	/** The run cannot go on; only starting anew helps. */
	readonly error: ChatError | null;
	/** What was typed in an earlier run, without secrets; empty once this run went on. */
	readonly typed: Values;
	/** The last answer, when the same step came back. */
	readonly refused: Values;
	/** Number of answered steps; going back is possible from the second on. */
	readonly depth: number;
	readonly submit: (values: Values) => void;
	/** Starts anew with what was typed. */
	readonly restart: () => void;
}

interface State {
	readonly loginId: string | null;
	readonly step: LoginStep | null;
	readonly busy: boolean;
	readonly error: ChatError | null;
}

const starting: State = { loginId: null, step: null, busy: false, error: null };

/** A flow from its beginning, or the account of another program, with what that knows. */
export type LoginStart =
	| { readonly protocol: string; readonly flow: string }
	| { readonly offerId: string; readonly withSecret: boolean };

/** One run of a login flow: started on mount, cancelled on unmount, answers of an older run ignored. */
export function useLogin(start: LoginStart, onDone: (accountId: AccountId) => void): LoginRun {
	const { client } = useApp();
	/** What counts of it are its values. */
	const key = JSON.stringify(start);
	const [state, setState] = useState<State>(starting);
	const [typed, setTyped] = useState<Values>({});
	const [refused, setRefused] = useState<Values>({});
	const [depth, setDepth] = useState(0);
	const [run, setRun] = useState(0);
	const current = useRef(0);
	const done = useRef(onDone);
	useEffect(() => {
		done.current = onDone;
	}, [onDone]);

	useEffect(() => {
		let loginId: string | null = null;
		const mine = ++current.current;
		const isStale = (): boolean => current.current !== mine;
		const cancel = (): void => {
			if (loginId !== null) client.command('account.loginCancel', { loginId }).catch(() => undefined);
		};
		setState(starting);
		setDepth(0);
		setRefused({});
		const begin = JSON.parse(key) as LoginStart;
		const started =
			'offerId' in begin ? client.command('account.importStart', begin) : client.command('account.loginStart', begin);
		started
			.then((progress) => {
				loginId = progress.loginId;
				if (progress.step.kind === 'done') {
					loginId = null;
					// An account that is there is there, even if nobody looks any more.
					if (!isStale()) done.current((progress as { readonly accountId: AccountId }).accountId);
				} else if (isStale()) cancel();
				else setState({ ...starting, loginId, step: progress.step });
			})
			.catch((thrown: unknown) => {
				if (!isStale()) setState({ ...starting, error: toChatError(thrown) });
			});
		return () => {
			current.current += 1;
			cancel();
		};
	}, [client, key, run]);

	const submit = useCallback(
		(values: Values): void => {
			const { loginId, step, busy } = state;
			if (loginId === null || step === null || busy) return;
			const mine = current.current;
			if (step.kind === 'input') setTyped((before) => ({ ...before, ...withoutSecrets(step, values) }));
			setState({ loginId, step, busy: true, error: null });
			client
				.command('account.loginSubmit', { loginId, values })
				.then((progress) => {
					if (current.current !== mine) return;
					if (progress.step.kind === 'done') {
						done.current((progress as { readonly accountId: AccountId }).accountId);
						return;
					}
					const next = progress.step;
					const isSame = next.id === step.id && next.kind === step.kind;
					setRefused(isSame ? values : {});
					if (!isSame) setDepth((before) => before + 1);
					setState({ loginId, step: next, busy: false, error: null });
				})
				.catch((thrown: unknown) => {
					if (current.current === mine) setState({ loginId, step, busy: false, error: toChatError(thrown) });
				});
		},
		[client, state],
	);
	const restart = useCallback(() => setRun((before) => before + 1), []);
	return { ...state, typed: depth === 0 ? typed : {}, refused, depth, submit, restart };
}
