/** What others learn of the user: switches on three levels, and what they come to in one conversation. */
import type { AccountCapabilities, Availability, ConversationCapabilities } from './capabilities.ts';
import { can } from './capabilities.ts';

/** One kind of thing that is told without being asked for. */
export const privacyKinds = ['typing', 'delivery', 'read'] as const;
export type PrivacyKind = (typeof privacyKinds)[number];

/** Of an account or a conversation. Null: as the level above says. */
export type PrivacySwitches = { readonly [K in PrivacyKind]: boolean | null };
/** After all levels. */
export type ResolvedPrivacy = { readonly [K in PrivacyKind]: boolean };

export const inheritPrivacy: PrivacySwitches = { typing: null, delivery: null, read: null };

/** The settings' part in it. */
export interface PrivacyDefaults {
	readonly sendTyping: boolean;
	readonly sendDeliveryReceipts: boolean;
	readonly sendReadReceipts: boolean;
}

/** The conversation's switch counts, else the account's, else the settings'. */
export function resolvePrivacy(
	conversation: PrivacySwitches | null,
	account: PrivacySwitches | null,
	settings: PrivacyDefaults,
): ResolvedPrivacy {
	const pick = (kind: PrivacyKind, fallback: boolean): boolean => conversation?.[kind] ?? account?.[kind] ?? fallback;
	return {
		typing: pick('typing', settings.sendTyping),
		delivery: pick('delivery', settings.sendDeliveryReceipts),
		read: pick('read', settings.sendReadReceipts),
	};
}

/** What the people of a conversation can see of the user; the window has one sentence for each. */
export const visibleFacts = [
	'messages',
	'files-host',
	'availability',
	'status-text',
	'typing',
	'delivered',
	'read',
	'read-private',
	'server-reads',
] as const;
export type VisibleFact = (typeof visibleFacts)[number];

/**
 * "What they see of me", in the order of {@link visibleFacts}.
 * @param own how the account shows itself now
 */
export function whatTheySee(
	conversation: ConversationCapabilities,
	account: Pick<AccountCapabilities, 'ownPresence' | 'statusText'>,
	privacy: ResolvedPrivacy,
	own: { readonly availability: Availability; readonly statusText: string },
): VisibleFact[] {
	const facts = new Set<VisibleFact>();
	if (can(conversation.text.send)) facts.add('messages');
	if (can(conversation.attachments)) facts.add('files-host');
	if (own.availability !== 'invisible' && account.ownPresence.includes(own.availability)) {
		facts.add('availability');
		if (own.statusText !== '' && can(account.statusText)) facts.add('status-text');
	}
	if (privacy.typing && reaches(conversation.typingSend)) facts.add('typing');
	if (privacy.delivery && reaches(conversation.deliveryReceipt)) facts.add('delivered');
	if (reaches(conversation.readReceipt)) {
		if (privacy.read) facts.add('read');
		// The own position is still told to the own server, for the other devices.
		else if (can(conversation.readMarkerSync)) facts.add('read-private');
	}
	if (can(conversation.text.send) && conversation.encryption !== 'on' && conversation.encryption !== 'required')
		facts.add('server-reads');
	return visibleFacts.filter((fact) => facts.has(fact));
}

/** Told, and seen by the other side. */
const reaches = (feature: { readonly level: string }): boolean =>
	feature.level !== 'rejected' && feature.level !== 'dropped';
