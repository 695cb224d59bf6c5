import { constants } from 'node:fs';
import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ServerUnavailable } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { CommandFailed, runCommand } from './run-command.ts';

/** Debian releases the servers are taken from. */
export type Suite = 'bookworm' | 'trixie' | 'sid';

export interface DebianPackage {
	readonly name: string;
	readonly version: string;
	/** Download size in bytes. */
	readonly size: number;
}

interface Architecture {
	readonly name: string;
	/** Multiarch folder of libraries. */
	readonly triplet: string;
	/** Where glibc's loader lies, seen from the root of a Debian system. */
	readonly loader: string;
}

const ARCHITECTURES = new Map<string, Architecture>([
	['amd64', { name: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' }],
	['arm64', { name: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1' }],
]);

/** What the archive's own suites are called in a sources list. */
const ARCHIVE_SUITES = new Set([
	'bookworm',
	'trixie',
	'forky',
	'duke',
	'sid',
	'oldoldstable',
	'oldstable',
	'stable',
	'testing',
	'unstable',
]);

/** Package lists are fetched again when they are older than this (milliseconds) and something has to be downloaded. */
const LISTS_FRESH_FOR = 12 * 3600 * 1000;

/** The Debian machine we run on: its architecture, its mirrors and its archive keys. */
export interface Debian {
	readonly architecture: Architecture;
	/** Mirrors from the machine's own apt configuration, most likely first. */
	readonly mirrors: readonly string[];
	readonly keyring: string;
}

/** Looks at the machine. Throws {@link ServerUnavailable} when nothing can be fetched on it. */
export async function inspectDebian(): Promise<Debian> {
	const architecture = await findArchitecture();
	const keyring = await firstReadable([
		'/usr/share/keyrings/debian-archive-keyring.gpg',
		'/usr/share/keyrings/debian-archive-keyring.pgp',
	]);
	if (keyring === undefined) throw new ServerUnavailable('not-debian', 'the Debian archive keys are not installed');
	const mirrors = await findMirrors();
	if (mirrors.length === 0) throw new ServerUnavailable('not-debian', 'apt knows no Debian mirror');
	return { architecture, mirrors, keyring };
}

/** The architecture alone; needs neither network nor mirror, so a filled cache works without both. */
export async function findArchitecture(): Promise<Architecture> {
	if (process.platform !== 'linux') {
		throw new ServerUnavailable('not-linux', `test servers are Debian packages, this is ${process.platform}`);
	}
	for (const tool of ['dpkg', 'dpkg-deb', 'apt-get', 'setpriv', 'flock']) {
		if (!(await onPath(tool))) {
			const reason = tool === 'setpriv' || tool === 'flock' ? 'missing-tool' : 'not-debian';
			throw new ServerUnavailable(reason, `test servers need the program ${tool}`);
		}
	}
	const name = (await runCommand('dpkg', ['--print-architecture'])).stdout.trim();
	const architecture = ARCHITECTURES.get(name);
	if (architecture === undefined) {
		throw new ServerUnavailable('architecture', `no recipe for the architecture ${name}`);
	}
	return architecture;
}

async function onPath(tool: string): Promise<boolean> {
	const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/bin', '/bin'];
	const found = await firstReadable(folders.filter((folder) => folder !== '').map((folder) => path.join(folder, tool)));
	return found !== undefined;
}

async function firstReadable(files: readonly string[]): Promise<string | undefined> {
	for (const file of files) {
		try {
			await access(file, constants.R_OK);
			return file;
		} catch {
			// Not this one.
		}
	}
	return undefined;
}

/** Mirrors of Debian's archive that apt on this machine is configured with. Works with and without package lists. */
async function findMirrors(): Promise<readonly string[]> {
	const known = await runCommand('apt-get', [
		'indextargets',
		'--format',
		'$(ORIGIN) $(REPO_URI)',
		'Created-By: Packages',
	]);
	const configured = await runCommand('apt-get', ['update', '--print-uris', '-o', 'Debug::NoLocking=1'], {
		accept: [0, 100],
	});
	return [...new Set([...mirrorsOfTargets(known.stdout), ...mirrorsOfUris(configured.stdout)])];
}

/** From `apt-get indextargets --format '$(ORIGIN) $(REPO_URI)'`: only what calls itself Debian and is not -security. */
export function mirrorsOfTargets(output: string): readonly string[] {
	return output
		.split('\n')
		.filter((line) => line.startsWith('Debian ') && !line.includes('-security'))
		.map((line) => withSlash(line.slice('Debian '.length).trim()));
}

/** From `apt-get update --print-uris`: base addresses that carry one of the archive's suites, "/debian" ones first. */
export function mirrorsOfUris(output: string): readonly string[] {
	const found: string[] = [];
	for (const line of output.split('\n')) {
		const match = /^'([^']+)\/dists\/([^/']+)\/InRelease'/.exec(line);
		const [, base, suite] = match ?? [];
		if (base !== undefined && suite !== undefined && ARCHIVE_SUITES.has(suite)) found.push(withSlash(base));
	}
	return found.sort((a, b) => Number(b.endsWith('/debian/')) - Number(a.endsWith('/debian/')));
}

function withSlash(address: string): string {
	return address.endsWith('/') ? address : `${address}/`;
}

/** apt over private lists of one suite and an empty dpkg status: sees the archive as a machine with nothing installed. */
export class SuiteArchive {
	private readonly debian: Debian;
	private readonly suite: Suite;
	private readonly dir: string;

	/** `dir` is private to this suite and is kept between runs for its package lists. */
	constructor(debian: Debian, suite: Suite, dir: string) {
		this.debian = debian;
		this.suite = suite;
		this.dir = dir;
	}

	/** Fetches the package lists unless they are fresh. Safe to call from several processes at once. */
	async update(): Promise<void> {
		await mkdir(path.join(this.dir, 'state', 'lists', 'partial'), { recursive: true });
		await mkdir(path.join(this.dir, 'cache', 'archives', 'partial'), { recursive: true });
		await writeFile(path.join(this.dir, 'status'), '', { flag: 'a' });
		await withFileLock(path.join(this.dir, 'lock'), async () => {
			if (await this.isFresh()) return;
			let failure: unknown;
			for (const mirror of this.debian.mirrors) {
				try {
					await this.updateFrom(mirror);
					return;
				} catch (error) {
					failure = error;
				}
			}
			throw new ServerUnavailable('no-network', `no Debian mirror serves ${this.suite} to this machine`, {
				cause: failure,
			});
		});
	}

	/** The packages and everything they depend on. */
	async closure(packages: readonly string[]): Promise<readonly DebianPackage[]> {
		const args = ['install', '--print-uris', '--yes', '--no-install-recommends', ...packages];
		const { stdout } = await this.apt(args, 'no-package').catch((error: unknown) => {
			throw new ServerUnavailable('no-package', `${this.suite} does not have ${packages.join(', ')}`, { cause: error });
		});
		return packagesOfUris(stdout);
	}

	/** Downloads packages into `dir`. apt checks their hashes against the signed lists. */
	async download(packages: readonly DebianPackage[], dir: string): Promise<void> {
		await this.apt(['download', ...packages.map((one) => `${one.name}=${one.version}`)], 'no-network', dir);
	}

	private get marker(): string {
		return path.join(this.dir, 'updated');
	}

	private async isFresh(): Promise<boolean> {
		try {
			return Date.now() - (await stat(this.marker)).mtimeMs < LISTS_FRESH_FOR;
		} catch {
			return false;
		}
	}

	private async updateFrom(mirror: string): Promise<void> {
		const { architecture, keyring } = this.debian;
		const options = `arch=${architecture.name} target=Packages signed-by=${keyring}`;
		await writeFile(path.join(this.dir, 'sources.list'), `deb [${options}] ${mirror} ${this.suite} main\n`);
		await this.apt(['update', '--error-on=any'], 'no-network');
		await writeFile(this.marker, `${mirror}\n`);
	}

	private async apt(
		args: readonly string[],
		reason: 'no-network' | 'no-package',
		cwd?: string,
	): Promise<CommandResult> {
		const options = {
			'Dir::State': path.join(this.dir, 'state'),
			'Dir::State::status': path.join(this.dir, 'status'),
			'Dir::Cache': path.join(this.dir, 'cache'),
			'Dir::Etc::sourcelist': path.join(this.dir, 'sources.list'),
			'Dir::Etc::sourceparts': '/dev/null',
			'Dir::Etc::preferences': '/dev/null',
			'Dir::Etc::preferencesparts': '/dev/null',
			// Nothing outside our folder is touched, so neither dpkg's lock nor apt's own user is needed.
			'Debug::NoLocking': '1',
			'APT::Sandbox::User': 'root',
			// A frozen mirror may be past the dates in its release files; the signatures are still checked.
			'Acquire::Check-Valid-Until': 'false',
			'Acquire::Check-Date': 'false',
			'Acquire::Languages': 'none',
			'Acquire::Retries': '3',
			'Acquire::http::Timeout': '30',
		};
		const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
		try {
			return await runCommand('apt-get', ['--quiet', '--quiet', ...flags, ...args], {
				timeout: 600_000,
				env: { ...process.env, LC_ALL: 'C' },
				...(cwd === undefined ? {} : { cwd }),
			});
		} catch (error) {
			if (!(error instanceof CommandFailed)) throw error;
			throw new ServerUnavailable(reason, `apt-get ${args[0] ?? ''} failed for ${this.suite}: ${lastLine(error)}`, {
				cause: error,
			});
		}
	}
}

type CommandResult = Awaited<ReturnType<typeof runCommand>>;

function lastLine(error: CommandFailed): string {
	return (
		error.output
			.trim()
			.split('\n')
			.findLast((line) => line.startsWith('E:')) ?? error.message
	);
}

/** Lines such as `'http://…/foo_1%3a2-3_amd64.deb' foo_1%3a2-3_amd64.deb 1234 SHA256:…` of `apt-get --print-uris`. */
export function packagesOfUris(output: string): readonly DebianPackage[] {
	const packages: DebianPackage[] = [];
	for (const line of output.split('\n')) {
		const match = /^'[^']+' ([^_ ]+)_([^_ ]+)_[^_ ]+\.deb (\d+)/.exec(line);
		const [, name, version, size] = match ?? [];
		if (name === undefined || version === undefined || size === undefined) continue;
		packages.push({ name, version: decodeURIComponent(version), size: Number(size) });
	}
	return packages;
}

/** Unpacks one package file into a folder without running any of its scripts. */
export async function unpackPackage(file: string, into: string): Promise<void> {
	await runCommand('dpkg-deb', ['--extract', file, into], { timeout: 300_000 });
}
