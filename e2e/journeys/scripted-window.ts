/** The browser host's server over a real engine in this process, its network a script of the journey. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { createEngine } from '../../engine/engine.ts';
import { openStore } from '../../engine/store/worker-client.ts';
import { memoryLinkPair } from '../../engine/transport/memory-link.ts';
import { createRpcClient, type RpcClient } from '../../engine/transport/rpc-client.ts';
import { type BrowserServer, startBrowserServer } from '../../host/browser/http-server.ts';
import type { HostNotification } from '../../host/host.ts';
import { readForeignProfiles } from '../../host/import/profiles.ts';
import { readWebFiles } from '../../host/web-files.ts';
import { systemClock, systemRandom } from '../../protocols/adapter/system.ts';
import { MemoryMediaCache } from '../../protocols/testkit/memory-media-cache.ts';
import type { Script } from '../../protocols/testkit/scripted-adapter.ts';
import { projectRoot } from '../../scripts/child.ts';
import { ensureWebBuild } from '../../scripts/demo/web-build.ts';
import { connectTo } from '../app/engine-link.ts';
import { expect } from './fixture.ts';
import { Tripwire } from './tripwire.ts';

export interface ScriptedParley {
	/** The window's address with its one-time ticket. */
	readonly url: string;
	/** A client beside the window, to look inside. */
	readonly client: RpcClient;
	/** What the host was asked to show outside the window. */
	readonly notifications: readonly HostNotification[];
	/** Errors that the engine logged. */
	readonly errors: readonly string[];
	stop(): Promise<void>;
}

/**
 * Starts Parley with one account on the script's network; resolves when the adapter was made.
 * @param folder for the database; one that was used before continues. Its `home` is the user's home folder
 */
export async function startScriptedParley(script: Script, folder: string): Promise<ScriptedParley> {
	await ensureWebBuild();
	const notifications: HostNotification[] = [];
	const errors: string[] = [];
	const silent = (): void => undefined;
	const media = new MemoryMediaCache();
	const engine = await createEngine({
		store: await openStore({ file: join(folder, 'parley.db'), key: new Uint8Array(32).fill(7) }),
		protocols: new Map([['fake', script.factory()]]),
		clock: systemClock,
		random: systemRandom,
		media,
		log: {
			debug: silent,
			info: silent,
			warn: silent,
			error: (message, fields) => errors.push(`${message} ${JSON.stringify(fields)}`),
		},
		host: {
			secrets: { get: () => Promise.resolve('pw'), set: () => Promise.resolve(), removeAll: () => Promise.resolve() },
			notify: ({ conversationId, title, body }) => notifications.push({ tag: conversationId, title, body }),
			clearNotification: silent,
			badge: silent,
			foreignProfiles: () => readForeignProfiles({ home: join(folder, 'home'), appData: null, config: null }),
			extraCa: [],
			version: 'journey',
		},
	});
	const client = createRpcClient({
		open: () => {
			const [mine, theirs] = memoryLinkPair();
			engine.attachClient(theirs);
			return Promise.resolve(mine);
		},
		clientId: randomUUID(),
		now: systemClock.now,
		after: systemClock.after,
		uuid: randomUUID,
		onPatch: silent,
		onState: silent,
		validate: true,
	});
	const { accounts } = await client.query('boot', {});
	if (accounts.length === 0) {
		const { loginId } = await client.command('account.loginStart', { protocol: 'fake', flow: 'password' });
		await client.command('account.loginSubmit', { loginId, values: { address: 'me', password: 'pw' } });
	}
	const server: BrowserServer = await startBrowserServer({
		port: 0,
		extraHosts: [],
		files: readWebFiles(join(projectRoot, 'out', 'web')),
		media,
		connect: (channel) => connectTo(engine, channel),
		log: silent,
	});
	return {
		url: server.issueUrl(),
		client,
		notifications,
		errors,
		stop: async () => {
			client.close();
			await server.close();
			await engine.stop();
		},
	};
}

/** Starts Parley on a script and opens it in a page that is watched from its first moment. */
export async function openWatched(
	page: Page,
	script: Script,
	folder: string,
): Promise<{ readonly parley: ScriptedParley; readonly wire: Tripwire }> {
	const parley = await startScriptedParley(script, folder);
	await parley.client.command('settings.set', { settings: { systemEvents: 'show', tourDone: true } });
	const wire = await Tripwire.set(page.context(), page, parley.url);
	await page.goto(parley.url);
	await expect(page.locator('[data-nav]').first()).toBeVisible();
	return { parley, wire };
}
