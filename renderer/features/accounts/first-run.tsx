import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AccountChoice } from './add-account.tsx';
import styles from './first-run.module.css';
import type { FlowChoice } from './protocol-cards.tsx';

/** The whole window while there is no account. It goes away by itself as soon as there is one. */
export function FirstRun() {
	const { t } = useTranslation();
	const [choice, setChoice] = useState<FlowChoice | null>(null);
	return (
		<main className={styles['screen']}>
			<div className={styles['column']}>
				<img className={styles['mark']} src="./icon.svg" alt="" width={40} height={40} />
				<h1 className={styles['title']}>{t('firstRun.title')}</h1>
				<p className={styles['text']}>{t('firstRun.text')}</p>
				<div className={choice === null ? undefined : styles['panel']}>
					<AccountChoice choice={choice} onChoose={setChoice} onDone={() => undefined} />
				</div>
				<p className={styles['foot']}>{t('firstRun.foot')}</p>
			</div>
		</main>
	);
}
