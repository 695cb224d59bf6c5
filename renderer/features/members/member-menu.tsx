import { Ban, Info, MessageSquare, Shield, User, UserX } from 'lucide-react';
import type { TFunction } from 'i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { Account, Conversation, Member, Role } from '../../../protocols/model/entities.ts';
import type { App } from '../../app-context.ts';
import type { MenuEntries, MenuEntry } from '../../components/menu.tsx';
import { limitText } from '../../i18n/error-text.ts';
import { askWhois, openChat } from '../people/actions.ts';

/** Roles that can be given from the menu; ownership is too much for one press. */
const givable: readonly Role[] = ['admin', 'moderator', 'voice', 'member'];

export interface Removal {
	readonly kind: 'kick' | 'ban';
	readonly member: Member;
}

/** What can be done with somebody in a room. What the room forbids is listed with its reason. */
export function memberMenu(
	app: App,
	t: TFunction,
	account: Account,
	conversation: Conversation,
	member: Member,
	onRemoval: (removal: Removal) => void,
): MenuEntries {
	const { capabilities } = conversation;
	const card: MenuEntry = {
		id: 'card',
		label: t('member.details'),
		icon: <User />,
		onAction: () =>
			app.ui.openDialog({
				kind: 'person',
				accountId: account.id,
				user: member.remoteId,
				conversationId: conversation.id,
			}),
	};
	if (member.self) return [card];
	const removal = (kind: Removal['kind']): MenuEntry => ({
		id: kind,
		label: t(`member.${kind}`),
		icon: kind === 'kick' ? <UserX /> : <Ban />,
		hint: limitText(t, capabilities[kind]),
		isDisabled: !can(capabilities[kind]),
		isDanger: can(capabilities[kind]),
		onAction: () => onRemoval({ kind, member }),
	});
	const role = (to: Role): MenuEntry => ({
		id: `role-${to}`,
		label: t('member.makeRole', { role: t(`role.${to}`) }),
		icon: <Shield />,
		onAction: () =>
			void app.attempt(
				app.client.command('conversation.setRole', {
					conversationId: conversation.id,
					user: member.remoteId,
					role: to,
				}),
			),
	});
	return [
		{
			id: 'message',
			label: t('people.message'),
			icon: <MessageSquare />,
			hint: limitText(t, account.capabilities.directChat),
			isDisabled: !can(account.capabilities.directChat),
			onAction: () => void openChat(app, account.id, member.remoteId),
		},
		card,
		{
			id: 'whois',
			label: t('people.whois'),
			icon: <Info />,
			onAction: () => askWhois(app, t, account.id, member.remoteId, conversation.id),
		},
		...(can(capabilities.setRole) ? [null, ...givable.filter((to) => to !== member.role).map(role)] : []),
		null,
		removal('kick'),
		removal('ban'),
	];
}
