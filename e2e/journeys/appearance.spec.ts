/**
 * How the window looks and reads on every screen: axe-core in light and dark, the widths it must fit, large text, text
 * from right to left, crowds and long names. With PARLEY_LOOK=FOLDER it leaves a picture of each there.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import {
	crowdedRoom,
	longPerson,
	longRoom,
	quietRooms,
	rtlPerson,
	rtlRoom,
} from '../../protocols/testkit/fake-crowd.ts';
import { axeFindings } from './axe.ts';
import { expect, type StartOptions, test } from './fixture.ts';
import { ParleyWindow } from './window.ts';

const pictures = process.env['PARLEY_LOOK'];

const scene = (name: string): StartOptions => ({ env: { PARLEY_FAKE_SCENE: name } });
const title = (page: Page): Locator => page.getByRole('heading', { level: 1 });

async function picture(page: Page, name: string): Promise<void> {
	if (pictures === undefined) return;
	mkdirSync(pictures, { recursive: true });
	await page.screenshot({ path: join(pictures, `${name}.png`) });
}

async function jump(page: Page, name: string): Promise<void> {
	await page.keyboard.press('Control+k');
	await page.keyboard.insertText(name.slice(0, 24));
	// Until the list is there, only a search for the words is offered.
	await expect(page.getByRole('option', { selected: true }).filter({ hasNotText: 'Search messages' })).toContainText(
		name,
	);
	await page.keyboard.press('Enter');
	await expect(title(page)).toHaveText(name);
	await expect(page.getByRole('dialog')).toBeHidden();
}

async function fromPalette(page: Page, words: string): Promise<void> {
	await page.keyboard.press('Control+k');
	await page.keyboard.insertText(words);
	await expect(page.getByRole('option', { selected: true })).toContainText(words, { ignoreCase: true });
	await page.keyboard.press('Enter');
	await expect(page.getByRole('dialog').getByRole('heading').first()).toBeVisible();
}

async function fromMenu(page: Page, opener: Locator, entry: string | RegExp): Promise<void> {
	await opener.click();
	await page.getByRole('menuitem', { name: entry }).click();
}

/** Nothing is wider than the window, and the window itself cannot be scrolled. */
async function fits(page: Page, name: string): Promise<void> {
	const wide = await page.evaluate(() => {
		const { clientWidth } = document.documentElement;
		const inside = (element: Element): boolean => {
			for (let at = element.parentElement; at !== null; at = at.parentElement) {
				if (getComputedStyle(at).overflowX !== 'visible') return true;
			}
			return false;
		};
		return [...document.querySelectorAll('#root *, [role=dialog]')]
			.filter((element) => {
				const box = element.getBoundingClientRect();
				return box.width > 0 && (box.right > clientWidth + 1 || box.left < -1) && !inside(element);
			})
			.map((element) => element.outerHTML.slice(0, 120));
	});
	expect.soft(wide, `${name}, wider than the window`).toEqual([]);
}

type Scheme = 'light' | 'dark';

/** Looks at the window as it is. Places that are looked at in both colour schemes elsewhere need only one. */
async function look(page: Page, name: string, schemes: readonly Scheme[] = ['light', 'dark']): Promise<void> {
	for (const colorScheme of schemes) {
		await page.emulateMedia({ colorScheme });
		await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
		await picture(page, `${name}-${colorScheme}`);
		expect.soft(await axeFindings(page), `${name}, ${colorScheme}`).toEqual([]);
	}
	await fits(page, name);
}

async function closed(page: Page): Promise<void> {
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog').or(page.getByRole('alertdialog')).or(page.getByRole('menu'))).toBeHidden();
}

test.use({ viewport: { width: 1440, height: 900 } });

test('first run and login', async ({ startParley }) => {
	const { page } = await startParley(scene('first-run'));
	await expect(title(page)).toHaveText('Welcome to Parley');
	await look(page, 'first-run');
	await page.getByRole('button', { name: 'Add account (Fake)' }).click();
	await page.getByLabel('Address').fill('you');
	await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
	await page.keyboard.press('Enter');
	await expect(page.locator('[aria-invalid=true]')).toBeVisible();
	await look(page, 'login-refused');
	await page.getByRole('textbox', { name: 'Password' }).fill('you');
	await page.keyboard.press('Enter');
	await expect(title(page)).toHaveText('No conversation open');
	await look(page, 'nothing-open');
	await page.getByRole('button', { name: 'Unread', exact: true }).click();
	await look(page, 'only-unread');
});

test('first run with the real protocols', async ({ startParley }) => {
	const { page } = await startParley({ protocols: 'real' });
	await expect(title(page)).toHaveText('Welcome to Parley');
	await look(page, 'first-run-real');
	for (const protocol of ['IRC', 'XMPP', 'Matrix']) {
		await page.getByRole('button', { name: `Add account (${protocol})` }).click();
		await page.getByRole('button', { name: 'Advanced' }).click();
		await look(page, `login-${protocol}`);
		await page.getByRole('button', { name: 'Back' }).click();
	}
});

test('a conversation and everything over it', async ({ startParley }) => {
	const { page } = await startParley();
	const window = new ParleyWindow(page);
	await page.getByRole('button', { name: 'Got it' }).click();
	await window.open('#development');
	await look(page, 'room');
	await window.open('#random');
	await look(page, 'room-empty');
	await window.open('#lobby');
	await window.say('**Words** with `code`, a [link](https://example.org) and\n> a quotation');
	const own = window.timeline.locator('[data-message]').filter({ hasText: 'Words with' });
	await own.hover();
	await look(page, 'message-hovered');
	await own.getByRole('button', { name: 'React', exact: true }).click();
	await expect(page.getByRole('dialog', { name: 'Emoji' }).getByRole('gridcell').first()).toBeVisible();
	await look(page, 'reactions');
	await page.getByRole('dialog', { name: 'Emoji' }).getByRole('button', { name: '🎉' }).first().click();
	await own.hover();
	await own.getByRole('button', { name: 'More' }).click();
	await look(page, 'message-menu');
	await page
		.getByRole('menuitem', { name: 'Remove for everyone' })
		.or(page.getByRole('menuitem').last())
		.last()
		.click();
	await look(page, 'remove-message');
	await closed(page);
	await window.composer.fill('/');
	await window.composer.press('End');
	await look(page, 'commands');
	await window.composer.fill('');
	await page.mouse.move(0, 0);
	await own.hover();
	await own.getByRole('button', { name: 'Reply', exact: true }).click();
	await look(page, 'reply');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Control+k');
	await look(page, 'palette');
	await closed(page);
	await page.keyboard.press('Control+f');
	await page.keyboard.insertText('tonight');
	await expect(
		page
			.getByRole('dialog')
			.getByRole('button', { name: /tonight/ })
			.first(),
	).toBeVisible();
	await look(page, 'search');
	await closed(page);
	await fromMenu(page, page.getByRole('button', { name: 'More about this conversation' }), 'Leave');
	await look(page, 'leave');
	await closed(page);
	await window.open('Alice');
	await look(page, 'person');
});

test('every dialog', async ({ startParley }) => {
	const { page } = await startParley();
	const window = new ParleyWindow(page);
	for (const words of ['New chat', 'Join a room', 'Browse public rooms', 'Search messages', 'Add account']) {
		await fromPalette(page, words);
		await look(page, words.toLowerCase().replaceAll(' ', '-'));
		await closed(page);
	}
	await window.fromNewMenu('Create a room');
	await look(page, 'create-room');
	await closed(page);
	await page.getByRole('button', { name: 'Settings' }).click();
	for (const tab of await page.getByRole('dialog').getByRole('tab').all()) {
		await tab.click();
		await look(page, `settings-${(await tab.textContent())?.toLowerCase()}`);
	}
	await closed(page);
	const account = window.account(/^You, Fake/);
	await account.click();
	await look(page, 'account-menu');
	await closed(page);
	for (const [entry, name] of [
		['Connection…', 'account-state'],
		['Log', 'account-log'],
		['Rename…', 'account-rename'],
		['Remove…', 'account-remove'],
	] as const) {
		await fromMenu(page, account, entry);
		await look(page, name);
		await closed(page);
	}
	await window.open('#workshop');
	const details = await window.details();
	for (const [button, name] of [
		['Invite', 'invite'],
		['Change topic', 'topic'],
	] as const) {
		await details.getByRole('button', { name: button }).click();
		await look(page, name);
		await closed(page);
	}
	await details.getByRole('button', { name: 'What works here' }).click();
	await look(page, 'what-works');
	await details.getByRole('button', { name: /Bob/ }).click();
	await look(page, 'member');
});

for (const [width, height] of [
	[360, 740],
	[700, 800],
	[1100, 800],
	[1600, 900],
] as const) {
	test(`everything fits ${width} pixels`, async ({ startParley }) => {
		const { page } = await startParley(scene('crowd'));
		const window = new ParleyWindow(page);
		await page.setViewportSize({ width, height });
		await expect(page.locator('[data-nav]').first()).toBeVisible();
		await look(page, `${width}-list`, ['dark']);
		await jump(page, longRoom.name);
		await expect(window.timeline.locator('[data-message]').last()).toBeVisible();
		await look(page, `${width}-room`, ['dark']);
		await window.details();
		await look(page, `${width}-details`, ['dark']);
		await page.keyboard.press('Control+k');
		await look(page, `${width}-palette`, ['dark']);
		await closed(page);
		await fromPalette(page, 'Join a room');
		await look(page, `${width}-dialog`, ['dark']);
		await closed(page);
	});
}

test('text of 200 % fits', async ({ startParley }) => {
	const { page } = await startParley(scene('crowd'));
	// As the browser's zoom does: half of 1280 × 800 in CSS pixels.
	await page.setViewportSize({ width: 640, height: 400 });
	await jump(page, longRoom.name);
	await look(page, 'zoom-room', ['dark']);
	await fromPalette(page, 'Settings');
	await look(page, 'zoom-settings', ['dark']);
	await closed(page);
	await page.getByRole('button', { name: 'Back' }).click();
	await look(page, 'zoom-list', ['dark']);
});

test('names and text from right to left, in either direction of the window', async ({ startParley }) => {
	const { page } = await startParley(scene('crowd'));
	const window = new ParleyWindow(page);
	await jump(page, rtlRoom.name);
	await expect(window.timeline.getByText('מחר בשעה', { exact: false })).toBeVisible();
	await look(page, 'rtl-names', ['dark']);
	await page.evaluate(() => {
		document.documentElement.dir = 'rtl';
	});
	const nav = await page.getByRole('navigation').boundingBox();
	expect(nav?.x ?? 0, 'the list stands on the right').toBeGreaterThan(700);
	await look(page, 'rtl-window', ['dark']);
	await jump(page, longRoom.name);
	await look(page, 'rtl-window-long', ['dark']);
	await jump(page, longPerson.name);
	await look(page, 'rtl-window-person', ['dark']);
	await jump(page, rtlPerson.name);
	await fromPalette(page, 'Settings');
	await look(page, 'rtl-settings', ['dark']);
});

test('ten thousand members and five hundred rooms stay quick to walk through', async ({ startParley }) => {
	const { page, problems } = await startParley(scene('crowd'));
	const window = new ParleyWindow(page);
	await expect(page.getByRole('button', { name: /^Rooms \d+/ })).toHaveText(new RegExp(`Rooms\\s*${quietRooms + 7}`));
	expect(await page.locator('[data-nav]').count(), 'only rows in sight are mounted').toBeLessThan(60);
	await page.locator('[data-nav][tabindex="0"]').focus();
	await page.keyboard.press('End');
	await expect(page.locator('[data-nav]').last()).toBeFocused();
	await jump(page, crowdedRoom.name);
	const members = (await window.details()).getByRole('region', { name: 'Members' });
	await expect(members.getByText('10,000 members')).toBeVisible();
	expect(await members.getByRole('button').count()).toBeLessThan(80);
	await members.getByRole('searchbox').or(members.getByRole('textbox')).fill('Fan 9999');
	await expect(members.getByRole('button', { name: /^Fan 9999/ })).toBeVisible();
	await look(page, 'crowd', ['dark']);
	expect(problems).toEqual([]);
});
