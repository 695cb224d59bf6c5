/** The features of a conversation as lines of a table. Pure. */
import type { TFunction } from 'i18next';
import type { Feature } from '../../../protocols/model/capabilities.ts';
import { full, rejected } from '../../../protocols/model/capabilities.ts';
import type { Conversation } from '../../../protocols/model/entities.ts';
import type { FeatureLine } from '../accounts/feature-table.tsx';

const common = [
	'reply',
	'edit',
	'removeOwn',
	'react',
	'attachments',
	'thread',
	'typingSend',
	'deliveryReceipt',
	'readReceipt',
	'readMarkerSync',
] as const;
const ofRooms = ['topic', 'invite', 'kick', 'ban', 'setRole', 'removeAny'] as const;

export function conversationFeatures(t: TFunction, conversation: Conversation): readonly FeatureLine[] {
	const { capabilities, kind } = conversation;
	const history: Feature = capabilities.history === 'none' ? rejected('server') : full;
	const names = kind === 'direct' ? common : [...common, ...ofRooms];
	return [
		{ id: 'send', label: t('capability.send'), feature: capabilities.text.send },
		{ id: 'history', label: t('capability.history'), feature: history },
		...names.map((id) => ({ id, label: t(`capability.${id}`), feature: capabilities[id] })),
	];
}
