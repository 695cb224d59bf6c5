/** What a user does in the window, by the names a user sees. */
import { expect, type Locator, type Page } from '@playwright/test';

export class ParleyWindow {
	readonly page: Page;

	constructor(page: Page) {
		this.page = page;
	}

	/** Opens the form of a protocol, from the first screen or from the navigator's foot. */
	async openLogin(protocol: string): Promise<Locator> {
		const card = this.page.getByRole('button', { name: `Add account (${protocol})` });
		const plus = this.page.getByRole('region', { name: 'Accounts' }).getByRole('button', { name: 'Add account' });
		await card.or(plus).first().waitFor();
		if (!(await card.isVisible())) await plus.click();
		await card.click();
		const form = this.page.locator('form');
		await form.waitFor();
		return form;
	}

	/** Fills fields by the beginning of their labels, unfolding the advanced ones when one is asked for. */
	async fill(values: Readonly<Record<string, string>>): Promise<void> {
		const form = this.page.locator('form');
		for (const [label, value] of Object.entries(values)) {
			const field = form.getByLabel(label, { exact: true }).or(form.getByLabel(`${label} (optional)`, { exact: true }));
			if (!(await field.isVisible())) await form.getByRole('button', { name: 'Advanced' }).click();
			await field.fill(value);
		}
	}

	async next(): Promise<void> {
		await this.page.locator('form').getByRole('button', { name: 'Continue' }).click();
	}

	/**
	 * The password, after the question about the certificate if one is expected.
	 * @param fingerprint of the certificate to accept (hex); null: none is asked about
	 */
	async fillPassword(password: string, fingerprint: string | null): Promise<void> {
		if (fingerprint !== null) await this.trust(fingerprint);
		const field = this.page.locator('form').getByLabel('Password', { exact: true });
		await field.fill(password);
		await field.press('Enter');
	}

	/** Accepts the certificate that the login asks about, if it is the one with this fingerprint (hex). */
	async trust(fingerprint: string): Promise<void> {
		const shown = await this.page.locator('code').first().textContent();
		expect(plainHex(shown ?? '')).toBe(plainHex(fingerprint));
		await this.page.getByRole('button', { name: 'Trust and connect' }).click();
	}

	/** The line of an account in the navigator's foot. */
	account(label: string | RegExp): Locator {
		return this.page.getByRole('region', { name: 'Accounts' }).getByRole('button', { name: label });
	}

	async connected(label: string | RegExp): Promise<void> {
		await expect(this.account(label)).toHaveAccessibleName(/, Connected$/, { timeout: 45_000 });
	}

	/** Opens the dialog that says everything about an account's connection. */
	async openState(label: string | RegExp): Promise<Locator> {
		await this.account(label).click();
		await this.page.getByRole('menuitem', { name: 'Connection…' }).click();
		const dialog = this.page.getByRole('dialog');
		await dialog.waitFor();
		return dialog;
	}

	/** A conversation in the navigator. */
	row(name: string): Locator {
		return this.page
			.locator('[data-nav]:not([aria-expanded])')
			.filter({ has: this.page.getByText(name, { exact: true }) });
	}

	async open(name: string): Promise<void> {
		await this.row(name).click();
		await expect(this.heading).toHaveText(name);
	}

	get heading(): Locator {
		return this.page.getByRole('heading', { level: 1 });
	}

	/** Joins a room by its name, as typed into the dialog. */
	async join(account: string, room: string): Promise<void> {
		await this.fromNewMenu('Join a room');
		const dialog = this.page.getByRole('dialog', { name: 'Join a room' });
		await this.pickAccount(dialog, account);
		await dialog.getByLabel('Room name').fill(room);
		await dialog.getByRole('button', { name: 'Join', exact: true }).click();
	}

	/** Begins a chat with an address. */
	async chat(account: string, user: string): Promise<void> {
		await this.fromNewMenu('New chat');
		const dialog = this.page.getByRole('dialog', { name: 'New chat' });
		await this.pickAccount(dialog, account);
		await dialog.getByLabel('Who?').fill(user);
		await dialog.getByRole('button', { name: 'Start chat' }).click();
		await expect(dialog).toBeHidden();
	}

	async fromNewMenu(entry: string): Promise<void> {
		await this.page.getByRole('button', { name: 'New chat, room or account' }).click();
		await this.page.getByRole('menuitem', { name: entry }).click();
	}

	async pickAccount(dialog: Locator, account: string): Promise<void> {
		const picker = dialog.getByRole('button', { name: /\bAccount$/ });
		await dialog.waitFor();
		if (!(await picker.isVisible()) || (await picker.textContent())?.includes(account) === true) return;
		await picker.click();
		await this.page.getByRole('option', { name: account }).click();
	}

	get composer(): Locator {
		return this.page.getByRole('textbox', { name: 'Message', exact: true });
	}

	/** Types into the composer and presses Enter. */
	async say(text: string): Promise<void> {
		await this.composer.click();
		await this.page.keyboard.insertText(text);
		await this.page.keyboard.press('Enter');
		await expect(this.composer).toHaveValue('');
	}

	get timeline(): Locator {
		return this.page.getByRole('log', { name: /^Messages in / });
	}

	/** Messages with this text in the open conversation. */
	message(text: string): Locator {
		return this.timeline.locator('[data-message]').filter({ has: this.page.getByText(text, { exact: true }) });
	}

	/** The message is there, once, and the network has it. */
	async isSent(text: string): Promise<void> {
		await expect(this.message(text)).toHaveCount(1);
		await expect(this.message(text).getByRole('img', { name: /^(The server has it|Delivered|Read)$/ })).toBeVisible();
	}

	/** Texts of all messages of the open conversation, from the oldest that is stored; scrolls through them. */
	async allMessages(): Promise<readonly string[]> {
		return this.timeline.evaluate(async (scroller) => {
			const found = new Map<number, string>();
			const painted = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));
			const start = (): Element | undefined => scroller.querySelectorAll('[data-index="0"]')[0];
			scroller.scrollTop = scroller.scrollHeight;
			for (let idle = 0; idle < 5; ) {
				await painted();
				await painted();
				for (const row of scroller.querySelectorAll<HTMLElement>('[data-message]')) {
					found.set(Number(row.dataset['message']), row.innerText);
				}
				idle = scroller.scrollTop === 0 && start() !== undefined ? idle + 1 : 0;
				scroller.scrollTop -= scroller.clientHeight / 2;
			}
			scroller.scrollTop = scroller.scrollHeight;
			return [...found.values()];
		});
	}

	/** Opens the details column if it is closed. */
	async details(): Promise<Locator> {
		const column = this.page.getByRole('region', { name: 'Details' });
		await this.heading.waitFor();
		if (!(await column.isVisible())) await this.page.getByRole('button', { name: 'Details', exact: true }).click();
		await column.waitFor();
		return column;
	}
}

/** A fingerprint without the marks that make it readable. */
const plainHex = (text: string): string => text.replaceAll(/[^0-9a-f]/giu, '').toLowerCase();
