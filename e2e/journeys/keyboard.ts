/** What a user does in the window without a pointer. */
import { expect, type Locator, type Page } from '@playwright/test';

/** Presses Tab (or another key) until the element has the focus; fails when it is out of reach. */
export async function tabTo(page: Page, target: Locator, key = 'Tab', limit = 40): Promise<void> {
	await expect(target).toBeVisible();
	for (let presses = 0; presses < limit; presses++) {
		await page.keyboard.press(key);
		if (await hasFocus(target)) return expectRing(page);
	}
	const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
	throw new Error(`${key} does not reach ${target.toString()} in ${limit} presses; the focus is on ${at}`);
}

export const hasFocus = (target: Locator): Promise<boolean> =>
	target.evaluate((element) => element === document.activeElement);

/** Where the focus is can be seen: an outline, or a frame that the focus colours. */
export async function expectRing(page: Page): Promise<void> {
	const seen = await page.evaluate(() => {
		const marked = (element: Element | null): boolean => {
			if (element === null) return false;
			const style = getComputedStyle(element);
			return style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
		};
		const element = document.activeElement;
		if (element === null || element === document.body) return 'nothing has the focus';
		// Text fields carry the mark on their frame, the timeline's rows and list rows on themselves.
		if (marked(element) || marked(element.parentElement)) return '';
		const probe = document.createElement('i');
		probe.style.color = 'var(--focus)';
		document.body.append(probe);
		const colour = getComputedStyle(probe).color;
		probe.remove();
		for (let at: Element | null = element; at !== null; at = at.parentElement) {
			if (getComputedStyle(at).borderTopColor === colour) return '';
		}
		return element.outerHTML.slice(0, 200);
	});
	expect(seen, 'no visible focus').toBe('');
}
