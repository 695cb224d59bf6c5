/**
 * Collects what changed, merges it per tick and hands finished frames to their takers. Last write wins per entity, so a
 * burst of a thousand changes to one conversation costs one op. Finished frames stay in a bounded ring for clients that
 * reconnect.
 */
import type { Clock } from '../protocols/adapter/context.ts';
import { assertNever } from '../protocols/model/assert-never.ts';
import type { Member, Message } from '../protocols/model/entities.ts';
import type { ConversationId, MessageId, RemoteUserId } from '../protocols/model/ids.ts';
import type { PatchOp } from './contract/patches.ts';

export interface PatchFrame {
	readonly seq: number;
	readonly ops: readonly PatchOp[];
}

const patchTiming = { liveMs: 16, catchupMs: 100 } as const;
/** The ring remembers this many frames, holding at most this many ops together. */
const ringLimits = { frames: 1024, ops: 20_000 } as const;
/** A tick that grew to this many ops is sent at once. */
const maxPendingOps = 2000;

/** Timeline and member ops belong to the clients that have the conversation open; null: to everybody. */
export function scopeOf(op: PatchOp): ConversationId | null {
	switch (op.op) {
		case 'timeline.put':
		case 'timeline.remove':
		case 'gap.remove':
		case 'members.reset':
		case 'members.delta':
		case 'receipt.put':
			return op.conversationId;
		case 'gap.put':
			return op.gap.conversationId;
		case 'typing':
		case 'account.put':
		case 'account.remove':
		case 'conversation.put':
		case 'conversation.remove':
		case 'contact.put':
		case 'contact.remove':
		case 'person.put':
		case 'person.remove':
		case 'decision.open':
		case 'decision.close':
		case 'settings.put':
		case 'login.progress':
		case 'media.put':
		case 'notify':
		case 'notify.withdraw':
		case 'resync':
			return null;
		default:
			return assertNever(op);
	}
}

/** Ops with the same key replace each other; null: every one counts. */
function keyOf(op: PatchOp): string | null {
	switch (op.op) {
		case 'account.put':
			return `account ${op.account.id}`;
		case 'account.remove':
			return `account ${op.id}`;
		case 'conversation.put':
			return `conversation ${op.conversation.id}`;
		case 'conversation.remove':
			return `conversation ${op.id}`;
		case 'contact.put':
			return `contact ${op.contact.id}`;
		case 'contact.remove':
			return `contact ${op.id}`;
		case 'person.put':
			return `person ${op.person.id}`;
		case 'person.remove':
			return `person ${op.id}`;
		case 'decision.open':
			return `decision ${op.decision.id}`;
		case 'decision.close':
			return `decision ${op.id}`;
		case 'settings.put':
			return 'settings';
		case 'login.progress':
			return `login ${op.loginId}`;
		case 'media.put':
			return `media ${op.media.id}`;
		case 'gap.put':
			return `gap ${op.gap.id}`;
		case 'gap.remove':
			return `gap ${op.id}`;
		case 'typing':
			return `typing ${op.conversationId}`;
		case 'members.reset':
			return `members ${op.conversationId}`;
		case 'receipt.put':
			return `receipt ${op.conversationId} ${op.receipt.kind} ${op.receipt.reader}`;
		case 'timeline.put':
		case 'timeline.remove':
		case 'members.delta':
		case 'notify':
		case 'notify.withdraw':
		case 'resync':
			return null;
		default:
			return assertNever(op);
	}
}

interface MemberChanges {
	readonly upsert: Map<RemoteUserId, Member>;
	readonly remove: Set<RemoteUserId>;
	total: number;
}

export class PatchHub {
	readonly #clock: Clock;
	#pending = new Map<string, PatchOp>();
	/** Null: the message left the timeline. */
	#timeline = new Map<ConversationId, Map<MessageId, Message | null>>();
	#members = new Map<ConversationId, MemberChanges>();
	#single: PatchOp[] = [];
	#size = 0;
	#dueAt: number | null = null;
	#cancelTimer: (() => void) | null = null;
	#seq = 0;
	#ring: PatchFrame[] = [];
	#ringOps = 0;
	#takers = new Set<(frame: PatchFrame) => void>();

	constructor(clock: Clock) {
		this.#clock = clock;
		// Starting at the time keeps numbers of an earlier run of the engine from looking like ours.
		this.#seq = Math.max(0, Math.floor(clock.now()));
	}

	/** Sequence number of the last finished frame. */
	get seq(): number {
		return this.#seq;
	}

	/** Calls back with every finished frame; the returned function ends it. */
	onFrame(take: (frame: PatchFrame) => void): () => void {
		this.#takers.add(take);
		return () => this.#takers.delete(take);
	}

	/** Frames after `seq`, oldest first, or null when the ring does not reach back that far. */
	since(seq: number): readonly PatchFrame[] | null {
		if (seq > this.#seq) return null;
		if (seq === this.#seq) return [];
		const first = this.#ring[0];
		if (first === undefined || first.seq > seq + 1) return null;
		return this.#ring.filter((frame) => frame.seq > seq);
	}

	push(op: PatchOp, origin: 'live' | 'catchup' = 'live'): void {
		this.#stage(op);
		this.#size += 1;
		if (this.#size >= maxPendingOps) this.flush();
		else this.#schedule(origin === 'live' ? patchTiming.liveMs : patchTiming.catchupMs);
	}

	#stage(op: PatchOp): void {
		if (op.op === 'timeline.put') {
			const timeline = this.#timelineOf(op.conversationId);
			for (const message of op.messages) timeline.set(message.id, message);
			return;
		}
		if (op.op === 'timeline.remove') {
			const timeline = this.#timelineOf(op.conversationId);
			for (const id of op.ids) timeline.set(id, null);
			return;
		}
		if (op.op === 'members.delta') {
			this.#stageMembers(op);
			return;
		}
		// A reset says it all; earlier deltas of the same tick are part of it.
		if (op.op === 'members.reset') this.#members.delete(op.conversationId);
		if (op.op === 'conversation.remove') {
			this.#timeline.delete(op.id);
			this.#members.delete(op.id);
		}
		const key = keyOf(op);
		if (key === null) {
			this.#single.push(op);
			return;
		}
		// Delete first, so that the map's order is that of the last writes.
		this.#pending.delete(key);
		this.#pending.set(key, op);
	}

	#timelineOf(id: ConversationId): Map<MessageId, Message | null> {
		let timeline = this.#timeline.get(id);
		if (timeline === undefined) {
			timeline = new Map();
			this.#timeline.set(id, timeline);
		}
		return timeline;
	}

	#stageMembers(op: Extract<PatchOp, { op: 'members.delta' }>): void {
		let changes = this.#members.get(op.conversationId);
		if (changes === undefined) {
			changes = { upsert: new Map(), remove: new Set(), total: op.total };
			this.#members.set(op.conversationId, changes);
		}
		changes.total = op.total;
		for (const id of op.remove) {
			changes.upsert.delete(id);
			changes.remove.add(id);
		}
		for (const member of op.upsert) {
			changes.remove.delete(member.remoteId);
			changes.upsert.set(member.remoteId, member);
		}
	}

	#schedule(delay: number): void {
		const due = this.#clock.now() + delay;
		if (this.#dueAt !== null && this.#dueAt <= due) return;
		this.#cancelTimer?.();
		this.#dueAt = due;
		this.#cancelTimer = this.#clock.after(delay, () => this.flush());
	}

	/** Sends what is pending now. */
	flush(): void {
		this.#cancelTimer?.();
		this.#cancelTimer = null;
		this.#dueAt = null;
		const ops = this.#collect();
		if (ops.length === 0) return;
		this.#seq += 1;
		const frame: PatchFrame = { seq: this.#seq, ops };
		this.#remember(frame);
		for (const take of this.#takers) take(frame);
	}

	#collect(): PatchOp[] {
		const ops: PatchOp[] = [...this.#pending.values()];
		for (const [conversationId, timeline] of this.#timeline) {
			const messages: Message[] = [];
			const ids: MessageId[] = [];
			for (const [id, message] of timeline) {
				if (message === null) ids.push(id);
				else messages.push(message);
			}
			if (messages.length > 0) ops.push({ op: 'timeline.put', conversationId, messages });
			if (ids.length > 0) ops.push({ op: 'timeline.remove', conversationId, ids });
		}
		for (const [conversationId, changes] of this.#members) {
			ops.push({
				op: 'members.delta',
				conversationId,
				upsert: [...changes.upsert.values()],
				remove: [...changes.remove],
				total: changes.total,
			});
		}
		ops.push(...this.#single);
		this.#pending = new Map();
		this.#timeline = new Map();
		this.#members = new Map();
		this.#single = [];
		this.#size = 0;
		return ops;
	}

	#remember(frame: PatchFrame): void {
		// Notifications are for the moment: a client that comes back must not show old ones.
		const kept = { seq: frame.seq, ops: frame.ops.filter((op) => op.op !== 'notify') };
		this.#ring.push(kept);
		this.#ringOps += kept.ops.length;
		while (this.#ring.length > ringLimits.frames || this.#ringOps > ringLimits.ops) {
			const dropped = this.#ring.shift();
			if (dropped === undefined) break;
			this.#ringOps -= dropped.ops.length;
		}
	}
}
