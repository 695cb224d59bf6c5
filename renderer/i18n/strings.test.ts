import { expect, test } from 'vitest';
import { chatErrorSchema } from '../../engine/contract/entity-schemas.ts';
import { availabilities } from '../../protocols/model/capabilities.ts';
import { roles } from '../../protocols/model/entities.ts';
import { errorCodes, errorDefaults } from '../../protocols/model/errors.ts';
import type { UserAction } from '../../protocols/model/errors.ts';
import { english } from './resources.ts';

const userActions = (chatErrorSchema as unknown as { shape: { userAction: { options: readonly UserAction[] } } }).shape
	.userAction.options;

test('every error code has exactly one sentence', () => {
	expect(Object.keys(english.error).toSorted()).toEqual([...errorCodes].toSorted());
	for (const sentence of Object.values(english.error)) expect(sentence).toMatch(/^[A-Z].*\.$/u);
});

test('every user action has its words, and every default action is known', () => {
	expect(Object.keys(english.userAction).toSorted()).toEqual([...userActions].toSorted());
	for (const code of errorCodes) expect(userActions).toContain(errorDefaults[code].userAction);
});

test('presence and roles are complete', () => {
	expect(Object.keys(english.presence).toSorted()).toEqual([...availabilities].toSorted());
	expect(Object.keys(english.role).toSorted()).toEqual([...roles].toSorted());
});

type Tree = { readonly [key: string]: string | Tree };
function leaves(tree: Tree, path = ''): [string, string][] {
	return Object.entries(tree).flatMap(([key, value]) =>
		typeof value === 'string' ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
	);
}

test('every plural has the forms that English needs', () => {
	const keys = new Set(leaves(english as unknown as Tree).map(([key]) => key));
	const stems = (form: string): string[] =>
		[...keys].filter((key) => key.endsWith(form)).map((key) => key.slice(0, -form.length));
	expect(stems('_one')).not.toEqual([]);
	expect(stems('_one').toSorted()).toEqual(stems('_other').toSorted());
});

test('no string is HTML or holds an unclosed placeholder', () => {
	for (const [key, value] of leaves(english as unknown as Tree)) {
		expect(value, key).not.toMatch(/<\w/u);
		expect(value.split('{{').length, key).toBe(value.split('}}').length);
	}
});
