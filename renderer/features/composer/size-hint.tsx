import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { TextCapability } from '../../../protocols/model/capabilities.ts';
import { cx } from '../../components/cx.ts';
import { byteSize } from '../../i18n/times.ts';
import { bytesOver, messageCount } from './outgoing.ts';
import styles from './view.module.css';

/** Tells before sending what a long text becomes: several messages, or too much for one. Silent while it is one. */
export function SizeHint({ text, capability }: { readonly text: string; readonly capability: TextCapability }) {
	const { t } = useTranslation();
	const over = bytesOver(text, capability);
	const count = useMemo(() => messageCount(text, capability), [text, capability]);
	const words =
		over > 0 ? t('composer.tooLong', { over: byteSize(over) }) : count > 1 ? t('composer.split', { count }) : '';
	// The region stays, so that its first words are announced as well.
	return (
		<div className={cx(words !== '' && styles['foot'], over > 0 && styles['footBad'])} role="status">
			{words}
		</div>
	);
}
