/** What one client wants to hear. Survives a lost link, so that missed patches can be replayed to it. */
import type { ConversationId } from '../../protocols/model/ids.ts';
import type { PatchOp } from '../contract/patches.ts';
import { scopeOf } from '../patches.ts';

/** Conversations one client may have open at a time. */
export const maxOpen = 64;

export class Subscriptions {
	readonly #open = new Set<ConversationId>();
	readonly #isDirect: (id: ConversationId) => boolean;

	constructor(isDirect: (id: ConversationId) => boolean) {
		this.#isDirect = isDirect;
	}

	has(id: ConversationId): boolean {
		return this.#open.has(id);
	}

	get size(): number {
		return this.#open.size;
	}

	open(id: ConversationId): void {
		this.#open.add(id);
	}

	close(id: ConversationId): void {
		this.#open.delete(id);
	}

	clear(): void {
		this.#open.clear();
	}

	/** The ops of a frame that this client gets. */
	select(ops: readonly PatchOp[]): readonly PatchOp[] {
		return ops.filter((op) => {
			// Typing in a one-to-one chat shows in the list of conversations too.
			if (op.op === 'typing') return this.#open.has(op.conversationId) || this.#isDirect(op.conversationId);
			const scope = scopeOf(op);
			return scope === null || this.#open.has(scope);
		});
	}
}
