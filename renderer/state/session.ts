/**
 * Keeps the store true: boots, applies patches in small batches, subscribes to the conversations that are open, pages
 * their timelines, and starts over where the engine says that our copy cannot be trusted.
 */
import type { PatchOp } from '../../engine/contract/patches.ts';
import type { QueryArgs, TimelinePage } from '../../engine/contract/queries.ts';
import type { ClientState, RpcClient } from '../../engine/transport/rpc-client.ts';
import { toChatError } from '../../protocols/model/errors.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import type { Message } from '../../protocols/model/entities.ts';
import type { ConversationId, MessageId } from '../../protocols/model/ids.ts';
import { after, now } from '../platform/clock.ts';
import { applyBoot, applyClosed, applyPage, applyPatch } from './apply-patch.ts';
import type { EngineState } from './engine-state.ts';
import type { AppStore } from './store.ts';
import type { UiActions } from './ui-actions.ts';
import type { EngineLink, TargetManner } from './ui-state.ts';

const pageSize = 80;
/** With more unread messages than this, a conversation opens at the newest: the line is offered, not forced. */
const nearUnread = pageSize / 2;
/** Conversations kept subscribed for instant switching back. */
const keptOpen = 4;
/** Patches closer together than this are applied as one, so that a busy room costs one render per step. */
const batchMs = 50;

type From = QueryArgs<'timeline.page'>['from'];

export class Session {
	readonly #store: AppStore;
	readonly #ui: UiActions;
	#client: RpcClient | null = null;
	/** Most recently used last. */
	#open: ConversationId[] = [];
	#queue: PatchOp[] = [];
	#timer: (() => void) | null = null;
	#lastApplied = 0;
	/** Timeline ops that arrived while a first page was on its way. */
	readonly #duringLoad = new Map<ConversationId, PatchOp[]>();
	readonly #paging = new Set<string>();
	/** Opened before anything is known of them. */
	readonly #early = new Map<ConversationId, From>();
	readonly #places = new Map<ConversationId, MessageId>();
	#booting: Promise<void> | null = null;

	constructor(store: AppStore, ui: UiActions) {
		this.#store = store;
		this.#ui = ui;
	}

	attach(client: RpcClient): void {
		this.#client = client;
	}

	get #engine(): EngineState {
		return this.#store.getState().engine;
	}

	#setEngine(engine: EngineState): void {
		if (engine !== this.#engine) this.#store.setState({ engine });
	}

	onState(state: ClientState, resumed: boolean): void {
		this.#ui.set({ link: linkOf(state) });
		if (state.kind === 'open' && (!resumed || !this.#engine.booted)) this.#boot();
	}

	onPatch(ops: readonly PatchOp[]): void {
		for (const op of ops) {
			if (op.op === 'resync') this.#resync(op.scope);
			else this.#queue.push(op);
		}
		const wait = this.#lastApplied + batchMs - now();
		if (wait <= 0) this.#flush();
		else this.#timer ??= after(wait, () => this.#flush());
	}

	#flush(): void {
		this.#timer?.();
		this.#timer = null;
		this.#lastApplied = now();
		if (this.#queue.length === 0) return;
		const ops = this.#queue.splice(0);
		for (const op of ops) {
			const id = timelineOf(op);
			if (id !== null) this.#duringLoad.get(id)?.push(op);
		}
		this.#setEngine(applyPatch(this.#engine, ops));
		this.#subscribeEarly();
	}

	/** The answer to "join" may be quicker than the patch that brings the conversation. */
	#subscribeEarly(): void {
		for (const [id, from] of this.#early) {
			if (!this.#engine.conversations.has(id)) continue;
			this.#early.delete(id);
			if (this.#open.includes(id)) this.#subscribe(id, from);
		}
	}

	#boot(): void {
		const client = this.#client;
		if (client === null || this.#booting !== null) return;
		this.#booting = client
			.query('boot', {})
			.then((boot) => {
				this.#queue = [];
				this.#setEngine(applyBoot(this.#engine, boot));
				for (const id of this.#open) this.#subscribe(id, { at: 'newest' });
			})
			.catch((thrown: unknown) => {
				// The link's own state says more; a failing boot on a healthy link is tried again.
				if (toChatError(thrown).code !== 'cancelled') after(2000, () => this.#boot());
			})
			.finally(() => {
				this.#booting = null;
			});
	}

	#resync(scope: 'all' | ConversationId): void {
		if (scope === 'all') this.#boot();
		else if (this.#open.includes(scope)) this.#subscribe(scope, { at: 'newest' });
	}

	/** Shows a conversation, at a message or at its unread line; at the newest message where that line is far up. */
	open(id: ConversationId, message: MessageId | null = null, manner: TargetManner = 'jump'): void {
		const conversation = this.#engine.conversations.get(id);
		const wasOpen = this.#open.includes(id) && this.#engine.timelines.has(id);
		this.#open = [...this.#open.filter((other) => other !== id), id];
		const unreadFrom = new Map(this.#store.getState().ui.unreadFrom);
		// Nothing read yet: the line stands before the first message.
		const readUpTo = conversation?.readUpTo ?? { ts: 0, seq: 0 };
		const unread = conversation?.unread ?? 0;
		unreadFrom.set(id, unread > 0 ? { ts: readUpTo.ts, seq: readUpTo.seq, count: unread } : null);
		// What was looked for earlier is no longer wanted.
		this.#ui.set({
			selected: id,
			narrowView: 'conversation',
			unreadFrom,
			paletteOpen: false,
			target: null,
			endWanted: null,
		});
		for (const old of this.#open.slice(0, -keptOpen)) this.#close(old);
		if (message !== null) {
			this.#ui.setTarget(id, message, manner);
			const known = this.#engine.timelines.get(id)?.messages.some((entry) => entry.id === message) ?? false;
			if (known) return;
			this.#subscribe(id, { at: 'message', messageId: message });
		} else if (!wasOpen) {
			this.#subscribe(id, unread > 0 && unread <= nearUnread ? { at: 'unread' } : { at: 'newest' });
		}
	}

	/** Told while one scrolls: the first message in sight, null at the newest end. */
	readingAt(id: ConversationId, message: MessageId | null): void {
		if (message === null) this.#places.delete(id);
		else this.#places.set(id, message);
	}

	/** The first message in sight of a conversation that is not read at its newest end. */
	placeIn(id: ConversationId): MessageId | null {
		return this.#places.get(id) ?? null;
	}

	deselect(): void {
		this.#ui.set({ selected: null, narrowView: 'navigator' });
	}

	#close(id: ConversationId): void {
		this.#early.delete(id);
		this.#places.delete(id);
		this.#open = this.#open.filter((other) => other !== id);
		this.#setEngine(applyClosed(this.#engine, id));
		this.#client?.command('conversation.close', { conversationId: id }).catch(() => undefined);
	}

	/** (Re)subscribes and loads the first page. */
	#subscribe(id: ConversationId, from: From): void {
		const client = this.#client;
		if (client === null) return;
		if (!this.#engine.conversations.has(id)) {
			this.#early.set(id, from);
			return;
		}
		this.#early.delete(id);
		const missed: PatchOp[] = [];
		this.#duringLoad.set(id, missed);
		this.#setLoadError(id, null);
		const opened = client.command('conversation.open', { conversationId: id });
		const page = client.query('timeline.page', { conversationId: id, from, limit: pageSize });
		const members = client.query('members.page', { conversationId: id, filter: '', offset: 0, limit: 500 });
		Promise.all([page, opened])
			.then(([result]) => {
				// Answers may overtake each other: the place that was asked for last is the one to be shown.
				if (this.#duringLoad.get(id) === missed) this.#loaded(id, result, missed);
			})
			.catch((thrown: unknown) => {
				if (this.#duringLoad.get(id) === missed) this.#setLoadError(id, toChatError(thrown));
			})
			.finally(() => {
				if (this.#duringLoad.get(id) === missed) this.#duringLoad.delete(id);
			});
		members
			.then((result) => {
				if (!this.#open.includes(id)) return;
				const reset: PatchOp = { op: 'members.reset', conversationId: id, ...result };
				this.#setEngine(applyPatch(this.#engine, [reset]));
			})
			.catch(() => undefined);
	}

	#loaded(id: ConversationId, page: TimelinePage, missed: readonly PatchOp[]): void {
		if (!this.#open.includes(id)) return;
		this.#flush();
		this.#setEngine(applyPatch(applyPage(this.#engine, id, page, 'fresh'), missed));
	}

	/** Another try after the first page failed. */
	reload(id: ConversationId): void {
		this.#subscribe(id, { at: 'newest' });
	}

	#setLoadError(id: ConversationId, error: ChatError | null): void {
		const loadErrors = new Map(this.#store.getState().ui.loadErrors);
		if (error === null) loadErrors.delete(id);
		else loadErrors.set(id, error);
		this.#ui.set({ loadErrors });
	}

	/** Reads one more page at one end of the run. */
	async page(id: ConversationId, side: 'before' | 'after'): Promise<void> {
		const edgeNow = (): Message | undefined => this.#engine.timelines.get(id)?.messages.at(side === 'before' ? 0 : -1);
		const edge = edgeNow();
		const key = `${side} ${id}`;
		if (this.#client === null || edge === undefined || this.#paging.has(key)) return;
		this.#paging.add(key);
		try {
			const from = { at: side, sort: edge.sort } as const;
			const page = await this.#client.query('timeline.page', { conversationId: id, from, limit: pageSize });
			// Another run may have taken its place meanwhile: added to that, the page would hide what lies between.
			if (edgeNow()?.id === edge.id) this.#setEngine(applyPage(this.#engine, id, page, side));
		} finally {
			this.#paging.delete(key);
		}
	}

	/** Goes to the newest messages, and reads them first when the run ends before them. */
	toNewest(id: ConversationId): void {
		this.#ui.set({ endWanted: id });
		if (this.#engine.timelines.get(id)?.hasAfter === true) this.#subscribe(id, { at: 'newest' });
	}

	/** Goes to the first message that was unread when the conversation was opened. */
	toFirstUnread(id: ConversationId): void {
		const line = this.#store.getState().ui.unreadFrom.get(id) ?? null;
		if (line !== null) this.#subscribe(id, { at: 'around', sort: { ts: line.ts, seq: line.seq } });
	}
}

function timelineOf(op: PatchOp): ConversationId | null {
	switch (op.op) {
		case 'timeline.put':
		case 'timeline.remove':
		case 'gap.remove':
			return op.conversationId;
		case 'gap.put':
			return op.gap.conversationId;
		default:
			return null;
	}
}

function linkOf(state: ClientState): EngineLink {
	switch (state.kind) {
		case 'connecting':
		case 'open':
			return { kind: state.kind };
		case 'closed':
			return { kind: 'connecting' };
		case 'waiting':
			return { kind: 'waiting', retryAt: state.retryAt };
		case 'refused':
			return { kind: 'refused', error: state.error };
	}
}
