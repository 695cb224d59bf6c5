/** Unread marks outside the window: the icon's badge, and notifications that have become old. */
import type { Core } from './core.ts';
import type { Transaction } from './transaction.ts';

export class UnreadBadge {
	readonly #core: Core;
	#attention = -1;
	#unread = -1;

	constructor(core: Core) {
		this.#core = core;
	}

	/** After a commit; counts anew only when a conversation changed. */
	update(tx: Transaction): void {
		if (tx.conversations.changes.size === 0) return;
		for (const [id, conversation] of tx.conversations.changes) {
			if (conversation === null || (conversation.unread === 0 && tx.unreadBefore.get(id) !== 0))
				this.#core.host.clearNotification(id);
		}
		this.show();
	}

	/** Tells the host when the numbers are new. */
	show(): void {
		let attention = 0;
		let unread = 0;
		for (const conversation of this.#core.state.conversations.values()) {
			if (conversation.archived || conversation.notify === 'none') continue;
			unread += conversation.unread;
			attention += conversation.kind === 'direct' ? conversation.unread : conversation.mentions;
		}
		if (attention === this.#attention && unread === this.#unread) return;
		this.#attention = attention;
		this.#unread = unread;
		this.#core.host.badge({ attention, unread });
	}
}
