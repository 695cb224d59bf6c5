/** What is known about how a conversation is protected; nothing is claimed beyond the facts. Pure. */
import type { TFunction } from 'i18next';
import type { Account, Conversation } from '../../../protocols/model/entities.ts';

export interface SecurityFacts {
	readonly level: 'end-to-end' | 'link' | 'open' | 'unknown' | 'unreadable';
	/** One or two sentences. */
	readonly text: string;
	/** Two words for the composer's placeholder. */
	readonly short: string;
}

export function securityFacts(t: TFunction, account: Account | null, conversation: Conversation): SecurityFacts {
	const { capabilities } = conversation;
	const encrypted = capabilities.encryption === 'on' || capabilities.encryption === 'required';
	if (encrypted) {
		const unreadable = capabilities.text.send.reason === 'encrypted';
		return unreadable
			? { level: 'unreadable', text: t('security.encryptedUnreadable'), short: t('composer.encrypted') }
			: { level: 'end-to-end', text: t('security.endToEnd'), short: t('composer.encrypted') };
	}
	const short = t('composer.notEncrypted');
	const security = account?.security ?? null;
	if (security === null) return { level: 'unknown', text: t('security.unknown'), short };
	if (!security.encrypted) return { level: 'open', text: t('security.open'), short };
	const protocol = security.protocol ?? 'TLS';
	switch (security.verifiedBy) {
		case 'system':
		case 'custom-ca':
			return { level: 'link', text: t('security.link', { protocol }), short };
		case 'pinned':
			return { level: 'link', text: t('security.linkPinned', { protocol }), short };
		case 'none':
			return { level: 'open', text: t('security.unverified'), short };
	}
}
