/** Every dialog opened and sent from the keyboard, on the fake protocol. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixture.ts';

async function press(target: Locator, key = 'Enter'): Promise<void> {
	await target.focus();
	await target.press(key);
}

/** Opens a menu and walks to an entry with the arrow keys. */
async function choose(page: Page, opener: Locator, entry: string | RegExp): Promise<void> {
	await press(opener);
	await walkTo(page, page.getByRole('menuitem', { name: entry }));
	await page.keyboard.press('Enter');
}

async function walkTo(page: Page, item: Locator): Promise<void> {
	await expect(item).toBeVisible();
	await expect(async () => {
		if (!(await item.evaluate((element) => element === document.activeElement))) await page.keyboard.press('ArrowDown');
		await expect(item).toBeFocused({ timeout: 100 });
	}).toPass({ intervals: [10] });
}

async function pick(page: Page, field: Locator, value: string | RegExp): Promise<void> {
	await press(field);
	await walkTo(page, page.getByRole('option', { name: value }));
	await page.keyboard.press('Enter');
}

const newMenu = (page: Page): Locator => page.getByRole('button', { name: 'New chat, room or account' });
const dialog = (page: Page, name: string | RegExp): Locator => page.getByRole('dialog', { name });
const alert = (page: Page, name: string | RegExp): Locator => page.getByRole('alertdialog', { name });
const title = (page: Page, name: string): Locator => page.getByRole('heading', { level: 1, name });
const account = (page: Page, name: string): Locator =>
	page.getByRole('region', { name: 'Accounts' }).getByRole('button', { name: new RegExp(`^${name}, Fake`) });
const row = (page: Page, name: string): Locator =>
	page
		.getByRole('navigation')
		.getByRole('button', { name: new RegExp(name) })
		.first();

async function openRoom(page: Page, name: string): Promise<void> {
	await press(row(page, name));
	await expect(title(page, name)).toBeVisible();
}

test.use({ viewport: { width: 1440, height: 900 } });

test('a second account: a wrong password stands at its field, going back and cancelling lose nothing', async ({
	startParley,
}) => {
	const { page } = await startParley();
	const add = page.getByRole('region', { name: 'Accounts' }).getByRole('button', { name: 'Add account' });
	await press(add);
	const box = dialog(page, 'Add account');
	await press(box.getByRole('button', { name: /Add account/ }).first());
	await box.getByLabel('Address').fill('alice');
	await press(box.getByRole('button', { name: 'Back' }));
	await expect(box.getByLabel('Address')).toBeHidden();
	await expect(box.getByRole('button', { name: /Add account/ }).first()).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(box).toBeHidden();
	await expect(add).toBeFocused();

	await press(add);
	await press(box.getByRole('button', { name: /Add account/ }).first());
	await box.getByLabel('Address').fill('alice');
	const password = box.getByRole('textbox', { name: 'Password' });
	await password.fill('wrong');
	await password.press('Enter');
	await expect(password).toHaveAttribute('aria-invalid', 'true');
	await expect(box.getByLabel('Address')).toHaveValue('alice');
	await password.fill('alice');
	await password.press('Enter');
	await expect(box).toBeHidden();
	await expect(account(page, 'Alice')).toBeVisible();
});

test('joining: an unknown room is refused at the field, a known one opens; the list can be filtered', async ({
	startParley,
}) => {
	const { page } = await startParley();
	await choose(page, newMenu(page), 'Join a room');
	const join = dialog(page, 'Join a room');
	const name = join.getByLabel('Room name');
	await expect(name).toBeFocused();
	await page.keyboard.type('nowhere');
	await page.keyboard.press('Enter');
	await expect(name).toHaveAttribute('aria-invalid', 'true');
	await name.fill('garden');
	await expect(name).not.toHaveAttribute('aria-invalid', 'true');
	await name.press('Enter');
	await expect(join).toBeHidden();
	await expect(title(page, '#garden')).toBeVisible();

	await choose(page, page.getByRole('button', { name: 'More about this conversation' }), 'Leave');
	await press(alert(page, /#garden/).getByRole('button', { name: 'Leave' }));
	await expect(page.getByText('You are not in #garden any more')).toBeVisible();

	await choose(page, newMenu(page), 'Browse public rooms');
	const browse = dialog(page, 'Public rooms');
	await expect(browse.getByRole('button', { name: 'Open #lobby' })).toBeVisible();
	await browse.getByLabel('Filter by name or topic').fill('gard');
	await expect(browse.getByRole('button', { name: 'Open #lobby' })).toBeHidden();
	await press(browse.getByRole('button', { name: 'Join #garden' }));
	await expect(browse).toBeHidden();
	await expect(title(page, '#garden')).toBeVisible();
});

test('a room: created, given a topic, somebody invited, left', async ({ startParley }) => {
	const { page } = await startParley();
	await choose(page, newMenu(page), 'Create a room');
	const create = dialog(page, 'Create a room');
	await create.getByLabel('Room name').fill('lobby');
	await create.getByLabel('Room name').press('Enter');
	await expect(create.getByLabel('Room name')).toHaveAttribute('aria-invalid', 'true');
	await create.getByLabel('Room name').fill('kitchen');
	await create.getByLabel('Room name').press('Enter');
	await expect(create).toBeHidden();
	await expect(title(page, 'kitchen')).toBeVisible();

	const details = page.getByRole('region', { name: 'Details' });
	await press(details.getByRole('button', { name: 'Add a topic' }));
	const topic = dialog(page, 'Topic of kitchen');
	await press(topic.getByRole('button', { name: 'Change topic' }));
	await topic.getByRole('textbox').fill('Tea at four');
	await press(topic.getByRole('button', { name: 'Save' }));
	await expect(topic).toBeHidden();
	await expect(details.getByText('Tea at four')).toBeVisible();

	const opener = details.getByRole('button', { name: 'Invite' });
	await press(opener);
	const invite = dialog(page, 'Invite to kitchen');
	await invite.getByLabel('Address').fill('nobody-here');
	await invite.getByLabel('Address').press('Enter');
	await expect(invite.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
	await invite.getByLabel('Address').fill('alice');
	await invite.getByLabel('Address').press('Enter');
	await expect(invite).toBeHidden();
	await expect(page.getByText(/alice is invited to kitchen/)).toBeVisible();
	await expect(opener).toBeFocused();
});

test('a chat begins, its person becomes a contact no more, is blocked and unblocked', async ({ startParley }) => {
	const { page } = await startParley();
	await choose(page, newMenu(page), 'New chat');
	const chat = dialog(page, 'New chat');
	await chat.getByLabel('Who?').fill('nobody-here');
	await chat.getByLabel('Who?').press('Enter');
	await expect(chat.getByLabel('Who?')).toHaveAttribute('aria-invalid', 'true');
	await chat.getByLabel('Who?').fill('dave');
	await chat.getByLabel('Who?').press('Enter');
	await expect(chat).toBeHidden();
	await expect(title(page, 'Dave')).toBeVisible();

	const details = page.getByRole('region', { name: 'Details' });
	await press(details.getByRole('button', { name: 'Block', exact: true }));
	await expect(details.getByText('You have blocked this person.')).toBeVisible();
	await press(details.getByRole('button', { name: 'Unblock' }));
	await expect(details.getByText('You have blocked this person.')).toBeHidden();
	await press(details.getByRole('button', { name: 'Remove from contacts' }));
	await press(details.getByRole('button', { name: 'Add to contacts' }));
	await expect(details.getByRole('button', { name: 'Remove from contacts' })).toBeVisible();
});

test('a contact never talked to is listed among the people, and a chat begins with a click', async ({
	startParley,
}) => {
	const { page } = await startParley();
	const dave = page.getByRole('navigation').getByRole('button', { name: /^Dave/ });
	await press(dave);
	await expect(title(page, 'Dave')).toBeVisible();
	await expect(dave).toHaveCount(1);
	await expect(dave).toHaveAttribute('aria-current', 'page');
});

test('an owner removes and bans members from their menu', async ({ startParley }) => {
	const { page } = await startParley();
	await openRoom(page, '#workshop');
	const members = page.getByRole('region', { name: 'Members' });
	for (const [name, entry, button] of [
		['Bob', 'Remove from room…', 'Remove'],
		['Carol', 'Ban from room…', 'Ban'],
	] as const) {
		const member = members.getByRole('button', { name: new RegExp(name) });
		await press(member, 'Shift+F10');
		await walkTo(page, page.getByRole('menuitem', { name: entry }));
		await page.keyboard.press('Enter');
		await press(alert(page, new RegExp(name)).getByRole('button', { name: button, exact: true }));
		await expect(member).toBeHidden();
	}
});

test('presence for all accounts, and an account renamed, disconnected, disabled and removed', async ({
	startParley,
}) => {
	const { page } = await startParley();
	const accounts = page.getByRole('region', { name: 'Accounts' });
	await expect(account(page, 'You')).toBeVisible();
	const presence = accounts.getByRole('button', { name: /: (Available|Away|Online|Busy)/ });
	await press(presence);
	await walkTo(page, page.getByRole('menuitem').last());
	await page.keyboard.press('Enter');
	const status = page.getByRole('dialog');
	await pick(page, status.getByRole('button', { name: /Available|Online/ }), /^Away/);
	await status.getByRole('textbox').fill('At lunch');
	await status.getByRole('textbox').press('Enter');
	await expect(status).toBeHidden();
	await expect(accounts.getByText('At lunch')).toBeVisible();

	await choose(page, account(page, 'You'), 'Log');
	const log = dialog(page, 'Log of You');
	await expect(log.getByRole('listitem').first()).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(log).toBeHidden();
	await expect(account(page, 'You')).toBeFocused();

	await choose(page, account(page, 'You'), 'Rename…');
	const rename = dialog(page, 'Rename account');
	await rename.getByLabel('Name').fill('Work');
	await rename.getByLabel('Name').press('Enter');
	await expect(account(page, 'Work')).toBeVisible();

	await choose(page, account(page, 'Work'), 'Disconnect');
	await expect(account(page, 'Work')).toHaveAccessibleName(/Disconnected/);
	await choose(page, account(page, 'Work'), /^Connect$/);
	await expect(account(page, 'Work')).toHaveAccessibleName(/Connected/);
	await choose(page, account(page, 'Work'), /^Disable/);
	await expect(account(page, 'Work')).toHaveAccessibleName(/Disabled/);
	await choose(page, account(page, 'Work'), /^Enable/);
	await expect(account(page, 'Work')).toHaveAccessibleName(/Connected/);

	await choose(page, account(page, 'Work'), 'Remove…');
	await press(alert(page, 'Remove Work?').getByRole('button', { name: 'Remove' }));
	await expect(title(page, 'Welcome to Parley')).toBeVisible();
});

test('settings take effect at once and survive a reload', async ({ startParley }) => {
	const { page } = await startParley();
	const opener = page.getByRole('button', { name: 'Settings' });
	await press(opener);
	const settings = dialog(page, 'Settings');
	const html = page.locator('html');
	await pick(page, settings.getByRole('button', { name: /Theme/ }), 'Dark');
	await expect(html).toHaveAttribute('data-theme', 'dark');
	await pick(page, settings.getByRole('button', { name: /Density/ }), /^Compact/);
	await expect(html).toHaveAttribute('data-density', 'compact');
	await settings.getByRole('tab', { name: 'Appearance' }).focus();
	await walkToTab(page, settings, 'Privacy');
	for (const name of [/Typing notices/, /Read receipts/]) {
		const control = settings.getByRole('switch', { name });
		await expect(control).toBeChecked();
		await control.press('Space');
		await expect(control).not.toBeChecked();
	}
	await page.keyboard.press('Escape');
	await expect(settings).toBeHidden();
	await expect(opener).toBeFocused();

	await page.reload();
	await expect(html).toHaveAttribute('data-theme', 'dark');
	await expect(html).toHaveAttribute('data-density', 'compact');
	await press(opener);
	await settings.getByRole('tab', { name: 'Appearance' }).focus();
	await walkToTab(page, settings, 'Privacy');
	await expect(settings.getByRole('switch', { name: /Typing notices/ })).not.toBeChecked();
	await expect(settings.getByRole('switch', { name: /Read receipts/ })).not.toBeChecked();
});

async function walkToTab(page: Page, settings: Locator, name: string): Promise<void> {
	const tab = settings.getByRole('tab', { name });
	await expect(async () => {
		await page.keyboard.press('ArrowRight');
		await expect(tab).toBeFocused({ timeout: 100 });
	}).toPass({ intervals: [10] });
}

for (const width of [1440, 1024, 600]) {
	test(`the details can be shown and hidden at a width of ${width}`, { tag: '@browser' }, async ({ startParley }) => {
		const { page } = await startParley();
		await page.setViewportSize({ width, height: 800 });
		await openRoom(page, '#workshop');
		const details = page.getByRole('region', { name: 'Details' });
		if (width < 1100) await press(page.getByRole('button', { name: 'Details', exact: true }));
		await expect(details).toBeVisible();
		await expect(page.getByRole('main')).toHaveCount(1);
		await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
		await press(details.getByRole('button', { name: 'Hide details' }));
		await expect(details).toBeHidden();
		await expect(title(page, '#workshop')).toBeVisible();
	});
}
