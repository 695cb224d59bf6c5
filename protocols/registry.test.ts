import { spawnSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { createFakeFactory } from './testkit/fake-factory.ts';
import { FakeClock } from './testkit/fake-clock.ts';
import { FakeNetwork } from './testkit/fake-network.ts';
import { lazyFactory } from './lazy-factory.ts';

const fake = createFakeFactory(new FakeNetwork(new FakeClock()));

it('describes every protocol without loading a library that speaks one', () => {
	const registry = new URL('./registry.ts', import.meta.url).href;
	const script = `
		import { registerHooks } from 'node:module';
		const loaded = [];
		registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
		const { protocolFactories } = await import(${JSON.stringify(registry)});
		const names = protocolFactories().map((one) => one.describe().name);
		const before = loaded.filter((url) => url.includes('/node_modules/')).length;
		await protocolFactories()[0].load();
		const after = loaded.filter((url) => url.includes('/node_modules/')).length;
		console.log(JSON.stringify({ names, before, grew: after > before }));
	`;
	const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
	expect(stderr).toBe('');
	expect(JSON.parse(stdout)).toEqual({ names: ['irc', 'xmpp', 'matrix'], before: 0, grew: true });
});

it('loads once for all who ask, and asks again after a failure', async () => {
	const load = vi.fn(() => Promise.resolve(fake));
	load.mockImplementationOnce(() => Promise.reject(new Error('the disk is away')));
	const lazy = lazyFactory(fake.describe(), load);
	await expect(lazy.load?.()).rejects.toThrow('the disk is away');
	await Promise.all([lazy.load?.(), lazy.load?.()]);
	await lazy.load?.();
	expect(load).toHaveBeenCalledTimes(2);
	expect(lazy.describe()).toEqual(fake.describe());
});

it('refuses to speak before it is loaded', () => {
	const lazy = lazyFactory(fake.describe(), () => Promise.resolve(fake));
	expect(() => lazy.create({} as never)).toThrow(
		expect.objectContaining({ error: expect.objectContaining({ code: 'internal' }) }),
	);
});
