/** How windows come to the browser host, and how they do not. */
import { expect, startBrowserHost, test } from './fixture.ts';

const content = '#root > *';

test('the ticket leaves the address, works once, and a reload needs none', async ({ startParley, context }) => {
	const { page, url } = await startParley();
	await expect(page.locator(content).first()).toBeVisible();
	expect(page.url()).not.toContain('#');
	const kept = await page.evaluate(() => ({ cookie: document.cookie, local: localStorage.length }));
	expect(kept.cookie).toBe('');
	const sessionRequests: string[] = [];
	page.on('request', (request) => request.url().endsWith('/session') && sessionRequests.push(request.url()));
	await page.reload();
	await expect(page.locator(content).first()).toBeVisible();
	expect(sessionRequests).toEqual([]);

	const second = await context.newPage();
	const refused = second.waitForResponse((response) => response.url().endsWith('/session'));
	await second.goto(url);
	expect((await refused).status()).toBe(401);
});

test('a second tab without a ticket gets nothing', async ({ startParley, context }) => {
	const { page, url } = await startParley();
	await expect(page.locator(content).first()).toBeVisible();
	const second = await context.newPage();
	const sockets: string[] = [];
	second.on('websocket', (socket) => sockets.push(socket.url()));
	await second.goto(url.split('#')[0] ?? '');
	await expect(second.locator(content).first()).toBeVisible();
	expect(sockets).toEqual([]);
});

test('another site in the same browser reaches nothing', async ({ startParley, context }) => {
	const { url } = await startParley();
	const address = url.split('/#')[0] ?? '';
	const other = await context.newPage();
	await other.route('http://evil.example/**', (route) => route.fulfill({ contentType: 'text/html', body: '<p>x</p>' }));
	await other.goto('http://evil.example/');
	const outcome = await other.evaluate(async (target) => {
		const socket = await new Promise((resolve) => {
			const one = new WebSocket(`${target.replace('http', 'ws')}/link`);
			one.onopen = (): void => resolve('open');
			one.onerror = (): void => resolve('refused');
		});
		const page = await fetch(target).then(
			() => 'readable',
			() => 'refused',
		);
		const session = await fetch(`${target}/session`, { method: 'POST', body: '{}' }).then(
			() => 'readable',
			() => 'refused',
		);
		return { socket, page, session };
	}, address);
	expect(outcome).toEqual({ socket: 'refused', page: 'refused', session: 'refused' });
});

test('a second start gets a window of the running Parley', async ({ profile, page }) => {
	const first = await startBrowserHost(profile, ['--protocols', 'fake']);
	const second = await startBrowserHost(profile, ['--protocols', 'fake']);
	expect(await second.ended).toBe(0);
	expect(second.output()).toContain('running already');
	expect(new URL(second.url).port).toBe(new URL(first.url).port);
	await page.goto(second.url);
	await expect(page.locator(content).first()).toBeVisible();
	expect(await first.stop()).toBe(0);
	const third = await startBrowserHost(profile, ['--protocols', 'fake']);
	expect(third.output()).not.toContain('running already');
	await third.stop();
});

test('a profile with a passphrase stays closed without it', async ({ profile }) => {
	const env = { PARLEY_PASSPHRASE: 'correct horse' };
	const first = await startBrowserHost(profile, ['--protocols', 'fake', '--passphrase'], env);
	await first.stop();
	await expect(startBrowserHost(profile, ['--protocols', 'fake'])).rejects.toThrow('The profile stays closed');
	await expect(startBrowserHost(profile, ['--protocols', 'fake'], { PARLEY_PASSPHRASE: 'wrong' })).rejects.toThrow(
		'closed',
	);
	const again = await startBrowserHost(profile, ['--protocols', 'fake'], env);
	expect(await again.stop()).toBe(0);
});
