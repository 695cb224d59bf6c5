/** Files from the composer to the timeline, over a real engine and the fake network's store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { full } from '../../protocols/model/capabilities.ts';
import { Script } from '../../protocols/testkit/scripted-adapter.ts';
import { expect, test } from './fixture.ts';
import { openWatched, type ScriptedParley } from './scripted-window.ts';
import type { Tripwire } from './tripwire.ts';

let folder: string;
let parley: ScriptedParley;

test.beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'parley-files-'));
});
test.afterEach(async () => {
	await parley.stop();
	rmSync(folder, { recursive: true, force: true });
});

async function open(page: Page): Promise<Tripwire> {
	const script = new Script();
	script.capabilities = { ...script.capabilities, attachments: { ...full, maxBytes: 1000 } };
	const opened = await openWatched(page, script, folder);
	parley = opened.parley;
	await page.locator('[data-nav]').filter({ hasText: 'room' }).last().click();
	return opened.wire;
}

test('chosen files wait in a tray, tell their limit and can be taken out again', async ({ page }) => {
	const wire = await open(page);
	const chooser = page.waitForEvent('filechooser');
	await page.getByRole('button', { name: /^Attach/ }).click();
	await (await chooser).setFiles([
		{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
		{ name: 'page.html.png', mimeType: 'image/png', buffer: Buffer.from('<script>tripwire(1)</script>'.repeat(100)) },
	]);
	const tray = page.getByRole('list', { name: 'Chosen files' });
	await expect(tray.getByRole('listitem')).toHaveCount(2);
	await expect(tray.getByRole('alert')).toHaveText(/Too large/);
	await page.getByRole('button', { name: 'Remove page.html.png' }).click();
	await page.getByRole('button', { name: 'Remove notes.txt' }).click();
	await expect(tray).toHaveCount(0);
	expect(await wire.problems()).toEqual([]);
});
