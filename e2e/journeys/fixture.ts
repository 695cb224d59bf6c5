/**
 * Parley in a real browser, on either host: `browser` (Node serving a page) or `shim` (the built desktop host on
 * Chromium). Journeys written against this fixture run on both.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as timeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page, test as base } from '@playwright/test';
import { type ShimProcess, startShim } from '../shim/shim-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = join(root, 'node_modules', 'node', 'bin', 'node');

export type HostKind = 'browser' | 'shim';

export interface RunningParley {
	readonly host: HostKind;
	readonly page: Page;
	/** The window's address with its one-time ticket; empty on the shim. */
	readonly url: string;
	readonly profile: string;
	/** Only on the shim. */
	readonly shim: ShimProcess | undefined;
	/** Everything the host wrote. */
	output(): string;
	/** Ends the host as its user would; the profile stays. */
	stop(): Promise<void>;
	/** Ends the host without warning (SIGKILL). */
	kill(): Promise<void>;
	/** Violations of the content policy and uncaught errors of the page so far. */
	readonly problems: readonly string[];
}

export interface StartOptions {
	/** Default: a fresh folder, removed at the end of the test. */
	readonly profile?: string;
	/** Default: the fake protocol. */
	readonly protocols?: 'real' | 'fake';
	readonly env?: Readonly<Record<string, string>>;
}

export interface HostProcess {
	readonly url: string;
	output(): string;
	readonly ended: Promise<number>;
	stop(): Promise<number>;
	/** Ends it without warning (SIGKILL). */
	kill(): Promise<number>;
}

/** The browser host alone, without a page. Rejects with its output when it ends before it has an address. */
export async function startBrowserHost(profile: string, args: readonly string[] = [], env = {}): Promise<HostProcess> {
	const script = join(root, 'host', 'browser', 'cli.ts');
	const child = spawn(node, [script, '--no-open', '--profile', profile, ...args], {
		cwd: root,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	const address = Promise.withResolvers<string>();
	const read = (chunk: Buffer): void => {
		output += chunk.toString();
		const found = /http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]+/.exec(output)?.[0];
		if (found !== undefined) address.resolve(found);
	};
	child.stdout.on('data', read);
	child.stderr.on('data', read);
	const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
	void ended.then((code) => address.reject(new Error(`the browser host ended with code ${code}:\n${output}`)));
	const url = await address.promise;
	return {
		url,
		output: () => output,
		ended,
		stop: () => {
			child.kill('SIGINT');
			return ended;
		},
		kill: () => {
			child.kill('SIGKILL');
			return ended;
		},
	};
}

/** Collects what a clean page never does. */
async function watch(page: Page): Promise<string[]> {
	const problems: string[] = [];
	page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
	page.on('console', (message) => {
		if (/Content Security Policy|Trusted Type/i.test(message.text())) problems.push(message.text());
	});
	return Promise.resolve(problems);
}

async function startOnShim(profile: string, options: StartOptions): Promise<RunningParley> {
	const env = { PARLEY_PROTOCOLS: options.protocols ?? 'fake', ...options.env };
	const shim = await startShim({ profile, env });
	const died = shim.ended.then((code) => {
		throw new Error(`the desktop host ended with code ${code}:\n${shim.output()}`);
	});
	const open = async (): Promise<{ browser: Browser; page: Page; problems: string[] }> => {
		const browser = await chromium.connectOverCDP(`http://127.0.0.1:${shim.debuggingPort}`);
		const [context] = browser.contexts();
		if (context === undefined) throw new Error('the shim has no window');
		const page = context.pages()[0] ?? (await context.waitForEvent('page'));
		const problems = await watch(page);
		await page.waitForURL(/^https:\/\/parley\.app\.shim\//);
		return { browser, page, problems };
	};
	// Why the host ended says more than that its window is gone.
	const opened = open().catch((error: unknown) =>
		Promise.race([died, timeout(2_000).then(() => Promise.reject(error))]),
	);
	const { browser, page, problems } = await Promise.race([opened, died]);
	died.catch(() => undefined);
	return {
		host: 'shim',
		page,
		url: '',
		profile,
		shim,
		output: () => shim.output(),
		problems,
		stop: async () => {
			await browser.close();
			await shim.stop();
		},
		kill: async () => {
			await shim.kill();
			await browser.close();
		},
	};
}

async function startInBrowser(profile: string, page: Page, options: StartOptions): Promise<RunningParley> {
	const host = await startBrowserHost(profile, ['--protocols', options.protocols ?? 'fake'], options.env);
	const problems = await watch(page);
	await page.goto(host.url);
	return {
		host: 'browser',
		page,
		url: host.url,
		profile,
		shim: undefined,
		output: () => host.output(),
		problems,
		stop: async () => {
			await host.stop();
		},
		kill: async () => {
			await host.kill();
		},
	};
}

/**
 * Starts Parley outside a test, for journeys whose tests share one window.
 * @param newPage opens the tab that the browser host's window goes into; the shim has its own
 */
export async function launchParley(
	hostKind: HostKind,
	profile: string,
	newPage: () => Promise<Page>,
	options: StartOptions = {},
): Promise<RunningParley> {
	return hostKind === 'shim' ? startOnShim(profile, options) : startInBrowser(profile, await newPage(), options);
}

interface Fixtures {
	/** A folder for this test's profile. */
	readonly profile: string;
	/** Starts Parley on the project's host; ended after the test. */
	readonly startParley: (options?: StartOptions) => Promise<RunningParley>;
}

export const test = base.extend<Fixtures, { readonly hostKind: HostKind }>({
	hostKind: ['browser', { scope: 'worker', option: true }],
	// oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameter's pattern
	profile: async ({}, use) => {
		const dir = mkdtempSync(join(tmpdir(), 'parley-journey-'));
		await use(dir);
		rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
	},
	startParley: async ({ hostKind, profile, context }, use) => {
		const started: RunningParley[] = [];
		await use(async (options = {}) => {
			const dir = options.profile ?? profile;
			const one = await launchParley(hostKind, dir, () => context.newPage(), options);
			started.push(one);
			return one;
		});
		for (const one of started) await one.stop();
	},
});

export { expect } from '@playwright/test';
