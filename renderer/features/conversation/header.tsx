import { ArrowLeft, Lock, LockKeyhole, LockOpen, MoreVertical, PanelRight, Search, ShieldQuestion } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { can } from '../../../protocols/model/capabilities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { cx } from '../../components/cx.ts';
import { Glyph } from '../../components/glyph.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { useMedia, wideQuery } from '../../platform/use-media.ts';
import { displayName, presenceOf } from '../../state/selectors.ts';
import { NameSign } from '../people/radar/name-warning.tsx';
import { conversationMenu } from '../sidebar/conversation-menu.tsx';
import styles from './header.module.css';
import { securityFacts } from './security-facts.ts';

/** Name, topic, protection and what else can be seen of a conversation. */
export function ConversationHeader({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const name = useAppState((state) => displayName(state.engine, conversation));
	const presence = useAppState((state) => presenceOf(state, conversation));
	const account = useAppState((state) => state.engine.accounts.get(conversation.accountId) ?? null);
	const protocol = useAppState((state) =>
		account === null ? undefined : state.engine.protocols.get(account.protocol),
	);
	const isWide = useMedia(wideQuery);
	const detailsOpen = useAppState((state) => (isWide ? state.ui.detailsOpen : state.ui.narrowView === 'details'));
	const statusText = useAppState(
		(state) =>
			[...state.engine.contacts.values()].find((contact) => contact.conversationId === conversation.id)?.statusText ??
			'',
	);
	const toggleDetails = (): void => {
		if (isWide) app.ui.toggleDetails();
		else app.ui.show(detailsOpen ? 'conversation' : 'details');
	};
	return (
		<header className={styles['header']}>
			<span className={styles['back']}>
				<IconButton
					label={t('common.back')}
					icon={<ArrowLeft />}
					onPress={() => app.session.deselect()}
					placement="bottom"
				/>
			</span>
			<span className={styles['avatar']}>
				<Avatar
					id={conversation.peer ?? conversation.remoteId}
					name={name}
					size={36}
					presence={presence}
					isRoom={conversation.kind !== 'direct'}
				/>
			</span>
			<div className={styles['words']}>
				<div className={styles['titleLine']}>
					<h1 className={styles['title']} dir="auto">
						<Isolate>{name}</Isolate>
					</h1>
					{conversation.peer !== null && (
						<NameSign
							accountId={conversation.accountId}
							remoteId={conversation.peer}
							name={name}
							address={null}
							place={null}
						/>
					)}
					{protocol !== undefined && (
						<Glyph shape={protocol.glyph} title={`${protocol.title} · ${account?.label ?? ''}`} />
					)}
				</div>
				<Subtitle
					conversation={conversation}
					presenceText={presence === null || presence === 'unknown' ? '' : t(`presence.${presence}`)}
					statusText={statusText}
				/>
			</div>
			<div className={styles['tools']}>
				<SecuritySign conversation={conversation} />
				<IconButton
					label={t('conversation.search')}
					icon={<Search />}
					placement="bottom"
					onPress={() => app.ui.openDialog({ kind: 'search', conversationId: conversation.id })}
				/>
				<IconButton
					label={detailsOpen ? t('conversation.detailsHide') : t('conversation.details')}
					icon={<PanelRight />}
					isActive={detailsOpen}
					placement="bottom"
					onPress={toggleDetails}
				/>
				<MenuButton
					label={t('conversation.menu')}
					trigger={<IconButton label={t('conversation.menu')} icon={<MoreVertical />} placement="bottom" />}
					entries={conversationMenu(app, t, conversation)}
				/>
			</div>
		</header>
	);
}

/** The topic of a room, or presence and status of a person. */
function Subtitle({
	conversation,
	presenceText,
	statusText,
}: {
	readonly conversation: Conversation;
	readonly presenceText: string;
	readonly statusText: string;
}) {
	const { t } = useTranslation();
	const app = useApp();
	if (conversation.kind === 'direct') {
		const parts = [presenceText, statusText].filter((part) => part !== '');
		return parts.length === 0 ? null : <Isolate className={styles['subtitle']}>{parts.join(' · ')}</Isolate>;
	}
	const open = (): void => app.ui.openDialog({ kind: 'topic', conversationId: conversation.id });
	if (conversation.topic !== '') {
		return (
			<button
				type="button"
				dir="auto"
				className={styles['subtitle']}
				title={t('conversation.topicMore')}
				onClick={open}
			>
				<Isolate>{conversation.topic.replaceAll(/\s+/gu, ' ')}</Isolate>
			</button>
		);
	}
	if (conversation.membership !== 'joined' || !can(conversation.capabilities.topic)) return null;
	return (
		<button type="button" className={cx(styles['subtitle'], styles['faint'])} onClick={open}>
			{t('conversation.topicAdd')}
		</button>
	);
}

const signs = {
	'end-to-end': LockKeyhole,
	unreadable: LockKeyhole,
	link: Lock,
	open: LockOpen,
	unknown: ShieldQuestion,
} as const;

function SecuritySign({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const account = useAppState((state) => state.engine.accounts.get(conversation.accountId) ?? null);
	const facts = securityFacts(t, account, conversation);
	const Sign = signs[facts.level];
	return (
		<IconButton
			label={t('security.label')}
			hint={facts.text}
			icon={
				<Sign
					className={cx(facts.level === 'open' && styles['warn'], facts.level === 'end-to-end' && styles['good'])}
				/>
			}
			placement="bottom"
		/>
	);
}
