/** The window in a real Chromium, served by the browser host's own server, over a bench engine in this process. */
import { join } from 'node:path';
import { chromium } from 'playwright';
import type { Browser, Page } from 'playwright';
import { connectTo } from '../e2e/app/engine-link.ts';
import { startBrowserServer } from '../host/browser/http-server.ts';
import type { BrowserServer } from '../host/browser/http-server.ts';
import { readWebFiles } from '../host/web-files.ts';
import { projectRoot } from '../scripts/child.ts';
import { installedChromium } from '../scripts/chromium.ts';
import { ensureWebBuild } from '../scripts/demo/web-build.ts';
import { startBenchEngine } from './bench-engine.ts';
import type { BenchEngine } from './bench-engine.ts';

/** What the browser journeys use: no sandbox as root, no GPU. */
const browserArgs = ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info', '--js-flags=--expose-gc'];

export interface BenchWindow extends BenchEngine {
	readonly page: Page;
	/** Clicks a room in the sidebar by its name; milliseconds until its messages are painted. */
	openRoom(name: string): Promise<number>;
	close(): Promise<void>;
}

/** Chromium without a window; where there is none, the bench has no result and says why. */
export async function launchBrowser(): Promise<Browser> {
	const executablePath = installedChromium();
	if (executablePath === undefined) throw new Error('no Chromium found; install one or set PARLEY_CHROMIUM');
	return chromium.launch({ executablePath, args: browserArgs });
}

/** In the page: clicks, then waits for the first painted frame that shows the room's own messages. */
const clickAndWait = `(name) => new Promise((resolve, reject) => {
	const buttons = [...document.querySelectorAll('button[data-nav]')];
	const button = buttons.find((one) => one.textContent.includes(name));
	if (button === undefined) return reject(new Error('no room ' + name));
	const from = performance.now();
	button.click();
	const look = () => {
		if (performance.now() - from > 20000) return reject(new Error('the room did not open'));
		const log = document.querySelector('[role=log]');
		const shown = log !== null && log.getAttribute('aria-label').includes(name) && log.querySelector('[data-message]') !== null;
		// What this frame shows is painted when the task after it runs.
		if (shown) { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => resolve(performance.now() - from); port2.postMessage(0); }
		else requestAnimationFrame(look);
	};
	requestAnimationFrame(look);
})`;

/** Scrolls the open conversation to its newest message, as the unread line is where it opens. */
export async function toEnd(page: Page): Promise<void> {
	await page.evaluate(`new Promise((resolve) => {
		const log = document.querySelector('[role=log]');
		let still = 0;
		const look = () => {
			const below = log.scrollHeight - log.clientHeight - log.scrollTop;
			still = below < 2 ? still + 1 : 0;
			if (still > 10) return resolve();
			if (below >= 2) log.scrollTop = log.scrollHeight;
			requestAnimationFrame(look);
		};
		look();
	})`);
}

/**
 * Starts everything on a profile's database; resolves when the sidebar is there.
 * @param latencyMs holds what the engine sends, so that a page can be seen before the answer to its question
 */
export async function openBenchWindow(file: string, rooms: number, latencyMs = 0): Promise<BenchWindow> {
	await ensureWebBuild();
	const bench = await startBenchEngine(file, rooms);
	const server: BrowserServer = await startBrowserServer({
		port: 0,
		extraHosts: [],
		files: readWebFiles(join(projectRoot, 'out', 'web')),
		media: bench.media,
		connect: (client) => connectTo(bench.engine, client, latencyMs),
		log: () => undefined,
	});
	const browser = await launchBrowser();
	const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
	await page.goto(server.issueUrl());
	await page.locator('button[data-nav]').first().waitFor();
	return {
		...bench,
		page,
		openRoom: (name) => page.evaluate<number>(`(${clickAndWait})(${JSON.stringify(name)})`),
		close: async () => {
			await browser.close();
			await server.close();
			await bench.stop();
		},
	};
}
