/** Going up through a timeline that is longer than what is loaded, as a user does. */
import type { Locator } from '@playwright/test';
import { expect } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import type { ParleyWindow } from './window.ts';

export const gapButtons = (window: ParleyWindow): Locator =>
	window.timeline.getByRole('button', { name: /^Load (older messages|what is missing)$/ });

/**
 * Scrolls up through all that is loaded and all that the store has, and waits at every step for what is loaded above.
 * @param goal `gap`: stops where a gap is in sight
 * @returns how far (pixels) a message in sight moved by itself at worst
 */
export function climb(window: ParleyWindow, goal: 'top' | 'gap' = 'top'): Promise<number> {
	return window.timeline.evaluate(async (log, wanted) => {
		const painted = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));
		const rows = (): HTMLElement[] => [...log.querySelectorAll<HTMLElement>('[data-message]')];
		const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
		let worst = 0;
		const isGapInSight = (): boolean =>
			[...log.querySelectorAll('[data-gap]')].some(
				(gap) => gap.getBoundingClientRect().top > middle - log.clientHeight / 2,
			);
		for (let idle = 0; idle < 3 && !(wanted === 'gap' && isGapInSight()); ) {
			log.scrollTop -= log.clientHeight * 0.6;
			await painted();
			await painted();
			const seen = rows().find((row) => row.getBoundingClientRect().top > middle) ?? rows().at(-1);
			const place = seen?.getBoundingClientRect().top ?? 0;
			for (let frame = 0; frame < 8 && seen !== undefined; frame++) {
				await painted();
				const again = rows().find((row) => row.dataset['message'] === seen.dataset['message']);
				worst = Math.max(worst, Math.abs((again?.getBoundingClientRect().top ?? 1e6) - place));
			}
			idle = log.scrollTop === 0 ? idle + 1 : 0;
		}
		return worst;
	}, goal);
}

/** Presses the button of a gap without a pointer, and measures the message below it. */
export async function fillByKeyboard(window: ParleyWindow): Promise<void> {
	const button = gapButtons(window).first();
	await button.scrollIntoViewIfNeeded();
	await window.composer.focus();
	await tabTo(window.page, button, 'Shift+Tab');
	const below = await button.evaluate((element) => {
		const end = element.getBoundingClientRect().bottom;
		const rows = [...document.querySelectorAll<HTMLElement>('[data-message]')];
		const next = rows.find((row) => row.getBoundingClientRect().top >= end);
		const log = element.closest('[role=log]');
		return {
			id: next?.dataset['message'] ?? '',
			index: Number(next?.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1),
			bottom: next?.getBoundingClientRect().bottom ?? 0,
			scrolls: log !== null && log.scrollHeight > log.clientHeight * 1.5,
		};
	});
	await window.page.keyboard.press('Enter');
	if (below.id === '') return expect(window.timeline.locator('[data-message]')).not.toHaveCount(0);
	const row = window.timeline.locator(`[data-message="${below.id}"]`);
	const index = (): Promise<number> =>
		row.evaluate((element) => Number(element.closest<HTMLElement>('[data-index]')?.dataset['index']));
	await expect.poll(index).not.toBe(below.index);
	if (below.scrolls) {
		await expect
			.poll(async () => {
				const box = await row.boundingBox();
				return box === null ? 1e6 : Math.abs(box.y + box.height - below.bottom);
			})
			.toBeLessThan(2);
	}
	// Whoever works without a pointer is not thrown back to the start of the window.
	expect(await window.page.evaluate(() => document.activeElement === document.body)).toBe(false);
}
