import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { type Certs, type Credential, createCerts } from './certs.ts';
import { reservePorts } from './ports.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { ManagedServer, type ServerSpec, type StartOptions, serverFolder } from './server.ts';
import { accepts } from './server-process.ts';
import type { Launch, Tree } from './tree.ts';

export type ProsodyPort = 'client' | 'clientTls' | 'http' | 'https';

const PORTS: readonly ProsodyPort[] = ['client', 'clientTls', 'http', 'https'];

export interface ProsodyOptions extends StartOptions {
	readonly ports?: Readonly<Record<ProsodyPort, number>>;
	/** Default: new ones in the data folder. */
	readonly certs?: Certs;
	/** What every TLS port shows. Default: the good one. */
	readonly credential?: Credential;
	/** Served domain; `rooms.` and `upload.` are added below it. Default `xmpp.test`. */
	readonly domain?: string;
	/** Stored password form, which decides the SCRAM family offered. Default `SHA-1`. */
	readonly hash?: 'SHA-1' | 'SHA-256';
	/** `required` (default), `optional`, or `none`: the stream features then offer no STARTTLS at all. */
	readonly encryption?: 'required' | 'optional' | 'none';
	/** In-band registration. Default true. */
	readonly registration?: boolean;
	/** Modules to leave out, for example `mam`, `smacks`, `carbons`. */
	readonly disabled?: readonly string[];
	/** Seconds a broken session waits for its client to resume. Default 300. */
	readonly hibernation?: number;
	/** Bytes one upload may have. Default 10 MiB. */
	readonly uploadLimit?: number;
	/** More lines of Prosody configuration for the global section. */
	readonly extraConfig?: string;
}

/** How one packaged Prosody differs from another. */
export interface ProsodyFlavour {
	readonly name: string;
	readonly recipe: TreeRecipe;
	readonly modules: readonly string[];
	readonly roomModules: readonly string[];
}

/** A running Prosody with rooms (MUC), archive, push, uploads and in-band registration. */
export class ProsodyServer extends ManagedServer<ProsodyPort> {
	readonly certs: Certs;
	readonly domain: string;
	/** Address of the room service. */
	readonly rooms: string;
	private readonly control: (args: readonly string[]) => Launch;

	constructor(
		spec: ServerSpec<ProsodyPort>,
		certs: Certs,
		domain: string,
		control: (args: readonly string[]) => Launch,
	) {
		super(spec);
		this.certs = certs;
		this.domain = domain;
		this.rooms = `rooms.${domain}`;
		this.control = control;
	}

	/** Creates the account `user@domain`, or gives it a new password. Works while the server runs and while it doesn't. */
	async createUser(user: string, password: string): Promise<void> {
		await this.runControl(['register', user, this.domain, password]);
	}

	async deleteUser(user: string): Promise<void> {
		await this.runControl(['deluser', `${user}@${this.domain}`]);
	}

	private async runControl(args: readonly string[]): Promise<void> {
		const { command, args: all, env } = this.control(args);
		await runCommand(command, all, { env: { ...env } });
	}
}

/** Debian's scripts carry absolute paths of an installed system; ours point into the cache entry. */
export async function relocateProsody(tree: Tree, finalRoot: string): Promise<void> {
	for (const script of ['usr/bin/prosody', 'usr/bin/prosodyctl']) {
		const file = tree.path(script);
		const text = await readFile(file, 'utf8');
		const moved = text.replace(/^(CFG_\w+)='\/([^']*)';$/gm, (_line, name: string, target: string) => {
			return `${name}=${luaString(path.join(finalRoot, target))};`;
		});
		if (moved === text) throw new Error(`${script} has no paths where they were expected`);
		await writeFile(file, moved);
	}
}

export async function fetchProsody(flavour: ProsodyFlavour, progress?: Progress): Promise<{ version: string }> {
	return { version: (await ensureTree(flavour.recipe, progress)).version('prosody') };
}

export async function startProsody(flavour: ProsodyFlavour, options: ProsodyOptions = {}): Promise<ProsodyServer> {
	const tree = await ensureTree(flavour.recipe, options.progress);
	const folder = await serverFolder(flavour.name, options.dir);
	const certs = options.certs ?? (await createCerts(path.join(folder.dir, 'certs')));
	const ports = options.ports ?? (await reservePorts(PORTS));
	const domain = options.domain ?? 'xmpp.test';
	const file = path.join(folder.dir, 'prosody.cfg.lua');
	const credential = options.credential ?? certs.server;
	await writeFile(file, config(flavour, { ...options, dir: folder.dir, ports, domain, credential }));
	const env = {
		LUA_PATH: `${tree.path('usr/share/lua/5.4/?.lua')};${tree.path('usr/share/lua/5.4/?/init.lua')}`,
		LUA_CPATH: tree.path(tree.libraryFolder, 'lua/5.4/?.so'),
		HOME: folder.dir,
	};
	const lua = (script: string, args: readonly string[]): Launch =>
		tree.launch('usr/bin/lua5.4', [tree.path(script), ...args], env, folder.dir);
	const server = new ProsodyServer(
		{
			name: flavour.name,
			version: tree.version('prosody'),
			...folder,
			ports,
			launch: lua('usr/bin/prosody', ['--config', file, '-F']),
			isReady: async () => {
				const needed = options.encryption === 'none' ? [ports.client] : [ports.client, ports.clientTls, ports.https];
				return (await Promise.all(needed.map(accepts))).every(Boolean);
			},
			progress: options.progress,
		},
		certs,
		domain,
		(args) => lua('usr/bin/prosodyctl', ['--root', '--config', file, ...args]),
	);
	await server.boot();
	return server;
}

interface Config extends ProsodyOptions {
	readonly dir: string;
	readonly ports: Readonly<Record<ProsodyPort, number>>;
	readonly domain: string;
	readonly credential: Credential;
}

function config(flavour: ProsodyFlavour, options: Config): string {
	const { dir, ports, domain, credential } = options;
	const encryption = options.encryption ?? 'required';
	const disabled = new Set(options.disabled ?? []);
	if (encryption === 'none') disabled.add('tls');
	const chosen = (modules: readonly string[]): string =>
		modules
			.filter((module) => !disabled.has(module))
			.map(luaString)
			.join('; ');
	return `-- Written by the test server recipe.
local tls = { certificate = ${luaString(credential.chainFile)}; key = ${luaString(credential.keyFile)} }
pidfile = ${luaString(path.join(dir, 'prosody.pid'))}
data_path = ${luaString(path.join(dir, 'data'))}
certificates = ${luaString(path.dirname(credential.chainFile))}
run_as_root = true
daemonize = false
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { ${ports.client} }
c2s_direct_tls_ports = { ${encryption === 'none' ? '' : ports.clientTls} }
s2s_ports = { }
http_ports = { ${ports.http} }
http_interfaces = { "127.0.0.1" }
https_ports = { ${encryption === 'none' ? '' : ports.https} }
https_interfaces = { "127.0.0.1" }
http_default_host = ${luaString(domain)}
http_external_url = ${luaString(`https://localhost:${ports.https}/`)}
ssl = tls
https_ssl = tls
c2s_direct_tls_ssl = tls
authentication = "internal_hashed"
password_hash = ${luaString(options.hash ?? 'SHA-1')}
storage = "internal"
c2s_require_encryption = ${encryption === 'required'}
allow_unencrypted_plain_auth = ${encryption === 'none'}
allow_registration = ${options.registration !== false}
smacks_hibernation_time = ${options.hibernation ?? 300}
archive_expires_after = "never"
default_archive_policy = true
modules_disabled = { "s2s"; "s2s_auth_certs"; ${[...disabled].map(luaString).join('; ')} }
modules_enabled = { ${chosen(flavour.modules)} }
${options.extraConfig ?? ''}
VirtualHost ${luaString(domain)}
  disco_items = { { ${luaString(`rooms.${domain}`)}, "Rooms" }, { ${luaString(`upload.${domain}`)}, "Upload" } }
Component ${luaString(`rooms.${domain}`)} "muc"
  name = "Rooms"
  modules_enabled = { ${chosen(flavour.roomModules)} }
  restrict_room_creation = false
  muc_log_by_default = true
  muc_room_default_public = true
Component ${luaString(`upload.${domain}`)} "http_file_share"
  name = "Upload"
  http_host = "localhost"
  http_file_share_size_limit = ${options.uploadLimit ?? 10 * 1024 * 1024}
`;
}

function luaString(text: string): string {
	return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n\0]/g, '')}"`;
}
