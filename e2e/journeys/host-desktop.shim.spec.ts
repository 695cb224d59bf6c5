/** The desktop host's own duties, on the shim. */
import { existsSync } from 'node:fs';
import { startShim } from '../shim/shim-process.ts';
import { expect, type RunningParley, test } from './fixture.ts';

async function callsTo(parley: RunningParley, api: string): Promise<readonly (readonly unknown[])[]> {
	const calls = (await parley.shim?.calls()) ?? [];
	return calls.filter((call) => call.api === api).map(({ args }) => args);
}

test('sandbox and scheme are set up before anything else', async ({ startParley }) => {
	const parley = await startParley();
	const apis = ((await parley.shim?.calls()) ?? []).map(({ api }) => api);
	expect(apis.slice(0, 3)).toEqual([
		'app.setAppUserModelId',
		'app.enableSandbox',
		'protocol.registerSchemesAsPrivileged',
	]);
	expect(apis).toEqual(
		expect.arrayContaining(['session.setPermissionRequestHandler', 'session.setPermissionCheckHandler']),
	);
	const [scheme] = await callsTo(parley, 'protocol.registerSchemesAsPrivileged');
	expect(scheme).toEqual(['app', { standard: true, secure: true, supportFetchAPI: true, stream: true }]);
});

test('the tray has a picture that exists', async ({ startParley }) => {
	const [[image] = []] = await callsTo(await startParley(), 'Tray');
	expect(existsSync((image as { path: string }).path)).toBe(true);
});

test('the preload exposes a platform name and connect, nothing else', async ({ startParley }) => {
	const { page } = await startParley();
	const seen = await page.evaluate(() => ({
		keys: Object.keys(Reflect.get(window, 'parley') as object).toSorted(),
		frozen: Object.isFrozen(Reflect.get(window, 'parley')),
		globals: ['require', 'process', 'module', 'ipcRenderer', 'electron'].filter((name) => name in globalThis),
		inFrame: ((): boolean => {
			const frame = document.createElement('iframe');
			document.body.append(frame);
			return frame.contentWindow !== null && 'parley' in frame.contentWindow;
		})(),
	}));
	expect(seen).toEqual({ keys: ['connect', 'platform'], frozen: true, globals: [], inFrame: false });
});

test('connect gives a port to the engine, which speaks the contract', async ({ startParley }) => {
	const { page } = await startParley();
	const frame = await page.evaluate(async () => {
		const port = await new Promise<MessagePort | undefined>((resolve) => {
			window.addEventListener('message', (event) => {
				if ((event.data as { type?: string }).type === 'parley-port') resolve(event.ports[0]);
			});
			(window as unknown as { parley: { connect(): void } }).parley.connect();
		});
		return new Promise<unknown>((resolve) => {
			if (port === undefined) return resolve('no port');
			port.addEventListener('message', ({ data }) => resolve(data));
			port.start();
			port.postMessage({ t: 'hello', contractVersion: 2, clientId: 'probe', lastSeq: null });
			return undefined;
		});
	});
	expect(frame).toMatchObject({ t: 'welcome', contractVersion: 2 });
});

test('a frame of another origin gets no port', async ({ startParley }) => {
	const parley = await startParley();
	await parley.shim?.ask({ t: 'foreign-ipc', channel: 'parley:connect' });
	await expect.poll(() => parley.output()).toContain('refused a connection from a foreign frame');
});

test('links open outside after a check, and never as a window', async ({ startParley }) => {
	const parley = await startParley();
	await parley.page.evaluate(() => {
		for (const url of [
			'https://example.org/a',
			'file:///etc/passwd',
			'javascript:alert(1)',
			'https://user@example.org/',
		]) {
			window.open(url);
		}
	});
	await expect.poll(() => callsTo(parley, 'shell.openExternal')).toEqual([['https://example.org/a']]);
	expect((await callsTo(parley, 'windowOpen')).every(([, action]) => action === 'deny')).toBe(true);
	await expect.poll(() => parley.page.context().pages().length).toBe(1);
});

test('the page cannot be navigated away', async ({ startParley }) => {
	const parley = await startParley();
	await parley.page.evaluate(() => {
		location.href = 'https://example.org/';
	});
	await expect.poll(() => callsTo(parley, 'will-navigate')).toEqual([['https://example.org/', false]]);
	expect(parley.page.url()).toMatch(/^https:\/\/parley\.app\.shim\//);
});

test('the tray brings the window back; closing it ends Parley and frees the profile', async ({
	startParley,
	profile,
}) => {
	const parley = await startParley();
	await parley.shim?.ask({ t: 'tray-click' });
	expect(await callsTo(parley, 'window.focus')).not.toEqual([]);
	await parley.shim?.ask({ t: 'close-windows' });
	if (process.platform !== 'darwin') expect(await parley.shim?.ended).toBe(0);
	const again = await startParley({ profile });
	await expect(again.page.locator('#root > *').first()).toBeVisible();
});

test('quitting while the engine starts waits for it, and frees the profile', async ({ startParley, profile }) => {
	const early = await startShim({ profile, env: { PARLEY_PROTOCOLS: 'fake' } });
	await expect.poll(async () => (await early.calls()).some(({ api }) => api === 'Tray')).toBe(true);
	await early.ask({ t: 'quit' });
	expect(await early.ended).toBe(0);
	const again = await startParley({ profile });
	await expect(again.page.locator('[data-nav]').first()).toBeVisible();
});

test('a profile that is open is not opened twice', async ({ startParley, profile }) => {
	await startParley();
	const second = startParley({ profile });
	await expect(second).rejects.toThrow(/This profile is open in another Parley \(process \d+\)/);
});
