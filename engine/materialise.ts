/** Stored rows and run-time facts → the entities that cross the contract. Pure reads of the state. */
import type { MessageContent, OutgoingContent } from '../protocols/model/content.ts';
import { plainBody, withNewWords } from '../protocols/model/content.ts';
import type { Account, Contact, Conversation, Gap, Message, Reaction } from '../protocols/model/entities.ts';
import { remoteUserId } from '../protocols/model/ids.ts';
import type { AccountId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { withMediaIds } from './media/media-id.ts';
import type { EngineState } from './state.ts';
import type {
	MessageRow,
	OutboxJob,
	StoredAccount,
	StoredContact,
	StoredConversation,
	StoredGap,
	StoredReaction,
} from './store/store.ts';

export function toAccount(state: EngineState, stored: StoredAccount): Account {
	const runtime = state.runtimeOf(stored.id);
	return {
		id: stored.id,
		protocol: stored.protocol,
		address: stored.address,
		label: stored.label,
		enabled: stored.enabled,
		position: stored.position,
		presence: stored.presence,
		connection: runtime.connection,
		self: runtime.self,
		capabilities: runtime.capabilities,
		security: runtime.security,
		privacy: stored.privacy,
	};
}

export function toConversation(state: EngineState, stored: StoredConversation): Conversation {
	return { ...stored, draft: state.drafts.get(stored.id) ?? '' };
}

export function toContact(state: EngineState, stored: StoredContact): Contact {
	const presence = state.presence.get(stored.accountId, stored.remoteId);
	return {
		...stored,
		availability: presence?.availability ?? 'unknown',
		statusText: presence?.statusText ?? '',
		conversationId: state.directByPeer.get(stored.accountId, stored.remoteId) ?? null,
	};
}

export function toGap(state: EngineState, stored: StoredGap): Gap {
	const { token: _token, ...gap } = stored;
	const runtime = state.gapRuntime.get(stored.id);
	return { ...gap, loading: runtime?.loading ?? false, error: runtime?.error ?? null };
}

/** The text of the sidebar's second line. */
export function previewOf(content: Parameters<typeof plainBody>[0]): string {
	return previewLine(plainBody(content));
}

/** One short line of a text. */
function previewLine(text: string): string {
	const line = text.replace(/\s+/g, ' ').trim();
	return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}

/**
 * A withdrawn reaction is kept as a row whose key starts with this character, so that an older "add" that arrives
 * later does not bring it back. Such rows are never shown. The character alone stands for "the whole set was replaced".
 */
export const withdrawnPrefix = '\u0001';

const byTime = (a: StoredReaction, b: StoredReaction): number =>
	a.time - b.time ||
	(a.key < b.key ? -1 : a.key > b.key ? 1 : 0) ||
	(a.sender < b.sender ? -1 : a.sender > b.sender ? 1 : 0);

interface Sender {
	readonly remoteId: StoredReaction['sender'];
	readonly name: string;
	readonly own: boolean;
}

function groupReactions(rows: readonly StoredReaction[], ownKeys: readonly string[] | null, self: Sender): Reaction[] {
	const groups = new Map<string, Sender[]>();
	const add = (key: string, sender: Sender): void => {
		const senders = groups.get(key);
		if (senders === undefined) groups.set(key, [sender]);
		else senders.push(sender);
	};
	for (const row of rows.toSorted(byTime)) {
		if (row.key.startsWith(withdrawnPrefix)) continue;
		if (row.own && ownKeys !== null && !ownKeys.includes(row.key)) continue;
		add(row.key, { remoteId: row.sender, name: row.senderName, own: row.own });
	}
	for (const key of ownKeys ?? []) if (!(groups.get(key) ?? []).some((sender) => sender.own)) add(key, self);
	return Array.from(groups, ([key, senders]) => ({ key, senders }));
}

/** Pending changes of one message, from the outbox, newest decision last. */
interface Overlay {
	readonly content: OutgoingContent | null;
	readonly removed: boolean;
	readonly ownKeys: readonly string[] | null;
	readonly at: number;
}

function overlayOf(jobs: readonly OutboxJob[]): Overlay {
	let content: OutgoingContent | null = null;
	let removed = false;
	let ownKeys: readonly string[] | null = null;
	let at = 0;
	for (const job of jobs) {
		if (job.action.type === 'edit') content = job.action.content;
		else if (job.action.type === 'remove') removed = true;
		else if (job.action.type === 'react') ownKeys = job.action.keys;
		else continue;
		at = job.position;
	}
	return { content, removed, ownKeys, at };
}

const jobsOf = (state: EngineState, row: MessageRow): OutboxJob[] =>
	Array.from(state.jobsOf.get(row.message.id) ?? [], (id) => state.outbox.get(id))
		.filter((job) => job !== undefined)
		.toSorted((a, b) => a.position - b.position);

/** Keys of our own reactions as they will be once the outbox is done. */
export function ownReactionKeys(state: EngineState, row: MessageRow): string[] {
	const { ownKeys } = overlayOf(jobsOf(state, row));
	if (ownKeys !== null) return [...ownKeys];
	return row.reactions
		.filter((reaction) => reaction.own && !reaction.key.startsWith(withdrawnPrefix))
		.map((reaction) => reaction.key);
}

/** Without an account, which only a message on its way out of the profile can lack, there is nothing to fetch with. */
export function shownContent(content: MessageContent, account: AccountId | undefined): MessageContent {
	return account === undefined ? content : withMediaIds(account, content);
}

/**
 * A message as shown: the stored row under the changes that wait in the outbox. The row itself changes only when the
 * network confirmed, so a refused edit needs no undo.
 */
export function toMessage(state: EngineState, row: MessageRow): Message {
	const stored = row.message;
	const overlay = overlayOf(jobsOf(state, row));
	const conversation = state.conversations.get(stored.conversationId);
	const known = conversation === undefined ? null : state.runtimeOf(conversation.accountId).self;
	const account = conversation === undefined ? undefined : state.accounts.get(conversation.accountId);
	const self: Sender = {
		remoteId: known?.remoteId ?? remoteUserId(account?.address ?? 'self'),
		name: known?.name ?? '',
		own: true,
	};
	const removed = stored.removedAt !== null || overlay.removed;
	return {
		id: stored.id,
		conversationId: stored.conversationId,
		sender: stored.sender,
		own: stored.own,
		content: removed
			? { kind: 'text', body: plain('') }
			: shownContent(
					overlay.content === null ? stored.content : withNewWords(stored.content, overlay.content),
					account?.id,
				),
		time: stored.time,
		sort: stored.sort,
		mention: stored.mention,
		encrypted: stored.encrypted,
		replyTo:
			stored.replyTo === null || removed
				? null
				: {
						messageId: row.links.reply?.messageId ?? null,
						senderName: row.links.reply?.senderName ?? stored.replyTo.senderName,
						preview: row.links.reply === null ? stored.replyTo.preview : previewLine(row.links.reply.text),
					},
		thread:
			stored.threadRoot === null
				? null
				: {
						rootId: row.links.thread?.messageId ?? null,
						rootPreview: previewLine(row.links.thread?.text ?? ''),
					},
		threadSummary: row.links.summary,
		expiresAt: stored.expiresAt,
		editedAt: removed || overlay.content === null ? stored.editedAt : overlay.at,
		removedAt: stored.removedAt ?? (overlay.removed ? overlay.at : null),
		removedBy: stored.removedBy,
		reactions: removed ? [] : groupReactions(row.reactions, overlay.ownKeys, self),
		send: stored.send,
	};
}
