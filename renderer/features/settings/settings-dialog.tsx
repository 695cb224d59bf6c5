import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../engine/contract/settings.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { TabSet } from '../../components/tab-set.tsx';
import { orderedAccounts } from '../../state/selectors.ts';
import { linkText } from '../accounts/account-status.ts';
import styles from './settings.module.css';

const themes = ['system', 'light', 'dark', 'contrast'] as const;
const densities = ['comfortable', 'compact'] as const;
const layouts = ['conversations', 'roster'] as const;
const loadModes = ['never', 'own-server', 'always'] as const;
const eventModes = ['fold', 'hide', 'show'] as const;

interface PageProps {
	readonly settings: Settings;
	readonly change: (change: Partial<Settings>) => void;
}

const pick = <T extends string>(values: readonly T[], value: string): T | undefined =>
	values.find((one) => one === value);

/** Settings take effect at once, so there is nothing to save. */
export function SettingsDialog({
	page = 'appearance',
	onClose,
}: {
	readonly page?: string | undefined;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const settings = useAppState((state) => state.engine.settings);
	const [selected, setSelected] = useState(page);
	const change = (next: Partial<Settings>): void =>
		void app.attempt(app.client.command('settings.set', { settings: next }));
	const props = { settings, change };
	const pages = [
		{ id: 'appearance', title: t('settings.appearance'), content: <Appearance {...props} /> },
		{ id: 'conversations', title: t('settings.conversations'), content: <Conversations {...props} /> },
		{ id: 'notifications', title: t('settings.notifications'), content: <Notifications {...props} /> },
		{ id: 'privacy', title: t('settings.privacy'), content: <Privacy {...props} /> },
		{ id: 'about', title: t('settings.about'), content: <About /> },
	];
	return (
		<DialogFrame title={t('settings.title')} size="large" onClose={onClose} isDismissable>
			<div className={styles['pages']}>
				<TabSet
					label={t('settings.title')}
					pages={pages}
					selected={pages.some((one) => one.id === selected) ? selected : 'appearance'}
					onSelect={setSelected}
				/>
			</div>
		</DialogFrame>
	);
}

function Appearance({ settings, change }: PageProps) {
	const { t } = useTranslation();
	return (
		<div className={styles['page']}>
			<SelectField
				label={t('settings.theme')}
				value={settings.theme}
				onChange={(value) => change({ theme: pick(themes, value) ?? 'system' })}
				choices={themes.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
			/>
			<SelectField
				label={t('settings.density')}
				value={settings.density}
				onChange={(value) => change({ density: pick(densities, value) ?? 'comfortable' })}
				choices={densities.map((value) => ({ value, label: t(`settings.densities.${value}`) }))}
			/>
			<SelectField
				label={t('settings.layout')}
				value={settings.layout}
				onChange={(value) => change({ layout: pick(layouts, value) ?? 'conversations' })}
				choices={layouts.map((value) => ({ value, label: t(`settings.layouts.${value}`) }))}
			/>
		</div>
	);
}

function Conversations({ settings, change }: PageProps) {
	const { t } = useTranslation();
	return (
		<div className={styles['page']}>
			<SelectField
				label={t('settings.systemEvents')}
				value={settings.systemEvents}
				onChange={(value) => change({ systemEvents: pick(eventModes, value) ?? 'fold' })}
				choices={eventModes.map((value) => ({ value, label: t(`settings.eventModes.${value}`) }))}
			/>
			<p className={styles['hint']}>{t('settings.systemEventsHint')}</p>
		</div>
	);
}

function Notifications({ settings, change }: PageProps) {
	const { t } = useTranslation();
	return (
		<div className={styles['page']}>
			<SwitchField
				label={t('settings.notify')}
				description={t('settings.notifyHint')}
				isSelected={settings.notifications}
				onChange={(notifications) => change({ notifications })}
			/>
			<SwitchField
				label={t('settings.preview')}
				description={settings.notificationPreview ? t('settings.previewOn') : t('settings.previewOff')}
				isSelected={settings.notificationPreview}
				isDisabled={!settings.notifications}
				onChange={(notificationPreview) => change({ notificationPreview })}
			/>
		</div>
	);
}

function Privacy({ settings, change }: PageProps) {
	const { t } = useTranslation();
	return (
		<div className={styles['page']}>
			<p className={styles['hint']}>{t('settings.privacyIntro')}</p>
			<SwitchField
				label={t('settings.typing')}
				description={settings.sendTyping ? t('settings.typingOn') : t('settings.typingOff')}
				isSelected={settings.sendTyping}
				onChange={(sendTyping) => change({ sendTyping })}
			/>
			<SwitchField
				label={t('settings.read')}
				description={settings.sendReadReceipts ? t('settings.readOn') : t('settings.readOff')}
				isSelected={settings.sendReadReceipts}
				onChange={(sendReadReceipts) => change({ sendReadReceipts })}
			/>
			<SwitchField
				label={t('settings.delivery')}
				description={settings.sendDeliveryReceipts ? t('settings.deliveryOn') : t('settings.deliveryOff')}
				isSelected={settings.sendDeliveryReceipts}
				onChange={(sendDeliveryReceipts) => change({ sendDeliveryReceipts })}
			/>
			<SelectField
				label={t('settings.loadMedia')}
				value={settings.loadMedia}
				onChange={(value) => change({ loadMedia: pick(loadModes, value) ?? 'own-server' })}
				choices={loadModes.map((value) => ({ value, label: t(`settings.loadModes.${value}`) }))}
			/>
			<p className={styles['hint']}>{t('settings.loadMediaHint')}</p>
		</div>
	);
}

/** What this program is, and how each link is protected right now. */
function About() {
	const { t } = useTranslation();
	const version = useAppState((state) => state.engine.version);
	const accounts = useAppState((state) => orderedAccounts(state.engine.accounts));
	return (
		<div className={styles['page']}>
			<div>
				<p className={styles['product']}>{t('settings.product', { version })}</p>
				<p className={styles['hint']}>{t('settings.licence')}</p>
			</div>
			<section aria-label={t('settings.links')}>
				<h3 className={styles['heading']}>{t('settings.links')}</h3>
				{accounts.length === 0 ? (
					<p className={styles['hint']}>{t('settings.noLinks')}</p>
				) : (
					<dl className={styles['links']}>
						{accounts.map((account) => (
							<div key={account.id}>
								<dt>{account.label}</dt>
								<dd>{linkText(t, account)}</dd>
							</div>
						))}
					</dl>
				)}
			</section>
		</div>
	);
}
