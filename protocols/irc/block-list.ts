/**
 * Whom the user does not want to hear. IRC has nobody who keeps this for us, so the list is ours, and it holds what the
 * network can prove of a person: the services account, else `user@host`, and the nick for want of better.
 */
import type { PrivateStore } from '../adapter/context.ts';
import { z } from 'zod';

const stored = z
	.array(
		z.object({
			nick: z.string().min(1).max(64),
			account: z.string().max(64).nullable(),
			/** `user@host` that nobody else we knew had. */
			host: z.string().max(200).nullable(),
		}),
	)
	.max(1000);
export type Blocked = z.infer<typeof stored>[number];

/** Someone a line comes from. `account` undefined: the server does not tell accounts. */
export interface Suspect {
	readonly nick: string;
	readonly account: string | null | undefined;
	/** `user@host`, or null where the line carries none. */
	readonly host: string | null;
}

type Same = (a: string, b: string) => boolean;
const key = 'blocked';
export const maxBlocked = 1000;

/**
 * Is this the blocked person? An equal account or host proves it. The nick alone does only as long as no other account
 * stands behind it: nicks change hands, and the next holder has done nothing.
 */
export function isSamePerson(entry: Blocked, suspect: Suspect, same: Same): boolean {
	const { account } = suspect;
	if (entry.account !== null && typeof account === 'string' && same(entry.account, account)) return true;
	if (entry.host !== null && suspect.host !== null && entry.host.toLowerCase() === suspect.host.toLowerCase())
		return true;
	if (!same(entry.nick, suspect.nick)) return false;
	return entry.account === null || typeof account !== 'string';
}

export class BlockList {
	readonly #store: PrivateStore;
	#entries: readonly Blocked[] = [];

	constructor(store: PrivateStore) {
		this.#store = store;
	}

	get all(): readonly Blocked[] {
		return this.#entries;
	}

	async load(): Promise<void> {
		const bytes = await this.#store.get(key);
		if (bytes === null) return;
		const parsed = stored.safeParse(safeJson(new TextDecoder().decode(bytes)));
		if (parsed.success) this.#entries = parsed.data;
	}

	/** Adds a person, or takes what is now known of one that is on the list. @returns false when the list is full */
	async add(entry: Blocked, same: Same): Promise<boolean> {
		const others = this.#entries.filter((other) => !same(other.nick, entry.nick));
		if (others.length >= maxBlocked) return false;
		this.#entries = [...others, entry];
		await this.#save();
		return true;
	}

	/** @returns what was taken off the list */
	async remove(nick: string, same: Same): Promise<Blocked | null> {
		const entry = this.find(nick, same);
		if (entry === null) return null;
		this.#entries = this.#entries.filter((other) => other !== entry);
		await this.#save();
		return entry;
	}

	find(nick: string, same: Same): Blocked | null {
		return this.#entries.find((entry) => same(entry.nick, nick)) ?? null;
	}

	async #save(): Promise<void> {
		await this.#store.set([{ key, value: new TextEncoder().encode(JSON.stringify(this.#entries)) }]);
	}
}

function safeJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
