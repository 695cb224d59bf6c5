/** Hostile content in dialogs, lists and the places beside the timeline; see `hostile.spec.ts`. */
import type { Locator, Page } from '@playwright/test';
import type { AdapterEvent } from '../../protocols/adapter/events.ts';
import type { MediaContent } from '../../protocols/model/content.ts';
import { chatError } from '../../protocols/model/errors.ts';
import { decisionId, remoteConversationId, remoteUserId } from '../../protocols/model/ids.ts';
import { fakeDirect } from '../../protocols/testkit/fake-capabilities.ts';
import { said, Script } from '../../protocols/testkit/scripted-adapter.ts';
import { expect, test } from './fixture.ts';
import { cut, type Hostile, hostileTexts, shown } from './hostile-corpus.ts';
import { openWatched, type ScriptedParley } from './scripted-window.ts';
import { layoutBreaks, missingInTimeline, type Tripwire } from './tripwire.ts';

test.use({ viewport: { width: 1440, height: 900 } });

const length = 300;

/** One of each way to attack; the timeline is shown all of them. */
const sharpest = [
	'image with a handler',
	'interpolation',
	'javascript address',
	'link turned around',
	'overrides that stay open',
	'right to left',
	'controls',
	'only zero width',
	'marks',
	'joined emoji',
	'half a sign',
	'a long word',
	'many lines',
	'property __proto__',
	'property toString',
	'id of selectors',
].map((name) => hostileTexts.find((one) => one.name === name) ?? { name, text: '' });

test('the corpus has what is used here', () => {
	expect(sharpest.filter(({ text }) => text === '')).toEqual([]);
});

/** A file whose name, type and caption are the sender's worst. */
const fileNamed = (mediaKind: MediaContent['mediaKind'], text: string): MediaContent => ({
	kind: 'media',
	mediaKind,
	name: cut(text, 4000),
	mime: cut(text, 100),
	size: Number.MAX_SAFE_INTEGER,
	width: 1e9,
	height: 1,
	durationMs: 1e15,
	source: `fake:${cut(text, length)}`,
	thumbnail: null,
	host: cut(text, 100),
	waveform: mediaKind === 'audio' ? [1024, 0, 512] : null,
	caption: { text: cut(text, length), spans: [] },
});

interface Watched {
	readonly script: Script;
	readonly parley: ScriptedParley;
	readonly wire: Tripwire;
}

/** Runs a journey over every one of `texts`, collecting what is wrong with the window after each. */
async function overAll(
	page: Page,
	{ parley, wire }: Watched,
	texts: readonly Hostile[],
	visit: (hostile: Hostile) => Promise<unknown>,
): Promise<void> {
	const wrong: string[] = [];
	for (const hostile of texts) {
		await test.step(hostile.name, () => visit(hostile));
		const problems = [...(await layoutBreaks(page)), ...(await wire.problems())];
		wrong.push(...problems.map((problem) => `${hostile.name}: ${problem}`));
	}
	expect(wrong).toEqual([]);
	expect(parley.errors).toEqual([]);
}

async function watched(page: Page, profile: string, script = new Script()): Promise<Watched> {
	return { script, ...(await openWatched(page, script, profile)) };
}

const account = (page: Page): Locator =>
	page.getByRole('region', { name: 'Accounts' }).getByRole('button', { name: /^Me,/ });

async function close(page: Page, dialog: Locator): Promise<void> {
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
}

test('people: their chats, cards, contact groups and states; the palette and the search', async ({ page, profile }) => {
	const { script, parley, wire } = await watched(page, profile);
	try {
		await overAll(page, { script, parley, wire }, sharpest, async ({ text }) => {
			const name = cut(text, length);
			const needle = `needle${sharpest.findIndex((one) => one.text === text)}x`;
			const user = remoteUserId(name);
			const conversation = remoteConversationId(name);
			const contact = { remoteId: user, name, groups: [name], subscription: 'pending-in', onRoster: true } as const;
			const events: AdapterEvent[] = [
				{
					type: 'conversation-upsert',
					conversation: {
						remoteId: conversation,
						kind: 'direct',
						peer: user,
						name,
						membership: 'joined',
						capabilities: fakeDirect,
					},
				},
				{ type: 'contacts-delta', upsert: [{ ...contact, blocked: false }], remove: [] },
				{ type: 'presence', user, availability: 'away', statusText: cut(text, 2000) },
				{
					...said(`said by ${name}`, text, {
						sender: { remoteId: user, name, strength: 'stable' },
						time: Date.now(),
					}),
					conversation,
				},
				{
					...said(`found of ${name}`, `${needle} ${cut(text, length)}`, {
						sender: { remoteId: user, name, strength: 'stable' },
						time: Date.now(),
					}),
					conversation,
				},
				...(['file', 'image', 'audio', 'video'] as const).map(
					(kind): AdapterEvent => ({
						...said(`${kind} of ${name}`, '', {
							sender: { remoteId: user, name, strength: 'stable' },
							time: Date.now(),
							content: fileNamed(kind, text),
						}),
						conversation,
					}),
				),
				{
					type: 'conversation-upsert',
					conversation: {
						remoteId: remoteConversationId(`invitation ${name}`),
						kind: 'group',
						name,
						membership: 'invited',
						invite: { from: name, reason: name },
					},
				},
			];
			await script.adapter.live(...events);
			const { conversations } = await parley.client.query('boot', {});
			const id = conversations.find((one) => one.remoteId === name)?.id ?? '';
			await page.locator(`[data-nav="${id}"]`).click();
			await expect(page.getByRole('region', { name: 'Details' })).toBeVisible();
			await expect(page.getByRole('log')).toBeVisible();
			expect(await missingInTimeline(page, [shown(text)])).toEqual([]);
			expect(await layoutBreaks(page)).toEqual([]);
			expect(await page.title()).toMatch(/^(\(@?\d+\) )?Parley$/);

			await page.keyboard.press('Control+k');
			const palette = page.getByRole('dialog');
			await palette.getByRole('combobox').fill(shown(cut(text, 30)).replaceAll(/[\n\r]/gu, ' '));
			await expect(
				palette
					.getByRole('option')
					.first()
					.or(palette.getByText(/^Nothing/)),
			).toBeVisible();
			expect(await layoutBreaks(page)).toEqual([]);
			await close(page, palette);

			await page.keyboard.press('Control+Shift+f');
			const search = page.getByRole('dialog');
			await search.getByRole('textbox').fill(needle);
			await expect(search.getByRole('listitem').filter({ hasText: needle })).toHaveCount(1);
			expect(await layoutBreaks(page)).toEqual([]);
			await search.getByRole('textbox').fill(shown(cut(text, 40)).replaceAll(/[\n\r]/gu, ' '));
			await expect(
				search
					.getByRole('status')
					.or(search.getByRole('heading', { level: 3 }))
					.or(search.locator('p'))
					.first(),
			).toBeVisible();
			expect(await layoutBreaks(page)).toEqual([]);
			await close(page, search);
		});
	} finally {
		await parley.stop();
	}
});

test('questions about certificates, names and logins', async ({ page, profile }) => {
	const { script, parley, wire } = await watched(page, profile);
	try {
		await overAll(page, { script, parley, wire }, sharpest, async ({ text }) => {
			const words = cut(text, length);
			const questions = [
				{
					kind: 'certificate',
					host: words,
					problem: 'changed',
					fingerprint: words,
					subject: words,
					issuer: `${words} `,
					validFrom: Number.NEGATIVE_INFINITY,
					validTo: 8.64e18,
					previous: words,
				},
				{ kind: 'name-in-use', name: words, suggestion: words },
				{ kind: 'login', error: chatError('auth-failed', text) },
			] as const;
			for (const question of questions) {
				const id = decisionId(`${question.kind} ${words}`);
				await script.adapter.live({ type: 'decision-needed', id, question });
				await account(page).click();
				await page.getByRole('menuitem', { name: 'Answer' }).click();
				await expect(page.getByRole('menu')).toBeHidden();
				const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
				await expect(dialog).toBeVisible();
				if (question.kind === 'certificate')
					expect(await dialog.evaluate((box) => box.textContent.toWellFormed())).toContain(shown(words));
				expect(await layoutBreaks(page)).toEqual([]);
				await close(page, dialog);
				await script.adapter.live({ type: 'decision-withdrawn', id });
			}
		});
	} finally {
		await parley.stop();
	}
});

test('words of the server, and the error that ends a connection', async ({ page, profile }) => {
	const { script, parley, wire } = await watched(page, profile);
	try {
		await script.adapter.live(
			...hostileTexts.flatMap(({ text }) =>
				(['info', 'notice', 'motd', 'error'] as const).map(
					(level): AdapterEvent => ({
						type: 'server-text',
						level,
						text,
						time: Date.now(),
						conversation: null,
						reply: false,
						code: cut(text, 20),
					}),
				),
			),
		);
		const { conversations } = await parley.client.query('boot', {});
		const id = conversations.find(({ kind }) => kind === 'server')?.id ?? '';
		await page.locator(`[data-nav="${id}"]`).click();
		await expect(page.getByRole('log')).toBeVisible();
		await overAll(page, { script, parley, wire }, sharpest, async ({ text }) => {
			script.adapter.end({ kind: 'failed', error: chatError('account-disabled', text) });
			await expect(account(page)).not.toHaveAccessibleName(/, Connected$/);
			await account(page).click();
			await page.getByRole('menuitem', { name: 'Connection…' }).click();
			await expect(page.getByRole('menu')).toBeHidden();
			const dialog = page.getByRole('dialog');
			await expect(dialog.getByRole('button', { name: 'Try now' })).toBeVisible();
			expect(await layoutBreaks(page)).toEqual([]);
			await dialog.getByRole('button', { name: 'Try now' }).click();
			await expect(dialog.getByText(/^Connected/)).toBeVisible();
			await dialog.getByRole('button', { name: 'Close' }).click();
			await expect(dialog).toBeHidden();
		});
		expect(
			await missingInTimeline(
				page,
				hostileTexts.map(({ text }) => shown(text)),
			),
		).toEqual([]);
	} finally {
		await parley.stop();
	}
});

test('a directory of hostile rooms', async ({ page, profile }) => {
	const script = new Script();
	script.directory = {
		async *rooms() {
			yield await Promise.resolve(
				hostileTexts.map(({ text }) => ({
					remoteId: remoteConversationId(cut(text, length)),
					joinName: cut(text, length),
					name: cut(text, 1000),
					topic: text,
					members: 1e15,
				})),
			);
		},
	};
	const { parley, wire } = await watched(page, profile, script);
	try {
		await page.getByRole('button', { name: 'New chat, room or account' }).click();
		await page.getByRole('menuitem', { name: 'Browse public rooms' }).click();
		const dialog = page.getByRole('dialog', { name: 'Public rooms' });
		await expect(dialog.getByRole('listitem').first()).toBeVisible();
		for (let n = 0; n < 12; n++) {
			await dialog.getByRole('list').evaluate((list) => {
				list.scrollTop += list.clientHeight;
			});
			expect(await layoutBreaks(page)).toEqual([]);
			expect(await wire.problems()).toEqual([]);
		}
		await close(page, dialog);
	} finally {
		await parley.stop();
	}
});

test('what was kept is there again after a restart', async ({ page, browser, profile }) => {
	const before = await watched(page, profile);
	const rooms = sharpest.map(({ text }) => cut(text, length));
	try {
		await before.script.adapter.live(
			...rooms.map((name, n) => ({
				...said(name, `${name} ${n}`, {
					sender: { remoteId: remoteUserId(name), name, strength: 'stable' },
					time: Date.now(),
				}),
				conversation: remoteConversationId(`in ${name}`),
			})),
		);
	} finally {
		await before.parley.stop();
	}
	const later = await browser.newContext();
	const { script, parley, wire } = await watched(await later.newPage(), profile);
	try {
		const { conversations } = await parley.client.query('boot', {});
		const names = new Set(conversations.map(({ remoteId }) => remoteId.toWellFormed()));
		expect(rooms.filter((name) => !names.has(`in ${name}`.toWellFormed()))).toEqual([]);
		expect(script.starts).toBe(1);
		expect(await wire.problems()).toEqual([]);
	} finally {
		await parley.stop();
		await later.close();
	}
});
