/** Words for keys that adapters make; a server may send labels of its own, which are shown as they are. */
import type { TFunction } from 'i18next';
import type { LoginField } from './login-form.ts';

/**
 * The string under `<table>.<key>`, or the fallback. The fallback never goes through the string machinery: it may come
 * from the network and could hold placeholders.
 */
export function wordsFor(t: TFunction, table: string, key: string, fallback: string): string {
	const loose = t as unknown as (key: string, options: { defaultValue: string; returnObjects: true }) => unknown;
	const found = loose(`${table}.${key}`, { defaultValue: '', returnObjects: true });
	return typeof found === 'string' && found !== '' ? found : fallback;
}

export const fieldLabel = (t: TFunction, field: LoginField): string =>
	wordsFor(t, 'login.field', field.label, field.label);

/** One more sentence about a field, if there is one. */
export function fieldHint(t: TFunction, field: LoginField): string | undefined {
	const hint = wordsFor(t, 'login.hint', field.label, '');
	return hint === '' ? undefined : hint;
}

/** Example values in descriptions are literal, or keys under `placeholder`. */
export const placeholderText = (t: TFunction, value: string): string => wordsFor(t, 'placeholder', value, value);
