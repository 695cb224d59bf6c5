/**
 * XEP-0425 Moderated Message Retraction: version 1, and version 0 for the rooms of older servers. The room announces
 * the removal; whether it was the room is for `trust.ts` to say.
 */
import type { IqTracker } from '../iq-tracker.ts';
import { attr, child, childText, el, type Element } from '../stanza.ts';

const nsModerate = 'urn:xmpp:message-moderate:1';
const nsOldModerate = 'urn:xmpp:message-moderate:0';
const nsFasten = 'urn:xmpp:fasten:0';
const nsRetract = 'urn:xmpp:message-retract:1';
const nsOldRetract = 'urn:xmpp:message-retract:0';

export interface Moderation {
	/** The room's id of the message. */
	readonly id: string;
	/** Occupant who did it, as the room tells it. */
	readonly by: string | null;
	readonly reason: string | null;
}

const moderation = (id: string | undefined, by: string | undefined, reason: string | undefined): Moderation | null =>
	id === undefined || id === ''
		? null
		: { id, by: by ?? null, reason: reason === undefined || reason === '' ? null : reason.slice(0, 2000) };

export function readModeration(message: Element): Moderation | null {
	const retract = child(message, 'retract', nsRetract);
	const moderated = child(retract, 'moderated', nsModerate);
	if (moderated !== undefined)
		return moderation(
			attr(retract, 'id'),
			attr(moderated, 'by'),
			// ejabberd gives the reason the namespace of moderation.
			childText(retract, 'reason', nsRetract) ??
				childText(retract, 'reason', nsModerate) ??
				childText(moderated, 'reason', nsModerate),
		);
	const applied = child(message, 'apply-to', nsFasten);
	const old = child(applied, 'moderated', nsOldModerate);
	if (old === undefined || child(old, 'retract', nsOldRetract) === undefined) return null;
	return moderation(attr(applied, 'id'), attr(old, 'by'), childText(old, 'reason', nsOldModerate));
}

/** Which version the room speaks, by its features; null when it has no moderation. */
export const moderationOf = (has: (feature: string) => boolean): 'new' | 'old' | null =>
	has(nsModerate) ? 'new' : has(nsOldModerate) ? 'old' : null;

/** Asks the room to remove a message. Rejects with `StanzaException` or `ChatException`. */
export async function moderate(
	iq: IqTracker,
	room: string,
	version: 'new' | 'old',
	id: string,
	reason: string | null,
): Promise<void> {
	const why = reason === null ? null : el('reason', {}, reason);
	await iq.set(
		version === 'new'
			? el('moderate', { xmlns: nsModerate, id }, el('retract', { xmlns: nsRetract }), why)
			: el(
					'apply-to',
					{ xmlns: nsFasten, id },
					el('moderate', { xmlns: nsOldModerate }, el('retract', { xmlns: nsOldRetract }), why),
				),
		{ to: room },
	);
}
