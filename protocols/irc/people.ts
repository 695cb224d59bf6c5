/**
 * The contact list, which IRC keeps nowhere but with us, and watching who is online: MONITOR where the server has it,
 * ISON in turns where not.
 */
import type { RemoteContact } from '../adapter/events.ts';
import type { PrivateStore } from '../adapter/context.ts';
import { z } from 'zod';
import type { Runtime } from './runtime.ts';
import { chunksOf } from './line.ts';

const stored = z
	.array(
		z.object({
			nick: z.string().min(1).max(64),
			name: z.string().max(200),
			groups: z.array(z.string().max(100)).max(20),
		}),
	)
	.max(2000);
export type StoredContact = z.infer<typeof stored>[number];
const key = 'contacts';

export class ContactBook {
	readonly #store: PrivateStore;
	#contacts: StoredContact[] = [];

	constructor(store: PrivateStore) {
		this.#store = store;
	}

	get all(): readonly StoredContact[] {
		return this.#contacts;
	}

	find(nick: string, same: (a: string, b: string) => boolean): StoredContact | undefined {
		return this.#contacts.find((contact) => same(contact.nick, nick));
	}

	async load(): Promise<void> {
		const bytes = await this.#store.get(key);
		if (bytes === null) return;
		const parsed = stored.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
		if (parsed.success) this.#contacts = parsed.data;
	}

	/** @param same whether two nicks are one by the server's rule */
	async put(contact: StoredContact, same: (a: string, b: string) => boolean): Promise<void> {
		this.#contacts = [...this.#contacts.filter((other) => !same(other.nick, contact.nick)), contact].slice(-2000);
		await this.#save();
	}

	async remove(nick: string, same: (a: string, b: string) => boolean): Promise<void> {
		this.#contacts = this.#contacts.filter((other) => !same(other.nick, nick));
		await this.#save();
	}

	async #save(): Promise<void> {
		await this.#store.set([{ key, value: new TextEncoder().encode(JSON.stringify(this.#contacts)) }]);
	}
}

export const toRemote = (contact: StoredContact, runtime: Runtime): RemoteContact => ({
	remoteId: runtime.session.userId(contact.nick),
	name: contact.name || contact.nick,
	groups: contact.groups,
	// Nobody has to agree: whoever knows a nick may watch it.
	subscription: 'to',
	onRoster: true,
	blocked: runtime.blocks.isBlocked(contact.nick),
});

const isonEveryMs = 60_000;
/** Bytes of nicks in one ISON or MONITOR line. */
const chunkBytes = 400;

export class Watcher {
	readonly #runtime: Runtime;
	readonly #nicks = new Map<string, string>();
	#cancel: (() => void) | null = null;
	#started = false;

	constructor(runtime: Runtime) {
		this.#runtime = runtime;
	}

	/** Starts watching those added so far. */
	start(): void {
		this.#started = true;
		this.#ask([...this.#nicks.values()]);
		if (!this.#monitor && this.#nicks.size > 0) this.#schedule();
	}

	stop(): void {
		this.#cancel?.();
		this.#cancel = null;
	}

	add(nick: string): void {
		const { session } = this.#runtime;
		const id = session.fold(nick);
		const limit = session.isupport.number('MONITOR') ?? 100;
		if (this.#nicks.has(id) || session.isSelf(nick) || this.#nicks.size >= limit) return;
		this.#nicks.set(id, nick);
		session.watched.add(id);
		if (!this.#started) return;
		this.#ask([nick]);
		if (!this.#monitor && this.#cancel === null) this.#schedule();
	}

	remove(nick: string): void {
		const { session, requests } = this.#runtime;
		const id = session.fold(nick);
		if (!this.#nicks.delete(id)) return;
		session.watched.delete(id);
		session.online.delete(id);
		session.forgetIfUnseen(nick);
		if (this.#monitor) requests.send('MONITOR', ['-', nick], { priority: 'background' });
	}

	get #monitor(): boolean {
		return this.#runtime.session.isupport.has('MONITOR');
	}

	#ask(nicks: readonly string[]): void {
		const { session, requests } = this.#runtime;
		for (const chunk of chunksOf(nicks, chunkBytes)) {
			if (this.#monitor) requests.send('MONITOR', ['+', chunk.join(',')], { priority: 'background' });
			else {
				session.isonAsked.push(chunk);
				requests.send('ISON', chunk, { priority: 'background' });
			}
		}
	}

	#schedule(): void {
		this.#cancel = this.#runtime.context.clock.after(isonEveryMs, () => {
			this.#cancel = null;
			// An answer that never came must not shift all later ones.
			this.#runtime.session.isonAsked.length = 0;
			this.#ask([...this.#nicks.values()]);
			if (this.#nicks.size > 0) this.#schedule();
		});
	}
}
