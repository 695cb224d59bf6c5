/** Cold start: from starting the browser host to a sidebar that can be used, with 300 conversations. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openStoreInProcess } from '../engine/store/open-in-process.ts';
import { keyFileStore } from '../host/key-store.ts';
import { prepareProfile, unlockProfile } from '../host/profile.ts';
import { projectRoot } from '../scripts/child.ts';
import { ensureWebBuild } from '../scripts/demo/web-build.ts';
import { launchBrowser } from './bench-window.ts';
import { benchAccount, benchConversation, benchMessage, lines } from './corpus.ts';
import { atMost, inFolder, runBench, spread } from './measure.ts';
import type { Figure } from './measure.ts';

const conversations = 300;
const starts = 7;

async function makeProfile(dir: string): Promise<void> {
	const paths = prepareProfile(dir);
	const { databaseKey } = await unlockProfile(paths, [keyFileStore]);
	const store = await openStoreInProcess({ file: paths.database, key: databaseKey });
	const text = lines(13);
	await store.commit([
		{ op: 'account.put', account: { ...benchAccount, enabled: false } },
		...Array.from({ length: conversations }, (_, n) => ({
			op: 'conversation.put' as const,
			conversation: benchConversation(n),
		})),
		...Array.from({ length: 6000 }, (_, n) => ({
			op: 'message.insert' as const,
			message: benchMessage(n + 1, n % conversations, text()),
		})),
	]);
	await store.close();
}

async function startHost(profile: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
	const script = join(projectRoot, 'host', 'browser', 'cli.ts');
	const child = spawn(process.execPath, [script, '--no-open', '--profile', profile], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	let output = '';
	const url = await new Promise<string>((resolve, reject) => {
		child.stdout.on('data', (chunk: Buffer) => {
			output += chunk.toString();
			const found = /http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]+/.exec(output)?.[0];
			if (found !== undefined) resolve(found);
		});
		void ended.then(() => reject(new Error(`the host ended: ${output}`)));
	});
	return {
		url,
		stop: async () => {
			child.kill('SIGINT');
			await ended;
		},
	};
}

await runBench(() =>
	inFolder(async (folder): Promise<readonly Figure[]> => {
		await ensureWebBuild();
		await makeProfile(folder);
		const browser = await launchBrowser();
		const host: number[] = [];
		const usable: number[] = [];
		for (let n = 0; n < starts; n++) {
			// A fresh context has no cache: each window is loaded as if for the first time.
			const context = await browser.newContext();
			const page = await context.newPage();
			const from = performance.now();
			const { url, stop } = await startHost(folder);
			host.push(performance.now() - from);
			await page.goto(url);
			await page.locator('button[data-nav]').nth(5).click({ trial: true });
			usable.push(performance.now() - from);
			await context.close();
			await stop();
		}
		await browser.close();
		return [
			spread('start to usable sidebar, 300 conversations', usable, { target: atMost(1200) }),
			spread('of it until the host answers', host),
		];
	}),
);
