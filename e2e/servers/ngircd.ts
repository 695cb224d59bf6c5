import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { type Certs, type Credential, createCerts } from './certs.ts';
import { reservePorts } from './ports.ts';
import { ManagedServer, type ServerDefinition, type ServerSpec, type StartOptions, serverFolder } from './server.ts';
import { accepts } from './server-process.ts';

const RECIPE: TreeRecipe = { name: 'ngircd', suite: 'bookworm', packages: ['ngircd'] };

export type NgircdPort = 'plain' | 'tls';

export interface NgircdOptions extends StartOptions {
	readonly ports?: Readonly<Record<NgircdPort, number>>;
	readonly certs?: Certs;
	readonly credential?: Credential;
	/** Password every client has to send with PASS. Default: none. */
	readonly password?: string;
	/** The longest penalty, in seconds, a client gets for a command. Default 0; the server's own default is unlimited. */
	readonly maxPenalty?: number;
}

/** A running ngIRCd: an old server with multi-prefix and nothing else. No tags, no accounts, no history. */
export class NgircdServer extends ManagedServer<NgircdPort> {
	readonly certs: Certs;

	constructor(spec: ServerSpec<NgircdPort>, certs: Certs) {
		super(spec);
		this.certs = certs;
	}
}

export const ngircd: ServerDefinition<NgircdOptions, NgircdServer> = {
	name: 'ngircd',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('ngircd') }),
	start: startNgircd,
};

async function startNgircd(options: NgircdOptions = {}): Promise<NgircdServer> {
	const tree = await ensureTree(RECIPE, options.progress);
	const folder = await serverFolder('ngircd', options.dir);
	const certs = options.certs ?? (await createCerts(path.join(folder.dir, 'certs')));
	const credential = options.credential ?? certs.server;
	const ports = options.ports ?? (await reservePorts(['plain', 'tls']));
	const config = path.join(folder.dir, 'ngircd.conf');
	const lines = [
		'[Global]',
		'Name = ngircd.irc.test',
		'Info = Old server',
		'Network = OldTest',
		'MotdPhrase = Welcome to the old network',
		'Listen = 127.0.0.1',
		`Ports = ${ports.plain}`,
		...(options.password === undefined ? [] : [`Password = ${options.password}`]),
		'[Limits]',
		'MaxConnectionsIP = 0',
		'MaxJoins = 0',
		'MaxNickLength = 30',
		`MaxPenaltyTime = ${options.maxPenalty ?? 0}`,
		'[Options]',
		'DNS = no',
		'Ident = no',
		'PAM = no',
		'[Operator]',
		'Name = root',
		'Password = operpass',
		'[SSL]',
		`CertFile = ${credential.chainFile}`,
		`KeyFile = ${credential.keyFile}`,
		`Ports = ${ports.tls}`,
	];
	await writeFile(config, `${lines.join('\n')}\n`);
	const server = new NgircdServer(
		{
			name: 'ngircd',
			version: tree.version('ngircd'),
			...folder,
			ports,
			launch: tree.launch('usr/sbin/ngircd', ['-n', '-f', config], {}, folder.dir),
			isReady: async () => (await accepts(ports.plain)) && (await accepts(ports.tls)),
			progress: options.progress,
		},
		certs,
	);
	await server.boot();
	return server;
}
