import { defineConfig } from '@playwright/test';
import type { HostKind } from './journeys/fixture.ts';
import { installedChromium } from '../scripts/chromium.ts';

const executablePath = installedChromium();

/** Those that the desktop host runs too: its own duties, and what a day's use goes through. The rest differs in nothing. */
const onShim = /\/(host-.*|window|dialogs|three-networks)(\.shim)?\.spec\.ts$/;

/** Journeys in a real browser. The projects differ only in the host that serves the window: see journeys/fixture.ts. */
export default defineConfig<object, { readonly hostKind: HostKind }>({
	globalSetup: './run-folder.ts',
	testDir: 'journeys',
	outputDir: '../test-results',
	fullyParallel: false,
	// A journey mostly waits: for servers, for a browser, for words to arrive.
	workers: 2,
	retries: 1,
	forbidOnly: process.env['CI'] !== undefined,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	use: {
		viewport: { width: 1280, height: 800 },
		locale: 'en-GB',
		actionTimeout: 15_000,
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
		{ name: 'browser', testIgnore: /\.shim\.spec\.ts$/, use: { hostKind: 'browser' } },
		{
			name: 'shim',
			testMatch: onShim,
			testIgnore: /\.browser\.spec\.ts$/,
			grepInvert: /@browser/,
			use: { hostKind: 'shim' },
		},
	],
});
