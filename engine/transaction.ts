/**
 * One unit of work: reads through to the store, stages changes, and at the end becomes one durable commit, one update
 * of the state in memory and one set of patches. Runs with exclusive access (see `exclusive.ts`), so what it read stays
 * true until it commits.
 */
import { compareSort } from '../protocols/model/entities.ts';
import type { Person, SortKey } from '../protocols/model/entities.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import type {
	AccountId,
	ContactId,
	ConversationId,
	GapId,
	MessageId,
	PersonId,
	RemoteConversationId,
	RemoteId,
	RemoteUserId,
	TxnId,
} from '../protocols/model/ids.ts';
import type { Settings } from './contract/settings.ts';
import { Layer } from './layer.ts';
import { MessageSet } from './message-set.ts';
import { NestedIndex } from './nested-index.ts';
import { directPeer } from './state.ts';
import type { EngineState } from './state.ts';
import type {
	OutboxJob,
	Store,
	StoredAccount,
	StoredContact,
	StoredConversation,
	StoredGap,
	StoreOp,
} from './store/store.ts';

/** What a finished transaction changed, for whoever makes patches of it. */
export interface Committed {
	readonly tx: Transaction;
	/** Effects that were waiting for the commit, in order. */
	readonly effects: readonly (() => void)[];
}

export class Transaction {
	readonly state: EngineState;
	readonly store: Store;
	readonly accounts: Layer<AccountId, StoredAccount>;
	readonly conversations: Layer<ConversationId, StoredConversation>;
	readonly drafts: Layer<ConversationId, string>;
	readonly contacts: Layer<ContactId, StoredContact>;
	readonly persons: Layer<PersonId, Person>;
	readonly gaps: Layer<GapId, StoredGap>;
	readonly outbox: Layer<TxnId, OutboxJob>;
	readonly messages: MessageSet;
	readonly #cursors = new Map<AccountId, string>();
	readonly #tails = new Map<ConversationId, SortKey | null>();
	readonly #created = new NestedIndex<AccountId, RemoteConversationId, ConversationId>();
	readonly #createdContacts = new NestedIndex<AccountId, RemoteUserId, ContactId>();
	readonly #effects: (() => void)[] = [];
	readonly #tailOps: StoreOp[] = [];
	#settings: Settings | null = null;
	/** Contacts and accounts whose derived facts changed, though their row did not. */
	readonly contactsToShow = new Set<ContactId>();
	readonly accountsToShow = new Set<AccountId>();
	/** Unread counters as they were before this transaction, filled by the commit. */
	readonly unreadBefore = new Map<ConversationId, number>();
	/** Outbox jobs that reached their end here. */
	readonly settled: { readonly job: OutboxJob; readonly error: ChatError | null }[] = [];
	/** How fast the patches of this transaction must reach the clients. */
	origin: 'live' | 'catchup' = 'live';

	/** @param now the engine's clock, for what is noted with its time */
	constructor(state: EngineState, store: Store, now: number) {
		this.state = state;
		this.store = store;
		this.accounts = new Layer(state.accounts);
		this.conversations = new Layer(state.conversations);
		this.drafts = new Layer(state.drafts);
		this.contacts = new Layer(state.contacts);
		this.persons = new Layer(state.persons);
		this.gaps = new Layer(state.gaps);
		this.outbox = new Layer(state.outbox);
		this.messages = new MessageSet(store, state, now);
	}

	/** Runs after the commit, with the state already updated. Must not throw. */
	after(effect: () => void): void {
		this.#effects.push(effect);
	}

	/** An op without a place in memory (adapter storage, orphan expiry). */
	push(op: StoreOp): void {
		this.#tailOps.push(op);
	}

	conversationByRemote(account: AccountId, remote: RemoteConversationId): StoredConversation | undefined {
		const staged = this.#created.get(account, remote);
		if (staged !== undefined) return this.conversations.get(staged);
		const id = this.state.conversationByRemote.get(account, remote);
		const found = id === undefined ? undefined : this.conversations.get(id);
		// A staged rename may have moved it away.
		return found?.remoteId === remote ? found : undefined;
	}

	/** The account's conversation for words of the server, if there is one. */
	serverConversationOf(account: AccountId): StoredConversation | undefined {
		for (const value of this.conversations.changes.values()) {
			if (value !== null && value.accountId === account && value.kind === 'server') return value;
		}
		for (const [, id] of this.state.conversationByRemote.entriesOf(account)) {
			const conversation = this.conversations.get(id);
			if (conversation?.kind === 'server') return conversation;
		}
		return undefined;
	}

	putConversation(conversation: StoredConversation): void {
		this.conversations.put(conversation.id, conversation);
		this.#created.set(conversation.accountId, conversation.remoteId, conversation.id);
	}

	/** Removes a conversation and everything in it. */
	removeConversation(conversation: StoredConversation): void {
		this.conversations.remove(conversation.id);
		this.#created.delete(conversation.accountId, conversation.remoteId);
		this.messages.forget(conversation.id);
		for (const gap of this.gapsOf(conversation.id)) this.gaps.remove(gap.id);
		for (const job of this.state.outbox.values()) {
			if (job.lane.endsWith(conversation.id)) this.outbox.remove(job.txnId);
		}
	}

	contactByRemote(account: AccountId, remote: RemoteUserId): StoredContact | undefined {
		const id = this.#createdContacts.get(account, remote) ?? this.state.contactByRemote.get(account, remote);
		return id === undefined ? undefined : this.contacts.get(id);
	}

	putContact(contact: StoredContact): void {
		this.contacts.put(contact.id, contact);
		this.#createdContacts.set(contact.accountId, contact.remoteId, contact.id);
	}

	/** Gaps of a conversation, oldest place first. */
	gapsOf(id: ConversationId): StoredGap[] {
		const ids = new Set(this.state.gapsOf.get(id) ?? []);
		for (const [gapId, gap] of this.gaps.changes) if (gap?.conversationId === id) ids.add(gapId);
		const found: StoredGap[] = [];
		for (const gapId of ids) {
			const gap = this.gaps.get(gapId);
			if (gap !== undefined) found.push(gap);
		}
		const place = (gap: StoredGap): SortKey => gap.before ?? { ts: Number.MAX_SAFE_INTEGER, seq: 0 };
		return found.sort((a, b) => compareSort(place(a), place(b)));
	}

	/** Place of the newest message, or null in an empty conversation. */
	async tail(id: ConversationId): Promise<SortKey | null> {
		const staged = this.#tails.get(id);
		if (staged !== undefined) return staged;
		const cached = this.state.tails.get(id);
		if (cached !== undefined) return cached;
		if (!this.state.conversations.has(id)) return null;
		const page = await this.store.page(id, { at: 'newest' }, 1);
		const tail = page.rows.at(-1)?.message.sort ?? null;
		this.#tails.set(id, tail);
		return tail;
	}

	/** Tells that a message now stands at this place. */
	async reach(id: ConversationId, sort: SortKey): Promise<void> {
		const tail = await this.tail(id);
		if (tail === null || compareSort(sort, tail) > 0) this.#tails.set(id, sort);
	}

	putCursor(account: AccountId, cursor: string): void {
		this.#cursors.set(account, cursor);
	}

	putSettings(settings: Settings): void {
		this.#settings = settings;
	}

	get settings(): Settings {
		return this.#settings ?? this.state.settings;
	}

	get settingsChanged(): boolean {
		return this.#settings !== null;
	}

	/** Writes everything in one durable transaction and only then changes the state in memory. */
	async commit(): Promise<Committed> {
		const ops = this.#ops();
		if (ops.length > 0) await this.store.commit(ops);
		this.#apply();
		return { tx: this, effects: this.#effects };
	}

	/** Order matters to foreign keys: what others refer to comes first, removals of whole branches before additions. */
	#ops(): StoreOp[] {
		const ops: StoreOp[] = [];
		for (const [id, value] of this.conversations.changes)
			if (value === null) ops.push({ op: 'conversation.remove', id });
		for (const [, value] of this.accounts.changes) if (value !== null) ops.push({ op: 'account.put', account: value });
		for (const [, value] of this.conversations.changes)
			if (value !== null) ops.push({ op: 'conversation.put', conversation: value });
		for (const [, value] of this.persons.changes) if (value !== null) ops.push({ op: 'person.put', person: value });
		for (const [id, value] of this.contacts.changes) {
			ops.push(value === null ? { op: 'contact.remove', id } : { op: 'contact.put', contact: value });
		}
		for (const [id, value] of this.persons.changes) if (value === null) ops.push({ op: 'person.remove', id });
		ops.push(...this.messages.ops());
		for (const [id, value] of this.gaps.changes)
			ops.push(value === null ? { op: 'gap.remove', id } : { op: 'gap.put', gap: value });
		for (const [txnId, value] of this.outbox.changes) {
			ops.push(value === null ? { op: 'outbox.remove', txnId } : { op: 'outbox.put', job: value });
		}
		for (const [conversationId, text] of this.drafts.changes)
			ops.push({ op: 'draft.put', conversationId, text: text ?? '' });
		if (this.#settings !== null) ops.push({ op: 'settings.put', settings: this.#settings });
		ops.push(...this.#tailOps);
		for (const [accountId, cursor] of this.#cursors) ops.push({ op: 'cursor.put', accountId, cursor });
		for (const [id, value] of this.accounts.changes) if (value === null) ops.push({ op: 'account.remove', id });
		return ops;
	}

	#apply(): void {
		const { state } = this;
		this.#noteDirectChanges();
		for (const id of this.conversations.changes.keys())
			this.unreadBefore.set(id, state.conversations.get(id)?.unread ?? 0);
		for (const [id, value] of this.conversations.changes) if (value === null) state.setConversation(id, null);
		for (const [id, value] of this.accounts.changes) state.setAccount(id, value);
		for (const [id, value] of this.conversations.changes) if (value !== null) state.setConversation(id, value);
		for (const [id, value] of this.contacts.changes) state.setContact(id, value);
		for (const [id, value] of this.persons.changes) {
			if (value === null) state.persons.delete(id);
			else state.persons.set(id, value);
		}
		for (const [id, value] of this.gaps.changes) state.setGap(id, value);
		for (const [id, value] of this.outbox.changes) state.setJob(id, value);
		for (const [id, value] of this.drafts.changes) {
			if (value === null || value === '') state.drafts.delete(id);
			else state.drafts.set(id, value);
		}
		for (const [id, tail] of this.#tails) if (state.conversations.has(id)) state.tails.set(id, tail);
		for (const [id, cursor] of this.#cursors) state.cursors.set(id, cursor);
		if (this.#settings !== null) state.settings = this.#settings;
	}

	/** A contact names its direct conversation, so it changes with it. */
	#noteDirectChanges(): void {
		for (const [id, next] of this.conversations.changes) {
			const old = this.state.conversations.get(id);
			const account = next?.accountId ?? old?.accountId;
			const before = directPeer(old);
			const after = directPeer(next ?? undefined);
			if (account === undefined || before === after) continue;
			for (const peer of [before, after]) {
				const contact = peer === null ? undefined : this.contactByRemote(account, peer);
				if (contact !== undefined) this.contactsToShow.add(contact.id);
			}
		}
	}

	/** Messages owning any of these ids in a conversation. */
	find(conversation: ConversationId, ids: readonly RemoteId[]): Promise<readonly MessageId[]> {
		return this.messages.find(conversation, ids);
	}
}
