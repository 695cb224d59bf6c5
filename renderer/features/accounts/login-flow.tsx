import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { Glyph } from '../../components/glyph.tsx';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import type { ProtocolInfo } from '../../state/engine-state.ts';
import { CertificateFacts } from './certificate-facts.tsx';
import { LoginFields } from './login-fields.tsx';
import styles from './login.module.css';
import type { LoginStep } from './login-form.ts';
import { LoginProgressWords } from './login-progress.tsx';
import { wordsFor } from './login-words.ts';
import { useLogin } from './use-login.ts';
import type { LoginRun, LoginStart } from './use-login.ts';

/** A login flow from its first step to the new account, whatever steps the adapter makes. */
export function LoginFlow({
	protocol,
	start,
	onBack,
	onDone,
}: {
	readonly protocol: ProtocolInfo;
	readonly start: LoginStart;
	readonly onBack: () => void;
	readonly onDone: (accountId: AccountId) => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const run = useLogin(start, (accountId) => {
		app.ui.toast('success', t('login.added', { protocol: protocol.title }));
		onDone(accountId);
	});
	const title = run.step?.kind === 'input' ? wordsFor(t, 'login.title', run.step.title, '') : '';
	return (
		<div>
			<div className={styles['title']}>
				<Glyph shape={protocol.glyph} title={protocol.title} />
				<span>{title === '' ? protocol.title : title}</span>
			</div>
			<FlowStep run={run} onBack={run.depth > 0 ? run.restart : onBack} />
		</div>
	);
}

function FlowStep({ run, onBack }: { readonly run: LoginRun; readonly onBack: () => void }) {
	const { t } = useTranslation();
	const { step, error } = run;
	// Survives the form, which is made anew for every answer: what was filled in there stays in sight.
	const [unfolded, setUnfolded] = useState(false);
	if (step === null) {
		if (error === null) return <Skeleton lines={3} hasAvatar={false} />;
		return (
			<Notice tone="danger" detail={error.detail} actions={<Button onPress={run.restart}>{t('common.retry')}</Button>}>
				{errorSentences(t, error)}
			</Notice>
		);
	}
	// The engine forgot this run (too old, or restarted): nothing but a new one helps.
	if (error?.code === 'session-expired') {
		return (
			<Notice tone="warning" actions={<Button onPress={run.restart}>{t('login.startAgain')}</Button>}>
				{t('login.expired')}
			</Notice>
		);
	}
	switch (step.kind) {
		case 'input':
			return (
				<LoginFields
					key={stepKey(step)}
					step={step}
					loginId={run.loginId}
					typed={run.typed}
					refused={run.refused}
					busy={run.busy}
					error={error}
					unfolded={unfolded}
					onUnfold={setUnfolded}
					backLabel={t('common.back')}
					onBack={onBack}
					onSubmit={run.submit}
				/>
			);
		case 'question':
			return <Question step={step} run={run} />;
	}
}

/** Changes with every answer, so that the form takes over the new step's values and errors. */
function stepKey(step: Extract<LoginStep, { kind: 'input' }>): string {
	const faults = step.fields.map((field) => `${field.id} ${field.error?.code ?? ''} ${field.error?.detail ?? ''}`);
	return [step.id, ...faults, step.error?.code ?? ''].join('|');
}

function Question({ step, run }: { readonly step: Extract<LoginStep, { kind: 'question' }>; readonly run: LoginRun }) {
	const { t } = useTranslation();
	const { question } = step;
	if (question.kind !== 'certificate') {
		return (
			<Notice tone="danger" actions={<Button onPress={run.restart}>{t('login.startAgain')}</Button>}>
				{t('login.unknownQuestion')}
			</Notice>
		);
	}
	return (
		<div className={styles['form']}>
			<CertificateFacts question={question} />
			<div className={styles['buttons']}>
				<span className={styles['progress']} role="status">
					{run.busy ? <LoginProgressWords loginId={run.loginId} /> : ''}
				</span>
				<Button variant="danger" isPending={run.busy} onPress={() => run.submit({ accept: 'true' })}>
					{t('certificate.accept')}
				</Button>
				<Button autoFocus isDisabled={run.busy} onPress={() => run.submit({ accept: 'false' })}>
					{t('certificate.refuse')}
				</Button>
			</div>
		</div>
	);
}
