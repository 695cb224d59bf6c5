import { describe, expect, it } from 'vitest';
import { isCompatible, licenceProblems } from './licences.ts';

describe('isCompatible', () => {
	it.each(['MIT', 'AGPL-3.0-only', '(MIT OR CC0-1.0)', 'SSPL-1.0 OR MIT', 'MIT AND ISC'])(
		'accepts %s',
		(expression) => {
			expect(isCompatible(expression)).toBe(true);
		},
	);

	it.each(['GPL-2.0-only', 'SSPL-1.0', 'MIT AND SSPL-1.0', 'UNLICENSED', 'SEE LICENSE IN x', ''])(
		'refuses %s',
		(expression) => {
			expect(isCompatible(expression)).toBe(false);
		},
	);
});

describe('licenceProblems', () => {
	it('names packages with an unknown or a missing licence, also nested ones', () => {
		const packages = {
			'': { license: 'AGPL-3.0-only' },
			'node_modules/good': { license: 'MIT' },
			'node_modules/middleware-handler': {},
			'node_modules/good/node_modules/@scope/bad': { license: 'SSPL-1.0' },
			'node_modules/silent': {},
		};
		expect(licenceProblems({ packages })).toEqual(['@scope/bad: SSPL-1.0', 'silent: states no licence']);
	});
});
