/**
 * The engine's end of the thread protocol, without any thread: turns messages into links, signals and secrets for an
 * {@link EngineService}. The worker and the tests drive it.
 */
import type { ClientFrame, EngineFrame, Link } from '../engine/contract/frames.ts';
import { type ChatError, ChatException } from '../protocols/model/errors.ts';
import { assertNever } from '../protocols/model/assert-never.ts';
import type { EngineService, EngineSettings, EngineSurroundings } from './engine-service.ts';
import type { SecretVault } from './host.ts';
import type { FromEngine, ToEngine } from './thread-protocol.ts';

type Post = (message: FromEngine) => void;
type Pending = { readonly resolve: (value: string | null) => void; readonly reject: (error: ChatException) => void };

/** Secrets live on the host's side: every call is a question across the threads. */
class RemoteVault implements SecretVault {
	readonly #post: Post;
	readonly #pending = new Map<number, Pending>();
	#next = 1;

	constructor(post: Post) {
		this.#post = post;
	}

	get(scope: string, name: string): Promise<string | null> {
		return this.#ask((request) => ({ t: 'secret-get', request, scope, name }));
	}

	async set(scope: string, name: string, value: string | null): Promise<void> {
		await this.#ask((request) => ({ t: 'secret-set', request, scope, name, value }));
	}

	async clear(scope: string): Promise<void> {
		await this.#ask((request) => ({ t: 'secret-clear', request, scope }));
	}

	#ask(message: (request: number) => FromEngine): Promise<string | null> {
		const request = this.#next++;
		return new Promise((resolve, reject) => {
			this.#pending.set(request, { resolve, reject });
			this.#post(message(request));
		});
	}

	settle(request: number, outcome: { readonly value: string | null } | { readonly error: ChatError }): void {
		const pending = this.#pending.get(request);
		this.#pending.delete(request);
		if (pending === undefined) return;
		if ('error' in outcome) pending.reject(new ChatException(outcome.error));
		else pending.resolve(outcome.value);
	}
}

/** One client's link as the engine sees it. */
class ThreadLink implements Link {
	readonly #id: number;
	readonly #post: Post;
	readonly #forget: () => void;
	#open = true;
	full = false;
	#onMessage: ((frame: unknown) => void)[] = [];
	#onClose: (() => void)[] = [];

	constructor(id: number, post: Post, forget: () => void) {
		this.#id = id;
		this.#post = post;
		this.#forget = forget;
	}

	send(frame: EngineFrame | ClientFrame): boolean {
		if (!this.#open || this.full) return false;
		this.#post({ t: 'frame', link: this.#id, json: JSON.stringify(frame) });
		return true;
	}

	onMessage(listener: (frame: unknown) => void): void {
		this.#onMessage.push(listener);
	}

	onClose(listener: () => void): void {
		this.#onClose.push(listener);
	}

	close(): void {
		if (!this.#open) return;
		this.#post({ t: 'close', link: this.#id });
		this.closed();
	}

	receive(json: string): void {
		let frame: unknown;
		try {
			frame = JSON.parse(json);
		} catch {
			// No client of ours sends this; there is no frame to answer.
			this.close();
			return;
		}
		for (const listener of this.#onMessage) listener(frame);
	}

	closed(): void {
		if (!this.#open) return;
		this.#open = false;
		this.#forget();
		for (const listener of this.#onClose) listener();
	}
}

/** Boots the service and connects it; `receive` takes the messages of the host's main thread. */
export class EngineSide {
	readonly #post: Post;
	readonly #vault: RemoteVault;
	readonly #links = new Map<number, ThreadLink>();
	readonly #boot: (surroundings: EngineSurroundings) => Promise<EngineService>;
	#service: EngineService | undefined;
	#stopping = false;

	constructor(post: Post, boot: (surroundings: EngineSurroundings) => Promise<EngineService>) {
		this.#post = post;
		this.#vault = new RemoteVault(post);
		this.#boot = boot;
	}

	/** Resolves once `ready` was posted; rejects when the engine cannot start. */
	async start(settings: EngineSettings): Promise<void> {
		const service = await this.#boot({
			settings,
			secrets: this.#vault,
			notify: (notification) => this.#post({ t: 'notify', notification }),
			clearNotification: (tag) => this.#post({ t: 'clear-notification', tag }),
			badge: (counts) => this.#post({ t: 'badge', counts }),
		});
		this.#service = service;
		this.#post({ t: 'ready' });
	}

	receive(message: ToEngine): void {
		switch (message.t) {
			case 'open':
				this.#openLink(message.link);
				return;
			case 'frame':
				this.#links.get(message.link)?.receive(message.json);
				return;
			case 'closed':
				this.#links.get(message.link)?.closed();
				return;
			case 'full': {
				const link = this.#links.get(message.link);
				if (link !== undefined) link.full = message.full;
				return;
			}
			case 'signal':
				this.#service?.signal(message.signal);
				return;
			case 'secret-value':
				this.#vault.settle(message.request, { value: message.value });
				return;
			case 'secret-failed':
				this.#vault.settle(message.request, { error: message.error });
				return;
			case 'stop':
				void this.#stop();
				return;
			default:
				assertNever(message);
		}
	}

	#openLink(id: number): void {
		const link = new ThreadLink(id, this.#post, () => this.#links.delete(id));
		this.#links.set(id, link);
		if (this.#service === undefined || this.#stopping) link.close();
		else this.#service.attach(link);
	}

	async #stop(): Promise<void> {
		if (this.#stopping) return;
		this.#stopping = true;
		try {
			await this.#service?.stop();
		} finally {
			for (const link of [...this.#links.values()]) link.close();
			this.#post({ t: 'stopped' });
		}
	}
}
