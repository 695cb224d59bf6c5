import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from './cache.ts';
import { IrcProbe } from './irc-probe.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { ManagedServer } from './server.ts';
import { type Launch, tied, type Tree } from './tree.ts';

const RECIPE: TreeRecipe = { name: 'anope', suite: 'trixie', packages: ['anope'] };

export interface AnopeOptions {
	readonly dir: string;
	/** Of the InspIRCd it serves: its clear-text client port and its server link port. */
	readonly ports: { readonly plain: number; readonly link: number };
	readonly progress?: Progress | undefined;
}

/** Fills the cache for {@link startAnope}. */
export async function fetchAnope(progress?: Progress): Promise<{ version: string }> {
	return { version: (await ensureTree(RECIPE, progress)).version('anope') };
}

/** Starts Anope and waits until the server it serves offers SASL. Accounts live in its data folder. */
export async function startAnope(options: AnopeOptions): Promise<ManagedServer<never>> {
	const tree = await ensureTree(RECIPE, options.progress);
	const { dir } = options;
	const at = (name: string): string => path.join(dir, name);
	for (const name of ['conf', 'db', 'log']) await mkdir(at(name), { recursive: true });
	await writeFile(at('conf/services.conf'), config(tree, dir, options.ports.link));
	await writeFile(at('conf/services.motd'), '');
	const services = new ManagedServer<never>({
		name: 'anope',
		version: tree.version('anope'),
		dir,
		temporary: false,
		ports: {},
		launch: await withoutRootsDelay(
			tree.launch('usr/sbin/anope', [
				'--nofork',
				'--config=services.conf',
				`--confdir=${at('conf')}`,
				`--dbdir=${at('db')}`,
				`--logdir=${at('log')}`,
				`--modulesdir=${tree.path('usr/lib/anope')}`,
				`--localedir=${tree.path('usr/share/anope/locale')}`,
			]),
		),
		isReady: () => offersSasl(options.ports.plain),
		progress: options.progress,
	});
	await services.boot();
	return services;
}

/**
 * Anope sleeps three seconds when it finds itself to be root. In a user namespace of its own it is nobody, without
 * losing access to its files. Where namespaces are forbidden it simply starts slowly.
 */
async function withoutRootsDelay(launch: Launch): Promise<Launch> {
	if (process.getuid?.() !== 0) return launch;
	try {
		await runCommand('unshare', ['--user', 'true']);
	} catch {
		return launch;
	}
	// Entering the namespace clears the signal that ties the process to us, so it is set again inside.
	const inside = tied(launch);
	return { ...launch, command: 'unshare', args: ['--user', inside.command, ...inside.args] };
}

async function offersSasl(port: number): Promise<boolean> {
	let probe: IrcProbe;
	try {
		probe = await IrcProbe.connect({ port });
	} catch {
		return false;
	}
	try {
		probe.send('CAP LS 302');
		const line = await probe.line((one) => / CAP \S+ LS /.test(one), 'the capabilities', 3000);
		return /[ :]sasl[ =]/.test(`${line} `);
	} catch {
		return false;
	} finally {
		probe.close();
	}
}

const COMMANDS = ['register', 'identify', 'logout', 'info', 'cert', 'recover'];

function config(tree: Tree, dir: string, link: number): string {
	const commands = COMMANDS.map((name) => {
		const extra = name === 'register' ? '; registration = "none"' : name === 'cert' ? '; max = 5' : '';
		return `module { name = "ns_${name}"${extra} }
command { service = "NickServ"; name = "${name.toUpperCase()}"; command = "nickserv/${name}"; }`;
	});
	return `# ${tree.stamp.recipe}, written by the test server recipe.
uplink { host = "127.0.0.1"; ipv6 = no; ssl = no; port = ${link}; password = "svcpass" }
serverinfo { name = "services.irc.test"; description = "services"; localhost = "127.0.0.1"; id = "00A"; pid = "${path.join(dir, 'anope.pid')}"; motd = "services.motd" }
module { name = "inspircd3"; use_server_side_mlock = no; use_server_side_topiclock = no }
networkinfo { networkname = "ClassicTest"; nicklen = 30; userlen = 10; hostlen = 64; chanlen = 64; modelistsize = 100; vhost_chars = "abcdefghijklmnopqrstuvwxyz0123456789.-"; allow_undotted_vhosts = false; disallow_start_or_end = ".-" }
options { casemap = "rfc1459"; seed = 42; strictpasswords = no; badpasslimit = 50; badpasstimeout = 1h; updatetimeout = 5s; expiretimeout = 30m; readtimeout = 5s; warningtimeout = 4h; timeoutcheck = 3s; retrywait = 1s; hideprivilegedcommands = yes; defaultlanguage = "en_US.UTF-8"; languages = "en_US.UTF-8" }
service { nick = "NickServ"; user = "services"; host = "services.irc.test"; gecos = "Nickname service" }
service { nick = "ChanServ"; user = "services"; host = "services.irc.test"; gecos = "Channel service" }
module { name = "nickserv"; client = "NickServ"; forceemail = no; confirmemailchanges = no; defaults = "ns_private hide_email autoop"; regdelay = 0s; expire = 0; minpasslen = 4; releasetimeout = 1m; modeonid = yes; killquick = 20s; kill = 60s; enforceruser = "enforcer"; enforcerhost = "services.irc.test"; guestnickprefix = "Guest"; nonicknameownership = no; passlen = 64; maxaliases = 16; accessmax = 32 }
${commands.join('\n')}
module { name = "chanserv"; client = "ChanServ"; defaults = "keeptopic peace cs_secure securefounder signkick"; maxregistered = 20; expire = 0; accessmax = 1024; inhabit = 15s; reasonmax = 200; signkickformat = "%m (%n)"; disallow_hostmask_access = false; disallow_channel_access = false; always_lower_ts = false }
module { name = "cs_register" }
command { service = "ChanServ"; name = "REGISTER"; command = "chanserv/register"; }
module { name = "m_sasl" }
module { name = "enc_sha256" }
module { name = "db_flatfile"; database = "anope.db"; keepbackups = 1; nobackupokay = yes; fork = no }
log { target = "services.log"; admin = "*"; override = "*"; servers = "*"; users = "*"; other = "*"; rawio = no; debug = no }
mail { usemail = no; sendmailpath = ""; sendfrom = "services@irc.test" }
`;
}
