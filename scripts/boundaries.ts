/**
 * Who may import whom. The rules of docs/ARCHITECTURE.md as data for dependency-cruiser; `boundaries.test.ts` proves for
 * each rule that breaking it fails.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';

/** Files that are not shipped: tests, test support and the tools around the product. */
const testsAndTools =
	'(\\.test\\.tsx?$|\\.spec\\.ts$|^e2e/|^bench/|^scripts/|^protocols/testkit/|^protocols/[^/]+/testing/|^protocols/adapter/conformance)';
const tests = '\\.test\\.tsx?$';
const protocolFolder = '^protocols/(irc|xmpp|matrix)/';

type Rule = IForbiddenRuleType & { readonly name: string };

export const rules: readonly Rule[] = [
	{
		name: 'model-imports-nothing',
		comment: 'The common conversation model is the one thing that everything else may know.',
		severity: 'error',
		from: { path: '^protocols/model/', pathNot: tests },
		to: { pathNot: '^protocols/model/' },
	},
	{
		name: 'contract-imports-model-and-adapter-types-only',
		comment: 'What crosses to the UI is described by schemas over the model; no adapter code may come along.',
		severity: 'error',
		from: { path: '^engine/contract/', pathNot: tests },
		to: {
			pathNot: '^(engine/contract/|protocols/model/|node_modules/zod/)',
			dependencyTypesNot: ['type-only'],
		},
	},
	{
		name: 'adapter-interface-imports-model-only',
		severity: 'error',
		from: { path: '^protocols/adapter/', pathNot: testsAndTools },
		to: { pathNot: '^protocols/(adapter|model)/' },
	},
	{
		name: 'protocol-imports-adapter-and-model-only',
		comment: 'A protocol knows the adapter interface and the model; never the engine, the store, the UI or a host.',
		severity: 'error',
		from: { path: protocolFolder, pathNot: tests },
		to: { path: '^(engine|host|electron|renderer|e2e|bench|scripts)/|^protocols/registry' },
	},
	{
		name: 'web-client-imports-adapter-and-model-only',
		comment: 'Adapters and the engine fetch through it; it knows neither.',
		severity: 'error',
		from: { path: '^protocols/web/', pathNot: tests },
		to: { path: '^(protocols|engine|host|electron|renderer)/', pathNot: '^protocols/(web|adapter|model)/' },
	},
	{
		name: 'import-readers-import-model-only',
		comment: 'They turn text into plain data and know neither adapters nor where files are.',
		severity: 'error',
		from: { path: '^protocols/import/', pathNot: tests },
		to: { path: '^(protocols|engine|host|electron|renderer)/', pathNot: '^protocols/(import|model)/' },
	},
	{
		name: 'protocols-do-not-know-each-other',
		severity: 'error',
		from: { path: '^protocols/([^/]+)/', pathNot: '^protocols/(model|adapter|testkit)/' },
		to: { path: protocolFolder, pathNot: '^protocols/$1/' },
	},
	{
		name: 'store-imports-model-and-types-only',
		comment: 'The store runs in a worker of its own: the shapes it keeps may be named, no other code comes along.',
		severity: 'error',
		from: { path: '^engine/store/', pathNot: tests },
		to: {
			path: '^(engine|protocols|host|electron|renderer)/',
			pathNot: '^(engine/store|protocols/model)/',
			dependencyTypesNot: ['type-only'],
		},
	},
	{
		name: 'sqlite-driver-only-in-its-folders',
		severity: 'error',
		from: {
			pathNot:
				'^(engine/store/sqlite/|protocols/matrix/crypto/|host/import/gajim-store\\.ts|host/profile-lock\\.ts)|\\.test\\.ts$',
		},
		to: { path: '^(node_modules/@signalapp/sqlcipher|node_modules/better-sqlite3|node:sqlite|sqlite$)' },
	},
	{
		name: 'engine-knows-no-protocol',
		comment: 'The engine sees adapters through the interface; which ones exist is decided in host/boot.ts.',
		severity: 'error',
		from: { path: '^engine/' },
		to: { path: `${protocolFolder}|^protocols/registry` },
	},
	{
		name: 'engine-knows-no-host-and-no-ui',
		severity: 'error',
		from: { path: '^engine/' },
		to: { path: '^(host|electron|renderer)/' },
	},
	{
		name: 'registry-only-from-boot',
		severity: 'error',
		from: { pathNot: '^(host/boot\\.ts|scripts/|protocols/registry)' },
		to: { path: '^protocols/registry' },
	},
	{
		name: 'renderer-imports-model-contract-and-rpc-client-only',
		severity: 'error',
		from: { path: '^renderer/', pathNot: tests },
		to: {
			path: '^(engine|host|electron|protocols|e2e|bench|scripts)/',
			pathNot: '^(protocols/model/|engine/contract/|engine/transport/rpc-client)',
		},
	},
	{
		name: 'renderer-has-no-node',
		severity: 'error',
		from: { path: '^renderer/', pathNot: tests },
		to: { dependencyTypes: ['core'] },
	},
	{
		name: 'electron-only-in-electron',
		comment: 'Only as electron/main, electron/renderer or electron/common: the bare package downloads on import.',
		severity: 'error',
		from: { pathNot: '^(electron/|e2e/shim/|electron\\.vite\\.config)' },
		to: { path: '^(electron$|electron/(main|renderer|common)$|node_modules/electron/)' },
	},
	{
		name: 'host-loads-without-electron',
		severity: 'error',
		from: { path: '^host/' },
		to: { path: '^electron/' },
	},
	{
		name: 'matrix-library-only-in-matrix',
		severity: 'error',
		from: { pathNot: '^(protocols/matrix/|e2e/peers/)' },
		to: { path: '^node_modules/(matrix-js-sdk|@matrix-org)/' },
	},
	{
		name: 'xmpp-library-only-in-xmpp',
		severity: 'error',
		from: { pathNot: '^(protocols/xmpp/|e2e/peers/)' },
		to: { path: '^node_modules/(@xmpp|@types/xmpp|ltx|saslmechanisms)' },
	},
	{
		name: 'irc-library-only-in-irc',
		severity: 'error',
		from: { pathNot: '^protocols/irc/' },
		to: { path: '^node_modules/irc-framework/' },
	},
	{
		name: 'testkit-only-from-tests',
		comment: 'The fake protocol is shipped for `npm run dev` alone, never in the product.',
		severity: 'error',
		from: { pathNot: `${testsAndTools}|^host/dev-` },
		to: { path: '^protocols/testkit/' },
	},
	{
		name: 'no-deep-import-into-a-protocol',
		comment: 'A protocol shows its description, which loads nothing else, and its index, which loads everything.',
		severity: 'error',
		from: { pathNot: `${protocolFolder}|^e2e/|^bench/|^scripts/` },
		to: { path: protocolFolder, pathNot: '^protocols/[^/]+/(index|description)\\.ts$' },
	},
	{
		name: 'product-imports-no-tools',
		severity: 'error',
		from: { path: '^(protocols|engine|host|electron|renderer)/', pathNot: testsAndTools },
		to: { path: '^(e2e|bench|scripts)/|\\.test\\.tsx?$|^node_modules/(vitest|fast-check|playwright|@playwright)/' },
	},
	{
		name: 'no-cycles',
		severity: 'error',
		from: {},
		to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
	},
	{
		name: 'no-orphans',
		comment: 'A file that nothing imports and that imports nothing is dead.',
		severity: 'error',
		from: { orphan: true, pathNot: `${testsAndTools}|\\.d\\.ts$|\\.config\\.ts$` },
		to: {},
	},
	{
		name: 'every-import-resolves',
		severity: 'error',
		from: { pathNot: tests },
		to: { couldNotResolve: true, pathNot: '^electron/(main|renderer|common)$|\\?(worker|url|raw|inline)' },
	},
	{
		name: 'no-undeclared-packages',
		severity: 'error',
		from: {},
		to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: '^node_modules/(electron|@types)/' },
	},
];

/** Every top-level folder of the product and its tests. */
export const folders = ['protocols', 'engine', 'host', 'electron', 'renderer', 'e2e', 'bench', 'scripts'] as const;

export type BoundaryResult = {
	readonly modules: number;
	readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string }[];
};

function isResult(output: ICruiseResult | string): output is ICruiseResult {
	return typeof output !== 'string';
}

/** Cruises all folders that exist under `baseDir` and says which rules are broken. */
export async function checkBoundaries(baseDir: string): Promise<BoundaryResult> {
	const options: ICruiseOptions = {
		baseDir,
		ruleSet: { forbidden: rules.map((rule) => ({ ...rule })) },
		validate: true,
		tsPreCompilationDeps: true,
		doNotFollow: { path: 'node_modules' },
		exclude: { path: '(^|/)fixtures/' },
		outputType: 'json',
	};
	const present = folders.filter((folder) => existsSync(join(baseDir, folder)));
	const reply = await cruise([...present], options, {
		extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
		conditionNames: ['node', 'import', 'types'],
		exportsFields: ['exports'],
		mainFields: ['module', 'main', 'types'],
	});
	const result = typeof reply.output === 'string' ? (JSON.parse(reply.output) as ICruiseResult) : reply.output;
	if (!isResult(result)) throw new Error('dependency-cruiser gave no result');
	return {
		modules: result.summary.totalCruised,
		violations: result.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
	};
}
