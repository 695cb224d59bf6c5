import { defineConfig } from '@playwright/test';
import { installedChromium } from '../scripts/chromium.ts';

const executablePath = installedChromium();

/** Journeys in a real browser. The projects differ only in the host that serves the window: see journeys/fixture.ts. */
export default defineConfig({
	testDir: 'journeys',
	outputDir: '../test-results',
	fullyParallel: false,
	workers: 1,
	retries: 0,
	forbidOnly: process.env['CI'] !== undefined,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	use: {
		viewport: { width: 1280, height: 800 },
		locale: 'en-GB',
		trace: 'retain-on-failure',
		screenshot: 'only-on-failure',
		launchOptions: {
			...(executablePath === undefined ? {} : { executablePath }),
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
			],
		},
	},
	projects: [
		{ name: 'browser', testIgnore: /\.shim\.spec\.ts$/ },
		{ name: 'shim', testMatch: /host-.*\.spec\.ts$/, metadata: { host: 'shim' } },
	],
});
