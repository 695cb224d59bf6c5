/**
 * The messages one transaction works on: rows loaded from the store plus rows it made, with every change also kept as
 * an op. Lookups see staged changes, so a batch may insert a message and edit it two events later.
 */
import { compareSort } from '../protocols/model/entities.ts';
import type { SortKey, TraceStep } from '../protocols/model/entities.ts';
import type { RemoteUserId } from '../protocols/model/ids.ts';
import { messageId } from '../protocols/model/ids.ts';
import type { AccountId, ConversationId, MessageId, RemoteId, TxnId } from '../protocols/model/ids.ts';
import type { EngineState } from './state.ts';
import { sendStep } from './send-step.ts';
import { noLinks } from './store/store.ts';
import type {
	MessageLinks,
	MessagePatch,
	MessageRow,
	Orphan,
	Store,
	StoredMessage,
	StoredReaction,
	StoredReceipt,
	StoreOp,
} from './store/store.ts';

interface WorkingRow {
	message: StoredMessage;
	reactions: StoredReaction[];
	readonly links: MessageLinks;
}

type Tagged = { readonly conversation: ConversationId; readonly op: StoreOp };

const idKey = (conversation: ConversationId, id: RemoteId): string => `${conversation} ${id.kind} ${id.value}`;
const txnKey = (account: AccountId, txn: TxnId): string => `${account} ${txn}`;

export class MessageSet {
	readonly #store: Store;
	readonly #state: EngineState;
	readonly #rows = new Map<MessageId, WorkingRow>();
	/** Ids looked up so far; null: known to belong to no message. */
	readonly #byId = new Map<string, MessageId | null>();
	readonly #byTxn = new Map<string, MessageId | null>();
	/** Ids whose orphans were looked up. */
	readonly #orphansOf = new Map<string, Orphan[]>();
	readonly #staged: { readonly orphan: Orphan; taken: boolean }[] = [];
	readonly #ops: Tagged[] = [];
	/** Rows that patches must show. */
	readonly touched = new Set<MessageId>();
	readonly deleted = new Map<MessageId, ConversationId>();

	/** Messages that are new, or known by more ids: others may have waited for them. */
	readonly found = new Set<MessageId>();
	/** Messages whose content changed or went: what others quote of them changes with it. */
	readonly rewritten = new Set<MessageId>();
	/** Whose receipts moved, per conversation. */
	readonly readers = new Map<ConversationId, Set<RemoteUserId>>();
	readonly #now: number;

	constructor(store: Store, state: EngineState, now: number) {
		this.#now = now;
		this.#store = store;
		this.#state = state;
	}

	/** A row that was loaded or made in this transaction. */
	row(id: MessageId): MessageRow | undefined {
		return this.#rows.get(id);
	}

	/** Rows by local id, loading what is missing. */
	async load(ids: readonly MessageId[]): Promise<MessageRow[]> {
		const missing = ids.filter((id) => !this.#rows.has(id));
		if (missing.length > 0) this.adopt(await this.#store.getMessages(missing));
		return ids.map((id) => this.#rows.get(id)).filter((row) => row !== undefined);
	}

	/** Takes rows read by other means into the set; a row that is already here wins, being newer. */
	adopt(rows: readonly MessageRow[]): MessageRow[] {
		return rows.map((row) => {
			const known = this.#rows.get(row.message.id);
			if (known !== undefined) return known;
			const working: WorkingRow = { message: row.message, reactions: [...row.reactions], links: row.links };
			this.#rows.set(row.message.id, working);
			for (const id of row.message.ids) this.#byId.set(idKey(row.message.conversationId, id), row.message.id);
			return working;
		});
	}

	/** Looks many ids up in one read, so that {@link find} needs none. */
	async prefetch(conversation: ConversationId, ids: readonly RemoteId[]): Promise<void> {
		const missing = ids.filter((id) => !this.#byId.has(idKey(conversation, id)));
		if (missing.length === 0 || !this.#state.conversations.has(conversation)) return;
		const rows = await this.#store.findByIds(conversation, missing);
		this.adopt(rows);
		for (const id of missing) {
			const key = idKey(conversation, id);
			if (!this.#byId.has(key)) this.#byId.set(key, null);
		}
	}

	/** Local ids of the messages owning any of these remote ids, without repeats, in the order of the ids. */
	async find(conversation: ConversationId, ids: readonly RemoteId[]): Promise<readonly MessageId[]> {
		await this.prefetch(conversation, ids);
		const found = new Set<MessageId>();
		for (const id of ids) {
			const owner = this.#byId.get(idKey(conversation, id));
			if (owner !== undefined && owner !== null) found.add(owner);
		}
		return [...found];
	}

	async prefetchTxns(account: AccountId, txns: readonly TxnId[]): Promise<void> {
		const missing = txns.filter((txn) => !this.#byTxn.has(txnKey(account, txn)));
		if (missing.length === 0) return;
		const rows = this.adopt(await this.#store.findByTxn(account, missing));
		for (const txn of missing) {
			const row = rows.find((candidate) => candidate.message.txnId === txn);
			this.#byTxn.set(txnKey(account, txn), row?.message.id ?? null);
		}
	}

	async findTxn(account: AccountId, txn: TxnId): Promise<MessageRow | undefined> {
		await this.prefetchTxns(account, [txn]);
		const id = this.#byTxn.get(txnKey(account, txn));
		return id === undefined || id === null ? undefined : this.#rows.get(id);
	}

	/** Place of the oldest message of a conversation that was made here. */
	oldest(conversation: ConversationId): SortKey | null {
		let oldest: SortKey | null = null;
		for (const { message } of this.#rows.values()) {
			if (message.conversationId !== conversation) continue;
			if (oldest === null || compareSort(message.sort, oldest) < 0) oldest = message.sort;
		}
		return oldest;
	}

	/** Rows of a conversation known here. */
	rowsOf(conversation: ConversationId): MessageRow[] {
		return [...this.#rows.values()].filter((row) => row.message.conversationId === conversation);
	}

	insert(account: AccountId, message: Omit<StoredMessage, 'id'> & { readonly id?: MessageId }): StoredMessage {
		const full: StoredMessage = { ...message, id: message.id ?? messageId(this.#state.takeMessageId()) };
		this.#rows.set(full.id, { message: full, reactions: [], links: noLinks });
		for (const id of full.ids) this.#byId.set(idKey(full.conversationId, id), full.id);
		if (full.txnId !== null) this.#byTxn.set(txnKey(account, full.txnId), full.id);
		this.#push(full.conversationId, { op: 'message.insert', message: full });
		this.touched.add(full.id);
		this.found.add(full.id);
		if (full.send !== null) this.#trace(full, ...sendStep(null, full.send));
		return full;
	}

	update(id: MessageId, set: MessagePatch): void {
		const row = this.#rows.get(id);
		if (row === undefined) return;
		const before = row.message;
		row.message = { ...before, ...set };
		this.#push(before.conversationId, { op: 'message.update', id, set });
		this.touched.add(id);
		if (set.content !== undefined || set.removedAt !== undefined || set.hidden !== undefined) this.rewritten.add(id);
		this.#traceChange(before, row.message);
	}

	/** What became of a message is noted in the transaction that lets it happen. */
	#traceChange(before: StoredMessage, after: StoredMessage): void {
		if (after.send !== null && after.send.kind !== before.send?.kind)
			this.#trace(after, ...sendStep(before.send, after.send));
		if (after.removedAt !== null && before.removedAt === null)
			this.#trace(after, after.removedAt === after.expiresAt ? 'expired' : 'removed', null);
		else if (after.editedAt !== null && after.editedAt !== before.editedAt) this.#trace(after, 'edited', null);
		if (after.hidden && !before.hidden && after.send?.kind !== 'cancelled') this.#trace(after, 'hidden', null);
	}

	#trace(message: StoredMessage, step: TraceStep, detail: string | null): void {
		const entry = { at: this.#now, step, detail };
		this.#push(message.conversationId, { op: 'trace.add', messageId: message.id, entry });
	}

	/** High-water mark of one reader. */
	putReceipt(conversationId: ConversationId, receipt: StoredReceipt): void {
		this.#push(conversationId, { op: 'receipt.put', conversationId, ...receipt });
		const readers = this.readers.get(conversationId);
		if (readers === undefined) this.readers.set(conversationId, new Set([receipt.reader]));
		else readers.add(receipt.reader);
	}

	/** Attaches remote ids that no other message owns. @returns those that were new */
	async addIds(id: MessageId, ids: readonly RemoteId[]): Promise<readonly RemoteId[]> {
		const row = this.#rows.get(id);
		if (row === undefined) return [];
		const { conversationId } = row.message;
		await this.prefetch(conversationId, ids);
		const fresh = ids.filter((remote) => (this.#byId.get(idKey(conversationId, remote)) ?? null) === null);
		if (fresh.length === 0) return [];
		for (const remote of fresh) this.#byId.set(idKey(conversationId, remote), id);
		row.message = { ...row.message, ids: [...row.message.ids, ...fresh] };
		this.found.add(id);
		this.#push(conversationId, { op: 'message.addIds', id, conversationId, ids: fresh });
		return fresh;
	}

	/**
	 * As {@link addIds}, for proof that a message of ours was sent. What history told meanwhile under one of these ids,
	 * without knowing that it was ours to expect, was the same message: that row goes.
	 */
	async claimIds(id: MessageId, ids: readonly RemoteId[]): Promise<readonly RemoteId[]> {
		const row = this.#rows.get(id);
		if (row === undefined) return [];
		for (const owner of await this.find(row.message.conversationId, ids)) {
			const other = this.#rows.get(owner)?.message;
			if (owner !== id && other?.own === true && other.txnId === null) this.delete(owner);
		}
		return this.addIds(id, ids);
	}

	delete(id: MessageId): void {
		const row = this.#rows.get(id);
		if (row === undefined) return;
		this.#rows.delete(id);
		for (const remote of row.message.ids) this.#byId.set(idKey(row.message.conversationId, remote), null);
		this.touched.delete(id);
		this.deleted.set(id, row.message.conversationId);
		this.#push(row.message.conversationId, { op: 'message.delete', id });
	}

	keepEdit(id: MessageId, content: StoredMessage['content'], at: number): void {
		const row = this.#rows.get(id);
		if (row !== undefined) this.#push(row.message.conversationId, { op: 'edit.add', messageId: id, content, at });
	}

	clearEdits(id: MessageId): void {
		const row = this.#rows.get(id);
		if (row !== undefined) this.#push(row.message.conversationId, { op: 'edit.clear', messageId: id });
	}

	putReaction(reaction: StoredReaction): void {
		const row = this.#rows.get(reaction.messageId);
		if (row === undefined) return;
		row.reactions = row.reactions.filter((other) => other.sender !== reaction.sender || other.key !== reaction.key);
		row.reactions.push(reaction);
		this.#push(row.message.conversationId, { op: 'reaction.put', reaction });
		this.touched.add(reaction.messageId);
	}

	removeReaction(messageId: MessageId, sender: RemoteUserId, key: string | null): void {
		const row = this.#rows.get(messageId);
		if (row === undefined) return;
		const kept = row.reactions.filter((other) => other.sender !== sender || (key !== null && other.key !== key));
		if (kept.length === row.reactions.length) return;
		row.reactions = kept;
		this.#push(row.message.conversationId, { op: 'reaction.remove', messageId, sender, key });
		this.touched.add(messageId);
	}

	/** Finds a reaction by its own remote id, staged ones first. */
	async findReaction(conversation: ConversationId, ids: readonly RemoteId[]): Promise<StoredReaction | null> {
		const matches = (reaction: StoredReaction): boolean =>
			reaction.ids.some((own) => ids.some((id) => id.kind === own.kind && id.value === own.value));
		for (const row of this.#rows.values()) {
			if (row.message.conversationId !== conversation) continue;
			const found = row.reactions.find(matches);
			if (found !== undefined) return found;
		}
		if (!this.#state.conversations.has(conversation)) return null;
		const stored = await this.#store.findReaction(conversation, ids);
		if (stored === null) return null;
		const [row] = await this.load([stored.messageId]);
		// The working row may have lost it in this transaction.
		return row?.reactions.find(matches) ?? null;
	}

	#push(conversation: ConversationId, op: StoreOp): void {
		this.#ops.push({ conversation, op });
	}

	addOrphan(orphan: Orphan): void {
		this.#staged.push({ orphan, taken: false });
	}

	async prefetchOrphans(conversation: ConversationId, ids: readonly RemoteId[]): Promise<void> {
		const missing = ids.filter((id) => !this.#orphansOf.has(idKey(conversation, id)));
		if (missing.length === 0) return;
		for (const id of missing) this.#orphansOf.set(idKey(conversation, id), []);
		if (!this.#state.conversations.has(conversation)) return;
		for (const orphan of await this.#store.orphansFor(conversation, missing)) {
			for (const id of orphan.target) this.#orphansOf.get(idKey(conversation, id))?.push(orphan);
		}
	}

	/** Takes the orphans that wait for any of these ids out of storage, oldest first. */
	async takeOrphans(conversation: ConversationId, ids: readonly RemoteId[]): Promise<Orphan[]> {
		await this.prefetchOrphans(conversation, ids);
		const wanted = new Set(ids.map((id) => idKey(conversation, id)));
		const taken = new Set<Orphan>();
		for (const key of wanted) {
			for (const orphan of this.#orphansOf.get(key) ?? []) taken.add(orphan);
			this.#orphansOf.set(key, []);
		}
		for (const orphan of taken) {
			for (const id of orphan.target) {
				const key = idKey(conversation, id);
				this.#orphansOf.set(
					key,
					(this.#orphansOf.get(key) ?? []).filter((other) => other !== orphan),
				);
			}
			this.#push(conversation, { op: 'orphan.remove', id: orphan.id });
		}
		for (const staged of this.#staged) {
			if (staged.taken || staged.orphan.conversationId !== conversation) continue;
			if (!staged.orphan.target.some((id) => wanted.has(idKey(conversation, id)))) continue;
			staged.taken = true;
			taken.add(staged.orphan);
		}
		return [...taken].sort((a, b) => a.at - b.at || a.id - b.id);
	}

	/** Drops everything staged for a conversation that is being removed. */
	forget(conversation: ConversationId): void {
		for (let i = this.#ops.length - 1; i >= 0; i--)
			if (this.#ops[i]?.conversation === conversation) this.#ops.splice(i, 1);
		for (const [id, row] of this.#rows) {
			if (row.message.conversationId !== conversation) continue;
			this.#rows.delete(id);
			this.touched.delete(id);
		}
		for (const staged of this.#staged) if (staged.orphan.conversationId === conversation) staged.taken = true;
	}

	/** All ops in the order they were staged. */
	ops(): StoreOp[] {
		const ops = this.#ops.map(({ op }) => op);
		for (const { orphan, taken } of this.#staged) if (!taken) ops.push({ op: 'orphan.add', orphan });
		return ops;
	}
}
