/** The window from the keyboard alone, on the fake protocol: from the first run to every way of saying something. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixture.ts';
import { expectRing, hasFocus, tabTo } from './keyboard.ts';
import { ParleyWindow } from './window.ts';

test.use({ viewport: { width: 1440, height: 900 } });

const composer = (page: Page): Locator => new ParleyWindow(page).composer;
const title = (page: Page): Locator => page.getByRole('heading', { level: 1 });

/** To a conversation by its name, through the palette. */
async function jump(page: Page, name: string): Promise<void> {
	await page.keyboard.press('Control+k');
	await expect(page.getByRole('combobox')).toBeFocused();
	await page.keyboard.insertText(name);
	// Until the list is there, only a search for the words is offered.
	await expect(page.getByRole('option', { selected: true }).filter({ hasNotText: 'Search messages' })).toContainText(
		name,
	);
	await page.keyboard.press('Enter');
	await expect(title(page)).toHaveText(name);
	await expect(composer(page)).toBeFocused();
}

async function say(page: Page, text: string): Promise<void> {
	await expect(composer(page)).toBeFocused();
	await page.keyboard.insertText(text);
	await page.keyboard.press('Enter');
	await new ParleyWindow(page).isSent(text);
}

/** From the composer to the newest message. */
async function toMessages(page: Page): Promise<void> {
	await tabTo(page, page.locator('[data-message][tabindex="0"]'), 'Shift+Tab');
}

test('from the first run to a sent message', async ({ startParley }) => {
	const { page, problems } = await startParley({ env: { PARLEY_FAKE_SCENE: 'first-run' } });
	await expect(title(page)).toHaveText('Welcome to Parley');
	await tabTo(page, page.getByRole('button', { name: 'Add account (Fake)' }), 'Tab', 1);
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('Address')).toBeFocused();
	await page.keyboard.type('you');
	await page.keyboard.press('Tab');
	const password = page.getByRole('textbox', { name: 'Password' });
	await expect(password).toBeFocused();
	await page.keyboard.type('not this');
	await page.keyboard.press('Enter');
	await expect(password).toHaveAttribute('aria-invalid', 'true');
	await expect(password).toBeFocused();
	await expect(password).toHaveAccessibleDescription(/did not accept/);
	await page.keyboard.press('Control+a');
	await page.keyboard.type('you');
	await page.keyboard.press('Enter');
	await expect(title(page)).toHaveText('No conversation open');

	// The order is that of the columns: search, new, filters, list, accounts, and what stands in the middle.
	await tabTo(page, page.getByRole('button', { name: /^Search or jump/ }), 'Tab', 1);
	await tabTo(page, page.getByRole('button', { name: 'New chat, room or account' }), 'Tab', 1);
	await tabTo(page, page.getByRole('button', { name: 'Rooms', exact: true }), 'Tab', 4);
	await tabTo(page, page.locator('[data-nav]').first(), 'Tab', 1);
	await tabTo(page, new ParleyWindow(page).account(/^You, Fake/), 'Tab', 1);
	await tabTo(page, page.getByRole('button', { name: 'Got it' }), 'Tab', 8);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('button', { name: 'Got it' })).toBeHidden();

	await tabTo(page, page.locator('[data-nav][tabindex="0"]'), 'Tab');
	await tabTo(page, new ParleyWindow(page).row('#lobby'), 'ArrowDown', 9);
	await page.keyboard.press('Enter');
	await expect(title(page)).toHaveText('#lobby');
	await expect(composer(page)).toBeFocused();
	await expectRing(page);
	await say(page, 'Said without a mouse');
	expect(problems).toEqual([]);
});

test('the palette goes to conversations, dialogs and settings; Escape gives the focus back', async ({
	startParley,
}) => {
	const { page } = await startParley();
	await jump(page, '#lobby');
	await page.keyboard.press('Control+k');
	const field = page.getByRole('combobox');
	await expect(field).toBeFocused();
	await page.keyboard.press('ArrowDown');
	await expect(page.getByRole('option').nth(1)).toHaveAttribute('aria-selected', 'true');
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowUp');
	await expect(page.getByRole('option').last()).toHaveAttribute('aria-selected', 'true');
	await page.keyboard.insertText('no such place');
	await expect(page.getByRole('option')).toHaveText(['Search messages for “no such place”']);
	await page.keyboard.press('Escape');
	await expect(field).toBeHidden();
	await expect(composer(page)).toBeFocused();

	for (const [words, dialog] of [
		['join a room', 'Join a room'],
		['settings', 'Settings'],
		['new chat', 'New chat'],
	] as const) {
		await page.keyboard.press('Control+k');
		await page.keyboard.insertText(words);
		await expect(page.getByRole('option', { selected: true })).toContainText(dialog);
		await page.keyboard.press('Enter');
		await expect(page.getByRole('dialog', { name: dialog })).toBeVisible();
		await page.keyboard.press('Escape');
		await expect(page.getByRole('dialog')).toBeHidden();
		await expect(composer(page)).toBeFocused();
	}
	await page.keyboard.press('Control+k');
	await page.keyboard.insertText('dark theme');
	await page.keyboard.press('Enter');
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('slash commands are completed, explained and run', async ({ startParley }) => {
	const { page } = await startParley();
	await jump(page, '#workshop');
	await page.keyboard.type('/');
	const list = page.getByRole('listbox', { name: 'Commands' });
	await expect(list.getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
	await page.keyboard.type('to');
	await expect(list.getByRole('option')).toHaveCount(1);
	await page.keyboard.press('Tab');
	await expect(composer(page)).toHaveValue('/topic ');
	await expect(list).toBeHidden();
	await page.keyboard.type('Set from the keyboard');
	await page.keyboard.press('Enter');
	await expect(composer(page)).toHaveValue('');
	await expect(page.getByRole('button', { name: 'Set from the keyboard' })).toBeVisible();

	await page.keyboard.type('/no');
	await expect(list).toBeHidden();
	await page.keyboard.press('Control+a');
	await page.keyboard.type('/nosuch thing');
	await page.keyboard.press('Enter');
	await expect(page.getByText('There is no command /nosuch', { exact: false })).toBeVisible();
	await expect(composer(page)).toHaveValue('/nosuch thing');

	await page.keyboard.press('Control+a');
	await page.keyboard.type('/help');
	await page.keyboard.press('Enter');
	const help = page.getByRole('dialog', { name: 'Commands' });
	await expect(help.getByText('/topic')).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(help).toBeHidden();
	await expect(composer(page)).toBeFocused();
	await page.keyboard.press('Control+a');
	await page.keyboard.type('/me waters the plants');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('log').getByText('waters the plants')).toBeVisible();
});

test('drafts belong to their conversation and survive switching and a reload', async ({ startParley }) => {
	const { page } = await startParley();
	await jump(page, '#lobby');
	await page.keyboard.type('half a thought');
	await jump(page, '#random');
	await expect(composer(page)).toHaveValue('');
	await page.keyboard.type('another one');
	await jump(page, '#lobby');
	await expect(composer(page)).toHaveValue('half a thought');
	await expect(new ParleyWindow(page).row('#random')).toContainText('another one');

	await expect
		.poll(async () => {
			await page.reload();
			await new ParleyWindow(page).row('#lobby').waitFor();
			await jump(page, '#lobby');
			return composer(page).inputValue();
		})
		.toBe('half a thought');
	await jump(page, '#random');
	await expect(composer(page)).toHaveValue('another one');
	await page.keyboard.press('Enter');
	await new ParleyWindow(page).isSent('another one');
	await jump(page, '#lobby');
	await expect(new ParleyWindow(page).row('#random')).not.toContainText('Draft');
});

test('the last message is changed with the up key, answered and reacted to', async ({ startParley }) => {
	const { page } = await startParley();
	const window = new ParleyWindow(page);
	await jump(page, '#lobby');
	await say(page, 'A mesage');
	await page.keyboard.press('ArrowUp');
	await expect(composer(page)).toHaveValue('A mesage');
	await page.keyboard.press('Escape');
	await expect(composer(page)).toHaveValue('');
	await expect(composer(page)).toBeFocused();
	await page.keyboard.press('ArrowUp');
	await expect(composer(page)).toHaveValue('A mesage');
	await page.keyboard.press('Control+a');
	await page.keyboard.type('A message');
	await page.keyboard.press('Enter');
	await expect(composer(page)).toHaveValue('');
	await expect(page.locator('[data-message]').filter({ hasText: 'A message' })).toContainText('edited');

	await toMessages(page);
	await page.keyboard.press('ArrowUp');
	const message = page.locator('[data-message]:focus');
	await expect(message).toContainText('On it.');
	await tabTo(page, page.getByRole('button', { name: 'Reply', exact: true }), 'Tab', 3);
	await page.keyboard.press('Enter');
	await expect(composer(page)).toBeFocused();
	await expect(page.getByText('Replying to Dave')).toBeVisible();
	await page.keyboard.type('Thank you');
	await page.keyboard.press('Enter');
	const answer = window.message('Thank you');
	await expect(answer.getByRole('button', { name: /Dave/ })).toContainText('On it.');

	await toMessages(page);
	await expect(page.locator('[data-message]:focus')).toContainText('Thank you');
	await tabTo(page, page.getByRole('button', { name: 'React', exact: true }), 'Tab', 3);
	await page.keyboard.press('Enter');
	const picker = page.getByRole('dialog', { name: 'Emoji' });
	await expect(picker).toBeVisible();
	const thumb = picker.getByRole('button', { name: '👍' }).first();
	await tabTo(page, thumb, 'Shift+Tab', 9);
	await page.keyboard.press('Enter');
	await expect(picker).toBeHidden();
	await expect(answer.getByRole('button', { name: /👍/ })).toBeVisible();
	expect(await hasFocus(page.getByRole('button', { name: 'React', exact: true }))).toBe(true);
});

test('search finds a message, goes to it and marks it', async ({ startParley }) => {
	const { page } = await startParley();
	await jump(page, '#lobby');
	await say(page, 'The quokka is out');
	await jump(page, '#random');
	await page.keyboard.press('Control+f');
	const search = page.getByRole('dialog', { name: 'Search messages' });
	await expect(search.getByRole('searchbox').or(search.getByRole('textbox'))).toBeFocused();
	await page.keyboard.type('quokka');
	await expect(search.getByText('Nothing found')).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(composer(page)).toBeFocused();

	await page.keyboard.press('Control+Shift+F');
	await page.keyboard.type('quokka');
	const hit = search.getByRole('button', { name: /quokka/ });
	await tabTo(page, hit, 'Tab', 4);
	await page.keyboard.press('Enter');
	await expect(search).toBeHidden();
	await expect(title(page)).toHaveText('#lobby');
	await expect(new ParleyWindow(page).message('The quokka is out')).toBeInViewport();
});
