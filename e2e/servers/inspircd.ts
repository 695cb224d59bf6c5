import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fetchAnope, startAnope } from './anope.ts';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { type Certs, type Credential, createCerts } from './certs.ts';
import { IrcProbe } from './irc-probe.ts';
import { reservePorts } from './ports.ts';
import { ManagedServer, type ServerDefinition, type ServerSpec, type StartOptions, serverFolder } from './server.ts';
import { accepts } from './server-process.ts';
import type { Tree } from './tree.ts';

const RECIPE: TreeRecipe = { name: 'inspircd', suite: 'trixie', packages: ['inspircd'] };

export type InspircdPort = 'plain' | 'tls' | 'link';

export interface InspircdOptions extends StartOptions {
	readonly ports?: Readonly<Record<InspircdPort, number>>;
	/** Default: new ones in the data folder. */
	readonly certs?: Certs;
	/** What the TLS port shows. Default: the good one. */
	readonly credential?: Credential;
	/** Run Anope beside it: NickServ, ChanServ, SASL PLAIN and EXTERNAL. Default true. */
	readonly services?: boolean;
	/** Advertise strict transport security on the plain port. Default false. */
	readonly sts?: boolean;
	/** Channel mode +H (playback on join). Default true. */
	readonly history?: boolean;
	/** Limits of the example configuration: a client that sends too fast is delayed, then cut off. Default false. */
	readonly floodLimits?: boolean;
}

/** A running InspIRCd (casemapping rfc1459), with services unless declined. Registration takes up to a second here. */
export class InspircdServer extends ManagedServer<InspircdPort> {
	readonly certs: Certs;
	/** Password of the operator `root`. */
	readonly operPassword: string;
	private readonly attachServices: (() => Promise<ManagedServer<never>>) | undefined;
	private services: ManagedServer<never> | undefined;

	constructor(
		spec: ServerSpec<InspircdPort>,
		certs: Certs,
		operPassword: string,
		attachServices: (() => Promise<ManagedServer<never>>) | undefined,
	) {
		super(spec);
		this.certs = certs;
		this.operPassword = operPassword;
		this.attachServices = attachServices;
	}

	/** Version of Anope, when it runs. */
	get servicesVersion(): string | undefined {
		return this.services?.version;
	}

	override async boot(): Promise<void> {
		await super.boot();
		this.services = await this.attachServices?.();
	}

	override async stop(): Promise<void> {
		await this.services?.stop();
		await super.stop();
	}

	override async kill(): Promise<void> {
		await Promise.all([this.services?.kill(), super.kill()]);
	}

	override async restart(): Promise<void> {
		await this.services?.stop();
		await super.restart();
	}

	/** Takes only the services away, as a services split does. They come back with {@link restart}. */
	async stopServices(): Promise<void> {
		await this.services?.stop();
	}

	/** Registers a nick with NickServ; with a certificate SASL EXTERNAL works for it too. Takes about a second. */
	async createUser(nick: string, password: string, options: { readonly certificate?: Credential } = {}): Promise<void> {
		const { certificate } = options;
		const probe =
			certificate === undefined
				? await IrcProbe.login({ port: this.ports.plain }, nick)
				: await IrcProbe.login({ port: this.ports.tls, ca: this.certs.ca, certificate }, nick);
		const ask = async (command: string, expected: RegExp): Promise<void> => {
			probe.send(`PRIVMSG NickServ :${command}`);
			const answer = await probe.line((line) => /^:NickServ\S* NOTICE /i.test(line), 'an answer of NickServ');
			if (!expected.test(answer)) throw new Error(`${this.name} services answered: ${answer}`);
		};
		try {
			await ask(`REGISTER ${password} ${nick}@irc.test`, /registered/i);
			if (certificate !== undefined) await ask('CERT ADD', /added/i);
		} finally {
			probe.close();
		}
	}
}

export const inspircd: ServerDefinition<InspircdOptions, InspircdServer> = {
	name: 'inspircd',
	fetch: async (progress) => {
		await fetchAnope(progress);
		return { version: (await ensureTree(RECIPE, progress)).version('inspircd') };
	},
	start: startInspircd,
};

async function startInspircd(options: InspircdOptions = {}): Promise<InspircdServer> {
	const tree = await ensureTree(RECIPE, options.progress);
	const folder = await serverFolder('inspircd', options.dir);
	const certs = options.certs ?? (await createCerts(path.join(folder.dir, 'certs')));
	const ports = options.ports ?? (await reservePorts(['plain', 'tls', 'link']));
	const { dir } = folder;
	const configFile = path.join(dir, 'inspircd.conf');
	await writeFile(path.join(dir, 'motd.txt'), 'Welcome to the classic network\n');
	await writeFile(
		configFile,
		config(tree, { ...options, dir, ports, certs, credential: options.credential ?? certs.server }),
	);
	const root = process.getuid?.() === 0 ? ['--runasroot'] : [];
	const server = new InspircdServer(
		{
			name: 'inspircd',
			version: tree.version('inspircd'),
			...folder,
			ports,
			launch: tree.launch('usr/sbin/inspircd', [`--config=${configFile}`, '--nofork', ...root], {}, dir),
			isReady: async () => (await Promise.all([ports.plain, ports.tls, ports.link].map(accepts))).every(Boolean),
			progress: options.progress,
		},
		certs,
		'operpass',
		options.services === false
			? undefined
			: async () => {
					const servicesDir = path.join(dir, 'anope');
					await mkdir(servicesDir, { recursive: true });
					return startAnope({ dir: servicesDir, ports, progress: options.progress });
				},
	);
	await server.boot();
	return server;
}

const MODULES = [
	...['account', 'alias', 'allowinvite', 'banexception', 'botmode', 'callerid', 'cap', 'channelban', 'chghost'],
	...['codepage', 'commonchans', 'customprefix', 'deaf', 'globops', 'cban', 'hidechans', 'inviteexception', 'ircv3'],
	...['ircv3_accounttag', 'ircv3_batch', 'ircv3_capnotify', 'ircv3_chghost', 'ircv3_ctctags', 'ircv3_echomessage'],
	...['ircv3_invitenotify', 'ircv3_labeledresponse', 'ircv3_msgid', 'ircv3_servertime', 'knock', 'md5', 'monitor'],
	...['multiprefix', 'muteban', 'nokicks', 'noctcp', 'remove', 'sajoin', 'samode', 'sasl', 'services', 'sethost'],
	...['setname', 'silence', 'spanningtree', 'ssl_gnutls', 'sslinfo', 'sslmodes', 'starttls', 'uhnames'],
];

interface Config extends InspircdOptions {
	readonly dir: string;
	readonly ports: Readonly<Record<InspircdPort, number>>;
	readonly certs: Certs;
	readonly credential: Credential;
}

function config(tree: Tree, options: Config): string {
	const { dir, ports, certs, credential } = options;
	const modules = [...MODULES];
	if (options.sts === true) modules.push('ircv3_sts');
	if (options.history !== false) modules.push('chanhistory');
	const limits =
		options.floodLimits === true
			? 'hardsendq="1M" softsendq="10240" recvq="10K" threshold="10" commandrate="1000" fakelag="yes"'
			: 'hardsendq="4M" softsendq="1M" recvq="1M" threshold="1000000" commandrate="1000000" fakelag="no"';
	return `<path configdir="${dir}" datadir="${dir}" logdir="${dir}" moduledir="${tree.path('usr/lib/inspircd/modules')}" runtimedir="${dir}">
<server name="inspircd.irc.test" description="Classic network" network="ClassicTest" id="4AA">
<admin name="Test" nick="test" description="Test" email="test@irc.test">
<bind address="127.0.0.1" port="${ports.plain}" type="clients">
<bind address="127.0.0.1" port="${ports.tls}" type="clients" sslprofile="main">
<bind address="127.0.0.1" port="${ports.link}" type="servers">
<sslprofile name="main" provider="gnutls" certfile="${credential.chainFile}" keyfile="${credential.keyFile}" cafile="${certs.caFile}" requestclientcert="yes" hash="sha256">
<connect name="main" allow="*" timeout="60" pingfreq="120" ${limits} localmax="500" globalmax="500" limit="5000" maxchans="200" modes="+i" useident="no" usednsbl="no" resolvehostnames="no" useconnectban="no" useconnflood="no">
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*" snomasks="*">
<type name="Admin" classes="all">
<oper name="root" password="operpass" host="*@*" type="Admin">
<options defaultmodes="not" modesinlist="no" prefixquit="Quit: " prefixpart="" syntaxhints="yes">
<security announceinvites="dynamic" hideulines="no" userstats="Pu" maxtargets="20">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="normal" target="ircd.log">
<files motd="${path.join(dir, 'motd.txt')}">
<maxlist chan="*" limit="200">
<pid file="${path.join(dir, 'ircd.pid')}">
<sasl target="services.irc.test" requiressl="no">
<sts host="*" duration="5m" port="${ports.tls}" preload="no">
<chanhistory maxlines="500" maxduration="4w" prefixmsg="yes" savefrombots="yes" sendtobots="yes">
<callerid maxaccepts="30" cooldown="60">
<monitor maxentries="100">
<silence maxentries="32" exemptservice="yes">
<customprefix name="founder" letter="q" prefix="~" rank="50000" ranktoset="50000">
<customprefix name="admin" letter="a" prefix="&amp;" rank="40000" ranktoset="50000">
<customprefix name="halfop" letter="h" prefix="%" rank="20000" ranktoset="30000">
<link name="services.irc.test" ipaddr="127.0.0.1" port="1" allowmask="127.0.0.1/32" sendpass="svcpass" recvpass="svcpass">
<uline server="services.irc.test" silent="yes">
<services server="services.irc.test" silent="yes">
${modules.map((name) => `<module name="${name}">`).join('\n')}
<include file="${tree.path('usr/share/doc/inspircd/examples/codepages/rfc1459.example.conf')}">
`;
}
