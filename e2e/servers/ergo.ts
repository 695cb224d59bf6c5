import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { type Certs, type Credential, createCerts } from './certs.ts';
import { IrcProbe } from './irc-probe.ts';
import { reservePorts } from './ports.ts';
import { runCommand } from './run-command.ts';
import { ManagedServer, type ServerDefinition, type ServerSpec, type StartOptions, serverFolder } from './server.ts';
import { accepts } from './server-process.ts';
import type { Tree } from './tree.ts';

const RECIPE: TreeRecipe = { name: 'ergo', suite: 'sid', packages: ['ergochat'] };

export type ErgoPort = 'plain' | 'tls';

export interface ErgoOptions extends StartOptions {
	readonly ports?: Readonly<Record<ErgoPort, number>>;
	/** Default: new ones in the data folder. Give the same to several servers to have one CA. */
	readonly certs?: Certs;
	/** What the TLS port shows. Default: the good one. */
	readonly credential?: Credential;
	/** Advertise strict transport security on the plain port. Default false. */
	readonly sts?: boolean;
	/** Store and serve history (CHATHISTORY). Default true. */
	readonly history?: boolean;
	/** Ergo's default flood protection, which delays fast senders. Default false. */
	readonly fakelag?: boolean;
	/** Refuse clients that do not authenticate. Default false. */
	readonly requireSasl?: boolean;
}

/** A running Ergo: accounts, history, labels, metadata, multiline, always-on clients. */
export class ErgoServer extends ManagedServer<ErgoPort> {
	readonly certs: Certs;
	/** Password of the operator `root`. */
	readonly operPassword: string;

	constructor(spec: ServerSpec<ErgoPort>, certs: Certs, operPassword: string) {
		super(spec);
		this.certs = certs;
		this.operPassword = operPassword;
	}

	/** Registers a services account; with a certificate SASL EXTERNAL works for it too. */
	async createUser(
		account: string,
		password: string,
		options: { readonly certificate?: Credential } = {},
	): Promise<void> {
		const probe = await IrcProbe.connect({ port: this.ports.plain });
		try {
			probe.send(
				'CAP LS 302',
				'CAP REQ :draft/account-registration standard-replies',
				`NICK ${account}`,
				'USER u 0 * :u',
			);
			await probe.line((line) => line.includes(' CAP ') && line.includes(' ACK '), 'the capability');
			probe.send(`REGISTER ${account} * :${password}`);
			const answer = await probe.line((line) => /^(:\S+ )?(REGISTER SUCCESS|FAIL REGISTER) /.test(line), 'an answer');
			if (answer.includes('FAIL')) throw new Error(`${this.name} refused the account ${account}: ${answer}`);
			if (options.certificate === undefined) return;
			probe.send('CAP END', `NS CERT ADD ${options.certificate.fingerprint}`);
			const added = await probe.line((line) => /^:NickServ\S* NOTICE /.test(line), 'an answer of NickServ');
			if (!/added/i.test(added)) throw new Error(`${this.name} refused the certificate: ${added}`);
		} finally {
			probe.close();
		}
	}
}

export const ergo: ServerDefinition<ErgoOptions, ErgoServer> = {
	name: 'ergo',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('ergochat') }),
	start: startErgo,
};

async function startErgo(options: ErgoOptions = {}): Promise<ErgoServer> {
	const tree = await ensureTree(RECIPE, options.progress);
	const folder = await serverFolder('ergo', options.dir);
	const certs = options.certs ?? (await createCerts(path.join(folder.dir, 'certs')));
	const ports = options.ports ?? (await reservePorts(['plain', 'tls']));
	const operPassword = 'operpass';
	const hash = await hashPassword(tree, operPassword);
	await writeFile(path.join(folder.dir, 'ergo.motd'), 'Welcome to the test network\n');
	await writeFile(
		path.join(folder.dir, 'ircd.yaml'),
		config({ ...options, ports, credential: options.credential ?? certs.server, hash }),
	);
	const run = tree.launch('usr/bin/ergochat', ['run', '--conf', 'ircd.yaml'], {}, folder.dir);
	const initialise = tree.launch('usr/bin/ergochat', ['initdb', '--conf', 'ircd.yaml'], {}, folder.dir);
	// Refuses to touch an existing database, which is what we want when the folder is being reused.
	await runCommand(initialise.command, initialise.args, { ...initialise, accept: [0, 1] });
	const server = new ErgoServer(
		{
			name: 'ergo',
			version: tree.version('ergochat'),
			...folder,
			ports,
			launch: run,
			isReady: async () => (await accepts(ports.plain)) && (await accepts(ports.tls)),
			progress: options.progress,
		},
		certs,
		operPassword,
	);
	await server.boot();
	return server;
}

async function hashPassword(tree: Tree, password: string): Promise<string> {
	const { command, args, env } = tree.launch('usr/bin/ergochat', ['genpasswd']);
	const { stdout } = await runCommand(command, args, { env: { ...env }, input: `${password}\n${password}\n` });
	const hash = stdout.trim().split('\n').at(-1) ?? '';
	if (!hash.startsWith('$2')) throw new Error('ergo printed no password hash');
	return hash;
}

interface Config extends ErgoOptions {
	readonly ports: Readonly<Record<ErgoPort, number>>;
	readonly credential: Credential;
	readonly hash: string;
}

function config(options: Config): string {
	const { ports, credential } = options;
	return `# Written by the test server recipe.
network: { name: ErgoTest }
server:
  name: ergo.irc.test
  listeners:
    "127.0.0.1:${ports.plain}": {}
    "127.0.0.1:${ports.tls}": { tls: { cert: ${json(credential.chainFile)}, key: ${json(credential.keyFile)} } }
  sts: { enabled: ${options.sts === true}, duration: 5m, port: ${ports.tls} }
  casemapping: ascii
  enforce-utf8: true
  lookup-hostnames: false
  motd: ergo.motd
  relaymsg: { enabled: true, separators: "/", available-to-chanops: true }
  max-sendq: 4M
  compatibility: { force-trailing: true, send-unprefixed-sasl: true, allow-truncation: false }
  ip-limits: { count: false, throttle: false }
  ip-cloaking: { enabled: false }
accounts:
  authentication-enabled: true
  require-sasl: { enabled: ${options.requireSasl === true} }
  registration:
    { enabled: true, allow-before-connect: true, throttling: { enabled: false }, bcrypt-cost: 4, email-verification: { enabled: false } }
  login-throttling: { enabled: false }
  login-via-pass-command: true
  advertise-scram: true
  nick-reservation: { enabled: true, additional-nick-limit: 5, method: optional, force-nick-equals-account: false }
  multiclient: { enabled: true, allowed-by-default: true, always-on: opt-in, auto-away: opt-in }
channels: { default-modes: +nt, max-channels-per-client: 200, registration: { enabled: true } }
oper-classes:
  admin: { title: Admin, capabilities: [kill, ban, nofakelag, samode, sajoin, rehash, accreg, chanreg, history, metadata] }
opers: { root: { class: admin, password: ${json(options.hash)} } }
logging: [{ method: stderr, type: "* -userinput -useroutput", level: info }]
lock-file: ircd.lock
datastore: { path: ircd.db, autoupgrade: true }
languages: { enabled: false, default: en, path: languages }
limits:
  nicklen: 32
  identlen: 20
  realnamelen: 150
  channellen: 64
  awaylen: 390
  kicklen: 390
  topiclen: 390
  monitor-entries: 100
  whowas-entries: 100
  chan-list-modes: 100
  registration-messages: 1024
  multiline: { max-bytes: 4096, max-lines: 100 }
fakelag: { enabled: ${options.fakelag === true}, window: 1s, burst-limit: 5, messages-per-window: 2, cooldown: 2s }
history:
  enabled: ${options.history !== false}
  channel-length: 4096
  client-length: 1024
  chathistory-maxmessages: ${options.history === false ? 0 : 1000}
  znc-maxmessages: 2048
  restrictions: { expire-time: 1w, query-cutoff: none }
  retention: { allow-individual-delete: true, enable-account-indexing: true }
  tagmsg-storage: { default: false, whitelist: ["+draft/react", "+react", "+draft/unreact"] }
metadata: { enabled: true, max-subs: 100, max-keys: 100 }
`;
}

/** JSON strings are YAML strings. */
function json(text: string): string {
	return JSON.stringify(text);
}
