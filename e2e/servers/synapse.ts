import { createHmac, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { type Certs, type Credential, createCerts } from './certs.ts';
import { reservePorts } from './ports.ts';
import { ManagedServer, type ServerDefinition, type ServerSpec, type StartOptions, serverFolder } from './server.ts';

const RECIPE: TreeRecipe = { name: 'synapse', suite: 'sid', packages: ['matrix-synapse'] };

export type SynapsePort = 'client' | 'clientTls';

export interface SynapseOptions extends StartOptions {
	readonly ports?: Readonly<Record<SynapsePort, number>>;
	/** For the TLS port. Default: new ones in the data folder. */
	readonly certs?: Certs;
	readonly credential?: Credential;
	/** The part after the colon in user ids. Default `matrix.test`. */
	readonly serverName?: string;
	/**
	 * `off` (default) never limits; `small` limits messages, joins and logins after a handful, so that clients meet
	 * M_LIMIT_EXCEEDED.
	 */
	readonly rateLimits?: 'off' | 'small';
	/** Lifetime of the access token of a login with a refresh token, in milliseconds. Synapse's default: five minutes. */
	readonly accessTokenLifetime?: number;
	/** Lifetime of a whole session, in milliseconds, after which the client is logged out softly. */
	readonly sessionLifetime?: number;
	/** Open registration without e-mail. Default true. */
	readonly registration?: boolean;
	/** More of Synapse's own settings; each key replaces ours. */
	readonly extraConfig?: Readonly<Record<string, unknown>>;
}

/** A user made by {@link SynapseServer.createUser}, with a session of its own. */
export interface SynapseUser {
	readonly userId: string;
	readonly deviceId: string;
	readonly accessToken: string;
}

const SHARED_SECRET = 'parley-test-secret';

const nonceSchema = z.object({ nonce: z.string() });
const userSchema = z.object({ user_id: z.string(), device_id: z.string(), access_token: z.string() });

/** A running Synapse with SQLite, presence, the user directory and open room lists; it federates with nobody. */
export class SynapseServer extends ManagedServer<SynapsePort> {
	readonly certs: Certs;
	readonly serverName: string;

	constructor(spec: ServerSpec<SynapsePort>, certs: Certs, serverName: string) {
		super(spec);
		this.certs = certs;
		this.serverName = serverName;
	}

	/** Base address of the client-server API, without TLS. */
	get url(): string {
		return `http://127.0.0.1:${this.ports.client}`;
	}

	/** Creates a user through the shared-secret registration API of Synapse's admin API. */
	async createUser(user: string, password: string, options: { readonly admin?: boolean } = {}): Promise<SynapseUser> {
		const address = `${this.url}/_synapse/admin/v1/register`;
		const { nonce } = nonceSchema.parse(await json(await fetch(address)));
		const admin = options.admin === true;
		const mac = createHmac('sha1', SHARED_SECRET)
			.update([nonce, user, password, admin ? 'admin' : 'notadmin'].join('\0'))
			.digest('hex');
		const body = JSON.stringify({ nonce, username: user, password, admin, mac });
		const made = userSchema.parse(await json(await fetch(address, { method: 'POST', body })));
		return { userId: made.user_id, deviceId: made.device_id, accessToken: made.access_token };
	}
}

async function json(response: Response): Promise<unknown> {
	const text = await response.text();
	if (!response.ok) throw new Error(`synapse answered ${response.status}: ${text.slice(0, 300)}`);
	return JSON.parse(text);
}

export const synapse: ServerDefinition<SynapseOptions, SynapseServer> = {
	name: 'synapse',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('matrix-synapse') }),
	start: startSynapse,
};

async function startSynapse(options: SynapseOptions = {}): Promise<SynapseServer> {
	const tree = await ensureTree(RECIPE, options.progress);
	const folder = await serverFolder('synapse', options.dir);
	const certs = options.certs ?? (await createCerts(path.join(folder.dir, 'certs')));
	const ports = options.ports ?? (await reservePorts(['client', 'clientTls']));
	const serverName = options.serverName ?? 'matrix.test';
	const at = (name: string): string => path.join(folder.dir, name);
	await writeSigningKey(at('signing.key'));
	await writeFile(at('log.yaml'), JSON.stringify(LOGGING));
	// JSON is YAML, as long as it has no tabs.
	const settings = config({
		...options,
		dir: folder.dir,
		ports,
		serverName,
		credential: options.credential ?? certs.server,
	});
	await writeFile(at('homeserver.yaml'), JSON.stringify(settings, undefined, 2));
	const server = new SynapseServer(
		{
			name: 'synapse',
			version: tree.version('matrix-synapse'),
			...folder,
			ports,
			launch: tree.python(
				['-W', 'ignore', '-m', 'synapse.app.homeserver', '-c', 'homeserver.yaml'],
				{ HOME: folder.dir },
				folder.dir,
			),
			isReady: () => answers(`http://127.0.0.1:${ports.client}/_matrix/client/versions`),
			startTimeout: 60_000,
			progress: options.progress,
		},
		certs,
		serverName,
	);
	await server.boot();
	return server;
}

async function answers(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
		await response.body?.cancel();
		return response.ok;
	} catch {
		return false;
	}
}

/** Synapse's own key format: algorithm, key id, unpadded base64 of the seed. Kept when the folder is reused. */
async function writeSigningKey(file: string): Promise<void> {
	const there = await readFile(file).catch(() => undefined);
	if (there !== undefined) return;
	const seed = randomBytes(32).toString('base64').replace(/=+$/, '');
	await writeFile(file, `ed25519 a_test ${seed}\n`, { mode: 0o600 });
}

const LOGGING = {
	version: 1,
	formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
	handlers: { console: { class: 'logging.StreamHandler', formatter: 'line' } },
	root: { level: 'WARNING', handlers: ['console'] },
	disable_existing_loggers: false,
};

interface Config extends SynapseOptions {
	readonly dir: string;
	readonly ports: Readonly<Record<SynapsePort, number>>;
	readonly serverName: string;
	readonly credential: Credential;
}

function config(options: Config): Record<string, unknown> {
	const { dir, ports, credential } = options;
	const listener = {
		type: 'http',
		bind_addresses: ['127.0.0.1'],
		x_forwarded: false,
		resources: [{ names: ['client'], compress: false }],
	};
	return {
		server_name: options.serverName,
		public_baseurl: `http://127.0.0.1:${ports.client}/`,
		serve_server_wellknown: false,
		listeners: [
			{ ...listener, port: ports.client, tls: false },
			{ ...listener, port: ports.clientTls, tls: true },
		],
		tls_certificate_path: credential.chainFile,
		tls_private_key_path: credential.keyFile,
		pid_file: path.join(dir, 'synapse.pid'),
		database: { name: 'sqlite3', args: { database: path.join(dir, 'homeserver.db') } },
		log_config: path.join(dir, 'log.yaml'),
		media_store_path: path.join(dir, 'media'),
		signing_key_path: path.join(dir, 'signing.key'),
		registration_shared_secret: SHARED_SECRET,
		macaroon_secret_key: 'parley-test-macaroon',
		form_secret: 'parley-test-form',
		report_stats: false,
		suppress_key_server_warning: true,
		trusted_key_servers: [],
		federation_domain_whitelist: [],
		enable_registration: options.registration !== false,
		enable_registration_without_verification: options.registration !== false,
		bcrypt_rounds: 4,
		presence: { enabled: true },
		allow_public_rooms_without_auth: true,
		room_list_publication_rules: [{ action: 'allow' }],
		user_directory: { enabled: true, search_all_users: true },
		max_event_delay_duration: '24h',
		// Synapse keeps the answer to an initial sync for two minutes, which shows a restarted client an old world.
		caches: { sync_response_cache_duration: '0s' },
		...(options.accessTokenLifetime === undefined
			? {}
			: { refreshable_access_token_lifetime: options.accessTokenLifetime }),
		...(options.sessionLifetime === undefined ? {} : { session_lifetime: options.sessionLifetime }),
		...rateLimits(options.rateLimits ?? 'off'),
		...options.extraConfig,
	};
}

function rateLimits(kind: 'off' | 'small'): Record<string, unknown> {
	const open = { per_second: 100_000, burst_count: 100_000 };
	const tight = kind === 'small' ? { per_second: 1, burst_count: 5 } : open;
	return {
		rc_message: tight,
		rc_registration: open,
		rc_registration_token_validity: open,
		rc_login: { address: open, account: open, failed_attempts: tight },
		rc_admin_redaction: open,
		rc_joins: { local: tight, remote: open },
		rc_joins_per_room: open,
		rc_invites: { per_room: open, per_user: open, per_issuer: open },
		rc_media_create: open,
		rc_presence: { per_user: open },
		rc_delayed_event_mgmt: open,
		rc_room_creation: open,
		rc_reports: open,
	};
}
