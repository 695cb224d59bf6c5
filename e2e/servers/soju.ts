import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { type Certs, type Credential, createCerts } from './certs.ts';
import { reservePorts } from './ports.ts';
import { runCommand } from './run-command.ts';
import { ManagedServer, type ServerDefinition, type ServerSpec, type StartOptions, serverFolder } from './server.ts';
import { accepts } from './server-process.ts';
import type { Tree } from './tree.ts';

const RECIPE: TreeRecipe = { name: 'soju', suite: 'sid', packages: ['soju'], without: ['openssl', 'libsystemd0'] };

export type SojuPort = 'plain' | 'tls' | 'https';

export interface SojuOptions extends StartOptions {
	readonly ports?: Readonly<Record<SojuPort, number>>;
	readonly certs?: Certs;
	readonly credential?: Credential;
}

/** A network the bouncer keeps a user connected to: an IRC server on a clear-text port of 127.0.0.1. */
export interface Upstream {
	readonly name: string;
	readonly port: number;
	readonly nick: string;
}

/** A running soju bouncer, which needs IRC servers to be useful: see {@link createUser}. */
export class SojuServer extends ManagedServer<SojuPort> {
	readonly certs: Certs;
	private readonly tree: Tree;
	private readonly socketFolder: string;

	constructor(spec: ServerSpec<SojuPort>, certs: Certs, tree: Tree, socketFolder: string) {
		super(spec);
		this.certs = certs;
		this.tree = tree;
		this.socketFolder = socketFolder;
	}

	/** Creates a bouncer user connected to the given networks. Log in as `user` or `user/network`. */
	async createUser(user: string, password: string, upstreams: readonly Upstream[] = []): Promise<void> {
		await this.control('user', 'create', '-username', user, '-password', password);
		for (const { name, port, nick } of upstreams) {
			const address = `irc+insecure://127.0.0.1:${port}`;
			await this.control('user', 'run', user, 'network', 'create', '-addr', address, '-name', name, '-nick', nick);
		}
	}

	/** Runs one of the bouncer's administration commands (soju(1), "IRC service"). */
	async control(...args: readonly string[]): Promise<string> {
		const config = path.join(this.dir, 'config');
		const { command, args: all, env } = this.tree.launch('usr/bin/sojuctl', ['-config', config, ...args]);
		return (await runCommand(command, all, { env: { ...env } })).stdout;
	}

	override async boot(): Promise<void> {
		// A killed soju leaves its socket behind and then refuses to start over it.
		await rm(path.join(this.socketFolder, 'admin'), { force: true });
		await super.boot();
	}

	override async stop(): Promise<void> {
		await super.stop();
		await rm(this.socketFolder, { recursive: true, force: true });
	}
}

export const soju: ServerDefinition<SojuOptions, SojuServer> = {
	name: 'soju',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('soju') }),
	start: startSoju,
};

async function startSoju(options: SojuOptions = {}): Promise<SojuServer> {
	const tree = await ensureTree(RECIPE, options.progress);
	const folder = await serverFolder('soju', options.dir);
	const certs = options.certs ?? (await createCerts(path.join(folder.dir, 'certs')));
	const credential = options.credential ?? certs.server;
	const ports = options.ports ?? (await reservePorts(['plain', 'tls', 'https']));
	// A socket's path may have 107 bytes at most, which a test run's folder easily exceeds.
	const socketFolder = await mkdtemp(path.join(tmpdir(), 'parley-soju-socket-'));
	const config = path.join(folder.dir, 'config');
	const lines = [
		`db sqlite3 ${path.join(folder.dir, 'main.db')}`,
		'message-store db',
		`tls ${credential.chainFile} ${credential.keyFile}`,
		`listen irc+insecure://127.0.0.1:${ports.plain}`,
		`listen ircs://127.0.0.1:${ports.tls}`,
		`listen https://127.0.0.1:${ports.https}`,
		`http-ingress https://localhost:${ports.https}`,
		`file-upload fs ${path.join(folder.dir, 'uploads')}`,
		`listen unix+admin://${path.join(socketFolder, 'admin')}`,
		'hostname soju.irc.test',
	];
	await writeFile(config, `${lines.join('\n')}\n`);
	const server = new SojuServer(
		{
			name: 'soju',
			version: tree.version('soju'),
			...folder,
			ports,
			launch: tree.launch('usr/bin/soju', ['-config', config], {}, folder.dir),
			isReady: async () => (await accepts(ports.plain)) && (await accepts(ports.tls)) && (await accepts(ports.https)),
			progress: options.progress,
		},
		certs,
		tree,
		socketFolder,
	);
	await server.boot();
	return server;
}
