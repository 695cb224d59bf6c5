import { describe, expect, it } from 'vitest';
import { lockProblems } from './lock.ts';

const integrity = 'sha512-x';

describe('lockProblems', () => {
	it('accepts a complete lock', () => {
		const packages = {
			'': { optionalDependencies: { top: '1' } },
			'node_modules/top': { version: '1.0.0', integrity, optionalDependencies: { own: '1', shared: '1' } },
			'node_modules/top/node_modules/own': { version: '1.0.0', integrity, optionalDependencies: { shared: '1' } },
			'node_modules/shared': { version: '1.0.0', integrity },
		};
		expect(lockProblems({ packages })).toEqual([]);
	});

	it('finds a platform build that was dropped', () => {
		const packages = {
			'node_modules/tool': { version: '1.0.0', integrity, optionalDependencies: { '@tool/cli-darwin-arm64': '1.0.0' } },
		};
		expect(lockProblems({ packages })).toEqual([
			'node_modules/tool: its optional dependency @tool/cli-darwin-arm64 has no entry',
		]);
	});

	it('finds a registry and a missing hash', () => {
		const packages = { 'node_modules/tool': { version: '1.0.0', resolved: 'https://registry.example/tool.tgz' } };
		expect(lockProblems({ packages })).toEqual([
			'node_modules/tool: names a registry or a file: https://registry.example/tool.tgz',
			'node_modules/tool: has no integrity hash',
		]);
	});

	it('refuses what is no lock', () => {
		expect(() => lockProblems({})).toThrow();
	});
});
