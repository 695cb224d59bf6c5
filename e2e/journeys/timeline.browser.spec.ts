/** The timeline under load and with much unread, over a real engine and store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Script, said } from '../../protocols/testkit/scripted-adapter.ts';
import { expect, test } from './fixture.ts';
import { type ScriptedParley, startScriptedParley } from './scripted-window.ts';
import { ParleyWindow } from './window.ts';

let folder = '';
let parley: ScriptedParley;
let script: Script;

test.beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'parley-timeline-'));
	script = new Script();
	parley = await startScriptedParley(script, folder);
	await parley.client.command('settings.set', { settings: { tourDone: true } });
});

test.afterEach(async () => {
	await parley.stop();
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const start = Date.now() - 3_600_000;
const words = (from: number, to: number): ReturnType<typeof said>[] =>
	Array.from({ length: to - from }, (_, index) =>
		said(`m${from + index}`, `message ${from + index}`, { time: start + (from + index) * 100 }),
	);
const say = (from: number, to: number): Promise<void> => script.adapter.live(...words(from, to));

async function openWindow(page: Page): Promise<ParleyWindow> {
	await page.goto(parley.url);
	return new ParleyWindow(page);
}

const below = (window: ParleyWindow): Promise<number> =>
	window.timeline.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);

test('the newest message stays in sight when older ones are dropped for it', async ({ page }) => {
	await say(0, 10);
	const window = await openWindow(page);
	await window.open('room');
	for (let n = 10; n < 5400; n += 90) await say(n, n + 90);
	await expect(window.message('message 5409')).toBeVisible();
	// Now as many rows are dropped as are added.
	for (let n = 5410; n < 5440; n++) {
		await say(n, n + 1);
		await expect(window.message(`message ${n}`)).toBeInViewport();
	}
	await expect.poll(() => below(window)).toBeLessThan(2);
});

test('reading further up is not disturbed, and the way down tells what came', async ({ page }) => {
	await say(0, 60);
	const window = await openWindow(page);
	await window.open('room');
	await page.getByRole('button', { name: /new messages?$|Jump to the newest/ }).click();
	await expect(window.message('message 59')).toBeInViewport();
	await window.timeline.hover();
	await page.mouse.wheel(0, -700);
	await expect.poll(() => below(window)).toBeGreaterThan(300);
	const top = await window.timeline.evaluate((log) => log.scrollTop);
	await say(60, 63);
	await expect(page.getByRole('button', { name: '3 new messages' })).toBeVisible();
	expect(await window.timeline.evaluate((log) => log.scrollTop)).toBe(top);
	await page.getByRole('button', { name: '3 new messages' }).click();
	await expect(window.message('message 62')).toBeInViewport();
});

test('much unread: it opens at the newest, and the line stands before the true first unread', async ({ page }) => {
	await say(0, 300);
	const window = await openWindow(page);
	await window.open('room');
	await expect(window.message('message 299')).toBeInViewport();
	await expect(window.timeline.getByText('New messages')).toHaveCount(0);
	await page.getByRole('button', { name: '300 unread messages above' }).click();
	await expect(window.timeline.getByText('New messages')).toBeInViewport();
	await expect(window.message('message 0')).toBeInViewport();
	await expect(page.getByRole('button', { name: /unread messages above/ })).toBeHidden();
	await page.getByRole('button', { name: 'Jump to the newest message' }).click();
	await expect(window.message('message 299')).toBeInViewport();
});

test('a little unread: it opens at the line', async ({ page }) => {
	await say(0, 100);
	const window = await openWindow(page);
	await window.open('room');
	await expect(window.message('message 99')).toBeInViewport();
	const { conversations } = await parley.client.query('boot', {});
	const [room] = conversations;
	if (room === undefined) throw new Error('no room');
	await expect
		.poll(async () => (await parley.client.query('boot', {})).conversations.find(({ id }) => id === room.id)?.unread)
		.toBe(0);
	await page.reload();
	await page.goto('about:blank');
	await say(100, 130);
	await page.goBack();
	await window.row('room').waitFor();
	if ((await window.timeline.count()) === 0) await window.open('room');
	const line = window.timeline.getByText('New messages');
	await expect(line).toBeInViewport();
	await expect(window.message('message 100')).toBeInViewport();
});
