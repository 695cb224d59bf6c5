/** A stanza typed by the user (`/raw`): checked to be one, sent, and its answer shown. */
import { type ActionOutcome, done } from '../adapter/actions.ts';
import type { AdapterContext } from '../adapter/context.ts';
import { fail } from '../model/errors.ts';
import { StanzaException } from './iq-tracker.ts';
import type { Session } from './session.ts';
import { attr, elements, type Element, isStanza, sanitize } from './stanza.ts';
import { parseElement } from './stanza-parser.ts';

/** The one whole stanza in the text. Throws `bad-input` for anything else, so that nothing can break the stream. */
export function readRawStanza(text: string, limit: number): Element {
	if (Buffer.byteLength(text, 'utf8') > limit) fail('message-too-long', null, { params: { limit: String(limit) } });
	const typed = sanitize(text).trim();
	const stanza = parseElement(typed) ?? fail('bad-input', 'not one well-formed stanza');
	// What follows the first element would be a second stanza nobody checked.
	if (!isStanza(stanza) || parseElement(`<all>${typed}</all>`)?.children.length !== 1)
		fail('bad-input', 'one message, presence or iq is wanted');
	if (stanza.name === 'iq' && !['get', 'set', 'result', 'error'].includes(attr(stanza, 'type') ?? ''))
		fail('bad-input', 'an iq needs a type');
	return stanza;
}

export async function sendRaw(session: Session, text: string, context: AdapterContext): Promise<ActionOutcome> {
	const stanza = readRawStanza(text, session.stream.stanzaLimit);
	const type = attr(stanza, 'type');
	const [payload] = elements(stanza);
	if (stanza.name !== 'iq' || (type !== 'get' && type !== 'set') || payload === undefined) {
		if (!session.stream.send(stanza)) fail('connection-lost', null, { retry: 'later' });
		return done;
	}
	const to = attr(stanza, 'to');
	// The tracker chooses the id: an answer then cannot be taken for one to a request of ours.
	const answer = await session.stream.iq
		.request(type, payload, to === undefined ? {} : { to })
		.then((reply) => reply.toString())
		.catch((error: unknown) => {
			if (!(error instanceof StanzaException)) throw error;
			return [error.stanza.type, error.stanza.condition, error.stanza.text].filter((part) => part !== null).join(': ');
		});
	await session.emit([
		{
			type: 'server-text',
			level: 'info',
			text: answer.slice(0, 10_000),
			time: context.clock.now(),
			conversation: null,
			reply: true,
			code: null,
		},
	]);
	return done;
}
