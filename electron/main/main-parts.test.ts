import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { mediaId } from '../../protocols/model/ids.ts';
import { MemoryMediaCache } from '../../protocols/testkit/memory-media-cache.ts';
import { keyFileStore } from '../../host/key-store.ts';
import { linkFromArguments, parseChatLink } from './deep-links.ts';
import { desktopNotifier } from './notifications.ts';
import { powerSignals } from './power.ts';
import { isReallyProtected, keychainStore, preferredStores } from './secrets.ts';
import { appHandler, confine, isOwnOrigin, isTrustedSender, restrictSession } from './security.ts';

describe('isOwnOrigin', () => {
	it.each([
		['app://parley/', true],
		['app://parley/index.html?x#y', true],
		['app://parley.evil/', false],
		['app://evil/parley', false],
		['https://parley/', false],
		['app:parley', false],
		['', false],
	])('%s: %s', (url, expected) => expect(isOwnOrigin(url)).toBe(expected));
});

describe('isTrustedSender', () => {
	it('wants the main frame of our own page', () => {
		const frame = { origin: 'app://parley' };
		const contents = { mainFrame: frame };
		const trusted = (sender: unknown): boolean => isTrustedSender(sender as never, contents as never);
		expect(trusted(frame)).toBe(true);
		expect(trusted(null)).toBe(false);
		expect(trusted({ origin: 'app://parley' })).toBe(false);
		frame.origin = 'https://evil.example';
		expect(trusted(frame)).toBe(false);
	});
});

describe('appHandler', () => {
	const id = mediaId('cd'.repeat(16));
	const media = new MemoryMediaCache();
	media.files.set(id, Buffer.from('<svg onload="x">'));
	const files = new Map([['/index.html', { body: Buffer.from('hello'), type: 'text/html' }]]);
	const handle = appHandler(files, media);
	const get = (url: string, method = 'GET'): Promise<Response> => handle(new Request(url, { method }));
	const upload = (url: string): Promise<Response> => handle(new Request(url, { method: 'POST', body: 'content' }));

	it('serves the window with the content policy, and nothing else', async () => {
		const page = await get('app://parley/');
		expect(await page.text()).toBe('hello');
		for (const response of [page, await get('app://parley/missing'), await get('app://evil/')]) {
			expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
		}
		expect((await get('app://parley/../package.json')).status).toBe(404);
		expect((await get('app://parley/%2e%2e/package.json')).status).toBe(404);
		expect((await get('app://evil/')).status).toBe(403);
		expect((await get('app://parley/', 'POST')).status).toBe(405);
	});

	it('takes in a file that the user picked', async () => {
		const answer = (await (await upload('app://parley/upload')).json()) as { id: string; size: number };
		expect(answer.size).toBe(7);
		expect(await (await get(`app://parley/media/${answer.id}`)).text()).toBe('content');
		expect((await upload('app://evil/upload')).status).toBe(403);
	});

	it('never serves what only looks like an image', async () => {
		const file = await get(`app://parley/media/${id}`);
		expect(file.headers.get('content-type')).toBe('application/octet-stream');
		expect(file.headers.get('content-disposition')).toBe('attachment');
	});
});

describe('restrictSession', () => {
	it('allows notifications and copying to our own page only', () => {
		const session = {
			setPermissionRequestHandler: vi.fn(),
			setPermissionCheckHandler: vi.fn(),
			setDevicePermissionHandler: vi.fn(),
		};
		restrictSession(session);
		const check = session.setPermissionCheckHandler.mock.calls[0]?.[0] as (...args: unknown[]) => boolean;
		const request = session.setPermissionRequestHandler.mock.calls[0]?.[0] as (...args: unknown[]) => void;
		expect(check(null, 'notifications', 'app://parley', {})).toBe(true);
		expect(check(null, 'notifications', 'https://evil.example', {})).toBe(false);
		for (const permission of ['media', 'geolocation', 'clipboard-read', 'openExternal', 'hid', 'new-one']) {
			expect(check(null, permission, 'app://parley', {})).toBe(false);
			const answer = vi.fn();
			request(null, permission, answer, { requestingUrl: 'app://parley/' });
			expect(answer).toHaveBeenCalledWith(false);
		}
		const device = session.setDevicePermissionHandler.mock.calls[0]?.[0] as () => boolean;
		expect(device()).toBe(false);
	});
});

describe('confine', () => {
	it('stops navigation, redirects, web views and popups', () => {
		const opened: string[] = [];
		let openHandler: ((details: { url: string }) => unknown) | undefined;
		const contents = Object.assign(new EventEmitter(), {
			setWindowOpenHandler: (handler: typeof openHandler) => (openHandler = handler),
		});
		confine(contents as never, (url) => opened.push(url));
		const prevented = (event: string, url: string): boolean => {
			const preventDefault = vi.fn();
			contents.emit(event, { url, preventDefault });
			return preventDefault.mock.calls.length > 0;
		};
		for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
			expect(prevented(event, 'https://example.org/')).toBe(true);
			expect(prevented(event, 'app://parley.example/')).toBe(true);
			expect(prevented(event, 'app://parley/#x')).toBe(false);
		}
		expect(prevented('will-attach-webview', '')).toBe(true);
		expect(openHandler?.({ url: 'https://example.org/' })).toEqual({ action: 'deny' });
		expect(opened).toEqual(['https://example.org/']);
	});
});

describe('chat links', () => {
	it.each([
		['irc://irc.example.org/%23room', 'irc://irc.example.org/%23room'],
		['xmpp:room@muc.example.org?join', 'xmpp:room@muc.example.org?join'],
		['matrix:r/room:example.org', 'matrix:r/room:example.org'],
		['https://example.org/', undefined],
		['javascript:alert(1)', undefined],
		['file:///etc/passwd', undefined],
		['irc://user:secret@irc.example.org/', undefined],
		['irc://irc.example.org/\r\nQUIT', undefined],
		[`xmpp:${'a'.repeat(3000)}@x`, undefined],
		['', undefined],
	])('%j', (text, expected) => expect(parseChatLink(text)).toBe(expected));

	it('takes the last link of a command line and no option', () => {
		expect(linkFromArguments(['.', '--x', 'irc://a.example/', 'xmpp:b@c.example'])).toBe('xmpp:b@c.example');
		expect(linkFromArguments(['--url=irc://a.example/', '-irc://a.example/'])).toBeUndefined();
	});
});

describe('keychain', () => {
	const storage = (tag: string, available = true) => ({
		isAsyncEncryptionAvailable: () => Promise.resolve(available),
		encryptStringAsync: (text: string) => Promise.resolve(Buffer.from(tag + text)),
		decryptStringAsync: (bytes: Buffer) =>
			Promise.resolve({ result: bytes.toString().slice(tag.length), shouldReEncrypt: false }),
	});

	it('does not take the well-known key of Linux for protection', async () => {
		expect(isReallyProtected(Buffer.from('v10abc'), 'linux')).toBe(false);
		expect(isReallyProtected(Buffer.from('v11abc'), 'linux')).toBe(true);
		expect(isReallyProtected(Buffer.from('v10abc'), 'darwin')).toBe(true);
		const weak = keychainStore(storage('v10'), 'linux');
		await expect(weak.wrap(Buffer.alloc(32))).rejects.toMatchObject({ reason: 'keychain-unavailable' });
		expect(await preferredStores(weak, keyFileStore)).toMatchObject({
			protectedBySystem: false,
			stores: [keyFileStore, weak],
		});
	});

	it('gives back what it wrapped', async () => {
		const store = keychainStore(storage('v11'), 'linux');
		const key = Buffer.alloc(32, 9);
		expect(key.equals(await store.unwrap(await store.wrap(key)))).toBe(true);
		expect((await preferredStores(store, keyFileStore)).protectedBySystem).toBe(true);
	});

	it('reports a keychain that does not open', async () => {
		const store = keychainStore(
			{ ...storage('v11'), decryptStringAsync: () => Promise.reject(new Error('locked')) },
			'linux',
		);
		const wrapped = await store.wrap(Buffer.alloc(32));
		await expect(store.unwrap(wrapped)).rejects.toMatchObject({ reason: 'keychain-unavailable' });
	});
});

describe('powerSignals', () => {
	it('reports sleep, idleness and a network that comes back, each once', () => {
		const monitor = Object.assign(new EventEmitter(), { idle: 0, getSystemIdleTime: () => monitor.idle });
		const network = { online: true, isOnline: () => network.online };
		let tick = (): void => undefined;
		const signals: string[] = [];
		const stop = powerSignals({
			monitor,
			net: network,
			every: (_ms, run) => {
				tick = run;
				return () => undefined;
			},
		}).subscribe((signal) => signals.push(signal));
		monitor.emit('resume');
		monitor.idle = 400;
		tick();
		tick();
		monitor.idle = 0;
		tick();
		network.online = false;
		tick();
		network.online = true;
		tick();
		monitor.emit('lock-screen');
		monitor.emit('unlock-screen');
		expect(signals).toEqual(['wake', 'user-idle', 'user-active', 'network-online', 'user-idle', 'user-active']);
		stop();
		monitor.emit('resume');
		expect(signals).toHaveLength(6);
	});
});

describe('desktopNotifier', () => {
	it('replaces by tag, reports clicks and stays bounded', () => {
		const made: (EventEmitter & { title: string; closed: boolean })[] = [];
		const clicked: string[] = [];
		const notifier = desktopNotifier(
			({ title = '' }) => {
				const one = Object.assign(new EventEmitter(), {
					title,
					closed: false,
					show: () => undefined,
					close: () => void (one.closed = true),
				});
				made.push(one);
				return one;
			},
			(tag) => clicked.push(tag),
		);
		notifier.show({ tag: 'a', title: '1', body: '' });
		notifier.show({ tag: 'a', title: '2', body: '' });
		expect(made.map(({ closed }) => closed)).toEqual([true, false]);
		made[1]?.emit('click');
		expect(clicked).toEqual(['a']);
		for (let i = 0; i < 80; i += 1) notifier.show({ tag: String(i), title: 'x', body: '' });
		expect(made.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(51);
	});
});
