/**
 * From an adapter's batch to a commit: one queue per account, events in order, several waiting batches in one
 * transaction. `emit` resolves when its batch is on disk, which is all the back-pressure an adapter needs to obey.
 */
import type { AdapterBatch, AdapterEvent } from '../protocols/adapter/events.ts';
import { assertNever } from '../protocols/model/assert-never.ts';
import { chatError, ChatException, toChatError } from '../protocols/model/errors.ts';
import type { AccountId, RemoteConversationId, RemoteId, TxnId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { takeRuntimeEvent } from './account-events.ts';
import type { Core } from './core.ts';
import { eventProblem } from './event-guard.ts';
import { announceGap, settleGaps } from './gaps.ts';
import { newRun } from './ingest-run.ts';
import type { Run, Session } from './ingest-run.ts';
import { settleAccepted, settleRejected } from './outbox-settle.ts';
import { putContacts } from './people.ts';
import { noticeOf } from './stages/attention.ts';
import { placeAfter, saneTime, seqOf } from './stages/order.ts';
import { isRelation, relate, targetOf } from './stages/relate.ts';
import {
	isFarewell,
	removeConversation,
	renameConversation,
	resolveConversation,
	serverConversation,
	upsertConversation,
} from './stages/resolve.ts';
import { insertMessage, takeMessage } from './stages/take-message.ts';
import type { Transaction } from './transaction.ts';

/** Events processed in one transaction; others get their turn in between. */
const eventsPerCommit = 256;
/** Events of one account that may wait. An adapter that outruns this does not await `emit`. */
const maxWaitingEvents = 20_000;

interface Waiting {
	readonly session: Session;
	readonly batch: AdapterBatch;
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

interface Queue {
	waiting: Waiting[];
	events: number;
	running: boolean;
}

export class Ingest {
	readonly #core: Core;
	readonly #queues = new Map<AccountId, Queue>();

	constructor(core: Core) {
		this.#core = core;
	}

	/**
	 * Takes a batch; resolves after its commit.
	 * @throws ChatException `storage-failed` when the commit failed; `oversized` when too much waits already
	 */
	emit(session: Session, batch: AdapterBatch): Promise<void> {
		const queue = this.#queueOf(session.accountId);
		if (queue.events + batch.events.length > maxWaitingEvents && queue.waiting.length > 0) {
			return Promise.reject(new ChatException(chatError('oversized', 'too many events wait to be stored')));
		}
		return new Promise((resolve, reject) => {
			queue.waiting.push({ session, batch, resolve, reject });
			queue.events += batch.events.length;
			if (!queue.running) void this.#drain(session.accountId, queue);
		});
	}

	#queueOf(id: AccountId): Queue {
		let queue = this.#queues.get(id);
		if (queue === undefined) {
			queue = { waiting: [], events: 0, running: false };
			this.#queues.set(id, queue);
		}
		return queue;
	}

	async #drain(id: AccountId, queue: Queue): Promise<void> {
		queue.running = true;
		for (;;) {
			const group = takeGroup(queue);
			if (group.length === 0) break;
			try {
				await this.#process(group);
				for (const one of group) one.resolve();
			} catch (thrown) {
				const error = toChatError(thrown);
				this.#core.log.error('batch not stored', { account: id, code: error.code, detail: error.detail });
				for (const one of group) one.reject(thrown);
			}
		}
		queue.running = false;
		if (queue.waiting.length === 0) this.#queues.delete(id);
	}

	/** One huge batch becomes several commits; its cursor goes with the last, so a crash in between only repeats. */
	async #process(group: readonly Waiting[]): Promise<void> {
		const [first] = group;
		if (group.length === 1 && first !== undefined && first.batch.events.length > eventsPerCommit) {
			const { events, cursor, origin } = first.batch;
			for (let from = 0; from < events.length; from += eventsPerCommit) {
				const last = from + eventsPerCommit >= events.length;
				const part = { origin, events: events.slice(from, from + eventsPerCommit) };
				const batch = last && cursor !== undefined ? { ...part, cursor } : part;
				await this.#core.write((tx) => processBatches(this.#core, tx, [{ session: first.session, batch }]));
			}
			return;
		}
		await this.#core.write((tx) => processBatches(this.#core, tx, group));
	}
}

function takeGroup(queue: Queue): Waiting[] {
	const group: Waiting[] = [];
	let events = 0;
	for (;;) {
		const next = queue.waiting[0];
		if (next === undefined) break;
		if (group.length > 0 && events + next.batch.events.length > eventsPerCommit) break;
		queue.waiting.shift();
		group.push(next);
		events += next.batch.events.length;
	}
	queue.events -= events;
	return group;
}

async function processBatches(
	core: Core,
	tx: Transaction,
	group: readonly { readonly session: Session; readonly batch: AdapterBatch }[],
): Promise<void> {
	const live = group.some(({ batch }) => batch.origin === 'live');
	tx.origin = live ? 'live' : 'catchup';
	const [first] = group;
	if (first !== undefined)
		await prefetch(
			newRun(core, tx, first.session, 'live'),
			group.flatMap(({ batch }) => batch.events),
		);
	for (const { session, batch } of group) {
		// The account was removed while its last words were under way.
		if (tx.accounts.get(session.accountId) === undefined) continue;
		const run = newRun(core, tx, session, batch.origin);
		for (const event of batch.events) await takeEvent(run, event);
		await settleGaps(run);
		if (batch.cursor !== undefined) tx.putCursor(session.accountId, batch.cursor);
		notify(run);
	}
}

/** Looks up what the batch will ask for, in one read per conversation instead of several per event. */
async function prefetch(run: Run, events: readonly AdapterEvent[]): Promise<void> {
	const wanted = new Map<RemoteConversationId, { ids: RemoteId[]; fresh: RemoteId[] }>();
	const txns: TxnId[] = [];
	const of = (remote: RemoteConversationId): { ids: RemoteId[]; fresh: RemoteId[] } => {
		let entry = wanted.get(remote);
		if (entry === undefined) {
			entry = { ids: [], fresh: [] };
			wanted.set(remote, entry);
		}
		return entry;
	};
	for (const event of events) {
		if (eventProblem(event) !== null) continue;
		if (event.type === 'message') {
			const entry = of(event.conversation);
			entry.ids.push(...event.message.ids, ...(event.message.replyTo?.ids ?? []));
			entry.fresh.push(...event.message.ids);
			if (event.message.txnId !== null) txns.push(event.message.txnId);
		} else if (isRelation(event)) of(event.conversation).ids.push(...targetOf(event));
	}
	// All at once: the store answers in order anyway, and waiting for each answer would cost a turn per conversation.
	const reads: Promise<void>[] = [run.tx.messages.prefetchTxns(run.session.accountId, txns)];
	for (const [remote, { ids, fresh }] of wanted) {
		const conversation = run.tx.conversationByRemote(run.session.accountId, remote);
		if (conversation === undefined) continue;
		reads.push(run.tx.messages.prefetch(conversation.id, ids), run.tx.messages.prefetchOrphans(conversation.id, fresh));
	}
	await Promise.all(reads);
}

async function takeEvent(run: Run, event: AdapterEvent): Promise<void> {
	const problem = eventProblem(event);
	if (problem !== null) {
		run.core.log.warn('event skipped', { account: run.session.accountId, type: String(event?.type), problem });
		return;
	}
	try {
		await dispatch(run, event);
	} catch (thrown) {
		// A full disk concerns the whole batch; anything else concerns this event.
		if (thrown instanceof ChatException && thrown.error.code === 'storage-failed') throw thrown;
		run.core.log.error('event failed', {
			account: run.session.accountId,
			type: event.type,
			error: thrown instanceof Error ? thrown.message : String(thrown),
		});
	}
}

async function dispatch(run: Run, event: AdapterEvent): Promise<void> {
	switch (event.type) {
		case 'message':
			return takeMessage(run, event.conversation, event.message);
		case 'message-edited':
		case 'message-removed':
		case 'reaction':
		case 'receipt':
		case 'read-marker':
			return relate(run, resolveConversation(run, event.conversation, null), event, run.now);
		case 'conversation-upsert':
			if (!isFarewell(run, event.conversation)) upsertConversation(run, event.conversation);
			return;
		case 'conversation-removed':
			return removeConversation(run, event.conversation);
		case 'conversation-renamed':
			return renameConversation(run, event.from, event.to, event.name);
		case 'gap':
			return announceGap(run, resolveConversation(run, event.conversation, null), event.token, event.fillable);
		case 'send-result':
			return sendResult(run, event);
		case 'contacts-snapshot':
			return putContacts(run, event.contacts, null);
		case 'contacts-delta':
			return putContacts(run, event.upsert, event.remove);
		case 'server-text':
			return serverText(run, event);
		case 'connection':
		case 'security':
		case 'self':
		case 'account-capabilities':
		case 'own-presence':
		case 'members-snapshot':
		case 'members-delta':
		case 'typing':
		case 'presence':
		case 'user-renamed':
		case 'decision-needed':
		case 'decision-withdrawn':
			return takeRuntimeEvent(run, event);
		default:
			return assertNever(event);
	}
}

async function sendResult(run: Run, event: Extract<AdapterEvent, { type: 'send-result' }>): Promise<void> {
	const job = run.tx.outbox.get(event.txnId);
	if (job === undefined || job.accountId !== run.session.accountId) return;
	if (event.outcome.kind === 'accepted')
		await settleAccepted(run.tx, job, event.outcome.ids, event.outcome.time, run.now);
	else await settleRejected(run.tx, job, event.outcome.error);
}

async function serverText(run: Run, event: Extract<AdapterEvent, { type: 'server-text' }>): Promise<void> {
	const conversation = serverConversation(run, event.conversation);
	const time = saneTime(event.time, run.now);
	const sort = placeAfter(await run.tx.tail(conversation.id), time, run.now, seqOf(run.core.state.nextMessageId));
	// Greetings and answers to one's own commands are not news; what the server says on its own is.
	const quiet = event.reply || event.level === 'info' || event.level === 'motd';
	await insertMessage(
		run,
		conversation,
		{
			ids: [],
			sender: { remoteId: run.core.serverSender, name: '', strength: 'stable' },
			own: false,
			txnId: null,
			content: quiet
				? { kind: 'system', system: { event: 'info', text: event.text } }
				: { kind: 'notice', body: plain(event.text) },
			time,
			mention: false,
			encrypted: false,
			replyTo: null,
			threadRoot: null,
		},
		sort,
	);
}

/** At most one notification per conversation and batch: the newest message stands for the others. */
function notify(run: Run): void {
	for (const [id, message] of run.notable) {
		run.tx.after(() => {
			const conversation = run.core.state.conversations.get(id);
			// What came later in the batch may have changed it or taken it away.
			const current = run.tx.messages.row(message.id)?.message;
			if (conversation === undefined || current === undefined || current.hidden || current.removedAt !== null) return;
			const op = noticeOf(run.core.state, conversation, current);
			run.core.state.shownNotices.set(id, current.id);
			run.core.patches.push(op);
			run.core.host.notify({
				conversationId: op.conversationId,
				messageId: op.messageId,
				title: op.title,
				body: op.body,
			});
		});
	}
}
