/** Building and reading XML elements: everything sent is made legal XML 1.0, everything read is narrowed. */
import { Element } from '@xmpp/xml';

export { Element };

/** Namespaces used by more than one file; the others live in their extension's file. */
export const ns = {
	client: 'jabber:client',
	stream: 'http://etherx.jabber.org/streams',
	streams: 'urn:ietf:params:xml:ns:xmpp-streams',
	stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
	tls: 'urn:ietf:params:xml:ns:xmpp-tls',
	sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
	sasl2: 'urn:xmpp:sasl:2',
	bind: 'urn:ietf:params:xml:ns:xmpp-bind',
	bind2: 'urn:xmpp:bind:0',
	fast: 'urn:xmpp:fast:0',
	dataForm: 'jabber:x:data',
	pubsub: 'http://jabber.org/protocol/pubsub',
	pubsubEvent: 'http://jabber.org/protocol/pubsub#event',
} as const;

type Attributes = Readonly<Record<string, string | number | undefined>>;
type Child = Element | string | null | undefined;

// XML 1.0 section 2.2: everything else ends the stream with not-well-formed, taking queued messages with it.
const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Text as XML 1.0 can carry it: controls dropped, line ends as LF, lone surrogates replaced. */
export function sanitize(text: string): string {
	return text.toWellFormed().replace(/\r\n?/g, '\n').replace(illegal, '');
}

/** Builds an element. Undefined attributes and null children are left out; texts and values are sanitised. */
export function el(name: string, attrs: Attributes = {}, ...children: readonly Child[]): Element {
	const clean: Record<string, string> = {};
	for (const [key, value] of Object.entries(attrs)) {
		if (value !== undefined) clean[key] = sanitize(String(value));
	}
	const element = new Element(name, clean);
	for (const child of children) {
		if (child === null || child === undefined) continue;
		if (typeof child === 'string') element.t(sanitize(child));
		else element.append(child);
	}
	return element;
}

/** An attribute, or undefined; never an inherited property of the attribute object. */
export function attr(element: Element | undefined, name: string): string | undefined {
	if (element === undefined || !Object.hasOwn(element.attrs, name)) return undefined;
	const value: unknown = (element.attrs as Record<string, unknown>)[name];
	return typeof value === 'string' ? value : undefined;
}

/** A whole, non-negative number from an attribute or text; undefined for anything else. */
export function wholeNumber(text: string | undefined): number | undefined {
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export const child = (element: Element | undefined, name: string, namespace: string): Element | undefined =>
	element?.getChild(name, namespace);

export const childText = (element: Element | undefined, name: string, namespace: string): string | undefined =>
	element?.getChild(name, namespace)?.getText();

/** Child elements only, in order. */
export const elements = (element: Element | undefined): Element[] =>
	element === undefined ? [] : element.children.filter((node): node is Element => node instanceof Element);

/** All children of that name, in order. */
export const childrenOf = (element: Element | undefined, name: string, namespace: string): Element[] =>
	element === undefined ? [] : element.getChildren(name, namespace);

export const isStanza = (element: Element): boolean =>
	(element.name === 'message' || element.name === 'presence' || element.name === 'iq') && element.getNS() === ns.client;

/** A stanza error as sent by a server or peer (RFC 6120 section 8.3). */
export interface StanzaError {
	readonly type: string;
	readonly condition: string;
	readonly text: string | null;
	/** Application-specific condition: local name and namespace. */
	readonly application: { readonly name: string; readonly namespace: string } | null;
	/** Address of whoever refused, when it is told. */
	readonly by: string | null;
}

/** Reads `<error/>` of a stanza of type error; a missing or odd one becomes `undefined-condition`. */
export function readStanzaError(stanza: Element): StanzaError {
	const error = stanza.getChildren('error').find((e) => e.getNS() === ns.client || e.getNS() === stanza.getNS());
	let condition = 'undefined-condition';
	let text: string | null = null;
	let application: StanzaError['application'] = null;
	for (const part of elements(error)) {
		const namespace = part.getNS() ?? '';
		if (namespace === ns.stanzas && part.getName() === 'text') text = part.getText();
		else if (namespace === ns.stanzas) condition = part.getName();
		else application ??= { name: part.getName(), namespace };
	}
	return { type: attr(error, 'type') ?? 'cancel', condition, text, application, by: attr(error, 'by') ?? null };
}

/** The error reply to a request we do not serve. */
export function errorReply(iq: Element, type: string, condition: string): Element {
	return el(
		'iq',
		{ type: 'error', id: attr(iq, 'id'), to: attr(iq, 'from') },
		el('error', { type }, el(condition, { xmlns: ns.stanzas })),
	);
}

/** The empty or filled result of a request. */
export const resultReply = (iq: Element, payload?: Element): Element =>
	el('iq', { type: 'result', id: attr(iq, 'id'), to: attr(iq, 'from') }, payload);

/**
 * A stanza cut out of its wrapper (forwarded, archived) as if it had arrived alone. Without its own namespace
 * declaration it would inherit the wrapper's, so it is only accepted when it is a `jabber:client` stanza.
 */
export function unwrapForwarded(forwarded: Element | undefined): Element | null {
	const inner = elements(forwarded).find((e) => e.getName() === 'message');
	if (inner === undefined || inner.getNS() !== ns.client || inner.name !== 'message') return null;
	inner.parent = null;
	inner.attrs['xmlns'] = ns.client;
	return inner;
}
