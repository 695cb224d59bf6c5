/** The Chromium behind the shim: one persistent context, driven by us and, over its debugging port, by the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright';

/** Stands for `app://parley`: Chromium lets nobody but Electron register a scheme. */
export const shimOrigin = 'https://parley.app.shim';

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	if (address === null || typeof address === 'string') throw new Error('no free port');
	return address.port;
}

export interface ShimBrowser {
	readonly context: BrowserContext;
	readonly debuggingPort: number;
	close(): Promise<void>;
}

export async function launchBrowser(): Promise<ShimBrowser> {
	const profile = mkdtempSync(join(tmpdir(), 'parley-shim-'));
	const debuggingPort = await freePort();
	const executablePath = process.env['PARLEY_CHROMIUM'] ?? '/usr/bin/chromium';
	const context = await chromium.launchPersistentContext(profile, {
		executablePath,
		headless: true,
		viewport: { width: 1280, height: 800 },
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
			`--remote-debugging-port=${debuggingPort}`,
		],
	});
	return {
		context,
		debuggingPort,
		close: async () => {
			await context.close();
			rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}
