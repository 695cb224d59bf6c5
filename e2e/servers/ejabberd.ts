import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { type Certs, type Credential, createCerts } from './certs.ts';
import { reservePorts } from './ports.ts';
import { ManagedServer, type ServerDefinition, type ServerSpec, type StartOptions, serverFolder } from './server.ts';
import { accepts } from './server-process.ts';
import type { Launch, Tree } from './tree.ts';

const RECIPE: TreeRecipe = {
	name: 'ejabberd',
	suite: 'trixie',
	packages: ['ejabberd', 'erlang-p1-sqlite3'],
	without: [
		...['ca-certificates', 'erlang-dialyzer', 'erlang-odbc', 'libltdl7', 'libodbc2', 'libproc2-0', 'openssl', 'procps'],
		...['libtext-charwidth-perl', 'libtext-wrapi18n-perl', 'sensible-utils'],
	],
	prepare: wrapHelpers,
};

export type EjabberdPort = 'client' | 'clientTls' | 'http' | 'https';

export interface EjabberdOptions extends StartOptions {
	readonly ports?: Readonly<Record<EjabberdPort, number>>;
	/** Default: new ones in the data folder. */
	readonly certs?: Certs;
	readonly credential?: Credential;
	/** Default `ej.test`. */
	readonly domain?: string;
	/** In-band registration. Default true. */
	readonly registration?: boolean;
}

/** A running ejabberd: SCRAM-SHA-256 with channel binding, no FAST; offline messages come by archive after Bind 2. */
export class EjabberdServer extends ManagedServer<EjabberdPort> {
	readonly certs: Certs;
	readonly domain: string;
	/** Address of the room service. */
	readonly rooms: string;

	constructor(spec: ServerSpec<EjabberdPort>, certs: Certs, domain: string) {
		super(spec);
		this.certs = certs;
		this.domain = domain;
		this.rooms = `rooms.${domain}`;
	}

	async createUser(user: string, password: string): Promise<void> {
		await this.api('register', { user, host: this.domain, password });
	}

	/** Any command of ejabberd's HTTP API. */
	async api(command: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
		const response = await fetch(`http://127.0.0.1:${this.ports.http}/api/${command}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`ejabberd answered ${response.status} to ${command}: ${text.slice(0, 300)}`);
		return JSON.parse(text);
	}
}

export const ejabberd: ServerDefinition<EjabberdOptions, EjabberdServer> = {
	name: 'ejabberd',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('ejabberd') }),
	start: startEjabberd,
};

async function startEjabberd(options: EjabberdOptions = {}): Promise<EjabberdServer> {
	const tree = await ensureTree(RECIPE, options.progress);
	const folder = await serverFolder('ejabberd', options.dir);
	const { dir } = folder;
	const certs = options.certs ?? (await createCerts(path.join(dir, 'certs')));
	const ports = options.ports ?? (await reservePorts(['client', 'clientTls', 'http', 'https']));
	const domain = options.domain ?? 'ej.test';
	await mkdir(path.join(dir, 'spool'), { recursive: true });
	const settings = config({ ...options, dir, ports, domain, credential: options.credential ?? certs.server });
	// JSON is YAML, as long as it has no tabs.
	await writeFile(path.join(dir, 'ejabberd.yml'), JSON.stringify(settings, undefined, 2));
	const server = new EjabberdServer(
		{
			name: 'ejabberd',
			version: tree.version('ejabberd'),
			...folder,
			ports,
			launch: await launchVm(tree, dir),
			isReady: async () => (await Promise.all(Object.values(ports).map(accepts))).every(Boolean),
			startTimeout: 60_000,
			progress: options.progress,
		},
		certs,
		domain,
	);
	await server.boot();
	return server;
}

async function runtimeFolder(tree: Tree): Promise<string> {
	const versions = (await readdir(tree.path('usr/lib/erlang'))).filter((name) => name.startsWith('erts-'));
	const [version] = versions;
	if (version === undefined || versions.length > 1) throw new Error('expected exactly one Erlang runtime');
	return `usr/lib/erlang/${version}/bin`;
}

/** The virtual machine, started as `erl` and `erlexec` would: both are hard-wired to an installed system. */
async function launchVm(tree: Tree, dir: string): Promise<Launch> {
	const root = tree.path('usr/lib/erlang');
	const runtime = await runtimeFolder(tree);
	const env = {
		ROOTDIR: root,
		BINDIR: tree.path(runtime),
		EMU: 'beam',
		PROGNAME: 'erl',
		ERL_LIBS: tree.path(tree.libraryFolder),
		ERL_CRASH_DUMP: path.join(dir, 'crash.dump'),
		EJABBERD_CONFIG_PATH: path.join(dir, 'ejabberd.yml'),
		EJABBERD_LOG_PATH: path.join(dir, 'ejabberd-own.log'),
		HOME: dir,
	};
	// erlexec turns the plus sign of emulator flags into a minus sign. Two schedulers are plenty for tests.
	const emulator = [
		'-S',
		'2:2',
		'-sbwt',
		'none',
		'--',
		'-root',
		root,
		'-bindir',
		tree.path(runtime),
		'-progname',
		'erl',
	];
	const home = ['--', '-home', dir, '--', '-noshell', '-noinput', '-boot', path.join(root, 'bin/start_clean')];
	const own = ['-mnesia', 'dir', JSON.stringify(path.join(dir, 'spool')), '-s', 'ejabberd'];
	return tree.launch(`${runtime}/beam.smp`, [...emulator, ...home, ...own], env, dir);
}

/** The machine starts helper programs by itself; wrappers make them run with the tree's own libraries too. */
async function wrapHelpers(tree: Tree, finalRoot: string): Promise<void> {
	const runtime = await runtimeFolder(tree);
	for (const helper of ['erl_child_setup', 'inet_gethost']) {
		const file = tree.path(runtime, helper);
		await rename(file, `${file}.program`);
		const { command, args } = tree.launch(`${runtime}/${helper}.program`, []);
		const moved = [command, ...args].map((one) => shellQuote(one.replaceAll(tree.root, finalRoot)));
		await writeFile(file, `#!/bin/sh\nexec ${moved.join(' ')} "$@"\n`);
		await chmod(file, 0o755);
	}
}

function shellQuote(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

interface Config extends EjabberdOptions {
	readonly dir: string;
	readonly ports: Readonly<Record<EjabberdPort, number>>;
	readonly domain: string;
	readonly credential: Credential;
}

function config(options: Config): Record<string, unknown> {
	const { ports, domain, credential } = options;
	const ip = '127.0.0.1';
	const client = { module: 'ejabberd_c2s', ip, shaper: 'none', access: 'c2s' };
	const web = { module: 'ejabberd_http', ip };
	return {
		hosts: [domain],
		loglevel: 'info',
		certfiles: [credential.combinedFile],
		// SQLite has accounts, rooms and messages on disk when it says so; Mnesia loses the last seconds when it is killed.
		default_db: 'sql',
		sql_type: 'sqlite',
		sql_database: path.join(options.dir, 'ejabberd.sqlite'),
		auth_method: 'sql',
		auth_password_format: 'scram',
		auth_scram_hash: 'sha256',
		listen: [
			{ ...client, port: ports.client, starttls_required: true },
			{ ...client, port: ports.clientTls, tls: true },
			{
				...web,
				port: ports.https,
				tls: true,
				request_handlers: { '/ws': 'ejabberd_http_ws', '/upload': 'mod_http_upload' },
			},
			{ ...web, port: ports.http, request_handlers: { '/api': 'mod_http_api' } },
		],
		access_rules: {
			c2s: { allow: 'all' },
			local: { allow: 'all' },
			register: options.registration === false ? { deny: 'all' } : { allow: 'all' },
		},
		api_permissions: { local: { who: { ip: '127.0.0.1/8' }, what: ['*'] } },
		registration_timeout: 'infinity',
		shaper_rules: { max_user_offline_messages: 500, max_user_sessions: 10 },
		modules: {
			mod_adhoc: {},
			mod_avatar: {},
			mod_blocking: {},
			mod_caps: {},
			mod_carboncopy: {},
			mod_client_state: {},
			mod_disco: {},
			mod_http_api: {},
			mod_http_upload: {
				host: `upload.${domain}`,
				max_size: 10 * 1024 * 1024,
				put_url: `https://localhost:${ports.https}/upload`,
				docroot: path.join(options.dir, 'upload'),
			},
			mod_mam: { default: 'always' },
			mod_muc: { host: `rooms.${domain}`, default_room_options: { mam: true } },
			mod_muc_admin: {},
			mod_muc_occupantid: {},
			mod_offline: {},
			mod_ping: {},
			mod_privacy: {},
			mod_private: {},
			mod_pubsub: { plugins: ['flat', 'pep'] },
			mod_register: { ip_access: 'all', access: 'register' },
			mod_roster: { versioning: true },
			mod_stream_mgmt: { resend_on_timeout: 'if_offline' },
			mod_time: {},
			mod_vcard: { search: true },
			mod_vcard_xupdate: {},
			mod_version: {},
		},
	};
}
