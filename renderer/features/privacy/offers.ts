/** Where a switch of privacy means something. Pure. */
import { can, rejected } from '../../../protocols/model/capabilities.ts';
import type { ConversationCapabilities, Feature, LimitReason } from '../../../protocols/model/capabilities.ts';
import type { PrivacyKind } from '../../../protocols/model/privacy.ts';

/** The feature that tells others. */
const featureOf = {
	typing: 'typingSend',
	delivery: 'deliveryReceipt',
	read: 'readReceipt',
} as const satisfies Record<PrivacyKind, keyof ConversationCapabilities>;

export interface Offer {
	/** False: the switch would decide nothing, now and later. */
	readonly offered: boolean;
	/** Of which the limit is told; `full` where there is none. */
	readonly feature: Feature;
}

/** These may be different tomorrow, and the user may want to have decided before. */
const passing: ReadonlySet<LimitReason> = new Set(['offline', 'peer', 'not-joined']);

export function offerIn(capabilities: ConversationCapabilities, kind: PrivacyKind): Offer {
	const feature = capabilities[featureOf[kind]];
	const offered = can(feature) || (feature.reason !== null && passing.has(feature.reason));
	return { offered, feature };
}

/** For a whole account: offered as soon as one of its conversations would; without any, nothing is known against it. */
export function offerOf(conversations: readonly ConversationCapabilities[], kind: PrivacyKind): Offer {
	const offers = conversations.map((one) => offerIn(one, kind));
	const best = offers.find((one) => one.offered) ?? offers[0] ?? { offered: true, feature: rejected('offline') };
	return best;
}
