import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkBoundaries, rules } from './boundaries.ts';

const packages = [
	'zod',
	'@signalapp/sqlcipher',
	'matrix-js-sdk',
	'@xmpp/xml',
	'irc-framework',
	'electron',
	'vitest',
	'fast-check',
	'left-pad',
];
const declared = packages.filter((name) => name !== 'left-pad');

/** One broken project per rule: the import named first is the forbidden one. */
const broken: Readonly<Record<string, readonly { readonly from: string; readonly to: string }[]>> = {
	'model-imports-nothing': [
		{ from: 'protocols/model/a.ts', to: 'protocols/adapter/b.ts' },
		{ from: 'protocols/model/a.ts', to: 'zod' },
		{ from: 'protocols/model/a.ts', to: 'node:fs' },
	],
	'contract-imports-model-and-adapter-types-only': [
		{ from: 'engine/contract/a.ts', to: 'engine/engine.ts' },
		{ from: 'engine/contract/a.ts', to: 'protocols/adapter/login.ts' },
	],
	'adapter-interface-imports-model-only': [{ from: 'protocols/adapter/a.ts', to: 'engine/engine.ts' }],
	'protocol-imports-adapter-and-model-only': [
		{ from: 'protocols/irc/a.ts', to: 'engine/engine.ts' },
		{ from: 'protocols/xmpp/a.ts', to: 'host/host.ts' },
		{ from: 'protocols/matrix/a.ts', to: 'electron/main/main.ts' },
	],
	'web-client-imports-adapter-and-model-only': [
		{ from: 'protocols/web/a.ts', to: 'engine/engine.ts' },
		{ from: 'protocols/web/a.ts', to: 'protocols/testkit/fake-adapter.ts' },
	],
	'import-readers-import-model-only': [
		{ from: 'protocols/import/a.ts', to: 'protocols/irc/index.ts' },
		{ from: 'protocols/import/a.ts', to: 'host/host.ts' },
	],
	'protocols-do-not-know-each-other': [{ from: 'protocols/irc/a.ts', to: 'protocols/xmpp/index.ts' }],
	'store-imports-model-and-types-only': [{ from: 'engine/store/a.ts', to: 'engine/ingest.ts' }],
	'sqlite-driver-only-in-its-folders': [
		{ from: 'engine/store/a.ts', to: '@signalapp/sqlcipher' },
		{ from: 'host/a.ts', to: 'node:sqlite' },
	],
	'engine-knows-no-protocol': [{ from: 'engine/a.ts', to: 'protocols/irc/index.ts' }],
	'engine-knows-no-host-and-no-ui': [{ from: 'engine/a.ts', to: 'renderer/app.tsx' }],
	'registry-only-from-boot': [{ from: 'host/a.ts', to: 'protocols/registry.ts' }],
	'renderer-imports-model-contract-and-rpc-client-only': [
		{ from: 'renderer/a.tsx', to: 'engine/engine.ts' },
		{ from: 'renderer/a.tsx', to: 'protocols/adapter/adapter.ts' },
		{ from: 'renderer/a.tsx', to: 'host/host.ts' },
	],
	'renderer-has-no-node': [{ from: 'renderer/a.tsx', to: 'node:fs' }],
	'electron-only-in-electron': [
		{ from: 'host/a.ts', to: 'electron' },
		{ from: 'host/a.ts', to: 'electron/main' },
		{ from: 'renderer/a.tsx', to: 'electron/renderer' },
	],
	'host-loads-without-electron': [{ from: 'host/a.ts', to: 'electron/main/main.ts' }],
	'matrix-library-only-in-matrix': [{ from: 'protocols/xmpp/a.ts', to: 'matrix-js-sdk' }],
	'xmpp-library-only-in-xmpp': [{ from: 'protocols/matrix/a.ts', to: '@xmpp/xml' }],
	'irc-library-only-in-irc': [{ from: 'engine/a.ts', to: 'irc-framework' }],
	'testkit-only-from-tests': [{ from: 'engine/a.ts', to: 'protocols/testkit/fake-adapter.ts' }],
	'no-deep-import-into-a-protocol': [{ from: 'host/a.ts', to: 'protocols/irc/line.ts' }],
	'product-imports-no-tools': [
		{ from: 'engine/a.ts', to: 'fast-check' },
		{ from: 'renderer/a.tsx', to: 'scripts/child.ts' },
	],
	'no-cycles': [{ from: 'engine/a.ts', to: 'engine/a-back.ts' }],
	'no-orphans': [{ from: 'engine/alone.ts', to: '' }],
	'every-import-resolves': [{ from: 'engine/a.ts', to: 'engine/not-there.ts' }],
	'no-undeclared-packages': [{ from: 'engine/a.ts', to: 'left-pad' }],
};

const allowed = [
	{ from: 'engine/contract/a.ts', to: 'zod' },
	{ from: 'engine/contract/a.ts', to: 'protocols/model/ids.ts' },
	{ from: 'engine/store/sqlite/a.ts', to: '@signalapp/sqlcipher' },
	{ from: 'protocols/irc/a.ts', to: 'irc-framework' },
	{ from: 'protocols/irc/a.ts', to: 'node:net' },
	{ from: 'protocols/irc/a.ts', to: 'protocols/web/web-client.ts' },
	{ from: 'engine/a.ts', to: 'protocols/web/web-client.ts' },
	{ from: 'host/boot.ts', to: 'protocols/registry.ts' },
	{ from: 'renderer/a.tsx', to: 'engine/transport/rpc-client.ts' },
	{ from: 'electron/main/a.ts', to: 'electron/main' },
	{ from: 'electron/main/a.ts', to: 'host/host.ts' },
	{ from: 'engine/a.test.ts', to: 'protocols/testkit/fake-adapter.ts' },
];

const roots: string[] = [];
afterEach(() => {
	for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function write(root: string, path: string, text: string): void {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	writeFileSync(join(root, path), text);
}

function relativeImport(from: string, to: string): string {
	return `${'../'.repeat(from.split('/').length - 1) || './'}${to}`;
}

function makeProject(from: string, to: string): string {
	const root = mkdtempSync(join(tmpdir(), 'parley-boundaries-'));
	roots.push(root);
	write(root, 'package.json', JSON.stringify({ dependencies: Object.fromEntries(declared.map((n) => [n, '1.0.0'])) }));
	for (const name of packages) {
		write(root, `node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
		write(root, `node_modules/${name}/index.js`, 'module.exports = {};');
	}
	if (to === '') {
		write(root, from, 'export const value = 1;\n');
		return root;
	}
	const isFile = /\.tsx?$/.test(to);
	const specifier = isFile ? relativeImport(from, to) : to;
	write(root, from, `import * as target from '${specifier}';\nexport const value = target;\n`);
	if (to === 'engine/a-back.ts') {
		write(root, to, `import { value } from './a.ts';\nexport const other = value;\n`);
	} else if (isFile && !to.includes('not-there')) {
		write(root, to, 'export const value = 1;\n');
	}
	return root;
}

describe('boundary rules', () => {
	it('has a breaking fixture for every rule', () => {
		expect(Object.keys(broken).toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
	});

	const cases = Object.entries(broken).flatMap(([rule, imports]) => imports.map((one) => ({ rule, ...one })));
	it.each(cases)('$rule: $from may not import "$to"', async ({ rule, from, to }) => {
		const result = await checkBoundaries(makeProject(from, to));
		expect(result.modules).toBeGreaterThan(0);
		expect(result.violations.map((violation) => violation.rule)).toContain(rule);
	});

	it.each(allowed)('$from may import "$to"', async ({ from, to }) => {
		const result = await checkBoundaries(makeProject(from, to));
		expect(result.modules).toBeGreaterThan(0);
		expect(result.violations).toEqual([]);
	});
});
