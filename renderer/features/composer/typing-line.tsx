import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useAppState } from '../../app-context.ts';
import styles from './view.module.css';

/** Who is typing; keeps its height so that nothing moves. */
export function TypingLine({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const users = useAppState((state) => state.engine.typing.get(conversation.id)) ?? [];
	const [first, second] = users;
	let words = '';
	if (users.length > 2) words = t('composer.typingMany');
	else if (first !== undefined && second !== undefined)
		words = t('composer.typingTwo', { first: first.name, second: second.name });
	else if (first !== undefined) words = t('composer.typingOne', { name: first.name });
	return (
		<div className={styles['typing']} aria-live="polite">
			{words !== '' && (
				<>
					<span className={styles['dots']} aria-hidden>
						<span />
						<span />
						<span />
					</span>
					{words}
				</>
			)}
		</div>
	);
}
