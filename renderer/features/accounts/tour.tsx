import { Command, MessageSquarePlus, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { shortcutText } from '../../platform/shortcuts.ts';
import styles from './tour.module.css';

/** Three lines after the first account; dismissed for ever with one press. */
export function Tour() {
	const { t } = useTranslation();
	const app = useApp();
	const isDue = useAppState(
		(state) => state.engine.booted && !state.engine.settings.tourDone && state.engine.accounts.size > 0,
	);
	if (!isDue) return null;
	const done = (): void => void app.attempt(app.client.command('settings.set', { settings: { tourDone: true } }));
	return (
		<aside className={styles['tour']} aria-label={t('tour.label')}>
			<ul className={styles['lines']}>
				<li>
					<Users aria-hidden />
					<span>{t('tour.rooms')}</span>
				</li>
				<li>
					<MessageSquarePlus aria-hidden />
					<span>{t('tour.people')}</span>
				</li>
				<li>
					<Command aria-hidden />
					<span>{t('tour.keys', { keys: shortcutText('K') })}</span>
				</li>
			</ul>
			<Button size="small" onPress={done}>
				{t('tour.done')}
			</Button>
		</aside>
	);
}
