import { existsSync } from 'node:fs';
import path from 'node:path';

/** A command as `spawn` wants it. */
export interface Launch {
	readonly command: string;
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	readonly cwd?: string;
}

/**
 * The same command, killed by the kernel when this process dies, even by SIGKILL, so that a crashed test run leaves
 * nothing behind. `setpriv` asks for that only after it was started; whoever lost its parent before then ends by itself.
 */
export function tied(launch: Launch): Launch {
	const orphan = 'test "$PPID" = "$0" || exit 1; exec "$@"';
	const args = ['--pdeathsig', 'KILL', '--', '/bin/sh', '-c', orphan, String(process.pid), launch.command];
	return { ...launch, command: 'setpriv', args: [...args, ...launch.args] };
}

/** What a filled cache entry says about itself (`stamp.json`). */
export interface TreeStamp {
	readonly recipe: string;
	readonly suite: string;
	readonly architecture: string;
	readonly triplet: string;
	readonly loader: string;
	/** Debian versions by package name. */
	readonly packages: Readonly<Record<string, string>>;
}

/**
 * A folder of unpacked Debian packages that is complete down to its own libc. Programs in it run through its own
 * loader, so they need nothing of the machine's Debian release, no chroot and no root.
 */
export class Tree {
	readonly root: string;
	readonly stamp: TreeStamp;

	constructor(root: string, stamp: TreeStamp) {
		this.root = root;
		this.stamp = stamp;
	}

	path(...parts: readonly string[]): string {
		return path.join(this.root, ...parts);
	}

	/** Folder of shared libraries for this architecture, seen from the tree's root. */
	get libraryFolder(): string {
		return `usr/lib/${this.stamp.triplet}`;
	}

	/** Upstream version of a package: Debian's epoch, repacking mark and revision are cut off. */
	version(packageName: string): string {
		const full = this.stamp.packages[packageName];
		if (full === undefined) throw new Error(`${this.stamp.recipe} has no package ${packageName}`);
		return upstreamVersion(full);
	}

	/** The command that runs a program of this tree (path from its root) with the tree's own libraries. */
	launch(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): Launch {
		const file = this.path(program);
		const loader = [this.stamp.loader, `usr/${this.stamp.loader}`].map((one) => this.path(one)).find(existsSync);
		if (loader === undefined) throw new Error(`${this.stamp.recipe} has no loader ${this.stamp.loader}`);
		const libraries = [this.libraryFolder, `lib/${this.stamp.triplet}`, 'usr/lib', 'lib']
			.map((one) => this.path(one))
			.filter(existsSync)
			.join(':');
		return {
			command: loader,
			args: ['--inhibit-cache', '--library-path', libraries, '--argv0', file, file, ...args],
			env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/nonexistent', ...env },
			...(cwd === undefined ? {} : { cwd }),
		};
	}

	/** Runs the tree's Python 3. Its own standard library and Debian's packages are found, nothing of the machine's. */
	python(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): Launch {
		const own: Record<string, string> = {
			PYTHONHOME: this.path('usr'),
			PYTHONPATH: this.path('usr/lib/python3/dist-packages'),
			PYTHONNOUSERSITE: '1',
			PYTHONUNBUFFERED: '1',
			OPENSSL_MODULES: this.path(this.libraryFolder, 'ossl-modules'),
		};
		return this.launch('usr/bin/python3', args, { ...own, ...env }, cwd);
	}
}

/** `1:2.18.0+ds-1~bpo12+1` becomes `2.18.0`. */
export function upstreamVersion(debianVersion: string): string {
	return debianVersion
		.replace(/^\d+:/, '')
		.replace(/-[^-]*$/, '')
		.replace(/[+~].*$/, '');
}
