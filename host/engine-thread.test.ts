import { describe, expect, it, vi } from 'vitest';
import type { Link } from '../engine/contract/frames.ts';
import { ChatException, chatError } from '../protocols/model/errors.ts';
import { EngineSide } from './engine-side.ts';
import type { EngineService, EngineSettings, EngineSurroundings } from './engine-service.ts';
import { type EngineProcess, EngineThread } from './engine-thread.ts';
import type { SecretVault } from './host.ts';
import type { FromEngine } from './thread-protocol.ts';

const settings: EngineSettings = {
	databasePath: '/nowhere',
	databaseKey: new Uint8Array(32),
	mediaDir: '/nowhere',
	mediaKey: new Uint8Array(32),
	client: { name: 'Parley', version: '0' },
	extraCa: [],
	protocols: 'fake',
};

/** Both sides of the thread protocol in one process, every message cloned as a thread would. */
class FakeThread implements EngineProcess {
	readonly side: EngineSide;
	readonly #listeners = new Map<string, (value: never) => void>();
	terminated = false;

	constructor(boot: (surroundings: EngineSurroundings) => Promise<EngineService>) {
		this.side = new EngineSide((message) => this.#emit('message', structuredClone(message)), boot);
		queueMicrotask(() => {
			this.side.start(settings).catch((thrown: unknown) => {
				const error = thrown instanceof ChatException ? thrown.error : chatError('internal');
				this.#emit('message', { t: 'failed', error } satisfies FromEngine);
			});
		});
	}

	#emit(event: string, value: unknown): void {
		queueMicrotask(() => this.#listeners.get(event)?.(value as never));
	}

	postMessage(message: Parameters<EngineSide['receive']>[0]): void {
		queueMicrotask(() => !this.terminated && this.side.receive(structuredClone(message)));
	}

	on(event: string, listener: (value: never) => void): void {
		this.#listeners.set(event, listener);
	}

	crash(): void {
		this.terminated = true;
		this.#emit('error', new Error('boom'));
		this.#emit('exit', 1);
	}

	terminate(): Promise<void> {
		this.terminated = true;
		return Promise.resolve();
	}
}

function setUp(
	over: { boot?: (surroundings: EngineSurroundings) => Promise<EngineService>; vault?: Partial<SecretVault> } = {},
) {
	const links: Link[] = [];
	const threads: FakeThread[] = [];
	let surroundings: EngineSurroundings | undefined;
	const signal = vi.fn();
	const stop = vi.fn(() => Promise.resolve());
	const boot = (given: EngineSurroundings): Promise<EngineService> => {
		surroundings = given;
		return Promise.resolve({ attach: (link) => void links.push(link), signal, stop });
	};
	const ports = {
		notifier: { show: vi.fn(), clear: vi.fn() },
		badge: { set: vi.fn() },
		signals: { subscribe: () => () => undefined },
	};
	const onGivingUp = vi.fn();
	const engine = new EngineThread({
		settings,
		vault: {
			get: (scope, name) => Promise.resolve(`${scope}/${name}`),
			set: () => Promise.resolve(),
			clear: () => Promise.resolve(),
			...over.vault,
		},
		ports,
		log: () => undefined,
		onGivingUp,
		now: () => 0,
		spawn: () => {
			const thread = new FakeThread(over.boot ?? boot);
			threads.push(thread);
			return thread;
		},
	});
	const client = { deliver: vi.fn(), close: vi.fn() };
	return { engine, links, threads, ports, signal, stop, client, onGivingUp, surroundings: () => surroundings };
}

describe('EngineThread', () => {
	it('carries frames both ways without changing them', async () => {
		const { engine, links, client } = setUp();
		await engine.start();
		const channel = engine.connect(client);
		await vi.waitFor(() => expect(links).toHaveLength(1));
		const frames: unknown[] = [];
		links[0]?.onMessage((frame) => frames.push(frame));
		channel.receive('{"t":"ping","n":1}');
		await vi.waitFor(() => expect(frames).toEqual([{ t: 'ping', n: 1 }]));
		expect(links[0]?.send({ t: 'pong', n: 1 })).toBe(true);
		await vi.waitFor(() => expect(client.deliver).toHaveBeenCalledWith('{"t":"pong","n":1}'));
	});

	it('refuses to send while the transport is full', async () => {
		const { engine, links, client } = setUp();
		await engine.start();
		const channel = engine.connect(client);
		await vi.waitFor(() => expect(links).toHaveLength(1));
		channel.setFull(true);
		await vi.waitFor(() => expect(links[0]?.send({ t: 'pong', n: 1 })).toBe(false));
		channel.setFull(false);
		await vi.waitFor(() => expect(links[0]?.send({ t: 'pong', n: 2 })).toBe(true));
	});

	it('tells each side when the other closes, once', async () => {
		const { engine, links, client } = setUp();
		await engine.start();
		const channel = engine.connect(client);
		await vi.waitFor(() => expect(links).toHaveLength(1));
		const closed = vi.fn();
		links[0]?.onClose(closed);
		channel.closed();
		await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1));
		engine.connect(client);
		await vi.waitFor(() => expect(links).toHaveLength(2));
		links[1]?.close();
		await vi.waitFor(() => expect(client.close).toHaveBeenCalledTimes(1));
	});

	it('closes a client that sends no JSON', async () => {
		const { engine, links, client } = setUp();
		await engine.start();
		const channel = engine.connect(client);
		await vi.waitFor(() => expect(links).toHaveLength(1));
		channel.receive('{nonsense');
		await vi.waitFor(() => expect(client.close).toHaveBeenCalledTimes(1));
	});

	it('answers secret requests and passes failures on as typed errors', async () => {
		const refuse = (): Promise<never> => Promise.reject(new ChatException(chatError('storage-failed', 'disk full')));
		const { engine, surroundings } = setUp({ vault: { set: refuse } });
		await engine.start();
		const secrets = surroundings()?.secrets;
		expect(await secrets?.get('a', 'password')).toBe('a/password');
		await expect(secrets?.set('a', 'password', 'x')).rejects.toMatchObject({ error: { code: 'storage-failed' } });
		await secrets?.clear('a');
	});

	it('hands notifications, badges and signals over', async () => {
		const { engine, surroundings, ports, signal } = setUp();
		await engine.start();
		surroundings()?.notify({ tag: 't', title: 'Ann', body: 'hi' });
		surroundings()?.badge({ attention: 1, unread: 2 });
		surroundings()?.clearNotification('t');
		engine.signal('wake');
		await vi.waitFor(() => expect(signal).toHaveBeenCalledWith('wake'));
		expect(ports.notifier.show).toHaveBeenCalledWith({ tag: 't', title: 'Ann', body: 'hi' });
		expect(ports.notifier.clear).toHaveBeenCalledWith('t');
		expect(ports.badge.set).toHaveBeenCalledWith({ attention: 1, unread: 2 });
	});

	it('rejects with the reason when the engine cannot start', async () => {
		const boot = (): Promise<never> => Promise.reject(new ChatException(chatError('storage-failed', 'wrong key')));
		await expect(setUp({ boot }).engine.start()).rejects.toMatchObject({ error: { code: 'storage-failed' } });
	});

	it('brings a crashed engine back, and gives up when it keeps crashing', async () => {
		const { engine, threads, links, client, onGivingUp } = setUp();
		await engine.start();
		engine.connect(client);
		await vi.waitFor(() => expect(links).toHaveLength(1));
		for (let crash = 1; crash <= 3; crash += 1) {
			threads.at(-1)?.crash();
			await vi.waitFor(() => expect(threads).toHaveLength(crash + 1));
			await vi.waitFor(() => {
				engine.connect(client);
				expect(links.length).toBeGreaterThan(crash);
			});
		}
		expect(client.close).toHaveBeenCalled();
		expect(onGivingUp).not.toHaveBeenCalled();
		threads.at(-1)?.crash();
		await vi.waitFor(() => expect(onGivingUp).toHaveBeenCalledTimes(1));
		expect(threads).toHaveLength(4);
	});

	it('stops politely once, and takes no clients afterwards', async () => {
		const { engine, stop, threads, client } = setUp();
		await engine.start();
		engine.connect(client);
		await Promise.all([engine.stop(), engine.stop()]);
		expect(stop).toHaveBeenCalledTimes(1);
		expect(threads[0]?.terminated).toBe(true);
		expect(client.close).toHaveBeenCalledTimes(1);
		engine.connect(client);
		expect(client.close).toHaveBeenCalledTimes(2);
	});
});
