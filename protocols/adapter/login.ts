/**
 * Login and account creation as a step machine that any UI can render: the adapter names fields and choices, the UI
 * draws them, the user answers, until `done` or a dead end.
 */
import type { ChatError } from '../model/errors.ts';
import type { Decision } from '../model/entities.ts';
import type { AccountSettings, Clock, Logger, Random } from './context.ts';

export interface LoginField {
	readonly id: string;
	/** i18n key; the UI falls back to `id`. Each protocol's keys live in the i18n table under `login.field.<key>`. */
	readonly label: string;
	/** `multiline`: PEM blocks and the like, where line breaks count. */
	readonly kind: 'text' | 'address' | 'multiline' | 'password' | 'number' | 'boolean' | 'choice';
	readonly required: boolean;
	/** Folded under "Advanced". */
	readonly advanced: boolean;
	readonly value: string;
	readonly placeholder: string;
	readonly choices: readonly { readonly value: string; readonly label: string }[];
	/** What is wrong with the value given, if anything. */
	readonly error: ChatError | null;
}

export type LoginStep =
	/** Ask for values. `error` stands above the form when no single field is to blame. */
	| {
			readonly kind: 'input';
			readonly id: string;
			readonly title: string;
			readonly fields: readonly LoginField[];
			readonly error: ChatError | null;
	  }
	/** A question about the link (certificate) that must be answered before going on. */
	| { readonly kind: 'question'; readonly id: string; readonly question: Decision['question'] }
	| { readonly kind: 'done'; readonly account: LoginResult };

export interface LoginResult {
	readonly address: string;
	readonly label: string;
	readonly settings: AccountSettings;
	/** Stored by the host, never by the engine. */
	readonly secrets: Readonly<Record<string, string>>;
}

export interface LoginContext {
	readonly clock: Clock;
	readonly random: Random;
	readonly log: Logger;
	readonly extraCa: readonly string[];
	readonly client: { readonly name: string; readonly version: string };
	/** Progress in words for the UI, as an i18n key under `login.progress.<key>`. */
	progress(key: string): void;
}

/** One run of a flow. Every method may take seconds and must obey the signal. */
export interface LoginSession {
	/** First step; no network yet. */
	begin(): LoginStep;
	/**
	 * Answers the current step. Never rejects for bad input: returns a step carrying the error. Values are strings for
	 * every field kind (`true`/`false` for booleans); for a `question` step `accept` is `true` or `false`.
	 */
	submit(values: Readonly<Record<string, string>>, signal: AbortSignal): Promise<LoginStep>;
	/**
	 * Checks one value while the user types: syntax and cheap discovery, at most 3 s.
	 * @returns null when fine or not knowable yet
	 */
	validate(field: string, value: string, signal: AbortSignal): Promise<ChatError | null>;
	/** Frees sockets. Idempotent. */
	close(): void;
}
