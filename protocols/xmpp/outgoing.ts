/** Messages to stanzas, pure. */
import type { AdapterAction, MessageTarget } from '../adapter/actions.ts';
import type { OutgoingContent } from '../model/content.ts';
import type { RemoteUserId } from '../model/ids.ts';
import type { FileReference } from './file-reference.ts';
import { parseJid } from './jid.ts';
import { el, type Element } from './stanza.ts';
import { chatState } from './xep/0085-chat-states.ts';
import { receiptRequest } from './xep/0184-receipts.ts';
import { actionBody } from './xep/0245-me.ts';
import { correctionOf } from './xep/0308-correction.ts';
import { markable } from './xep/0333-markers.ts';
import { originId } from './xep/0359-stanza-ids.ts';
import { mentionElements } from './xep/0372-mentions.ts';
import { parseStyling, renderStyling } from './xep/0393-styling.ts';
import { nsRetract, retractionOf } from './xep/0424-retraction.ts';
import { fallbackFor } from './xep/0428-fallback.ts';
import { reactionsTo } from './xep/0444-reactions.ts';
import { sharingElements, sharingFallback } from './xep/0447-file-sharing.ts';
import { quoteFor, replyElements } from './xep/0461-reply.ts';

export interface Destination {
	readonly to: string;
	readonly room: boolean;
	/** The other side shows typing. */
	readonly chatStates: boolean;
	/** Address by which a member can be mentioned: occupant in rooms, bare address elsewhere; null when not known. */
	addressOf(user: RemoteUserId): string | null;
}

const unstyled = (): Element => el('unstyled', { xmlns: 'urn:xmpp:styling:0' });
const storeHint = (): Element => el('store', { xmlns: 'urn:xmpp:hints' });
const noStoreHint = (): Element => el('no-store', { xmlns: 'urn:xmpp:hints' });

/** The id by which this conversation refers to a message, or null when the target has none. */
export function referenceOf(target: MessageTarget, room: boolean): string | null {
	return target.ids.find((id) => id.kind === (room ? 'server' : 'origin'))?.value ?? null;
}

function bodyParts(content: OutgoingContent, quote: string, destination: Destination, suffix = ''): Element[] {
	const rendered = renderStyling(content.body);
	// Text that only looks like styling must arrive as it was typed.
	const plain = parseStyling(rendered).text !== content.body.text;
	const styled = plain ? content.body.text : rendered;
	const prefix = quote + (content.kind === 'emote' ? actionBody('') : '');
	return [
		el('body', {}, prefix + styled + suffix),
		...(plain ? [unstyled()] : []),
		...mentionElements(content.body, styled, prefix, (user) => destination.addressOf(user)),
	];
}

const message = (id: string, destination: Destination, ...children: readonly (Element | null)[]): Element =>
	el(
		'message',
		{ xmlns: 'jabber:client', to: destination.to, type: destination.room ? 'groupchat' : 'chat', id },
		...children,
	);

/** An occupant id in our key is no address. */
function authorOf(target: MessageTarget): string | null {
	const jid = parseJid(target.sender);
	return jid === null || target.sender.includes('?occupant=') ? null : target.sender;
}

/** Says where an uploaded file is. Without a caption the body is the address alone, which old clients show as a file. */
export function fileStanza(
	action: Extract<AdapterAction, { type: 'send-file' }>,
	destination: Destination,
	file: FileReference,
): Element {
	const { content, replyTo } = action;
	const reply = replyTo === null ? null : referenceOf(replyTo, destination.room);
	const { caption } = content;
	const quote =
		replyTo === null || reply === null || caption === null ? '' : quoteFor(replyTo.senderName, replyTo.text);
	const address = file.url.href;
	const words =
		caption === null
			? [el('body', {}, address)]
			: bodyParts({ kind: 'text', body: caption }, quote, destination, `\n${address}`);
	const length = Array.from(words[0]?.getText() ?? '').length;
	return message(
		action.txnId,
		destination,
		...words,
		...sharingElements(content, address, file.sha256),
		sharingFallback(caption === null ? 0 : length - Array.from(address).length - 1, length),
		originId(action.txnId),
		...(reply === null || replyTo === null ? [] : replyElements(reply, authorOf(replyTo), quote)),
		destination.room ? null : receiptRequest(),
		destination.room ? null : markable(),
		destination.chatStates ? chatState('done') : null,
	);
}

export function sendStanza(action: Extract<AdapterAction, { type: 'send' }>, destination: Destination): Element {
	const reply = action.replyTo === null ? null : referenceOf(action.replyTo, destination.room);
	const quote =
		action.replyTo === null || reply === null ? '' : quoteFor(action.replyTo.senderName, action.replyTo.text);
	const to = action.replyTo === null ? null : authorOf(action.replyTo);
	return message(
		action.txnId,
		destination,
		...bodyParts(action.content, quote, destination),
		originId(action.txnId),
		...(reply === null ? [] : replyElements(reply, to, quote)),
		destination.room ? null : receiptRequest(),
		destination.room ? null : markable(),
		destination.chatStates ? chatState('done') : null,
	);
}

export function editStanza(
	action: Extract<AdapterAction, { type: 'edit' }>,
	destination: Destination,
	target: string,
): Element {
	return message(
		action.txnId,
		destination,
		...bodyParts(action.content, '', destination),
		correctionOf(target),
		originId(action.txnId),
	);
}

export function removeStanza(
	action: Extract<AdapterAction, { type: 'remove' }>,
	destination: Destination,
	target: string,
): Element {
	return message(
		action.txnId,
		destination,
		retractionOf(target),
		fallbackFor(nsRetract),
		el('body', {}, 'This person attempted to retract a previous message, but it is unsupported by your client.'),
		originId(action.txnId),
		storeHint(),
	);
}

export function reactStanza(
	action: Extract<AdapterAction, { type: 'react' }>,
	destination: Destination,
	target: string,
): Element {
	return message(action.txnId, destination, reactionsTo(target, action.keys), originId(action.txnId), storeHint());
}

export function typingStanza(destination: Destination, state: 'active' | 'paused' | 'done'): Element {
	return el(
		'message',
		{ to: destination.to, type: destination.room ? 'groupchat' : 'chat' },
		chatState(state),
		noStoreHint(),
	);
}
