/**
 * An {@link AdapterContext} for tests of one adapter without the engine: records every event, keeps private storage,
 * cursor and secrets in memory so that a second adapter can be started from the first one's remains, and waits on
 * conditions instead of sleeping.
 */
import type { AccountSettings, AdapterContext, Clock, KnownHistory, Random } from '../adapter/context.ts';
import type { AdapterBatch, AdapterEvent, RemoteMessage } from '../adapter/events.ts';
import { systemClock, systemRandom } from '../adapter/system.ts';
import type { AccountLogLine } from '../model/entities.ts';
import { accountId } from '../model/ids.ts';
import type { RemoteConversationId, RemoteId } from '../model/ids.ts';
import type { PrivacyKind } from '../model/privacy.ts';

export type EventOf<T extends AdapterEvent['type']> = Extract<AdapterEvent, { type: T }>;

/** What survives a restart of an account. */
export class AccountRemains {
	cursor: string | null = null;
	settings: AccountSettings;
	readonly kv = new Map<string, Uint8Array>();
	readonly secrets: Map<string, string>;
	readonly address: string;
	/** Messages committed so far, by conversation, in arrival order, without duplicates. */
	readonly messages = new Map<RemoteConversationId, RemoteMessage[]>();
	readonly joined = new Map<RemoteConversationId, string>();

	constructor(address: string, settings: AccountSettings, secrets: Readonly<Record<string, string>>) {
		this.address = address;
		this.settings = settings;
		this.secrets = new Map(Object.entries(secrets));
	}
}

const sameId = (a: RemoteId, b: RemoteId): boolean => a.kind === b.kind && a.value === b.value;

export interface TestContextOptions {
	readonly clock?: Clock;
	readonly random?: Random;
	readonly extraCa?: readonly string[];
}

export class TestContext implements AdapterContext {
	readonly accountId = accountId('test-account');
	readonly clock: Clock;
	readonly random: Random;
	readonly extraCa: readonly string[];
	readonly client = { name: 'Parley', version: '0.0.0-test' };
	readonly remains: AccountRemains;
	readonly events: AdapterEvent[] = [];
	readonly batches: AdapterBatch[] = [];
	readonly logLines: AccountLogLine[] = [];
	/** Warnings and errors the adapter logged. */
	readonly problems: string[] = [];
	/** Set to make the next commits fail like a full disk. */
	failCommits = false;
	#waiters = new Set<() => void>();

	constructor(remains: AccountRemains, options: TestContextOptions = {}) {
		this.remains = remains;
		this.clock = options.clock ?? systemClock;
		this.random = options.random ?? systemRandom;
		this.extraCa = options.extraCa ?? [];
	}

	get address(): string {
		return this.remains.address;
	}
	get settings(): AccountSettings {
		return this.remains.settings;
	}
	saveSettings(settings: AccountSettings): Promise<void> {
		this.remains.settings = settings;
		return Promise.resolve();
	}
	cursor(): Promise<string | null> {
		return Promise.resolve(this.remains.cursor);
	}

	/** What the user lets others know; all of it unless a test says otherwise. */
	readonly private = new Set<PrivacyKind>();
	shares(_conversation: RemoteConversationId, kind: PrivacyKind): boolean {
		return !this.private.has(kind);
	}

	readonly log: AdapterContext['log'] = {
		debug: () => undefined,
		info: () => undefined,
		warn: (message, fields) => this.problems.push(`warn ${message} ${JSON.stringify(fields ?? {})}`),
		error: (message, fields) => this.problems.push(`error ${message} ${JSON.stringify(fields ?? {})}`),
		wire: (direction, text) => {
			if (this.logLines.length < 20_000) this.logLines.push({ at: this.clock.now(), direction, text });
			this.#wake();
		},
	};

	readonly store: AdapterContext['store'] = {
		get: (key) => Promise.resolve(this.remains.kv.get(key) ?? null),
		list: (prefix) =>
			Promise.resolve(
				[...this.remains.kv]
					.filter(([key]) => key.startsWith(prefix))
					.sort(([a], [b]) => (a < b ? -1 : 1))
					.map(([key, value]) => ({ key, value })),
			),
		set: (entries) => {
			for (const { key, value } of entries) {
				if (value === null) this.remains.kv.delete(key);
				else this.remains.kv.set(key, value);
			}
			return Promise.resolve();
		},
	};

	readonly secrets: AdapterContext['secrets'] = {
		get: (name) => Promise.resolve(this.remains.secrets.get(name) ?? null),
		set: (name, value) => {
			if (value === null) this.remains.secrets.delete(name);
			else this.remains.secrets.set(name, value);
			return Promise.resolve();
		},
	};

	readonly known: KnownHistory = {
		newest: (conversation) => {
			const found = this.remains.messages
				.get(conversation)
				?.findLast((message) => message.ids.some((id) => id.kind === 'server'));
			return Promise.resolve(found === undefined ? null : { ids: found.ids, time: found.time });
		},
		has: (conversation, ids) => {
			const stored = this.remains.messages.get(conversation) ?? [];
			return Promise.resolve(ids.map((id) => stored.some((message) => message.ids.some((own) => sameId(own, id)))));
		},
		conversations: () =>
			Promise.resolve([...this.remains.joined].map(([remoteId, kind]) => ({ remoteId, kind, joined: true }))),
	};

	emit(batch: AdapterBatch): Promise<void> {
		if (this.failCommits) return Promise.reject(new Error('disk full'));
		this.batches.push(batch);
		for (const event of batch.events) {
			this.events.push(event);
			this.#remember(event);
		}
		if (batch.cursor !== undefined) this.remains.cursor = batch.cursor;
		this.#wake();
		// Like a real commit: later, not in the same tick.
		return Promise.resolve().then(() => undefined);
	}

	#remember(event: AdapterEvent): void {
		if (event.type === 'message') {
			const list = this.remains.messages.get(event.conversation) ?? [];
			this.remains.messages.set(event.conversation, list);
			const known = list.some((message) =>
				message.ids.some((id) => id.kind !== 'txn' && event.message.ids.some((other) => sameId(id, other))),
			);
			if (!known) list.push(event.message);
		} else if (event.type === 'conversation-upsert' && event.conversation.membership !== undefined) {
			if (event.conversation.membership === 'joined')
				this.remains.joined.set(event.conversation.remoteId, event.conversation.kind ?? 'group');
			else this.remains.joined.delete(event.conversation.remoteId);
		}
	}

	#wake(): void {
		for (const check of this.#waiters) check();
	}

	/** All events of a type so far. */
	of<T extends AdapterEvent['type']>(type: T): EventOf<T>[] {
		return this.events.filter((event): event is EventOf<T> => event.type === type);
	}

	/** Messages of a conversation without duplicates, in arrival order. */
	messagesOf(conversation: RemoteConversationId): readonly RemoteMessage[] {
		return this.remains.messages.get(conversation) ?? [];
	}

	/**
	 * The first value `probe` finds, now or after a later event or log line.
	 * @throws after `timeoutMs` with the last events, to make the failure readable
	 */
	waitFor<T>(what: string, probe: () => T | undefined | null | false, timeoutMs = 15_000): Promise<T> {
		return new Promise((resolve, reject) => {
			let cancel = (): void => undefined;
			const check = (): void => {
				const value = probe();
				if (value === undefined || value === null || value === false) return;
				cancel();
				this.#waiters.delete(check);
				resolve(value);
			};
			cancel = systemClock.after(timeoutMs, () => {
				this.#waiters.delete(check);
				const tail = this.events.slice(-12).map((event) => JSON.stringify(event).slice(0, 300));
				const wire = this.logLines.slice(-8).map((line) => `${line.direction} ${line.text.slice(0, 200)}`);
				reject(
					new Error(
						`waited in vain for ${what}\nlast events:\n${tail.join('\n')}\nlast lines:\n${wire.join('\n')}\n${this.problems.slice(-5).join('\n')}`,
					),
				);
			});
			this.#waiters.add(check);
			check();
		});
	}

	/** Next event of a type that fits, counting those already seen. */
	event<T extends AdapterEvent['type']>(
		type: T,
		fits: (event: EventOf<T>) => boolean = () => true,
		timeoutMs = 15_000,
	): Promise<EventOf<T>> {
		return this.waitFor(
			`event ${type}`,
			() => this.events.find((event): event is EventOf<T> => event.type === type && fits(event as EventOf<T>)),
			timeoutMs,
		);
	}

	online(timeoutMs = 20_000): Promise<unknown> {
		return this.event('connection', (event) => event.state.kind === 'online', timeoutMs);
	}
}
