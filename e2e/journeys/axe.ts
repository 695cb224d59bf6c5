/** The accessibility checker axe-core, run inside the window. */
import type { Page } from '@playwright/test';
import axe from 'axe-core';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds wrong in the window as it is now: `rule: element, element`. Empty when nothing. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
	await page.evaluate(axe.source);
	return page.evaluate(async (tags) => {
		const checker = (globalThis as unknown as { axe: typeof axe }).axe;
		// Nothing may be half faded in: contrast is computed from what is painted.
		await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
		const { violations } = await checker.run(document, {
			runOnly: { type: 'tag', values: tags },
			preload: false,
			resultTypes: ['violations'],
		});
		return violations
			.map(({ id, nodes }) => ({
				id,
				// A menu entry's explanation is its description, so it is not part of its name.
				nodes: nodes.filter(({ html }) => id !== 'label-content-name-mismatch' || !html.includes('aria-describedby')),
			}))
			.filter(({ nodes }) => nodes.length > 0)
			.map(
				({ id, nodes }) =>
					`${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 300)} (${failureSummary ?? ''})`).join(', ')}`,
			);
	}, rules);
}
