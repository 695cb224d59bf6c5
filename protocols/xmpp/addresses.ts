/** Addresses as people type them. */
import type { ActionOutcome } from '../adapter/actions.ts';
import { fail } from '../model/errors.ts';
import { remoteConversationId } from '../model/ids.ts';
import { escapeLocal, type Jid, parseJid } from './jid.ts';

/** Success that names the conversation it is about. */
export const doneIn = (key: string): ActionOutcome => ({
	kind: 'accepted',
	ids: [],
	time: null,
	conversation: remoteConversationId(key),
});

/** A person's address; throws `bad-address`. */
export function userAddress(text: string): Jid {
	const address = text
		.trim()
		.replace(/^xmpp:/i, '')
		.replace(/\?.*$/, '');
	// A control character in a pasted address is never meant.
	const jid = /[\p{Cc}]/u.test(text)
		? null
		: parseJid(address.includes('@') || !address.includes(' ') ? address : null);
	return jid ?? fail('bad-address', text.slice(0, 100));
}

/** A room's address, completed by the account's own room service; throws `bad-address`. */
export function roomAddress(service: string | null, text: string): Jid {
	const trimmed = text
		.trim()
		.replace(/^xmpp:/i, '')
		.replace(/\?.*$/, '');
	if (/[\p{Cc}]/u.test(text) || trimmed === '') fail('bad-address', text.slice(0, 100));
	const full = trimmed.includes('@')
		? trimmed
		: service === null
			? null
			: `${escapeLocal(trimmed.replace(/\s+/g, '-'))}@${service}`;
	const jid = parseJid(full);
	if (jid === null || jid.local === '') fail('bad-address', text.slice(0, 100));
	return { ...jid, resource: '' };
}
