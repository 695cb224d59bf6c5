import { expect, test } from 'vitest';
import { chatError } from '../../../protocols/model/errors.ts';
import { missingFields, mustUnfold, splitFields, startValues, stepErrors, withoutSecrets } from './login-form.ts';
import type { InputStep, LoginField } from './login-form.ts';

const field = (id: string, over: Partial<LoginField> = {}): LoginField => ({
	id,
	label: id,
	kind: 'text',
	required: false,
	advanced: false,
	value: '',
	placeholder: '',
	choices: [],
	error: null,
	...over,
});

const step = (...fields: LoginField[]): InputStep => ({ kind: 'input', id: 'one', title: 'one', fields, error: null });

test('going back keeps what was typed, even where it differs from the default', () => {
	const form = step(field('address'), field('tls', { kind: 'boolean', value: 'true' }), field('port', { value: '1' }));
	expect(startValues(form, { address: 'a@b', tls: 'false' }, {})).toEqual({ address: 'a@b', tls: 'false', port: '1' });
});

test('a refused answer keeps its secrets, except the one to blame', () => {
	const wrong = field('password', { kind: 'password', error: chatError('auth-failed') });
	const form = step(wrong, field('serverPassword', { kind: 'password' }));
	const refused = { password: 'x', serverPassword: 'y' };
	expect(startValues(form, {}, refused)).toEqual({ password: '', serverPassword: 'y' });
});

test('secrets are not remembered across runs', () => {
	const form = step(field('user'), field('password', { kind: 'password' }));
	expect(withoutSecrets(form, { user: 'u', password: 'p' })).toEqual({ user: 'u' });
});

test('blank required fields are missing; a switch never is', () => {
	const form = step(field('a', { required: true }), field('b', { required: true, kind: 'boolean' }), field('c'));
	expect(missingFields(form.fields, { a: '  ' })).toEqual(['a']);
	expect(missingFields(form.fields, { a: 'x' })).toEqual([]);
});

test('the folded part opens only when something in it needs attention', () => {
	const form = step(field('a'), field('port', { advanced: true, error: chatError('bad-input') }));
	expect(splitFields(form.fields).advanced.map(({ id }) => id)).toEqual(['port']);
	expect(mustUnfold(form.fields, stepErrors(form), [])).toBe(true);
	expect(mustUnfold(form.fields, new Map(), ['a'])).toBe(false);
	expect(mustUnfold(form.fields, new Map(), ['port'])).toBe(true);
});
