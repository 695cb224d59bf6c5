import { expect, test } from 'vitest';
import base from './en.json' with { type: 'json' };
import setup from './en-setup.json' with { type: 'json' };

test('no words stand in both files, where one would silently win', () => {
	const keys = new Set(Object.keys(base));
	expect(Object.keys(setup).filter((key) => keys.has(key))).toEqual([]);
});
