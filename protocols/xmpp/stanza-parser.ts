/**
 * The XML parser of `@xmpp/xml` with the limits it lacks. A peer may send anything: deep nesting would overflow the
 * stack in namespace look-ups, an endless stanza would fill the memory, and text between stanzas would pile up in
 * the stream's root element.
 */
import { type Element, Parser } from '@xmpp/xml';
import { ChatException, chatError } from '../model/errors.ts';

export const parserLimits = {
	/** Bytes of one top-level element; servers allow 64 to 512 KiB, archives wrap one stanza at a time. */
	maxStanza: 2 * 1024 * 1024,
	maxDepth: 64,
	maxElements: 20_000,
	maxAttributes: 128,
} as const;

const refuse = (what: string): never => {
	throw new ChatException(chatError('oversized', what));
};

/** Throws on malformed or oversized input; the connection turns the throw into its end. */
export class StanzaParser extends Parser {
	#size = 0;
	#depth = 0;
	#elements = 0;
	#stopped = false;

	/** Everything after this is ignored: the rest of a chunk behind `<proceed/>` must not count (STARTTLS injection). */
	stop(): void {
		this.#stopped = true;
	}

	override write(data: string): void {
		if (this.#stopped) return;
		// Counted since the last complete stanza, so an endless attribute or text trips it too.
		this.#size += data.length;
		if (this.#size > parserLimits.maxStanza) refuse('stanza too large');
		try {
			super.write(data);
		} catch (error) {
			if (error instanceof ChatException) throw error;
			throw new ChatException(chatError('protocol-violation', 'the server sent XML that cannot be read'), error);
		}
	}

	override onStartElement(name: string, attrs?: string | { [name: string]: unknown }): void {
		if (this.#stopped) return;
		this.#depth++;
		this.#elements++;
		if (this.#depth > parserLimits.maxDepth) refuse('stanza nested too deeply');
		if (this.#elements > parserLimits.maxElements) refuse('stanza with too many elements');
		if (typeof attrs === 'object' && Object.keys(attrs).length > parserLimits.maxAttributes)
			refuse('too many attributes');
		super.onStartElement(name, attrs);
	}

	override onEndElement(name: string): void {
		if (this.#stopped) return;
		if (this.cursor === null || this.#depth === 0) {
			throw new ChatException(chatError('protocol-violation', 'unexpected end tag'));
		}
		if (name !== this.cursor.name) throw new ChatException(chatError('protocol-violation', 'mismatched end tag'));
		this.#depth--;
		if (this.#depth === 1) {
			this.#elements = 0;
			this.#size = 0;
		}
		super.onEndElement(name);
	}

	override onText(text: string): void {
		if (this.#stopped || this.cursor === null) return;
		// White space between stanzas keeps connections alive; the library would keep it in the root for ever.
		if (this.#depth <= 1) {
			if (text.trim() !== '') throw new ChatException(chatError('protocol-violation', 'text outside of a stanza'));
			return;
		}
		super.onText(text);
	}
}

/** Parses one whole element, for tests and stored stanzas; null when it is not well-formed. */
export function parseElement(text: string): Element | null {
	const parser = new StanzaParser();
	let found: Element | null = null;
	parser.on('element', (element: Element) => {
		found ??= element;
	});
	try {
		parser.write(`<r xmlns="jabber:client">${text}</r>`);
	} catch {
		return null;
	}
	const element = found as Element | null;
	if (element === null) return null;
	element.parent = null;
	if (element.attrs['xmlns'] === undefined && !element.name.includes(':')) element.attrs['xmlns'] = 'jabber:client';
	return element;
}
