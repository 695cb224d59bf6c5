/**
 * IRCv3 batches, nested to a bounded depth. irc-framework loses nested lines and the tags of BATCH lines, so batches
 * are collected here and handed on as one tree when their outermost one closes.
 */
import { type IrcLine, param } from './line.ts';

export interface IrcBatch {
	/** For example `chathistory`, `netsplit`, `draft/multiline`, `labeled-response`. */
	readonly type: string;
	readonly params: readonly string[];
	/** Tags and source of the opening line; the label of a labelled response stands here. */
	readonly opening: IrcLine;
	readonly items: readonly BatchItem[];
	/** False if the batch was cut at a limit: more of it may follow as single lines. */
	readonly complete: boolean;
}
export type BatchItem = { readonly line: IrcLine } | { readonly batch: IrcBatch };

interface OpenBatch {
	readonly id: string;
	readonly opening: IrcLine;
	readonly parent: OpenBatch | null;
	readonly depth: number;
	readonly items: BatchItem[];
}

export const batchLimits = { open: 64, depth: 8, lines: 20_000 } as const;

export type BatchResult =
	/** Not part of any batch. */
	| { readonly kind: 'line' }
	/** Kept until its batch closes. */
	| { readonly kind: 'held' }
	| { readonly kind: 'batch'; readonly batch: IrcBatch };

const held: BatchResult = { kind: 'held' };
const single: BatchResult = { kind: 'line' };

export class BatchAssembler {
	readonly #open = new Map<string, OpenBatch>();
	#lines = 0;

	accept(line: IrcLine): BatchResult {
		const parent = this.#open.get(line.tags.get('batch') ?? '');
		if (line.command === 'BATCH') return this.#control(line, parent ?? null);
		if (parent === undefined) return single;
		parent.items.push({ line });
		this.#lines++;
		return this.#lines > batchLimits.lines ? this.#cut(rootOf(parent)) : held;
	}

	/** Number of open batches, for tests and the account log. */
	get size(): number {
		return this.#open.size;
	}

	#control(line: IrcLine, parent: OpenBatch | null): BatchResult {
		const reference = param(line, 0);
		const id = reference.slice(1);
		if (id === '') return held;
		if (reference.startsWith('+')) {
			const depth = parent === null ? 1 : parent.depth + 1;
			// Over the limit the batch is not opened: its lines then arrive as single lines, which loses nothing.
			if (depth > batchLimits.depth || this.#open.size >= batchLimits.open || this.#open.has(id)) return held;
			this.#open.set(id, { id, opening: line, parent, depth, items: [] });
			return held;
		}
		const batch = this.#open.get(id);
		if (batch === undefined || !reference.startsWith('-')) return held;
		this.#open.delete(id);
		// Children a server forgot to close end with their parent.
		for (const other of this.#open.values()) if (isInside(other, batch)) this.#close(other);
		const closed = seal(batch, true);
		if (batch.parent === null) {
			this.#lines -= countLines(closed);
			return { kind: 'batch', batch: closed };
		}
		batch.parent.items.push({ batch: closed });
		return held;
	}

	#close(batch: OpenBatch): void {
		this.#open.delete(batch.id);
		for (const other of this.#open.values()) if (isInside(other, batch)) this.#close(other);
		batch.parent?.items.push({ batch: seal(batch, false) });
	}

	#cut(root: OpenBatch): BatchResult {
		this.#open.delete(root.id);
		for (const other of this.#open.values()) if (isInside(other, root)) this.#close(other);
		const closed = seal(root, false);
		this.#lines -= countLines(closed);
		return { kind: 'batch', batch: closed };
	}
}

const seal = (batch: OpenBatch, complete: boolean): IrcBatch => ({
	type: param(batch.opening, 1),
	params: batch.opening.params.slice(2),
	opening: batch.opening,
	items: batch.items,
	complete,
});

function rootOf(batch: OpenBatch): OpenBatch {
	let at = batch;
	while (at.parent !== null) at = at.parent;
	return at;
}

function isInside(batch: OpenBatch, ancestor: OpenBatch): boolean {
	for (let at = batch.parent; at !== null; at = at.parent) if (at === ancestor) return true;
	return false;
}

function countLines(batch: IrcBatch): number {
	let count = 0;
	for (const item of batch.items) count += 'line' in item ? 1 : countLines(item.batch);
	return count;
}

/** Every line of a batch in order, with the batches it stands in, outermost first. */
export function* linesIn(
	batch: IrcBatch,
	chain: readonly IrcBatch[] = [],
): Generator<{ line: IrcLine; chain: readonly IrcBatch[] }> {
	const inner = [...chain, batch];
	for (const item of batch.items) {
		if ('line' in item) yield { line: item.line, chain: inner };
		else yield* linesIn(item.batch, inner);
	}
}
