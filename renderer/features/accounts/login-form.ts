/** What a login form holds and when it may be sent. Pure. */
import type { LoginProgress } from '../../../engine/contract/commands.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';

export type LoginStep = Exclude<LoginProgress['step'], { readonly kind: 'done' }>;
export type InputStep = Extract<LoginStep, { readonly kind: 'input' }>;
export type LoginField = InputStep['fields'][number];

export type Values = Readonly<Record<string, string>>;

/**
 * Values a step starts with. What the user typed in an earlier run of this login wins, so that going back loses
 * nothing; secrets of the answer just refused stay unless they are to blame; else what the adapter says.
 * @param typed of an earlier run, without secrets
 * @param refused the answer to this very step that led here again
 */
export function startValues(step: InputStep, typed: Values, refused: Values): Values {
	const valueOf = (field: LoginField): string => {
		if (field.kind === 'password') return field.error === null ? (refused[field.id] ?? '') : '';
		return typed[field.id] ?? field.value;
	};
	return Object.fromEntries(step.fields.map((field) => [field.id, valueOf(field)]));
}

/** Basic and folded fields in the adapter's order. */
export function splitFields(fields: readonly LoginField[]): {
	readonly basic: readonly LoginField[];
	readonly advanced: readonly LoginField[];
} {
	return { basic: fields.filter((field) => !field.advanced), advanced: fields.filter((field) => field.advanced) };
}

/** Ids of required fields that are still empty. */
export function missingFields(fields: readonly LoginField[], values: Values): readonly string[] {
	return fields
		.filter((field) => field.required && field.kind !== 'boolean' && (values[field.id] ?? '').trim() === '')
		.map((field) => field.id);
}

/** The folded part must be open when something in it is wrong or missing. */
export function mustUnfold(
	fields: readonly LoginField[],
	errors: ReadonlyMap<string, ChatError>,
	missing: readonly string[],
): boolean {
	return fields.some((field) => field.advanced && (errors.has(field.id) || missing.includes(field.id)));
}

/** Errors that the adapter put at its fields. */
export function stepErrors(step: InputStep): ReadonlyMap<string, ChatError> {
	const errors = new Map<string, ChatError>();
	for (const field of step.fields) if (field.error !== null) errors.set(field.id, field.error);
	return errors;
}

/** Values to remember when the user goes back: everything but secrets. */
export function withoutSecrets(step: InputStep, values: Values): Values {
	const secret = new Set(step.fields.filter((field) => field.kind === 'password').map((field) => field.id));
	return Object.fromEntries(Object.entries(values).filter(([id]) => !secret.has(id)));
}
