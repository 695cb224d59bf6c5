/** One line (or multiline batch) → what it says, without side effects. Used for live lines and for history pages alike. */
import type { AdapterEvent, RemoteMessage } from '../adapter/events.ts';
import type { MessageContent, SystemEvent } from '../model/content.ts';
import { type RemoteConversationId, type RemoteId, remoteId } from '../model/ids.ts';
import { reactionKey } from '../model/reaction-key.ts';
import { type RichText, concatRich } from '../model/rich-text.ts';
import type { IrcBatch } from './batches.ts';
import { fileIn } from './filehost.ts';
import { parseFormatting } from './format.ts';
import { type IrcLine, param, timeOf, trailing } from './line.ts';
import { authorOf, isOurPlace, relationRules, relationTarget } from './relation-rules.ts';
import type { Session } from './session.ts';

export interface Said {
	readonly conversation: RemoteConversationId;
	/** The other side's nick in a one-to-one chat, else null. */
	readonly peer: string | null;
	readonly message: RemoteMessage;
}

/** Server msgid as remote ids; none on networks without. */
export const idsOf = (line: IrcLine): readonly RemoteId[] => {
	const id = line.tags.get('msgid');
	return id === undefined || id === '' ? [] : [remoteId('server', id.slice(0, 512))];
};

/** Value of a client tag under its ratified or its draft name. */
const clientTag = (line: IrcLine, name: string): string | undefined =>
	line.tags.get(`+${name}`) ?? line.tags.get(`+draft/${name}`);

/** The text between the \x01 of a CTCP message, or null. A missing closing \x01 is common and accepted. */
export const ctcpBody = (text: string): string | null =>
	text.startsWith('\x01') ? text.slice(1).replace(/\x01$/, '') : null;

/** Did this account say it, from here or from another client of ours? */
export function isOwn(line: IrcLine, session: Session): boolean {
	if (line.source === null) return false;
	if (session.isSelf(line.source.nick)) return true;
	const account = line.tags.get('account');
	return account !== undefined && session.account !== null && session.same(account, session.account);
}

/** @returns null for CTCP other than ACTION and for lines without a sender or a target */
export function mapSaid(line: IrcLine, session: Session, now: number): Said | null {
	const text = trailing(line);
	if (line.params.length < 2) return null;
	const ctcp = ctcpBody(text);
	if (ctcp === null)
		return build(line, session, now, line.command === 'NOTICE' ? 'notice' : 'text', parseFormatting(text));
	const action = /^ACTION ?/i.exec(ctcp);
	if (action === null || line.command === 'NOTICE') return null;
	return build(line, session, now, 'emote', parseFormatting(ctcp.slice(action[0].length)));
}

/** draft/multiline: the batch carries id, time and sender; its lines carry the text. */
export function mapMultiline(batch: IrcBatch, session: Session, now: number): Said | null {
	const lines = batch.items.flatMap((item) => ('line' in item ? [item.line] : []));
	const first = lines[0];
	if (first === undefined) return null;
	const parts: RichText[] = [];
	for (const line of lines) {
		const part = parseFormatting(trailing(line));
		const last = parts.at(-1);
		if (line.tags.has('draft/multiline-concat') && last !== undefined)
			parts[parts.length - 1] = concatRich([last, part]);
		else parts.push(part);
	}
	const opening = batch.opening;
	const whole: IrcLine = {
		tags: new Map([...first.tags, ...opening.tags]),
		source: opening.source ?? first.source,
		command: first.command,
		params: [batch.params[0] ?? param(first, 0), ''],
	};
	return build(whole, session, now, first.command === 'NOTICE' ? 'notice' : 'text', concatRich(parts, '\n'));
}

function build(
	line: IrcLine,
	session: Session,
	now: number,
	kind: 'text' | 'emote' | 'notice',
	body: RichText,
): Said | null {
	if (line.source === null || line.source.nick === '') return null;
	const own = isOwn(line, session);
	const target = session.stripStatus(param(line, 0));
	const context = clientTag(line, 'channel-context');
	const inContext = context !== undefined && session.channel(context) !== undefined && session.isSelf(target);
	const room = inContext ? context : session.isChannel(target) ? target : null;
	const peer = room !== null ? null : own ? target : line.source.nick;
	const reply = relationTarget(clientTag(line, 'reply'));
	return {
		conversation: session.conversationId(room ?? peer ?? ''),
		peer,
		message: {
			ids: idsOf(line),
			sender: session.actor(line.source.nick, line.tags.get('account')),
			own,
			txnId: null,
			content: (kind === 'text' ? fileIn(body, session) : null) ?? { kind, body },
			time: timeOf(line) ?? now,
			mention: !own && room !== null && kind !== 'notice' && mentions(body.text, session),
			encrypted: false,
			replyTo: reply === null ? null : { ids: [remoteId('server', reply)], senderName: null, text: null },
			threadRoot: null,
		},
	};
}

/** Is our nick in the text as a word of its own? Nick characters around it would make it another nick. */
function mentions(text: string, session: Session): boolean {
	const nick = session.fold(session.nick);
	if (nick === '') return false;
	const folded = session.fold(text);
	const nickChar = /[\p{L}\p{N}_\-[\]\\`^{}|]/u;
	for (let at = folded.indexOf(nick); at >= 0; at = folded.indexOf(nick, at + 1)) {
		const before = at === 0 ? '' : folded.charAt(at - 1);
		const after = folded.charAt(at + nick.length);
		if (!nickChar.test(before) && !nickChar.test(after)) return true;
	}
	return false;
}

/** Something that happened in a room, as a message of the timeline. */
export function systemMessage(
	line: IrcLine,
	session: Session,
	conversation: RemoteConversationId,
	system: SystemEvent,
	now: number,
): AdapterEvent {
	const nick = line.source?.nick ?? '';
	const content: MessageContent = { kind: 'system', system };
	const message: RemoteMessage = {
		ids: idsOf(line),
		sender: session.actor(nick, line.tags.get('account')),
		own: isOwn(line, session),
		txnId: null,
		content,
		time: timeOf(line) ?? now,
		mention: false,
		encrypted: false,
		replyTo: null,
		threadRoot: null,
	};
	return { type: 'message', conversation, message };
}

/** A reason as given, or null; servers repeat the nick or nothing where none was given. */
export const reasonAt = (line: IrcLine, index: number): string | null => {
	const text = parseFormatting(param(line, index)).text;
	return text === '' ? null : text;
};

/**
 * Reactions and redactions: what a line does to another message, as far as {@link relationRules} let it.
 * @param live false for lines of history, which the server has judged when they happened
 */
export function mapRelation(line: IrcLine, session: Session, now: number, live: boolean): AdapterEvent | null {
	if (line.source === null || line.source.nick === '' || !isOurPlace(line, session, live)) return null;
	const place = session.stripStatus(param(line, 0));
	const own = isOwn(line, session);
	const author = authorOf(line, session, own, live);
	const conversation = session.conversationId(session.isChannel(place) || own ? place : line.source.nick);
	const sender = session.actor(line.source.nick, line.tags.get('account'));
	const time = timeOf(line) ?? now;
	if (line.command === 'REDACT') {
		const id = relationTarget(param(line, 1));
		const ruling = relationRules.redact[author];
		// A server that does not know the command relays no judgement of its own.
		if (id === null || ruling === 'refused' || !session.caps.has('draft/message-redaction')) return null;
		const target = [remoteId('server', id)];
		const reason = reasonAt(line, 2);
		return {
			type: 'message-removed',
			conversation,
			target,
			sender,
			own,
			moderated: ruling === 'moderated',
			reason,
			time,
		};
	}
	if (line.command !== 'TAGMSG') return null;
	const id = relationTarget(clientTag(line, 'reply'));
	const added = clientTag(line, 'react');
	const key = keyOf(added ?? clientTag(line, 'unreact'));
	const ruling = relationRules[added === undefined ? 'unreact' : 'react'][author];
	if (id === null || key === null || ruling === 'refused') return null;
	return {
		type: 'reaction',
		conversation,
		target: [remoteId('server', id)],
		ids: idsOf(line),
		sender,
		own,
		op: added === undefined ? 'remove' : 'add',
		keys: [key],
		time,
	};
}

const maxKey = 64;

/** A reaction in the common spelling; null when it is none that can be shown on a button. */
function keyOf(value: string | undefined): string | null {
	if (value === undefined || value.length > maxKey || /[\0-\x1f\x7f-\x9f]/.test(value)) return null;
	const key = reactionKey(value);
	return key === '' ? null : key;
}
