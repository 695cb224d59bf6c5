/**
 * Everything the engine keeps in memory: what the store loaded, plus what lives only while Parley runs. Durable parts
 * change only through {@link Transaction}; the rest is changed by its one owner, named at each field.
 */
import { noAccountCapabilities } from '../protocols/model/capabilities.ts';
import type { AccountCapabilities, Availability } from '../protocols/model/capabilities.ts';
import { offline } from '../protocols/model/connection-state.ts';
import type { ConnectionState } from '../protocols/model/connection-state.ts';
import type { Account, Decision, LinkSecurity, Person, SortKey } from '../protocols/model/entities.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import type {
	AccountId,
	ContactId,
	ConversationId,
	DecisionId,
	GapId,
	MessageId,
	PersonId,
	RemoteConversationId,
	RemoteUserId,
	TxnId,
} from '../protocols/model/ids.ts';
import { defaultSettings } from './contract/settings.ts';
import type { Settings } from './contract/settings.ts';
import { NestedIndex } from './nested-index.ts';
import type {
	LoadedState,
	OutboxJob,
	StoredAccount,
	StoredContact,
	StoredConversation,
	StoredGap,
} from './store/store.ts';

/** What an account is doing now; owned by the account's runner. */
export interface AccountRuntime {
	connection: ConnectionState;
	self: Account['self'];
	capabilities: AccountCapabilities;
	security: LinkSecurity | null;
}

/** The person a direct conversation is with, else null. */
export const directPeer = (conversation: StoredConversation | undefined): RemoteUserId | null =>
	conversation?.kind === 'direct' ? conversation.peer : null;

export class EngineState {
	readonly accounts = new Map<AccountId, StoredAccount>();
	readonly conversations = new Map<ConversationId, StoredConversation>();
	readonly drafts = new Map<ConversationId, string>();
	readonly contacts = new Map<ContactId, StoredContact>();
	readonly persons = new Map<PersonId, Person>();
	readonly gaps = new Map<GapId, StoredGap>();
	readonly outbox = new Map<TxnId, OutboxJob>();
	readonly cursors = new Map<AccountId, string>();
	settings: Settings = defaultSettings;

	// Indexes of the above.
	readonly conversationByRemote = new NestedIndex<AccountId, RemoteConversationId, ConversationId>();
	readonly contactByRemote = new NestedIndex<AccountId, RemoteUserId, ContactId>();
	readonly directByPeer = new NestedIndex<AccountId, RemoteUserId, ConversationId>();
	readonly gapsOf = new Map<ConversationId, Set<GapId>>();
	readonly jobsOf = new Map<MessageId, Set<TxnId>>();

	/** Newest place of a conversation, filled as needed; null: known to be empty. */
	readonly tails = new Map<ConversationId, SortKey | null>();
	/** Conversations whose oldest message on the server is known to be stored. */
	readonly historyComplete = new Set<ConversationId>();
	readonly runtime = new Map<AccountId, AccountRuntime>();
	/** Presence of others while their account is connected; owned by `ephemeral.ts`. */
	readonly presence = new NestedIndex<
		AccountId,
		RemoteUserId,
		{ readonly availability: Availability; readonly statusText: string }
	>();
	/** What a gap is doing; owned by `history.ts`. */
	readonly gapRuntime = new Map<GapId, { readonly loading: boolean; readonly error: ChatError | null }>();
	/** Which window the user looks at, by client; owned by the clients' own commands. */
	readonly focus = new Map<string, { readonly focused: boolean; readonly visible: ConversationId | null }>();
	/** Message that the notification of a conversation shows; owned by `ingest.ts` and `publish.ts`. */
	readonly shownNotices = new Map<ConversationId, MessageId>();
	readonly decisions = new Map<DecisionId, Decision>();
	#nextMessageId = 1;

	load(loaded: LoadedState): void {
		for (const account of loaded.accounts) this.setAccount(account.id, account);
		for (const conversation of loaded.conversations) this.setConversation(conversation.id, conversation);
		for (const [id, text] of loaded.drafts) this.drafts.set(id, text);
		for (const contact of loaded.contacts) this.setContact(contact.id, contact);
		for (const person of loaded.persons) this.persons.set(person.id, person);
		for (const gap of loaded.gaps) this.setGap(gap.id, gap);
		for (const job of loaded.outbox) this.setJob(job.txnId, job);
		for (const [id, cursor] of loaded.cursors) this.cursors.set(id, cursor);
		this.settings = loaded.settings ?? defaultSettings;
		this.#nextMessageId = loaded.nextMessageId;
	}

	/** Message ids are handed out once, also when the transaction that wanted them fails. */
	takeMessageId(): number {
		return this.#nextMessageId++;
	}

	/** The next id, without taking it: everything stored later has this id or a higher one. */
	get nextMessageId(): number {
		return this.#nextMessageId;
	}

	runtimeOf(id: AccountId): AccountRuntime {
		let runtime = this.runtime.get(id);
		if (runtime === undefined) {
			runtime = { connection: offline, self: null, capabilities: noAccountCapabilities, security: null };
			this.runtime.set(id, runtime);
		}
		return runtime;
	}

	conversationsOf(id: AccountId): StoredConversation[] {
		return [...this.conversations.values()].filter((conversation) => conversation.accountId === id);
	}

	setAccount(id: AccountId, account: StoredAccount | null): void {
		if (account !== null) {
			this.accounts.set(id, account);
			return;
		}
		this.accounts.delete(id);
		this.runtime.delete(id);
		this.cursors.delete(id);
		for (const conversation of this.conversationsOf(id)) this.setConversation(conversation.id, null);
		for (const contact of this.contacts.values()) if (contact.accountId === id) this.setContact(contact.id, null);
		for (const job of this.outbox.values()) if (job.accountId === id) this.setJob(job.txnId, null);
	}

	setConversation(id: ConversationId, next: StoredConversation | null): void {
		const old = this.conversations.get(id);
		if (old !== undefined) {
			this.conversationByRemote.delete(old.accountId, old.remoteId);
		}
		if (next === null) {
			this.conversations.delete(id);
			this.drafts.delete(id);
			this.tails.delete(id);
			this.shownNotices.delete(id);
			this.historyComplete.delete(id);
			for (const gap of this.gapsOf.get(id) ?? []) this.gaps.delete(gap);
			this.gapsOf.delete(id);
		} else {
			this.conversations.set(id, next);
			this.conversationByRemote.set(next.accountId, next.remoteId, id);
		}
		const before = directPeer(old);
		const after = directPeer(next ?? undefined);
		if (old !== undefined && before !== null && before !== after) this.#indexDirect(old.accountId, before);
		if (next !== null && after !== null && before !== after) this.#indexDirect(next.accountId, after);
	}

	/** Of several direct conversations with one person the oldest counts, also after a restart. */
	#indexDirect(account: AccountId, peer: RemoteUserId): void {
		let oldest: ConversationId | undefined;
		for (const conversation of this.conversations.values()) {
			if (conversation.accountId !== account || directPeer(conversation) !== peer) continue;
			if (oldest === undefined || conversation.id < oldest) oldest = conversation.id;
		}
		if (oldest === undefined) this.directByPeer.delete(account, peer);
		else this.directByPeer.set(account, peer, oldest);
	}

	setContact(id: ContactId, next: StoredContact | null): void {
		const old = this.contacts.get(id);
		if (old !== undefined) this.contactByRemote.delete(old.accountId, old.remoteId);
		if (next === null) {
			this.contacts.delete(id);
			return;
		}
		this.contacts.set(id, next);
		this.contactByRemote.set(next.accountId, next.remoteId, id);
	}

	setGap(id: GapId, next: StoredGap | null): void {
		const old = this.gaps.get(id);
		if (old !== undefined) this.gapsOf.get(old.conversationId)?.delete(id);
		if (next === null) {
			this.gaps.delete(id);
			return;
		}
		this.gaps.set(id, next);
		const ids = this.gapsOf.get(next.conversationId);
		if (ids === undefined) this.gapsOf.set(next.conversationId, new Set([id]));
		else ids.add(id);
	}

	setJob(id: TxnId, next: OutboxJob | null): void {
		const old = this.outbox.get(id);
		if (old !== undefined && old.messageId !== null) {
			const jobs = this.jobsOf.get(old.messageId);
			jobs?.delete(id);
			if (jobs?.size === 0) this.jobsOf.delete(old.messageId);
		}
		if (next === null) {
			this.outbox.delete(id);
			return;
		}
		this.outbox.set(id, next);
		if (next.messageId === null) return;
		const jobs = this.jobsOf.get(next.messageId);
		if (jobs === undefined) this.jobsOf.set(next.messageId, new Set([id]));
		else jobs.add(id);
	}
}
