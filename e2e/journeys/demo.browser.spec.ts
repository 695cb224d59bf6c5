/**
 * The demo as a newcomer sees it: `npm run demo`, its one address, three connected accounts; what one types in an IRC
 * channel, an XMPP room, a Matrix room and to a person reaches the independent clients of the cast, and their answers
 * appear. With PARLEY_SCREENSHOTS=1 it also makes the pictures of the README.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pictures = process.env['PARLEY_SCREENSHOTS'] === '1' ? join(root, 'docs', 'screenshots') : null;

let demo: ChildProcess;
let output = '';

/** The next address the demo prints. */
function address(): Promise<string> {
	return new Promise((resolve, reject) => {
		const from = output.length;
		const look = (): void => {
			const found = /http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]+/.exec(output.slice(from))?.[0];
			if (found !== undefined) resolve(found);
		};
		demo.stdout?.on('data', look);
		demo.once('exit', (code) => reject(new Error(`the demo ended with ${code}:\n${output}`)));
	});
}

test.describe.configure({ mode: 'serial', timeout: 180_000 });

test.beforeAll(async () => {
	test.setTimeout(240_000);
	demo = spawn(join(root, 'node_modules', 'node', 'bin', 'node'), [join(root, 'scripts', 'demo.ts')], {
		cwd: root,
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	demo.stdout?.on('data', (data: Buffer) => {
		output += data.toString('utf8');
	});
	demo.stderr?.on('data', (data: Buffer) => {
		output += data.toString('utf8');
	});
	await address();
});

test.afterAll(async () => {
	if (demo.exitCode !== null) return;
	const ended = once(demo, 'exit');
	demo.kill('SIGINT');
	await ended;
});

const missing = (): string | undefined => /not available, (.*)/.exec(output)?.[1];

async function openWindow(page: Page): Promise<string[]> {
	const problems: string[] = [];
	page.on('pageerror', (error) => problems.push(error.message));
	page.on('console', (message) => {
		if (message.type() === 'error') problems.push(message.text());
	});
	const next = address();
	demo.stdin?.write('\n');
	await page.goto(await next);
	await expect(page.locator('[data-nav]').first()).toBeVisible({ timeout: 30_000 });
	return problems;
}

/** Opens a conversation by its name, says something, and waits for somebody else's words after it. */
async function talk(page: Page, name: string, text: string): Promise<void> {
	await page.locator('[data-nav]').filter({ hasText: name }).first().click();
	const composer = page.getByRole('textbox', { name: /message/i }).last();
	await composer.fill(text);
	await composer.press('Enter');
	const rows = page.locator('[data-message]');
	const own = rows.filter({ hasText: text });
	await expect(own).toHaveCount(1);
	await expect(async () => {
		const texts = await rows.allInnerTexts();
		const at = texts.findIndex((one) => one.includes(text));
		expect(at).toBeGreaterThanOrEqual(0);
		expect(texts.length - 1, 'an answer below').toBeGreaterThan(at);
	}).toPass({ timeout: 60_000 });
	await expect(own).toHaveCount(1);
}

test('three accounts are connected and answers arrive from every network', async ({ page }) => {
	test.skip(missing() !== undefined, missing());
	await page.setViewportSize({ width: 1440, height: 900 });
	const problems = await openWindow(page);
	await talk(page, '#repair-cafe', 'Good evening! Is the toaster still alive?');
	await talk(page, 'Kitchen', 'Hello, I brought the rye. Who wants a slice?');
	await talk(page, 'Observatory', 'Is the dome open tonight? The forecast says https://example.org/clear');
	await expect(page.getByText(/reconnect|no connection|cannot/i)).toHaveCount(0);
	expect(problems).toEqual([]);
});

test('the window in light, dark and narrow', async ({ page }) => {
	test.skip(missing() !== undefined, missing());
	await page.setViewportSize({ width: 1440, height: 900 });
	await openWindow(page);
	await page.locator('[data-nav]').filter({ hasText: 'Observatory' }).first().click();
	await expect(page.locator('[data-message]').first()).toBeVisible();
	if (pictures !== null) mkdirSync(pictures, { recursive: true });
	const picture = async (name: string): Promise<void> => {
		const shot = await page.screenshot(pictures === null ? {} : { path: join(pictures, `${name}.png`) });
		expect(shot.byteLength).toBeGreaterThan(20_000);
		const scrolled = await page.evaluate(() => [
			document.scrollingElement?.scrollTop,
			document.body.scrollTop,
			document.documentElement.scrollWidth - window.innerWidth,
		]);
		expect(scrolled).toEqual([0, 0, 0]);
	};
	await picture('window-light');
	await page.emulateMedia({ colorScheme: 'dark' });
	await picture('window-dark');
	await page.emulateMedia({ colorScheme: 'light' });
	await page.setViewportSize({ width: 600, height: 800 });
	await picture('narrow');
});
