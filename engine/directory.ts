/** Public rooms as the server lists them: read as far as somebody looked, kept for a while for the next page. */
import type { DirectoryRoom } from '../protocols/adapter/adapter.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import { fail, toChatError } from '../protocols/model/errors.ts';
import type { AccountId } from '../protocols/model/ids.ts';
import { requireFeature } from './capability-check.ts';
import type { Core } from './core.ts';
import { timedOut, withTimeout } from './with-timeout.ts';

/** Rooms of one listing held in memory; larger servers must be searched by name. */
const maxRooms = 20_000;
const lifeMs = 2 * 60_000;
const chunkTimeoutMs = 30_000;

interface Listing {
	readonly filter: string;
	readonly rooms: DirectoryRoom[];
	readonly chunks: AsyncIterator<readonly DirectoryRoom[]>;
	readonly abort: AbortController;
	done: boolean;
	error: ChatError | null;
	cancelExpiry: () => void;
	/** Reads of one listing follow each other. */
	reading: Promise<void>;
}

export interface DirectoryPage {
	readonly rooms: readonly DirectoryRoom[];
	readonly done: boolean;
	readonly error: ChatError | null;
}

export class Directory {
	readonly #core: Core;
	readonly #listings = new Map<AccountId, Listing>();

	constructor(core: Core) {
		this.#core = core;
	}

	async page(account: AccountId, filter: string, offset: number, limit: number): Promise<DirectoryPage> {
		const known = this.#listings.get(account);
		const listing = known !== undefined && known.filter === filter && offset > 0 ? known : this.#begin(account, filter);
		listing.cancelExpiry();
		listing.cancelExpiry = this.#core.clock.after(lifeMs, () => this.#drop(account, listing));
		listing.reading = listing.reading.then(() => this.#readTo(listing, offset + limit));
		await listing.reading;
		const rooms = listing.rooms.slice(offset, offset + limit);
		return { rooms, done: listing.done && offset + limit >= listing.rooms.length, error: listing.error };
	}

	#begin(account: AccountId, filter: string): Listing {
		const old = this.#listings.get(account);
		if (old !== undefined) this.#drop(account, old);
		const link = this.#core.runners.get(account);
		const facet = link?.adapter?.directory;
		if (link === undefined || !link.online) return fail('connection-lost');
		requireFeature(this.#core.state.runtimeOf(account).capabilities.browseRooms, 'browse rooms');
		if (facet === undefined) return fail('unsupported', 'browse rooms');
		const abort = new AbortController();
		const chunks = facet.rooms(filter, abort.signal)[Symbol.asyncIterator]();
		const listing: Listing = {
			filter,
			rooms: [],
			chunks,
			abort,
			done: false,
			error: null,
			cancelExpiry: () => undefined,
			reading: Promise.resolve(),
		};
		this.#listings.set(account, listing);
		return listing;
	}

	async #readTo(listing: Listing, count: number): Promise<void> {
		while (!listing.done && listing.rooms.length < count) {
			try {
				const next = await withTimeout(this.#core.clock, chunkTimeoutMs, listing.chunks.next());
				if (next === timedOut) fail('timeout');
				if (next.done === true) listing.done = true;
				else listing.rooms.push(...next.value.slice(0, maxRooms - listing.rooms.length));
				if (listing.rooms.length >= maxRooms) this.#end(listing);
			} catch (thrown) {
				listing.error = toChatError(thrown);
				this.#end(listing);
			}
		}
	}

	#end(listing: Listing): void {
		listing.done = true;
		listing.abort.abort();
		void listing.chunks.return?.().catch(() => undefined);
	}

	#drop(account: AccountId, listing: Listing): void {
		listing.cancelExpiry();
		if (!listing.done) this.#end(listing);
		if (this.#listings.get(account) === listing) this.#listings.delete(account);
	}

	closeAll(): void {
		for (const [account, listing] of [...this.#listings]) this.#drop(account, listing);
	}
}
