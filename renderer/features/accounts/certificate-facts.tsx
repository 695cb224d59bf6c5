import { useTranslation } from 'react-i18next';
import type { Decision } from '../../../protocols/model/entities.ts';
import { Isolate } from '../../components/isolate.tsx';
import { Notice } from '../../components/notice.tsx';
import { dateOnly, fingerprintLines } from './certificate-text.ts';
import styles from './certificate.module.css';

export type CertificateQuestion = Extract<Decision['question'], { readonly kind: 'certificate' }>;

function Fingerprint({ value }: { readonly value: string }) {
	return (
		<code className={styles['print']} dir="ltr">
			{fingerprintLines(value).map((line, index) => (
				<span key={`${index}-${line}`}>{line}</span>
			))}
		</code>
	);
}

/** A certificate that nobody vouches for: what is wrong, what it could mean, and the facts to compare. */
export function CertificateFacts({ question }: { readonly question: CertificateQuestion }) {
	const { t } = useTranslation();
	return (
		<div className={styles['facts']}>
			<Notice tone={question.problem === 'changed' || question.problem === 'wrong-host' ? 'danger' : 'warning'}>
				{t(`certificate.problem.${question.problem}`, { host: question.host })}
			</Notice>
			<p className={styles['meaning']}>{t(`certificate.meaning.${question.problem}`)}</p>
			<dl className={styles['list']}>
				<dt>{t('certificate.server')}</dt>
				<dd>
					<Isolate>{question.host}</Isolate>
				</dd>
				<dt>{t('certificate.subject')}</dt>
				<dd>
					<Isolate>{question.subject}</Isolate>
				</dd>
				<dt>{t('certificate.issuer')}</dt>
				<dd>
					{question.issuer === question.subject ? t('certificate.selfSigned') : <Isolate>{question.issuer}</Isolate>}
				</dd>
				<dt>{t('certificate.valid')}</dt>
				<dd>{t('certificate.validRange', { from: dateOnly(question.validFrom), to: dateOnly(question.validTo) })}</dd>
				<dt>{t('certificate.fingerprint')}</dt>
				<dd>
					<Fingerprint value={question.fingerprint} />
				</dd>
				{question.previous !== null && (
					<>
						<dt>{t('certificate.previous')}</dt>
						<dd>
							<Fingerprint value={question.previous} />
						</dd>
					</>
				)}
			</dl>
		</div>
	);
}
