import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import {
	type DebianPackage,
	findArchitecture,
	inspectDebian,
	type Suite,
	SuiteArchive,
	unpackPackage,
} from './debian.ts';
import { withFileLock } from './file-lock.ts';
import { type Progress, withProgress } from './progress.ts';
import { Tree, type TreeStamp } from './tree.ts';

/** What to unpack for one server or peer. Changing any field makes a new cache entry. */
export interface TreeRecipe {
	readonly name: string;
	readonly suite: Suite;
	/** Their dependencies come along. */
	readonly packages: readonly string[];
	/** Dependencies that only matter on an installed system or for features no test uses. */
	readonly without?: readonly string[];
	/** Raise it when `prepare` changes. */
	readonly revision?: number;
	/**
	 * Last touch before the entry becomes visible. `tree` lies at a temporary place; `finalRoot` is where it will be
	 * found, for paths that have to be written into files.
	 */
	readonly prepare?: (tree: Tree, finalRoot: string) => Promise<void>;
}

/** Never needed by a program that is started by hand as the user who unpacked it. */
const SYSTEM_ONLY = new Set([
	'adduser',
	'base-files',
	'base-passwd',
	'debconf',
	'dpkg',
	'init-system-helpers',
	'libpam-modules',
	'libpam-modules-bin',
	'login.defs',
	'lsb-base',
	'passwd',
	'perl',
	'perl-base',
	'ssl-cert',
	'systemd',
	'systemd-sysv',
	'sysvinit-utils',
	'tar',
	'tzdata',
	'ucf',
	'usrmerge',
	'wget',
]);
const SYSTEM_ONLY_PATTERN = /^(libperl5|perl-modules-|libsystemd-shared)/;

const stampSchema = z.object({
	recipe: z.string(),
	suite: z.string(),
	architecture: z.string(),
	triplet: z.string(),
	loader: z.string(),
	packages: z.record(z.string(), z.string()),
});

/** Where everything fetched is kept: `$XDG_CACHE_HOME/parley/servers`. */
export function cacheRoot(): string {
	const base = process.env['XDG_CACHE_HOME'];
	// The base directory specification says to ignore relative paths.
	const root = base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), '.cache');
	return path.join(root, 'parley', 'servers');
}

/**
 * The unpacked tree of a recipe, fetched first if the cache does not have it. Entries appear whole or not at all:
 * they are filled beside their place and renamed. Two processes never fill the same entry at once.
 *
 * Throws `ServerUnavailable` when this machine can't have it.
 */
export async function ensureTree(recipe: TreeRecipe, progress?: Progress): Promise<Tree> {
	const architecture = await findArchitecture();
	const root = path.join(cacheRoot(), 'trees', `${recipe.name}-${recipeKey(recipe, architecture.name)}`);
	const filled = await readTree(root);
	if (filled !== undefined) return filled;
	await mkdir(path.dirname(root), { recursive: true });
	return withFileLock(`${root}.lock`, async () => {
		const meanwhile = await readTree(root);
		if (meanwhile !== undefined) return meanwhile;
		await fillTree(recipe, root, progress);
		const tree = await readTree(root);
		if (tree === undefined) throw new Error(`the cache entry ${root} vanished`);
		return tree;
	});
}

function recipeKey(recipe: TreeRecipe, architecture: string): string {
	const identity = {
		suite: recipe.suite,
		packages: recipe.packages,
		without: recipe.without ?? [],
		revision: recipe.revision ?? 0,
		architecture,
	};
	return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 10);
}

async function readTree(root: string): Promise<Tree | undefined> {
	let text: string;
	try {
		text = await readFile(path.join(root, 'stamp.json'), 'utf8');
	} catch {
		return undefined;
	}
	return new Tree(root, stampSchema.parse(JSON.parse(text)));
}

async function fillTree(recipe: TreeRecipe, root: string, progress: Progress | undefined): Promise<void> {
	const step = <T>(what: string, work: () => Promise<T>): Promise<T> => withProgress(progress, recipe.name, what, work);
	const debian = await inspectDebian();
	await removeLeftovers(root);
	const work = await mkdtemp(`${root}.part-`);
	try {
		const archive = new SuiteArchive(debian, recipe.suite, path.join(cacheRoot(), 'apt', recipe.suite));
		await step(`reading the package lists of Debian ${recipe.suite}`, () => archive.update());
		const packages = wanted(recipe, await archive.closure(recipe.packages));
		const downloads = path.join(work, 'packages');
		const unpacked = path.join(work, 'root');
		await mkdir(downloads);
		await mkdir(unpacked);
		await step(`downloading ${packages.length} packages (${megabytes(packages)} MB)`, () =>
			archive.download(packages, downloads),
		);
		await step('unpacking', () => unpackAll(downloads, unpacked));
		const { architecture } = debian;
		const stamp: TreeStamp = {
			recipe: recipe.name,
			suite: recipe.suite,
			architecture: architecture.name,
			triplet: architecture.triplet,
			loader: architecture.loader,
			packages: Object.fromEntries(packages.map((one) => [one.name, one.version])),
		};
		const { prepare } = recipe;
		if (prepare !== undefined) await step('preparing', () => prepare(new Tree(unpacked, stamp), root));
		await writeFile(path.join(unpacked, 'stamp.json'), `${JSON.stringify(stamp, undefined, '\t')}\n`);
		await rename(unpacked, root);
	} finally {
		await rm(work, { recursive: true, force: true });
	}
}

/** A fill that was killed leaves its working folder behind; we hold the lock, so nobody is using it. */
async function removeLeftovers(root: string): Promise<void> {
	const parent = path.dirname(root);
	const prefix = `${path.basename(root)}.part-`;
	for (const name of await readdir(parent)) {
		if (name.startsWith(prefix)) await rm(path.join(parent, name), { recursive: true, force: true });
	}
	await rm(root, { recursive: true, force: true });
}

function wanted(recipe: TreeRecipe, closure: readonly DebianPackage[]): readonly DebianPackage[] {
	const without = new Set(recipe.without ?? []);
	const asked = new Set(recipe.packages);
	return closure.filter(
		({ name }) => asked.has(name) || !(without.has(name) || SYSTEM_ONLY.has(name) || SYSTEM_ONLY_PATTERN.test(name)),
	);
}

function megabytes(packages: readonly DebianPackage[]): number {
	return Math.max(1, Math.round(packages.reduce((sum, one) => sum + one.size, 0) / 1e6));
}

async function unpackAll(from: string, into: string): Promise<void> {
	const files = (await readdir(from)).filter((name) => name.endsWith('.deb')).sort();
	// Two at a time: unpacking waits for the disk and for xz in turns.
	const lane = async (): Promise<void> => {
		for (let file = files.shift(); file !== undefined; file = files.shift()) {
			await unpackPackage(path.join(from, file), into);
		}
	};
	await Promise.all([lane(), lane()]);
}
