import { ChevronDown, ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account, Conversation } from '../../../protocols/model/entities.ts';
import { resolvePrivacy, whatTheySee } from '../../../protocols/model/privacy.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { offerIn } from './offers.ts';
import { PrivacyFields } from './privacy-fields.tsx';
import styles from './privacy.module.css';
import { usePrivacy } from './use-privacy.ts';

/** What the people of a conversation see of the user, and the switches for it. */
export function ConversationPrivacy({
	conversation,
	account,
}: {
	readonly conversation: Conversation;
	readonly account: Account;
}) {
	const { t } = useTranslation();
	const panel = useId();
	const [open, setOpen] = useState(false);
	if (conversation.kind === 'server' || conversation.kind === 'space') return null;
	return (
		<div className={styles['fold']}>
			<Button variant="quiet" size="small" aria-expanded={open} aria-controls={panel} onPress={() => setOpen(!open)}>
				{open ? <ChevronDown aria-hidden size={14} /> : <ChevronRight aria-hidden size={14} />}
				{t('privacy.here')}
			</Button>
			<div id={panel} hidden={!open} className={styles['panel']}>
				{open && <Opened conversation={conversation} account={account} />}
			</div>
		</div>
	);
}

function Opened({ conversation, account }: { readonly conversation: Conversation; readonly account: Account }) {
	const { t } = useTranslation();
	const app = useApp();
	const settings = useAppState((state) => state.engine.settings);
	const privacy = usePrivacy(conversation);
	const { id, capabilities } = conversation;
	const facts = whatTheySee(capabilities, account.capabilities, privacy, account.presence);
	return (
		<>
			<ul className={styles['facts']} aria-label={t('privacy.here')} aria-live="polite">
				{facts.length === 0 && <li>{t('privacy.nothing')}</li>}
				{facts.map((fact) => (
					<li key={fact}>{t(`privacy.sees.${fact}`)}</li>
				))}
			</ul>
			<PrivacyFields
				level="likeAccount"
				switches={conversation.privacy}
				above={resolvePrivacy(null, account.privacy, settings)}
				offer={(kind) => offerIn(capabilities, kind)}
				onChange={(next) =>
					void app.attempt(app.client.command('conversation.update', { conversationId: id, privacy: next }))
				}
			/>
		</>
	);
}
