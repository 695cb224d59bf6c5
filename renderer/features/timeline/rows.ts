/**
 * From messages to what the timeline shows: day separators, one unread line, gap markers, groups by sender, folded
 * system events. Pure; rows keep their keys while messages around them change.
 */
import { compareSort } from '../../../protocols/model/entities.ts';
import type { Gap, Message, SortKey } from '../../../protocols/model/entities.ts';
import { dayNumber } from '../../i18n/times.ts';

/** Messages of one sender closer than this stand under one name. */
const groupMs = 5 * 60_000;

export type Row =
	| { readonly kind: 'day'; readonly key: string; readonly time: number }
	| { readonly kind: 'unread'; readonly key: string }
	| { readonly kind: 'gap'; readonly key: string; readonly gap: Gap }
	| { readonly kind: 'start'; readonly key: string }
	| {
			readonly kind: 'message';
			readonly key: string;
			readonly message: Message;
			readonly isFirst: boolean;
			readonly isLast: boolean;
	  }
	| { readonly kind: 'system'; readonly key: string; readonly messages: readonly Message[] };

/** There is one unread line at most. */
export const unreadKey = 'unread';

export interface RowOptions {
	readonly gaps: readonly Gap[];
	/** Read position when the conversation was opened; null: no unread line. */
	readonly unreadFrom: SortKey | null;
	/** Nothing older is stored. */
	readonly atStart: boolean;
	readonly systemEvents: 'fold' | 'hide' | 'show';
}

const isSystem = (message: Message): boolean => message.content.kind === 'system';

/** Room traffic that may be folded; what changes the room itself is always shown. */
export function isTraffic(message: Message): boolean {
	if (message.content.kind !== 'system') return false;
	const { event } = message.content.system;
	return event === 'join' || event === 'leave' || event === 'quit' || event === 'rename' || event === 'mode';
}

function continues(previous: Message, message: Message): boolean {
	return (
		!isSystem(previous) &&
		!isSystem(message) &&
		previous.sender.remoteId === message.sender.remoteId &&
		previous.sender.name === message.sender.name &&
		previous.own === message.own &&
		previous.content.kind !== 'emote' &&
		message.content.kind !== 'emote' &&
		message.replyTo === null &&
		message.time - previous.time < groupMs &&
		message.time >= previous.time - groupMs &&
		dayNumber(previous.time) === dayNumber(message.time)
	);
}

/** Who spoke recently enough that his coming and going is worth a line. */
function speakers(messages: readonly Message[]): ReadonlySet<string> {
	return new Set(messages.filter((message) => !isSystem(message)).map((message) => message.sender.remoteId));
}

function shownMessages(messages: readonly Message[], mode: RowOptions['systemEvents']): readonly Message[] {
	const spoke = mode === 'hide' ? speakers(messages) : null;
	return messages.filter((message) => {
		if (message.send?.kind === 'cancelled') return false;
		return spoke === null || !isTraffic(message) || spoke.has(message.sender.remoteId);
	});
}

class RowBuilder {
	readonly rows: Row[] = [];
	readonly #options: RowOptions;
	readonly #gaps: Gap[];
	#previous: Message | null = null;
	#unreadDone: boolean;
	/** The run begins at or before the read position. */
	#reachesRead: boolean;

	constructor(options: RowOptions) {
		this.#options = options;
		this.#unreadDone = options.unreadFrom === null;
		this.#reachesRead = options.atStart;
		this.#gaps = options.gaps.toSorted((a, b) => orderOf(a) - orderOf(b));
	}

	add(message: Message): void {
		this.#gapsBefore(message.sort);
		if (this.#previous === null || dayNumber(this.#previous.time) !== dayNumber(message.time)) this.#day(message);
		this.#unreadBefore(message);
		if (this.#options.systemEvents !== 'show' && isTraffic(message)) this.#traffic(message);
		else if (isSystem(message)) this.rows.push({ kind: 'system', key: `s${message.id}`, messages: [message] });
		else this.#message(message);
		this.#previous = message;
	}

	finish(): readonly Row[] {
		for (const gap of this.#gaps.splice(0)) this.#gap(gap);
		return this.rows;
	}

	#day(message: Message): void {
		this.rows.push({ kind: 'day', key: `d${dayNumber(message.time)}-${message.id}`, time: message.time });
	}

	#gapsBefore(sort: SortKey): void {
		while (this.#gaps[0] !== undefined && isAtOrBefore(this.#gaps[0], sort)) {
			const gap = this.#gaps.shift();
			if (gap !== undefined) this.#gap(gap);
		}
	}

	#gap(gap: Gap): void {
		this.rows.push({ kind: 'gap', key: `g${gap.id}`, gap });
		this.#previous = null;
	}

	/**
	 * Only messages of others start the unread line: one's own are read by definition. Where the first unread message may
	 * be older than all that is loaded, there is no line yet.
	 */
	#unreadBefore(message: Message): void {
		const from = this.#options.unreadFrom;
		if (this.#unreadDone || from === null) return;
		if (compareSort(message.sort, from) <= 0) {
			this.#reachesRead = true;
			return;
		}
		if (!this.#reachesRead || message.own || isSystem(message)) return;
		this.rows.push({ kind: 'unread', key: unreadKey });
		this.#unreadDone = true;
	}

	#traffic(message: Message): void {
		const last = this.rows.at(-1);
		if (last?.kind === 'system' && last.messages.every(isTraffic)) {
			this.rows[this.rows.length - 1] = { ...last, messages: [...last.messages, message] };
		} else this.rows.push({ kind: 'system', key: `s${message.id}`, messages: [message] });
	}

	#message(message: Message): void {
		const last = this.rows.at(-1);
		const joins = last?.kind === 'message' && continues(last.message, message);
		if (joins) this.rows[this.rows.length - 1] = { ...last, isLast: false };
		this.rows.push({ kind: 'message', key: `m${message.id}`, message, isFirst: !joins, isLast: true });
	}
}

/** Where a gap stands: directly before its upper neighbour; at the end when it has none. */
function orderOf(gap: Gap): number {
	return gap.before?.ts ?? gap.after?.ts ?? Number.POSITIVE_INFINITY;
}

function isAtOrBefore(gap: Gap, sort: SortKey): boolean {
	if (gap.before !== null) return compareSort(gap.before, sort) <= 0;
	return gap.after !== null && compareSort(gap.after, sort) < 0;
}

export function buildRows(messages: readonly Message[], options: RowOptions): readonly Row[] {
	const shown = shownMessages(messages, options.systemEvents);
	const builder = new RowBuilder(options);
	for (const message of shown) builder.add(message);
	const rows = builder.finish();
	const startsWithGap = rows[0]?.kind === 'gap';
	return options.atStart && shown.length > 0 && !startsWithGap ? [{ kind: 'start', key: 'start' }, ...rows] : rows;
}

/** What happened in a folded run: net effects, so that somebody who came and went is counted once. */
export interface FoldSummary {
	readonly joined: readonly string[];
	readonly left: readonly string[];
	readonly passed: readonly string[];
	readonly renamed: readonly string[];
	readonly other: number;
}

export function summarise(messages: readonly Message[]): FoldSummary {
	const moves = new Map<string, { name: string; first: 'in' | 'out'; last: 'in' | 'out' }>();
	const renamed = new Map<string, string>();
	let other = 0;
	for (const { content } of messages) {
		if (content.kind !== 'system') continue;
		const { system } = content;
		if (system.event === 'join' || system.event === 'leave' || system.event === 'quit') {
			const way = system.event === 'join' ? 'in' : 'out';
			const known = moves.get(system.user);
			moves.set(system.user, { name: system.name, first: known?.first ?? way, last: way });
		} else if (system.event === 'rename') renamed.set(system.user, system.newName);
		else other += 1;
	}
	const those = (first: string, last: string): string[] =>
		[...moves.values()].filter((move) => move.first === first && move.last === last).map((move) => move.name);
	return {
		joined: those('in', 'in'),
		left: those('out', 'out'),
		passed: [...those('in', 'out'), ...those('out', 'in')],
		renamed: [...renamed.values()],
		other,
	};
}
