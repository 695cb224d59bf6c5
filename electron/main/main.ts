/** The desktop host: takes the profile, starts the engine's thread, shows the window, does the system's errands. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shell } from 'electron/common';
import {
	app,
	dialog,
	ipcMain,
	Menu,
	net,
	Notification,
	powerMonitor,
	protocol,
	safeStorage,
	session,
} from 'electron/main';
import { askHolder } from '../../host/browser/ask-holder.ts';
import { EngineThread } from '../../host/engine-thread.ts';
import { externalUrl } from '../../host/external-links.ts';
import type { HostPorts } from '../../host/host.ts';
import { keyFileStore, KeyUnavailable, passphraseStore } from '../../host/key-store.ts';
import {
	defaultProfileDir,
	openProfileVault,
	prepareProfile,
	type ProfilePaths,
	unlockProfile,
	type ProfileKeys,
} from '../../host/profile.ts';
import { DiskMediaCache } from '../../host/media-cache.ts';
import { lockProfile, type ProfileHolder } from '../../host/profile-lock.ts';
import { readWebFiles } from '../../host/web-files.ts';
import { openRunningParley } from './attach.ts';
import { linkFromArguments, parseChatLink } from './deep-links.ts';
import { iconPaths } from './icons.ts';
import { menuTemplate } from './menu.ts';
import { desktopNotifier } from './notifications.ts';
import { servePorts } from './port-link.ts';
import { powerSignals } from './power.ts';
import { stopOnQuit } from './quit.ts';
import { keychainStore, preferredStores } from './secrets.ts';
import { appHandler, confine, restrictSession, schemePrivileges, serveApp } from './security.ts';
import { createTray } from './tray.ts';
import { createMainWindow, type MainWindow } from './window.ts';

const outDir = join(import.meta.dirname, '..');
const icons = iconPaths(join(outDir, '..', 'assets'), process.platform);

function log(message: string, fields?: Readonly<Record<string, unknown>>): void {
	process.stderr.write(`${JSON.stringify({ level: 'info', message, ...fields })}\n`);
}

/** `--profile DIR`; everything else on the command line belongs to Chromium or is a link. */
function profileArgument(argv: readonly string[]): string | undefined {
	const { values } = parseArgs({ args: argv.slice(1), strict: false, options: { profile: { type: 'string' } } });
	return typeof values.profile === 'string' ? values.profile : undefined;
}

function openOutside(text: string): Promise<boolean> {
	const url = externalUrl(text);
	return url === undefined
		? Promise.resolve(false)
		: shell.openExternal(url).then(
				() => true,
				() => false,
			);
}

function hostPorts(window: MainWindow): HostPorts {
	const tray = createTray(icons.tray, { show: () => window.show(), quit: () => app.quit() });
	return {
		notifier: desktopNotifier(
			(options) => new Notification(options),
			(conversationId) => window.reveal({ kind: 'conversation', conversationId }),
		),
		badge: {
			set: ({ attention }) => {
				app.setBadgeCount(attention);
				tray.setAttention(attention);
			},
		},
		opener: { open: openOutside },
		signals: powerSignals({
			monitor: powerMonitor,
			net,
			every: (ms, run) => {
				const timer = setInterval(run, ms);
				return () => clearInterval(timer);
			},
		}),
	};
}

async function unlock(paths: ProfilePaths): Promise<ProfileKeys> {
	const keychain = keychainStore(safeStorage, process.platform);
	const { stores, protectedBySystem } = await preferredStores(keychain, keyFileStore);
	if (!protectedBySystem) log('no system keychain protects the key; a new profile keeps it in a file');
	const passphrase = process.env['PARLEY_PASSPHRASE'];
	const ask = (): Promise<string | undefined> => Promise.resolve(passphrase);
	return unlockProfile(paths, [...stores, passphraseStore(ask)]);
}

async function startEngine(paths: ProfilePaths, keys: ProfileKeys, ports: HostPorts): Promise<EngineThread> {
	const engine = new EngineThread({
		settings: {
			databasePath: paths.database,
			databaseKey: keys.databaseKey,
			mediaDir: paths.media,
			mediaKey: keys.mediaKey,
			client: { name: 'Parley', version: app.getVersion() },
			extraCa: [],
			protocols: process.env['PARLEY_PROTOCOLS'] === 'fake' ? 'fake' : 'real',
		},
		vault: openProfileVault(paths, keys),
		ports,
		log,
		onGivingUp: (error) => fatal(`Parley has to end: ${error.message}`),
	});
	await engine.start();
	return engine;
}

function fatal(message: string): void {
	dialog.showErrorBox('Parley', message);
	app.exit(1);
}

/** The profile is open elsewhere: show the window of that Parley, or say who it is. */
async function attach(paths: ProfilePaths, holder: ProfileHolder | null): Promise<void> {
	const url = holder === null ? undefined : await askHolder(holder);
	if (url !== undefined) {
		await openRunningParley(url, join(paths.dir, 'window'), {
			openExternal: (page) => shell.openExternal(page),
			wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
		});
		app.exit(0);
		return;
	}
	const who = holder === null ? 'another Parley that is still starting' : `another Parley (process ${holder.pid})`;
	fatal(`This profile is open in ${who}.`);
}

function takeLinks(window: MainWindow): void {
	const follow = (href: string | undefined): void =>
		href === undefined ? window.show() : window.reveal({ kind: 'link', href });
	app.on('second-instance', (_event, argv) => follow(linkFromArguments(argv.slice(1))));
	app.on('open-url', (event, url) => {
		event.preventDefault();
		follow(parseChatLink(url));
	});
	follow(linkFromArguments(process.argv.slice(1)));
}

async function start(paths: ProfilePaths): Promise<void> {
	const attempt = lockProfile(paths.dir);
	if (attempt.kind === 'held') {
		await attach(paths, attempt.holder);
		return;
	}
	const { lock } = attempt;
	const files = readWebFiles(join(outDir, 'web'));
	restrictSession(session.defaultSession);
	const keys = await unlock(paths);
	const media = new DiskMediaCache({ dir: paths.media, key: keys.mediaKey });
	serveApp(protocol, appHandler(files, media));
	Menu.setApplicationMenu(
		Menu.buildFromTemplate(menuTemplate({ isMac: process.platform === 'darwin', isPackaged: app.isPackaged })),
	);
	const window = createMainWindow({ preload: join(outDir, 'preload', 'preload.cjs'), icon: icons.window, log });
	const starting = startEngine(paths, keys, hostPorts(window));
	const isQuitting = stopOnQuit(app, starting, () => lock.release());
	const engine = await starting;
	if (isQuitting()) return;
	lock.announce({ pid: process.pid, host: 'desktop', startedAt: Date.now(), control: null });
	servePorts({ ipc: ipcMain, trusted: () => window.contents(), connect: (client) => engine.connect(client), log });
	app.on('activate', () => window.show());
	takeLinks(window);
}

const profileDir = profileArgument(process.argv) ?? defaultProfileDir(process.platform, process.env);
const profilePaths = prepareProfile(profileDir);
// The browser's own data lives inside the profile, so that two profiles are two applications.
app.setPath('userData', join(profilePaths.dir, 'desktop'));
app.setAppUserModelId('chat.parley.Parley');
app.enableSandbox();
protocol.registerSchemesAsPrivileged([schemePrivileges]);
app.on('web-contents-created', (_event, contents) => confine(contents, (url) => void openOutside(url)));
app.on('window-all-closed', () => {
	if (process.platform !== 'darwin') app.quit();
});
if (app.requestSingleInstanceLock()) {
	// Not awaited at the top level: `ready` never comes before the module is done.
	app
		.whenReady()
		.then(() => start(profilePaths))
		.catch((error: unknown) => {
			if (error instanceof KeyUnavailable) fatal(`The profile stays closed: ${error.message}.`);
			else fatal(error instanceof Error ? error.message : 'unknown error');
		});
} else app.quit();
