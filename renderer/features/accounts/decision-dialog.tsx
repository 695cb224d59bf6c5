import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Decision, DecisionAnswer } from '../../../protocols/model/entities.ts';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { DecisionId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { Notice } from '../../components/notice.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { CertificateFacts } from './certificate-facts.tsx';
import styles from './login.module.css';

interface Answering {
	readonly busy: boolean;
	readonly error: string;
	readonly answer: (answer: DecisionAnswer) => void;
}

function useAnswer(decision: Decision, onClose: () => void): Answering {
	const { t } = useTranslation();
	const { client } = useApp();
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState('');
	const answer = (given: DecisionAnswer): void => {
		setBusy(true);
		setError('');
		client
			.command('decision.answer', { decisionId: decision.id, answer: given })
			.then(onClose)
			.catch((thrown: unknown) => {
				setBusy(false);
				setError(errorSentences(t, toChatError(thrown)));
			});
	};
	return { busy, error, answer };
}

/** A question that an account waits for. */
export function DecisionDialog({
	decisionId,
	onClose,
}: {
	readonly decisionId: DecisionId;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const decision = useAppState((state) => state.engine.decisions.get(decisionId));
	const account = useAppState((state) =>
		decision === undefined ? undefined : state.engine.accounts.get(decision.accountId),
	);
	if (decision === undefined) {
		return (
			<DialogFrame
				title={t('decision.goneTitle')}
				size="small"
				onClose={onClose}
				footer={<Button onPress={onClose}>{t('common.close')}</Button>}
			>
				{t('decision.gone')}
			</DialogFrame>
		);
	}
	const props = { decision, account: account?.label ?? '', onClose };
	switch (decision.question.kind) {
		case 'certificate':
			return <CertificateDecision {...props} question={decision.question} />;
		case 'name-in-use':
			return <NameDecision {...props} question={decision.question} />;
		case 'login':
			return <LoginDecision {...props} question={decision.question} />;
	}
}

interface QuestionProps<K extends Decision['question']['kind']> {
	readonly decision: Decision;
	readonly account: string;
	readonly question: Extract<Decision['question'], { readonly kind: K }>;
	readonly onClose: () => void;
}

function CertificateDecision({ decision, account, question, onClose }: QuestionProps<'certificate'>) {
	const { t } = useTranslation();
	const { busy, error, answer } = useAnswer(decision, onClose);
	return (
		<DialogFrame
			title={t('decision.certificateTitle', { account })}
			role="alertdialog"
			onClose={onClose}
			footer={
				<>
					<Button variant="danger" isPending={busy} onPress={() => answer({ kind: 'certificate', accept: true })}>
						{t('certificate.accept')}
					</Button>
					<Button autoFocus isDisabled={busy} onPress={() => answer({ kind: 'certificate', accept: false })}>
						{t('certificate.refuse')}
					</Button>
				</>
			}
		>
			{error !== '' && <Notice tone="danger">{error}</Notice>}
			<CertificateFacts question={question} />
		</DialogFrame>
	);
}

function NameDecision({ decision, account, question, onClose }: QuestionProps<'name-in-use'>) {
	const { t } = useTranslation();
	const form = useId();
	const [name, setName] = useState(question.suggestion);
	const { busy, error, answer } = useAnswer(decision, onClose);
	const submit = (event: FormEvent): void => {
		event.preventDefault();
		if (name.trim() !== '') answer({ kind: 'name-in-use', name: name.trim() });
	};
	return (
		<DialogFrame
			title={t('decision.nameTitle', { account })}
			size="small"
			onClose={onClose}
			footer={
				<>
					<Button isDisabled={busy} onPress={() => answer({ kind: 'dismiss' })}>
						{t('decision.notNow')}
					</Button>
					<Button type="submit" form={form} variant="primary" isPending={busy} isDisabled={name.trim() === ''}>
						{t('decision.useName')}
					</Button>
				</>
			}
		>
			<form id={form} className={styles['form']} onSubmit={submit}>
				<p>{t('decision.nameText', { name: question.name })}</p>
				<TextField
					label={t('decision.name')}
					value={name}
					onChange={setName}
					error={error}
					maxLength={256}
					spellCheck="false"
					autoFocus
				/>
			</form>
		</DialogFrame>
	);
}

function LoginDecision({ decision, account, question, onClose }: QuestionProps<'login'>) {
	const { t } = useTranslation();
	const form = useId();
	const [secret, setSecret] = useState('');
	const { busy, error, answer } = useAnswer(decision, onClose);
	const submit = (event: FormEvent): void => {
		event.preventDefault();
		if (secret !== '') answer({ kind: 'login', secret });
	};
	return (
		<DialogFrame
			title={t('decision.loginTitle', { account })}
			size="small"
			onClose={onClose}
			footer={
				<>
					<Button isDisabled={busy} onPress={() => answer({ kind: 'dismiss' })}>
						{t('decision.notNow')}
					</Button>
					<Button type="submit" form={form} variant="primary" isPending={busy} isDisabled={secret === ''}>
						{t('account.logIn')}
					</Button>
				</>
			}
		>
			<form id={form} className={styles['form']} onSubmit={submit}>
				<Notice tone="warning" detail={question.error.detail}>
					{errorSentences(t, question.error)}
				</Notice>
				<TextField
					label={t('account.newPassword')}
					type="password"
					autoComplete="current-password"
					value={secret}
					onChange={setSecret}
					error={error}
					autoFocus
				/>
			</form>
		</DialogFrame>
	);
}
