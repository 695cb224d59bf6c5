/** What we tell others about this client, and the answers to their questions (XEP-0030, 0092, 0199, 0202). */
import type { DiscoInfo } from './xep/0030-disco.ts';
import { infoElement, nsDiscoInfo } from './xep/0030-disco.ts';
import { capsHash } from './xep/0115-caps.ts';
import { attr, child, el, type Element, elements, errorReply, resultReply } from './stanza.ts';

/** Identifies the software, not the user (XEP-0115 section 4). */
export const capsNode = 'https://parley.chat';

const features = [
	'http://jabber.org/protocol/caps',
	nsDiscoInfo,
	'http://jabber.org/protocol/chatstates',
	'http://jabber.org/protocol/muc',
	'jabber:iq:version',
	'jabber:x:conference',
	'jabber:x:oob',
	'urn:xmpp:bookmarks:1+notify',
	'urn:xmpp:chat-markers:0',
	'urn:xmpp:mds:displayed:0+notify',
	'urn:xmpp:message-correct:0',
	'urn:xmpp:message-retract:1',
	'urn:xmpp:ping',
	'urn:xmpp:reactions:0',
	'urn:xmpp:receipts',
	'urn:xmpp:reply:0',
	'urn:xmpp:sfs:0',
	'urn:xmpp:time',
];

export function ownInfo(clientName: string): DiscoInfo {
	return {
		identities: [{ category: 'client', type: 'pc', lang: '', name: clientName }],
		features: new Set(features),
		forms: [],
	};
}

export interface ClientFacts {
	readonly name: string;
	readonly version: string;
	readonly now: number;
}

/** The reply to a request of another entity; unknown requests get the error that RFC 6120 asks for. */
export function answerRequest(iq: Element, client: ClientFacts): Element {
	const payload = elements(iq)[0];
	if (attr(iq, 'type') !== 'get' || payload === undefined) return errorReply(iq, 'cancel', 'service-unavailable');
	if (payload.is('ping', 'urn:xmpp:ping')) return resultReply(iq);
	if (payload.is('query', nsDiscoInfo)) {
		const info = ownInfo(client.name);
		const node = attr(payload, 'node') ?? null;
		if (node !== null && node !== `${capsNode}#${capsHash(info)}`) return errorReply(iq, 'cancel', 'item-not-found');
		return resultReply(iq, infoElement(info, node));
	}
	if (payload.is('query', 'jabber:iq:version')) {
		return resultReply(
			iq,
			el('query', { xmlns: 'jabber:iq:version' }, el('name', {}, client.name), el('version', {}, client.version)),
		);
	}
	if (payload.is('time', 'urn:xmpp:time')) {
		// The real offset would tell where the user is.
		return resultReply(
			iq,
			el(
				'time',
				{ xmlns: 'urn:xmpp:time' },
				el('tzo', {}, '+00:00'),
				el('utc', {}, new Date(client.now).toISOString()),
			),
		);
	}
	return errorReply(iq, 'cancel', 'service-unavailable');
}

export const hasQuery = (iq: Element, namespace: string): boolean => child(iq, 'query', namespace) !== undefined;
