import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { Conversation, Message, Reaction } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { Button } from 'react-aria-components';
import { cx } from '../../components/cx.ts';
import { Tip } from '../../components/tip.tsx';
import { withoutBidiControls } from '../../i18n/isolate.ts';
import { react } from './actions.ts';
import styles from './message-row.module.css';

const namedSenders = 8;

/** Reactions under a message; pressing one adds or takes back one's own. */
export function Reactions({
	conversation,
	message,
}: {
	readonly conversation: Conversation;
	readonly message: Message;
}) {
	const { t } = useTranslation();
	const app = useApp();
	if (message.reactions.length === 0) return null;
	const mayReact = can(conversation.capabilities.react);
	const words = (reaction: Reaction): string => {
		const names = reaction.senders
			.slice(0, namedSenders)
			.map((sender) => sender.name)
			.join(', ');
		const more = reaction.senders.length - namedSenders;
		return more > 0
			? t('message.reactedByMore', { names, count: more, key: reaction.key })
			: t('message.reactedBy', { names, key: reaction.key });
	};
	return (
		<div className={styles['reactions']}>
			{message.reactions.map((reaction) => {
				const own = reaction.senders.some((sender) => sender.own);
				const key = withoutBidiControls(reaction.key);
				return (
					<Tip key={reaction.key} text={words(reaction)}>
						<Button
							className={cx(styles['reaction'], own && styles['reactionOwn'])}
							aria-label={`${key} ${reaction.senders.length}. ${words(reaction)}. ${mayReact ? t('message.reactionPress') : ''}`}
							aria-pressed={own}
							{...(mayReact ? { onPress: () => react(app, message, reaction.key) } : {})}
						>
							<bdi className={styles['reactionKey']}>{key}</bdi>
							<span className={styles['reactionCount']}>{reaction.senders.length}</span>
						</Button>
					</Tip>
				);
			})}
		</div>
	);
}
