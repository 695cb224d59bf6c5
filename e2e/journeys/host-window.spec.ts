/** What must hold in the window whatever host serves it. */
import { expect, test } from './fixture.ts';

test('the window loads clean under the content policy', async ({ startParley }) => {
	const { page, problems } = await startParley();
	await expect(page.locator('#root > *').first()).toBeVisible();
	expect(await page.title()).toContain('Parley');
	expect(problems).toEqual([]);
});

test('strings become neither code nor HTML', async ({ startParley }) => {
	const { page } = await startParley();
	await expect(page.locator('#root > *').first()).toBeVisible();
	const outcome = await page.evaluate(async () => {
		// The debugger may evaluate strings in its own turn of the event loop; the page's turns are what counts.
		await new Promise((resolve) => setTimeout(resolve));
		const attempts: Record<string, () => unknown> = {
			innerHTML: () => (document.createElement('div').innerHTML = '<b>x</b>'),
			insertAdjacentHTML: () => document.body.insertAdjacentHTML('beforeend', '<b>x</b>'),
			// oxlint-disable-next-line no-eval -- that it fails is the point
			eval: () => globalThis.eval('1'),
			policy: () =>
				(
					globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }
				).trustedTypes.createPolicy('x', {}),
		};
		return Object.entries(attempts).map(([name, attempt]) => {
			try {
				attempt();
				return `${name} allowed`;
			} catch {
				return `${name} refused`;
			}
		});
	});
	expect(outcome).toEqual(['innerHTML refused', 'insertAdjacentHTML refused', 'eval refused', 'policy refused']);
});

test('nothing can be loaded from elsewhere', async ({ startParley }) => {
	const { page } = await startParley();
	await expect(page.locator('#root > *').first()).toBeVisible();
	const outcome = await page.evaluate(async () => {
		const blocked: string[] = [];
		document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
		await fetch('http://127.0.0.1:9/').catch(() => undefined);
		const image = new Image();
		await new Promise((resolve) => {
			image.onerror = resolve;
			image.src = 'http://127.0.0.1:9/x.png';
		});
		const frame = document.createElement('iframe');
		frame.src = 'http://127.0.0.1:9/';
		document.body.append(frame);
		await new Promise((resolve) => setTimeout(resolve, 100));
		return blocked;
	});
	expect(outcome).toEqual(expect.arrayContaining(['connect-src', 'img-src', 'frame-src']));
});

test('a reload keeps the window usable', async ({ startParley }) => {
	const { page, problems } = await startParley();
	await expect(page.getByText('#workshop')).toBeVisible();
	const before = await page.locator('#root').innerText();
	await page.reload();
	await expect.poll(() => page.locator('#root').innerText()).toBe(before);
	expect(problems).toEqual([]);
});
