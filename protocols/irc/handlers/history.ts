/**
 * draft/chathistory: pages on request, catch-up after a reconnect with honest gaps, and proof of what reached the
 * server. Playback that a server sends by itself is handled where lines are (origin `catchup`).
 */
import type { AdapterAction, ActionOutcome } from '../../adapter/actions.ts';
import type { HistoryPage, HistoryRequest } from '../../adapter/adapter.ts';
import type { AdapterEvent } from '../../adapter/events.ts';
import { plainBody } from '../../model/content.ts';
import { type ChatError, ChatException, chatError, fail } from '../../model/errors.ts';
import type { RemoteConversationId, RemoteId } from '../../model/ids.ts';
import type { IrcBatch } from '../batches.ts';
import { errorOf } from '../errors.ts';
import { type IrcLine, param, timeOf } from '../line.ts';
import { idsOf, mapMultiline, mapRelation, mapSaid, systemMessage } from '../message-mapper.ts';
import type { Runtime } from '../runtime.ts';
import { channelEvents } from './channel.ts';
import { membershipEvent } from './membership.ts';

/** Place in a target's history as CHATHISTORY wants it. */
export interface Reference {
	readonly msgid: string | null;
	readonly time: number;
}

const pageLimit = 100;
const catchUpLimit = 100;
const maxTargets = 200;

export const timestampOf = (time: number): string =>
	`timestamp=${new Date(Math.max(0, Math.min(time, 8e12))).toISOString()}`;

/** The batch answering a CHATHISTORY command, its lines flat. */
interface RawPage {
	readonly batch: IrcBatch;
	readonly events: readonly AdapterEvent[];
	readonly oldest: Reference | null;
	readonly newest: Reference | null;
	/** Lines the server gave, mapped or not. */
	readonly count: number;
}

interface WaitingBatch {
	readonly type: string;
	readonly target: string | null;
	readonly settle: (batch: IrcBatch | ChatError) => void;
}

export class History {
	readonly #runtime: Runtime;
	readonly #waiting: WaitingBatch[] = [];

	constructor(runtime: Runtime) {
		this.#runtime = runtime;
	}

	get available(): boolean {
		return this.#runtime.session.caps.has('draft/chathistory') && this.#runtime.session.caps.has('batch');
	}

	/** Takes a batch somebody waits for; true if it was taken. */
	onBatch(batch: IrcBatch): boolean {
		const { session } = this.#runtime;
		const target = batch.params[0] ?? '';
		const at = this.#waiting.findIndex(
			(entry) => entry.type === batch.type && (entry.target === null || session.same(entry.target, target)),
		);
		const [entry] = at < 0 ? [] : this.#waiting.splice(at, 1);
		entry?.settle(batch);
		return entry !== undefined;
	}

	/** An error line of CHATHISTORY fails the oldest question. */
	onFail(line: IrcLine): boolean {
		if (line.command !== 'FAIL' || param(line, 0).toUpperCase() !== 'CHATHISTORY') return false;
		this.#waiting.shift()?.settle(errorOf(line) ?? chatError('server-error'));
		return true;
	}

	close(error: ChatError): void {
		for (const entry of this.#waiting.splice(0)) entry.settle(error);
	}

	/** @throws ChatException when the server keeps no history or refuses */
	async page(request: HistoryRequest, signal: AbortSignal): Promise<HistoryPage> {
		if (!this.available) fail('unsupported', 'the server keeps no history');
		const limit = Math.min(Math.max(1, request.limit), pageLimit, this.#serverLimit());
		const reference = request.token === null ? await this.#anchorOf(request) : readToken(request.token);
		const backward = request.direction === 'backward';
		const verb = reference === null ? 'LATEST' : backward ? 'BEFORE' : 'AFTER';
		const raw = await this.#ask(verb, request.conversation, reference, limit, signal);
		// Not a full page: servers leave out what they cannot show, so only an empty one proves the end.
		const edge = backward ? raw.oldest : raw.newest;
		// A server that gives the same edge again would be asked for ever.
		const stuck = edge !== null && reference !== null && edge.time === reference.time && edge.msgid === reference.msgid;
		const reachedEnd = raw.count === 0 || stuck;
		return { events: raw.events, next: reachedEnd || edge === null ? null : makeToken(edge), reachedEnd };
	}

	async #anchorOf(request: HistoryRequest): Promise<Reference | null> {
		const { anchor } = request;
		return anchor === null ? null : { msgid: serverId(anchor.ids), time: anchor.time };
	}

	#serverLimit(): number {
		const announced =
			this.#runtime.session.isupport.number('CHATHISTORY') ??
			this.#runtime.session.isupport.number('DRAFT/CHATHISTORY');
		return announced === null || announced === 0 ? pageLimit : announced;
	}

	/** A reference in the kind the server understands best. */
	#reference(reference: Reference | null): string {
		if (reference === null) return '*';
		const kinds = this.#runtime.session.isupport.get('MSGREFTYPES')?.split(',');
		const useId = reference.msgid !== null && (kinds === undefined ? true : kinds.includes('msgid'));
		return useId ? `msgid=${reference.msgid}` : timestampOf(reference.time);
	}

	async #ask(
		verb: string,
		target: string,
		reference: Reference | null,
		limit: number,
		signal: AbortSignal,
	): Promise<RawPage> {
		const batch = await this.#command(
			[verb, target, this.#reference(reference), String(limit)],
			'chathistory',
			target,
			signal,
		);
		return this.#read(batch);
	}

	async #command(
		params: readonly string[],
		type: string,
		target: string | null,
		signal: AbortSignal,
	): Promise<IrcBatch> {
		const { requests } = this.#runtime;
		if (signal.aborted) fail('cancelled');
		if (requests.labelled) {
			const answer = await requests.ask('CHATHISTORY', params, { priority: 'background', claimed: true });
			if (answer.kind === 'none') throw new ChatException(answer.error);
			const failure = answer.lines.map(errorOf).find((error) => error !== null);
			if (failure !== undefined) throw new ChatException(failure);
			return (answer.batch === null ? null : findBatch(answer.batch, type)) ?? emptyBatch(type, target);
		}
		return new Promise((resolve, reject) => {
			const cancel = this.#runtime.context.clock.after(30_000, () => entry.settle(chatError('timeout')));
			const onAbort = (): void => entry.settle(chatError('cancelled'));
			const entry: WaitingBatch = {
				type,
				target,
				settle: (result) => {
					cancel();
					signal.removeEventListener('abort', onAbort);
					const at = this.#waiting.indexOf(entry);
					if (at >= 0) this.#waiting.splice(at, 1);
					if ('code' in result) reject(new ChatException(result));
					else resolve(result);
				},
			};
			signal.addEventListener('abort', onAbort, { once: true });
			this.#waiting.push(entry);
			requests.send('CHATHISTORY', params, { priority: 'background' });
		});
	}

	#read(batch: IrcBatch): RawPage {
		const { session, context } = this.#runtime;
		const now = context.clock.now();
		const events: { readonly time: number; readonly event: AdapterEvent }[] = [];
		let oldest: Reference | null = null;
		let newest: Reference | null = null;
		let count = 0;
		const see = (line: IrcLine, found: readonly AdapterEvent[]): void => {
			count++;
			const reference = { msgid: serverId(idsOf(line)), time: timeOf(line) ?? now };
			if (oldest === null || reference.time < oldest.time) oldest = reference;
			if (newest === null || reference.time >= newest.time) newest = reference;
			if (this.#runtime.blocks.hides(line)) return;
			for (const event of found) events.push({ time: reference.time, event });
		};
		for (const item of batch.items) {
			if ('batch' in item) {
				const said = item.batch.type === 'draft/multiline' ? mapMultiline(item.batch, session, now) : null;
				see(
					spoken(item.batch),
					said === null ? [] : [{ type: 'message', conversation: said.conversation, message: said.message }],
				);
			} else see(item.line, this.#eventsOf(item.line, session.conversationId(batch.params[0] ?? ''), now));
		}
		// Nested batches close before their neighbours, so only the time tells the order; the sort is stable.
		events.sort((a, b) => a.time - b.time);
		return { batch, events: events.map((entry) => entry.event), oldest, newest, count };
	}

	#eventsOf(line: IrcLine, conversation: RemoteConversationId, now: number): AdapterEvent[] {
		const { session } = this.#runtime;
		switch (line.command) {
			case 'PRIVMSG':
			case 'NOTICE': {
				const said = mapSaid(line, session, now);
				// Replies of services and servers may name a target of their own; the page decides where they belong.
				return said === null ? [] : [{ type: 'message', conversation, message: said.message }];
			}
			case 'TAGMSG':
			case 'REDACT': {
				const relation = mapRelation(line, session, now, false);
				return relation === null ? [] : [relation];
			}
			default: {
				const membership = membershipEvent(line, session);
				const system = membership === null ? channelEvents(line, session) : [membership];
				return system.map((event) => systemMessage(line, session, conversation, event, now));
			}
		}
	}

	/**
	 * What was missed in one conversation since its newest stored message. Newest first: when more was missed than one
	 * page holds, the rest becomes a gap that can be filled later.
	 * @param since where to begin when nothing is stored; null: then the history is one gap
	 */
	async catchUp(conversation: RemoteConversationId, since: number | null, signal: AbortSignal): Promise<void> {
		if (!this.available) return;
		const { context, sink } = this.#runtime;
		const known = await context.known.newest(conversation);
		if (known === null && since === null) {
			sink.push({ type: 'gap', conversation, token: null, fillable: true }, 'catchup');
			return;
		}
		// By time, not by id: a server that restarted has forgotten the id and then answers with nothing at all. Once more
		// what shares the last millisecond; it is left out below.
		const from: Reference = { msgid: null, time: known === null ? (since ?? 0) : known.time - 1 };
		const limit = Math.min(catchUpLimit, this.#serverLimit());
		const raw = await this.#ask('LATEST', conversation, from, limit, signal);
		const fresh = await this.#unknown(conversation, raw.events);
		if (fresh.length === 0) return;
		if (raw.count >= limit && raw.oldest !== null)
			sink.push({ type: 'gap', conversation, token: makeToken(raw.oldest), fillable: true }, 'catchup');
		for (const event of fresh) sink.push(event, 'catchup');
	}

	/** Leaves out messages that are stored already: servers count timestamps inclusively or round them. */
	async #unknown(
		conversation: RemoteConversationId,
		events: readonly AdapterEvent[],
	): Promise<readonly AdapterEvent[]> {
		const ids = events.map((event) => (event.type === 'message' ? event.message.ids : []));
		const asked = ids.flat();
		const has = asked.length === 0 ? [] : await this.#runtime.context.known.has(conversation, asked);
		const stored = new Set(asked.filter((_id, at) => has[at] === true).map((id) => id.value));
		return events.filter((_event, at) => !(ids[at] ?? []).some((id) => stored.has(id.value)));
	}

	/** Conversations with something new since a moment: finds private messages of people we have not talked to yet. */
	async targets(since: number, signal: AbortSignal): Promise<readonly string[]> {
		if (!this.available) return [];
		const now = this.#runtime.context.clock.now();
		// TARGETS excludes both ends; the server's clock may be ahead of ours.
		const params = [
			'TARGETS',
			timestampOf(since),
			timestampOf(now + 86_400_000),
			String(Math.min(maxTargets, this.#serverLimit())),
		];
		const batch = await this.#command(params, 'draft/chathistory-targets', null, signal);
		return batch.items.flatMap((item) =>
			'line' in item && item.line.command === 'CHATHISTORY' ? [param(item.line, 1)] : [],
		);
	}

	/** Did a message of ours reach the server? Looks for its text since the attempt. */
	async outcomeOf(
		action: AdapterAction,
		attemptedAt: number,
		texts: readonly string[],
	): Promise<ActionOutcome | 'not-sent' | 'unknown'> {
		if (action.type !== 'send' || !this.available) return 'unknown';
		const limit = Math.min(pageLimit, this.#serverLimit());
		// A minute of slack for clocks that disagree.
		const since: Reference = { msgid: null, time: attemptedAt - 60_000 };
		const raw = await this.#ask('AFTER', action.conversation, since, limit, new AbortController().signal);
		const found: RemoteId[] = [];
		let time: number | null = null;
		for (const event of raw.events) {
			if (event.type !== 'message' || !event.message.own) continue;
			const content = event.message.content;
			// A file is its address.
			const said = content.kind === 'media' ? (content.caption?.text ?? '') : plainBody(content);
			if (!texts.includes(said)) continue;
			found.push(...event.message.ids);
			time = event.message.time;
		}
		if (found.length >= texts.length && texts.length > 0) return { kind: 'accepted', ids: found, time };
		if (found.length > 0) return 'unknown';
		if (raw.count >= limit) return 'unknown';
		// Absence proves something only if the server still knows the time before: a restart may have emptied its history.
		const before: Reference = { msgid: null, time: attemptedAt };
		const remembers =
			(raw.oldest !== null && raw.oldest.time < attemptedAt) ||
			(await this.#ask('BEFORE', action.conversation, before, 1, new AbortController().signal)).count > 0;
		return remembers ? 'not-sent' : 'unknown';
	}
}

/** A multiline batch as one line of its author. */
const spoken = (batch: IrcBatch): IrcLine => ({ ...batch.opening, command: 'PRIVMSG' });

const serverId = (ids: readonly RemoteId[]): string | null => ids.find((id) => id.kind === 'server')?.value ?? null;

const makeToken = (reference: Reference): string => JSON.stringify([reference.msgid, reference.time]);

function readToken(token: string): Reference {
	try {
		const value: unknown = JSON.parse(token);
		const [msgid, time] = Array.isArray(value) ? (value as readonly unknown[]) : [];
		if ((msgid === null || typeof msgid === 'string') && typeof time === 'number') return { msgid, time };
	} catch {
		// Falls through to the typed error.
	}
	return fail('bad-input', 'history token');
}

function findBatch(batch: IrcBatch, type: string): IrcBatch | null {
	if (batch.type === type) return batch;
	for (const item of batch.items) {
		const found = 'batch' in item ? findBatch(item.batch, type) : null;
		if (found !== null) return found;
	}
	return null;
}

const emptyBatch = (type: string, target: string | null): IrcBatch => ({
	type,
	params: target === null ? [] : [target],
	opening: { tags: new Map(), source: null, command: 'BATCH', params: [] },
	items: [],
	complete: true,
});
