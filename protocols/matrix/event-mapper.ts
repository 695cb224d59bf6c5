/** One Matrix timeline event → adapter events, pure. The same code serves sync and history pages. */
import type { Actor, AdapterEvent } from '../adapter/events.ts';
import type { MessageContent } from '../model/content.ts';
import {
	remoteConversationId,
	remoteId,
	type RemoteConversationId,
	type RemoteId,
	remoteUserId,
	type TxnId,
	txnId,
} from '../model/ids.ts';
import { factsOf } from './event-facts.ts';
import { cleanName, get, getRecord, getString, isRecord, type JsonRecord } from './json.ts';
import { isEventId } from './matrix-id.ts';
import { isMention, messageContent, prunedContent } from './message-content.ts';
import { reactionOf } from './reaction-content.ts';
import { refusalOf, type Relation, type RelationTarget } from './relation-rules.ts';
import { systemEvent } from './state-events.ts';
import { type RawEvent, readEvent } from './sync-response.ts';

/** What the mapper must know about the room of an event. */
export interface RoomView {
	readonly roomId: string;
	readonly me: string;
	nameOf(userId: string): string;
	readonly ownNames: readonly string[];
	/** May this user remove messages of others? */
	mayRedact(userId: string): boolean;
	/** May this user address everybody? */
	mayMentionRoom(userId: string): boolean;
	/** What is known of an event that another one points at. */
	target(eventId: string): RelationTarget | null;
}

type MessageEvent = Extract<AdapterEvent, { type: 'message' | 'message-edited' | 'message-removed' | 'reaction' }>;

/** Never throws; events that mean nothing to people give an empty list. */
export function mapTimelineEvent(event: RawEvent, room: RoomView): MessageEvent[] {
	if (event.id === null || event.sender === null) return [];
	const frame: Frame = {
		event,
		id: event.id,
		sender: event.sender,
		room,
		conversation: remoteConversationId(room.roomId),
	};
	const redacted = get(event.unsigned, 'redacted_because');
	if (event.stateKey !== null) return isRecord(redacted) ? [] : systemMessage(frame);
	switch (event.type) {
		case 'm.room.redaction':
			return redaction(frame);
		case 'm.reaction':
			return isRecord(redacted) ? [] : reaction(frame);
		default:
			return isRecord(redacted) ? removedMessage(frame, redacted) : message(frame);
	}
}

interface Frame {
	readonly event: RawEvent;
	readonly id: string;
	readonly sender: string;
	readonly room: RoomView;
	readonly conversation: RemoteConversationId;
}

function actor(frame: Frame, user = frame.sender): Actor {
	return { remoteId: remoteUserId(user), name: frame.room.nameOf(user), strength: 'stable' };
}

/** Our transaction id; servers give it only to the device that sent the event. */
function txnOf(event: RawEvent): TxnId | null {
	const value = getString(event.unsigned, 'transaction_id', 255);
	return value === null ? null : txnId(value);
}

function idsOf(frame: Frame): RemoteId[] {
	const txn = frame.sender === frame.room.me ? txnOf(frame.event) : null;
	return [remoteId('server', frame.id), ...(txn === null ? [] : [remoteId('txn', txn)])];
}

/** Asks the rules whether this event may do that to its target. */
function counts(
	frame: Frame,
	kind: Relation['kind'],
	targetId: string,
	target: RelationTarget | null = frame.room.target(targetId),
): boolean {
	const { event, id, sender, room } = frame;
	const { type, stateKey } = event;
	const mayRedact = kind === 'redaction' && room.mayRedact(sender);
	const relation = { kind, id, roomId: room.roomId, sender, type, isState: stateKey !== null, targetId, mayRedact };
	return refusalOf(relation, target) === null;
}

const serverId = (id: unknown): RemoteId[] => (isEventId(id) ? [remoteId('server', id)] : []);

function message(frame: Frame): MessageEvent[] {
	const { event } = frame;
	const relation = getRecord(event.content, 'm.relates_to');
	const target = get(relation, 'event_id');
	if (getString(relation, 'rel_type') === 'm.replace' && isEventId(target))
		return counts(frame, 'edit', target) ? edit(frame, target) : [];
	const content = messageContent(event.type, event.content);
	if (content === null) return [];
	return [rawMessage(frame, content), ...bundledEdit(frame)];
}

function rawMessage(frame: Frame, content: MessageContent): MessageEvent {
	const { event, room } = frame;
	const own = frame.sender === room.me;
	const relation = getRecord(event.content, 'm.relates_to');
	const inThread = getString(relation, 'rel_type') === 'm.thread';
	// In a thread, old clients see a reply to the newest message; it is not one.
	const fallingBack = inThread && get(relation, 'is_falling_back') === true;
	const reply = fallingBack ? [] : pointer(frame, 'reply', get(getRecord(relation, 'm.in_reply_to'), 'event_id'));
	const root = inThread ? pointer(frame, 'thread', get(relation, 'event_id')) : [];
	return {
		type: 'message',
		conversation: frame.conversation,
		message: {
			ids: idsOf(frame),
			sender: actor(frame),
			own,
			txnId: own ? txnOf(event) : null,
			content,
			time: event.ts,
			mention: !own && isMention(event.content, room.me, room.ownNames, room.mayMentionRoom(frame.sender)),
			encrypted: event.type === 'm.room.encrypted',
			replyTo: reply.length > 0 ? { ids: reply, senderName: null, text: null } : null,
			threadRoot: root.length > 0 ? root : null,
		},
	};
}

/** Where a message hangs, unless the rules say it does not; the message itself is shown either way. */
const pointer = (frame: Frame, kind: 'reply' | 'thread', id: unknown): RemoteId[] =>
	isEventId(id) && counts(frame, kind, id) ? serverId(id) : [];

function edit(frame: Frame, target: string): MessageEvent[] {
	const { event, room } = frame;
	const fresh = get(event.content, 'm.new_content');
	const content = isRecord(fresh) ? messageContent(event.type, fresh) : null;
	if (content === null) return [];
	const own = frame.sender === room.me;
	return [
		{
			type: 'message-edited',
			conversation: frame.conversation,
			target: serverId(target),
			ids: idsOf(frame),
			sender: actor(frame),
			own,
			txnId: own ? txnOf(event) : null,
			content,
			time: event.ts,
		},
	];
}

/** The newest edit rides along with old messages, so a page is right even if the edit lies in a gap. */
function bundledEdit(frame: Frame): MessageEvent[] {
	const latest = readEvent(get(getRecord(frame.event.unsigned, 'm.relations'), 'm.replace'));
	if (latest === null || latest.id === null || latest.sender === null) return [];
	const relation = getRecord(latest.content, 'm.relates_to');
	if (getString(relation, 'rel_type') !== 'm.replace' || get(relation, 'event_id') !== frame.id) return [];
	const bundled = { ...frame, event: latest, id: latest.id, sender: latest.sender };
	return counts(bundled, 'edit', frame.id, factsOf(frame.room.roomId, frame.event)) ? edit(bundled, frame.id) : [];
}

function reaction(frame: Frame): MessageEvent[] {
	const found = reactionOf(frame.event.content);
	if (found === null || !counts(frame, 'reaction', found.target)) return [];
	return [
		{
			type: 'reaction',
			conversation: frame.conversation,
			target: serverId(found.target),
			ids: idsOf(frame),
			sender: actor(frame),
			own: frame.sender === frame.room.me,
			op: 'add',
			keys: [found.key],
			time: frame.event.ts,
		},
	];
}

function redaction(frame: Frame): MessageEvent[] {
	const { event, room } = frame;
	if (event.redacts === null || !isEventId(event.redacts) || !counts(frame, 'redaction', event.redacts)) return [];
	return [removal(frame, event.redacts, event.content, room.mayRedact(frame.sender))];
}

function removal(frame: Frame, target: string, content: JsonRecord, moderated: boolean): MessageEvent {
	const reason = cleanName(getString(content, 'reason') ?? '', 500);
	return {
		type: 'message-removed',
		conversation: frame.conversation,
		target: serverId(target),
		sender: actor(frame),
		own: frame.sender === frame.room.me,
		moderated,
		reason: reason === '' ? null : reason,
		time: frame.event.ts,
	};
}

/** A message the server pruned already: its place in the timeline stays, with who removed it. */
function removedMessage(frame: Frame, because: JsonRecord): MessageEvent[] {
	if (messageContent(frame.event.type, { msgtype: 'm.text', body: '' }) === null) return [];
	if (getString(getRecord(frame.event.content, 'm.relates_to'), 'rel_type') === 'm.replace') return [];
	const by = readEvent(because);
	const message = rawMessage({ ...frame, event: { ...frame.event, content: {} } }, prunedContent);
	if (by === null || by.sender === null) return [message];
	// The server has already checked the right to do so, else the message would still be there.
	return [
		message,
		removal({ ...frame, sender: by.sender, event: { ...by, ts: by.ts || frame.event.ts } }, frame.id, by.content, true),
	];
}

function systemMessage(frame: Frame): MessageEvent[] {
	const system = systemEvent(frame.event, (user) => frame.room.nameOf(user));
	if (system === null) return [];
	return [rawMessage({ ...frame, event: { ...frame.event, content: {} } }, { kind: 'system', system })];
}
