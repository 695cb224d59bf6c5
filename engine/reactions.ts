/**
 * Reactions as last-writer-wins per sender and key, so that adds, removals and whole sets reach one end state in any
 * order of arrival. Withdrawals leave an invisible mark with their time (see `withdrawnPrefix`).
 */
import type { IdentityStrength } from '../protocols/model/entities.ts';
import type { RemoteId, RemoteUserId } from '../protocols/model/ids.ts';
import { withdrawnPrefix } from './materialise.ts';
import type { MessageRow, StoredReaction } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** What one sender may put on one message; more is somebody playing. */
const limits = { perSender: 24, perMessage: 1000, keyLength: 64 } as const;

export interface ReactionChange {
	readonly sender: RemoteUserId;
	readonly senderName: string;
	readonly strength: IdentityStrength;
	readonly own: boolean;
	readonly op: 'set' | 'add' | 'remove';
	readonly keys: readonly string[];
	readonly ids: readonly RemoteId[];
	readonly time: number;
}

/** @param isTheirs was this reaction, under the sender's name, really put by the same person? */
export function applyReaction(
	tx: Transaction,
	row: MessageRow,
	change: ReactionChange,
	isTheirs: (reaction: StoredReaction) => boolean = () => true,
): void {
	const keys = [...new Set(change.keys)]
		.filter((key) => key.length > 0 && key.length <= limits.keyLength && !key.startsWith(withdrawnPrefix))
		.slice(0, limits.perSender);
	const mine = (): StoredReaction[] => row.reactions.filter((reaction) => reaction.sender === change.sender);
	const timeOf = (key: string): number => mine().find((reaction) => reaction.key === key)?.time ?? -1;
	const isForeign = (key: string): boolean => mine().some((reaction) => reaction.key === key && !isTheirs(reaction));
	const replacedAt = timeOf(withdrawnPrefix);
	if (change.op === 'set') {
		if (change.time < replacedAt) return;
		for (const reaction of mine())
			if (reaction.time < change.time && (reaction.key.startsWith(withdrawnPrefix) || isTheirs(reaction)))
				tx.messages.removeReaction(row.message.id, change.sender, reaction.key);
		put(tx, row, change, withdrawnPrefix, change.time);
		for (const key of keys)
			if (!isForeign(key) && timeOf(withdrawnPrefix + key) < change.time) add(tx, row, change, key, timeOf(key));
		return;
	}
	if (change.time < replacedAt) return;
	for (const key of keys) {
		if (isForeign(key)) continue;
		const present = timeOf(key);
		const withdrawn = timeOf(withdrawnPrefix + key);
		if (change.op === 'add') {
			if (withdrawn >= change.time) continue;
			if (withdrawn >= 0) tx.messages.removeReaction(row.message.id, change.sender, withdrawnPrefix + key);
			add(tx, row, change, key, present);
		} else {
			if (present > change.time) continue;
			if (present >= 0) tx.messages.removeReaction(row.message.id, change.sender, key);
			put(tx, row, change, withdrawnPrefix + key, Math.max(withdrawn, change.time));
		}
	}
}

function add(tx: Transaction, row: MessageRow, change: ReactionChange, key: string, present: number): void {
	if (present < 0) {
		const visible = row.reactions.filter((reaction) => !reaction.key.startsWith(withdrawnPrefix));
		if (visible.length >= limits.perMessage) return;
		if (visible.filter((reaction) => reaction.sender === change.sender).length >= limits.perSender) return;
	}
	if (present < change.time) put(tx, row, change, key, change.time);
}

function put(tx: Transaction, row: MessageRow, change: ReactionChange, key: string, time: number): void {
	tx.messages.putReaction({
		messageId: row.message.id,
		sender: change.sender,
		senderName: change.senderName,
		strength: change.strength,
		own: change.own,
		key,
		ids: key.startsWith(withdrawnPrefix) ? [] : change.ids,
		time,
	});
}

/** A reaction was removed by its own id: the same event told again must not bring it back. */
export function withdrawReaction(tx: Transaction, reaction: StoredReaction): void {
	tx.messages.removeReaction(reaction.messageId, reaction.sender, reaction.key);
	tx.messages.putReaction({ ...reaction, key: withdrawnPrefix + reaction.key, ids: [] });
}
