/**
 * One message stanza to what it means, without side effects and without memory: everything it depends on is in the
 * {@link MessageView}. Stanzas that are not what they claim give no events.
 */
import type { AdapterEvent, RemoteMessage } from '../adapter/events.ts';
import type { MessageContent } from '../model/content.ts';
import { type RemoteId, remoteConversationId, remoteId } from '../model/ids.ts';
import { fromStanzaError } from './errors.ts';
import { bareText, parseJid, sameBare, unescapeLocal } from './jid.ts';
import { namesNick, readContent, type Shown } from './message-content.ts';
import { isDelayed, maxIdLength, type MessageView, readSource, type Source } from './message-source.ts';
import { attr, type Element, ns, readStanzaError } from './stanza.ts';
import { type Relation, relationTarget } from './trust.ts';
import { readChatState, typingEvent } from './xep/0085-chat-states.ts';
import { readReceipt } from './xep/0184-receipts.ts';
import { readInvitation } from './xep/0249-invitations.ts';
import { readCorrection } from './xep/0308-correction.ts';
import { readDisplayed } from './xep/0333-markers.ts';
import { readRetraction } from './xep/0424-retraction.ts';
import { readModeration } from './xep/0425-moderation.ts';
import { readReactions } from './xep/0444-reactions.ts';
import { readReply } from './xep/0461-reply.ts';

/** Everything the stanza says, in order. */
export function mapMessage(message: Element, view: MessageView): AdapterEvent[] {
	if (attr(message, 'type') === 'error') return view.origin === 'live' ? mapBounce(message, view) : [];
	const invitation = mapInvitation(message, view);
	if (invitation !== null) return invitation;
	const source = readSource(message, view);
	if (source === null) return [];
	const removal = mapRemoval(message, source);
	if (removal !== null) return removal;
	const shown = readContent(message, source, view);
	return [
		...mapReactions(message, source),
		...mapContent(message, source, shown),
		...mapSubject(message, source, view),
		...mapSignals(message, source, view, shown !== null),
	];
}

/** The target of a relation, or null when this source may not say it (`trust.ts`). */
function targetOf(relation: Relation, source: Source, id: string): RemoteId[] | null {
	const kind = relationTarget(relation, source.claim);
	return kind === null || id === '' || id.length > maxIdLength ? null : [remoteId(kind, id)];
}

const baseOf = (source: Source) => ({
	conversation: remoteConversationId(source.conversation),
	sender: source.sender,
	own: source.own && source.claim.proven,
	time: source.time,
});

/** Null when it removes nothing; empty when it claims what it may not. */
function mapRemoval(message: Element, source: Source): AdapterEvent[] | null {
	const moderation = readModeration(message);
	const retraction = moderation === null ? readRetraction(message) : null;
	const removal = moderation ?? retraction;
	if (removal === null) return null;
	const target = targetOf(moderation === null ? 'retract' : 'moderate', source, removal.id);
	if (target === null) return [];
	const by = moderation === null ? null : parseJid(moderation.by);
	const named = by !== null && source.room !== null && sameBare(by, source.room.jid) && by.resource !== '';
	const base = baseOf(source);
	return [
		{
			type: 'message-removed',
			...base,
			sender: named ? { ...base.sender, name: by.resource } : base.sender,
			target,
			moderated: moderation !== null,
			reason: removal.reason,
		},
	];
}

function mapReactions(message: Element, source: Source): AdapterEvent[] {
	const reactions = readReactions(message);
	const target = reactions === null ? null : targetOf('react', source, reactions.id);
	if (reactions === null || target === null) return [];
	return [{ type: 'reaction', ...baseOf(source), target, ids: source.ids, op: 'set', keys: reactions.keys }];
}

function mapContent(message: Element, source: Source, shown: Shown | null): AdapterEvent[] {
	if (shown === null) return [];
	const { content } = shown;
	const correction = readCorrection(message);
	const target = correction === null ? null : targetOf('edit', source, correction);
	// A correction by somebody who may not correct is just what they say.
	return target === null
		? [
				{
					type: 'message',
					conversation: remoteConversationId(source.conversation),
					message: toMessage(message, source, content, shown.meant),
				},
			]
		: [{ type: 'message-edited', ...baseOf(source), target, ids: source.ids, txnId: source.txn, content }];
}

function toMessage(message: Element, source: Source, content: MessageContent, meant: boolean): RemoteMessage {
	const reply = readReply(message);
	const target = reply === null ? null : targetOf('reply', source, reply.id);
	const author = reply === null ? null : parseJid(reply.to);
	const text =
		content.kind === 'text' || content.kind === 'emote'
			? content.body.text
			: content.kind === 'media'
				? (content.caption?.text ?? '')
				: '';
	return {
		ids: source.ids,
		sender: source.sender,
		own: source.own,
		txnId: source.txn,
		content,
		time: source.time,
		mention: !source.own && (meant || (source.room !== null && namesNick(text, source.room.nick))),
		encrypted: content.kind === 'undecryptable',
		replyTo:
			target === null
				? null
				: {
						ids: target,
						senderName: author === null ? null : source.room === null ? unescapeLocal(author.local) : author.resource,
						text: null,
					},
		threadRoot: null,
	};
}

/** XEP-0045 section 8.1: a subject without body or thread is the room's topic. */
function mapSubject(message: Element, source: Source, view: MessageView): AdapterEvent[] {
	const room = source.room;
	const subject = message.getChildText('subject', ns.client);
	if (
		room === null ||
		subject === null ||
		message.getChild('body', ns.client) !== undefined ||
		message.getChild('thread', ns.client) !== undefined
	)
		return [];
	const events: AdapterEvent[] = [];
	const conversation = remoteConversationId(source.conversation);
	if (view.origin === 'live')
		events.push({ type: 'conversation-upsert', conversation: { remoteId: conversation, topic: subject } });
	if (view.origin === 'archive' || (room.entered && source.from.resource !== '')) {
		const content: MessageContent = {
			kind: 'system',
			system: { event: 'topic', by: source.from.resource === '' ? null : source.sender.name, topic: subject },
		};
		if (source.ids.length > 0)
			events.push({
				type: 'message',
				conversation,
				message: { ...toMessage(message, source, content, false), mention: false },
			});
	}
	return events;
}

/** Receipts, read markers, typing. */
function mapSignals(message: Element, source: Source, view: MessageView, hasContent: boolean): AdapterEvent[] {
	const events: AdapterEvent[] = [];
	const conversation = remoteConversationId(source.conversation);
	const received = readReceipt(message);
	const delivered = received === null ? null : targetOf('receipt', source, received);
	const reader = source.sender.remoteId;
	if (delivered !== null)
		events.push({ type: 'receipt', conversation, reader, kind: 'delivered', upTo: delivered, time: source.time });
	const displayed = readDisplayed(message);
	const read = displayed === null ? null : targetOf('displayed', source, displayed);
	if (read !== null)
		events.push({ type: 'receipt', conversation, reader, kind: 'read', upTo: read, time: source.time });
	const own = displayed === null ? null : targetOf('own-displayed', source, displayed);
	if (own !== null) events.push({ type: 'read-marker', conversation, upTo: own, time: null });
	const state = view.origin === 'live' && !source.own ? readChatState(message) : null;
	if (state !== null && !isDelayed(message))
		events.push(typingEvent(conversation, source.sender, hasContent ? 'done' : state));
	return events;
}

function mapInvitation(message: Element, view: MessageView): AdapterEvent[] | null {
	const invitation = readInvitation(message);
	if (invitation === null) return null;
	const key = bareText(invitation.room);
	if (view.origin === 'archive' || view.room(key) !== null) return [];
	const own = parseJid(attr(message, 'from'));
	if (own !== null && sameBare(own, view.self)) return [];
	return [
		{
			type: 'conversation-upsert',
			conversation: {
				remoteId: remoteConversationId(key),
				kind: 'group',
				name: unescapeLocal(invitation.room.local),
				membership: 'invited',
				invite: { from: invitation.from, reason: invitation.reason },
			},
		},
	];
}

/** An error reply to a message of ours (RFC 6120 section 8.3). */
function mapBounce(message: Element, view: MessageView): AdapterEvent[] {
	const id = attr(message, 'id');
	const txn = id === undefined ? null : view.ownTxn(id);
	if (txn === null) return [];
	const from = parseJid(attr(message, 'from'));
	const inRoom = from !== null && view.room(bareText(from)) !== null;
	const error = fromStanzaError(
		readStanzaError(message),
		inRoom ? 'room-message' : 'message',
		from === null ? {} : { address: bareText(from) },
	);
	return [{ type: 'send-result', txnId: txn, outcome: { kind: 'rejected', error } }];
}
