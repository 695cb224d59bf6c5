import type { TFunction } from 'i18next';
import { TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteConversationId } from '../../../../protocols/model/ids.ts';
import { Notice } from '../../../components/notice.tsx';
import { withoutBidiControls } from '../../../i18n/isolate.ts';
import type { Shown } from './lookalikes.ts';
import styles from './name-warning.module.css';
import { type NameWarnings, useNameWarnings } from './use-name-warnings.ts';

function sentences(t: TFunction, warnings: NameWarnings): readonly string[] {
	const { lookalike, tricks } = warnings;
	const about =
		lookalike === null
			? []
			: [
					t(lookalike.kind === 'same-name' ? 'radar.sameName' : 'radar.similarName', {
						name: lookalike.contact.name === '' ? lookalike.contact.remoteId : lookalike.contact.name,
						address: lookalike.contact.remoteId,
					}),
				];
	return [...about, ...tricks.map((trick) => t(`radar.${trick}`))].map(withoutBidiControls);
}

interface Props extends Omit<Shown, 'isOccupant'> {
	/** Where they are seen; null: nowhere in particular. */
	readonly place: RemoteConversationId | null;
	readonly isSelf?: boolean;
}

function useShown({ accountId, remoteId, name, address, place, isSelf = false }: Props): Shown | null {
	// Ids of occupants begin with their room's.
	const isOccupant = place !== null && remoteId.length > place.length && remoteId.startsWith(place);
	return useMemo(
		() => (isSelf ? null : { accountId, remoteId, name, address, isOccupant }),
		[accountId, remoteId, name, address, isOccupant, isSelf],
	);
}

/** A sign beside a name that is not what it seems; nothing for all others. */
export function NameSign(props: Props) {
	const { t } = useTranslation();
	const warnings = useNameWarnings(useShown(props));
	if (warnings === null) return null;
	const words = sentences(t, warnings).join('\n');
	return (
		<span className={styles['sign']} role="img" aria-label={words} title={words}>
			<TriangleAlert aria-hidden />
		</span>
	);
}

/** The same in whole sentences, where there is room. */
export function NameNotice(props: Props) {
	const { t } = useTranslation();
	const warnings = useNameWarnings(useShown(props));
	if (warnings === null) return null;
	return (
		<Notice tone="warning">
			{sentences(t, warnings).map((sentence) => (
				<p key={sentence} className={styles['sentence']}>
					{sentence}
				</p>
			))}
		</Notice>
	);
}
