import { useTranslation } from 'react-i18next';
import type { PrivacyKind, PrivacySwitches, ResolvedPrivacy } from '../../../protocols/model/privacy.ts';
import { privacyKinds } from '../../../protocols/model/privacy.ts';
import { SelectField } from '../../components/select-field.tsx';
import { limitText } from '../../i18n/error-text.ts';
import type { Offer } from './offers.ts';
import styles from './privacy.module.css';

const switchOf = { inherit: null, on: true, off: false } as const;
const isChoice = (value: string): value is keyof typeof switchOf => Object.hasOwn(switchOf, value);

/** The switches of an account or a conversation: as the level above says, on, or off. */
export function PrivacyFields({
	level,
	switches,
	above,
	offer,
	onChange,
}: {
	/** Names the level above: the settings or the account. */
	readonly level: 'likeSettings' | 'likeAccount';
	readonly switches: PrivacySwitches;
	/** What the level above comes to. */
	readonly above: ResolvedPrivacy;
	readonly offer: (kind: PrivacyKind) => Offer;
	readonly onChange: (switches: PrivacySwitches) => void;
}) {
	const { t } = useTranslation();
	return privacyKinds.map((kind) => {
		const { offered, feature } = offer(kind);
		const limit = limitText(t, feature);
		const own = switches[kind];
		if (!offered)
			return (
				<div key={kind}>
					<p>{t(`settings.${kind}`)}</p>
					<p className={styles['reason']}>{limit}</p>
				</div>
			);
		return (
			<div key={kind} className={styles['field']}>
				<SelectField
					label={t(`settings.${kind}`)}
					value={own === null ? 'inherit' : own ? 'on' : 'off'}
					onChange={(value) => {
						if (isChoice(value)) onChange({ ...switches, [kind]: switchOf[value] });
					}}
					choices={[
						{ value: 'inherit', label: t(`privacy.${level}.${above[kind] ? 'on' : 'off'}`) },
						{ value: 'on', label: t('privacy.on') },
						{ value: 'off', label: t('privacy.off') },
					]}
				/>
				{level === 'likeAccount' && limit !== undefined && (
					<p className={styles['reason']}>{t('privacy.now', { reason: limit })}</p>
				)}
			</div>
		);
	});
}
