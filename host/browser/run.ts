/**
 * Runs the browser host: takes the profile, starts the engine, serves the window. A profile that is open already is not
 * opened twice: the running Parley is asked for a new window.
 */
import { DiskMediaCache } from '../media-cache.ts';
import { join } from 'node:path';
import { EngineThread } from '../engine-thread.ts';
import type { AskPassphrase, KeyStore } from '../key-store.ts';
import { keyFileStore, passphraseStore } from '../key-store.ts';
import { installationRoot, productVersion } from '../package-info.ts';
import { defaultProfileDir, openProfileVault, prepareProfile, unlockProfile } from '../profile.ts';
import { lockProfile, type ProfileHolder } from '../profile-lock.ts';
import { readWebFiles } from '../web-files.ts';
import { browserHostPorts } from './host.ts';
import { type BrowserServer, startBrowserServer } from './http-server.ts';
import { askHolder } from './ask-holder.ts';
import type { CliOptions } from './options.ts';

export interface RunOptions {
	readonly cli: Pick<CliOptions, 'port' | 'profile' | 'passphrase' | 'allowHosts' | 'protocols'>;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly ask: AskPassphrase;
	readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
	/** The engine is gone for good. */
	readonly onFatal: (error: Error) => void;
}

export type RunResult =
	| { readonly kind: 'running'; readonly server: BrowserServer; readonly profileDir: string; stop(): Promise<void> }
	/** Another Parley holds the profile and gave a new address. */
	| { readonly kind: 'attached'; readonly url: string; readonly holder: ProfileHolder }
	/** Another Parley holds the profile and cannot be asked. */
	| { readonly kind: 'held'; readonly holder: ProfileHolder | null; readonly profileDir: string };

/** Starts, or attaches to the one that runs. Rejects when the profile cannot be unlocked or the engine cannot start. */
export async function runBrowserHost(options: RunOptions): Promise<RunResult> {
	const { cli, env } = options;
	const root = installationRoot(import.meta.url);
	const files = readWebFiles(join(root, 'out', 'web'));
	const paths = prepareProfile(cli.profile ?? defaultProfileDir(process.platform, env));
	const attempt = lockProfile(paths.dir);
	if (attempt.kind === 'held') {
		const url = attempt.holder === null ? undefined : await askHolder(attempt.holder);
		if (url !== undefined && attempt.holder !== null) return { kind: 'attached', url, holder: attempt.holder };
		return { kind: 'held', holder: attempt.holder, profileDir: paths.dir };
	}
	const { lock } = attempt;
	try {
		const withPassphrase = passphraseStore(options.ask);
		const stores: readonly KeyStore[] = cli.passphrase
			? [withPassphrase, keyFileStore]
			: [keyFileStore, withPassphrase];
		const keys = await unlockProfile(paths, stores);
		const engine = new EngineThread({
			settings: {
				databasePath: paths.database,
				databaseKey: keys.databaseKey,
				mediaDir: paths.media,
				mediaKey: keys.mediaKey,
				client: { name: 'Parley', version: productVersion(root) },
				extraCa: [],
				protocols: cli.protocols,
			},
			vault: openProfileVault(paths, keys),
			ports: browserHostPorts(),
			log: options.log,
			onGivingUp: options.onFatal,
		});
		await engine.start();
		const server = await startBrowserServer({
			port: cli.port,
			extraHosts: cli.allowHosts,
			files,
			media: new DiskMediaCache({ dir: paths.media, key: keys.mediaKey }),
			connect: (client) => engine.connect(client),
			log: options.log,
		}).catch(async (error: unknown) => {
			await engine.stop();
			throw error;
		});
		const control = { port: server.port, token: server.controlToken };
		lock.announce({ pid: process.pid, host: 'browser', startedAt: Date.now(), control });
		let stopped: Promise<void> | undefined;
		const stop = async (): Promise<void> => {
			await Promise.all([server.close(), engine.stop()]);
			lock.release();
		};
		return { kind: 'running', server, profileDir: paths.dir, stop: () => (stopped ??= stop()) };
	} catch (error) {
		lock.release();
		throw error;
	}
}
