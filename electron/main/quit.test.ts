import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { stopOnQuit } from './quit.ts';

class FakeApp extends EventEmitter {
	gone = false;
	quit(): void {
		let prevented = false;
		this.emit('before-quit', { preventDefault: () => (prevented = true) });
		if (!prevented) this.gone = true;
	}
}

function setUp() {
	const app = new FakeApp();
	const log: string[] = [];
	const starting = Promise.withResolvers<{ stop(): Promise<void> }>();
	const stopped = Promise.withResolvers<void>();
	const engine = {
		stop: () => {
			log.push('stop');
			return stopped.promise;
		},
	};
	const isQuitting = stopOnQuit(app, starting.promise, () => log.push('release'));
	const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
	return { app, log, starting, stopped, engine, isQuitting, settle };
}

test('the engine is stopped once, then the profile released, then the application goes', async () => {
	const { app, log, starting, stopped, engine, isQuitting, settle } = setUp();
	starting.resolve(engine);
	expect(isQuitting()).toBe(false);
	app.quit();
	app.quit();
	await settle();
	expect(isQuitting()).toBe(true);
	expect(log).toEqual(['stop']);
	expect(app.gone).toBe(false);
	stopped.resolve();
	await settle();
	expect(log).toEqual(['stop', 'release']);
	expect(app.gone).toBe(true);
});

test('a quit during the start waits for its end', async () => {
	const { app, log, starting, stopped, engine, settle } = setUp();
	app.quit();
	await settle();
	expect(log).toEqual([]);
	expect(app.gone).toBe(false);
	starting.resolve(engine);
	stopped.resolve();
	await settle();
	expect(log).toEqual(['stop', 'release']);
	expect(app.gone).toBe(true);
});

test.each(['start', 'stop'])('an engine that fails to %s does not keep the application', async (when) => {
	const { app, log, starting, stopped, engine, settle } = setUp();
	if (when === 'start') starting.reject(new Error('no'));
	else starting.resolve(engine);
	stopped.promise.catch(() => undefined);
	stopped.reject(new Error('no'));
	app.quit();
	await settle();
	expect(log.at(-1)).toBe('release');
	expect(app.gone).toBe(true);
});
