/**
 * Who may do what to a message in Matrix: one table. A homeserver checks some of this and a hostile one checks nothing,
 * so every event that points at another one passes here, whether it came by sync, in a history page or bundled with
 * its target (specification "Validity of replacement events", "Threading", "Event annotations", "Redactions").
 *
 * Rules about the target apply where the target is known to the session. For an older target the engine, which has it
 * stored, compares room, author and encryption again before anything changes.
 */

import { isEventId } from './matrix-id.ts';

/** What a rule may know about the event pointed at. */
export interface RelationTarget {
	readonly id: string;
	readonly roomId: string;
	readonly sender: string;
	readonly type: string;
	readonly isState: boolean;
	readonly redacted: boolean;
	/** `rel_type` the target itself has: what is an edit, a reaction or in a thread already. */
	readonly relType: string | null;
}

/** An event that points at another one. */
export interface Relation {
	readonly kind: 'edit' | 'reaction' | 'redaction' | 'thread' | 'reply';
	readonly id: string;
	readonly roomId: string;
	readonly sender: string;
	readonly type: string;
	readonly isState: boolean;
	readonly targetId: string;
	/** The sender may remove messages of others here. */
	readonly mayRedact: boolean;
}

export type Refusal =
	| 'points-at-itself'
	| 'state-event'
	| 'other-room'
	| 'other-author'
	| 'other-type'
	| 'target-is-state'
	| 'target-removed'
	| 'target-is-edit'
	| 'nested-thread'
	| 'not-a-message';

interface Rule {
	readonly refusal: Refusal;
	readonly of: readonly Relation['kind'][];
	/** True where the relation must not count. `target` is null while it is unknown. */
	readonly broken: (relation: Relation, target: RelationTarget | null) => boolean;
}

const every = ['edit', 'reaction', 'redaction', 'thread', 'reply'] as const;
/** Event types that are things done to messages, not messages. */
const notMessages: ReadonlySet<string> = new Set(['m.reaction', 'm.room.redaction']);

export const relationRules: readonly Rule[] = [
	{ refusal: 'points-at-itself', of: every, broken: (relation) => relation.targetId === relation.id },
	{ refusal: 'state-event', of: every, broken: (relation) => relation.isState },
	{
		refusal: 'other-room',
		of: every,
		broken: (relation, target) => target !== null && target.roomId !== relation.roomId,
	},
	{
		refusal: 'other-author',
		of: ['edit'],
		broken: (relation, target) => target !== null && target.sender !== relation.sender,
	},
	{
		refusal: 'other-author',
		of: ['redaction'],
		broken: (relation, target) => target !== null && target.sender !== relation.sender && !relation.mayRedact,
	},
	{
		// Encrypted events travel as `m.room.encrypted`, so this also keeps readable edits off encrypted messages.
		refusal: 'other-type',
		of: ['edit'],
		broken: (relation, target) => target !== null && target.type !== relation.type,
	},
	{ refusal: 'target-is-state', of: ['edit'], broken: (_, target) => target?.isState === true },
	{ refusal: 'target-removed', of: ['edit', 'reaction'], broken: (_, target) => target?.redacted === true },
	{ refusal: 'target-is-edit', of: ['edit'], broken: (_, target) => target?.relType === 'm.replace' },
	{
		refusal: 'nested-thread',
		of: ['thread'],
		broken: (_, target) => target !== null && target.relType !== null,
	},
	{
		refusal: 'not-a-message',
		of: ['edit', 'reaction', 'thread', 'reply'],
		broken: (_, target) => target !== null && notMessages.has(target.type),
	},
];

/** Null when the relation counts, else the first rule it breaks. */
export function refusalOf(relation: Relation, target: RelationTarget | null): Refusal | null {
	return (
		relationRules.find((rule) => rule.of.includes(relation.kind) && rule.broken(relation, target))?.refusal ?? null
	);
}

/** Whose position a receipt moves; `null`: it does not count. */
export function receiptOf(
	kind: string,
	receipt: { readonly reader: string; readonly threadId: unknown },
	me: string,
): 'own' | 'other' | null {
	const { threadId } = receipt;
	const inThread = threadId !== undefined && threadId !== 'main';
	if (inThread && !isEventId(threadId)) return null;
	// Threads are part of the one timeline here, so whoever reads in one has come that far. Our own place must not skip
	// what another client of ours has not shown us yet (specification "Threaded read receipts").
	if (receipt.reader === me) return !inThread && (kind === 'm.read' || kind === 'm.read.private') ? 'own' : null;
	// Private receipts of others must never reach us; one that does is not told.
	return kind === 'm.read' ? 'other' : null;
}
