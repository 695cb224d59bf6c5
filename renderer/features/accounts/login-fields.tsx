import { ChevronDown, ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChatError } from '../../../protocols/model/errors.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences, errorText } from '../../i18n/error-text.ts';
import styles from './login.module.css';
import { missingFields, mustUnfold, splitFields, startValues, stepErrors } from './login-form.ts';
import type { InputStep, LoginField, Values } from './login-form.ts';
import { fieldHint, fieldLabel, placeholderText, wordsFor } from './login-words.ts';
import { LoginProgressWords } from './login-progress.tsx';
import { useValidation } from './use-validation.ts';

interface FieldProps {
	readonly field: LoginField;
	readonly value: string;
	readonly error: string;
	readonly isFirst: boolean;
	readonly isDisabled: boolean;
	readonly onChange: (value: string) => void;
}

/** One field of any kind. */
function LoginFieldView({ field, value, error, isFirst, isDisabled, onChange }: FieldProps) {
	const { t } = useTranslation();
	const label = fieldLabel(t, field);
	const hint = fieldHint(t, field);
	const common = {
		label: field.required || field.kind === 'boolean' ? label : t('login.optional', { label }),
		description: hint,
		error,
		value,
		onChange,
		isDisabled,
		placeholder: placeholderText(t, field.placeholder),
		autoFocus: isFirst,
		spellCheck: 'false',
		autoCorrect: 'off',
		isRequired: field.required,
	} as const;
	switch (field.kind) {
		case 'boolean':
			return (
				<SwitchField
					label={label}
					description={hint}
					isSelected={value === 'true'}
					isDisabled={isDisabled}
					onChange={(on) => onChange(on ? 'true' : 'false')}
				/>
			);
		case 'choice':
			return (
				<SelectField
					label={label}
					value={value}
					isDisabled={isDisabled}
					onChange={onChange}
					choices={field.choices.map((choice) => ({
						value: choice.value,
						label: wordsFor(t, 'login.choice', choice.label, choice.label),
					}))}
				/>
			);
		case 'password':
			return <TextField {...common} type="password" autoComplete="current-password" />;
		case 'number':
			return <TextField {...common} inputMode="numeric" autoComplete="off" />;
		case 'multiline':
			return <TextField {...common} rows={4} autoComplete="off" />;
		case 'address':
		case 'text':
			return <TextField {...common} autoComplete="off" />;
	}
}

/** The form of one step. Mounted anew for every step, so it starts with that step's values and errors. */
export function LoginFields({
	step,
	loginId,
	typed,
	refused,
	busy,
	error,
	unfolded,
	onUnfold,
	backLabel,
	onBack,
	onSubmit,
}: {
	readonly step: InputStep;
	readonly loginId: string | null;
	readonly typed: Values;
	readonly refused: Values;
	readonly busy: boolean;
	readonly error: ChatError | null;
	readonly unfolded: boolean;
	readonly onUnfold: (unfolded: boolean) => void;
	readonly backLabel: string;
	readonly onBack: () => void;
	readonly onSubmit: (values: Values) => void;
}) {
	const { t } = useTranslation();
	const advancedId = useId();
	const [values, setValues] = useState<Values>(() => startValues(step, typed, refused));
	const [missing, setMissing] = useState<readonly string[]>([]);
	const validation = useValidation(loginId, stepErrors(step));
	const { basic, advanced } = splitFields(step.fields);
	const forced = mustUnfold(step.fields, validation.errors, missing);
	const isOpen = unfolded || forced;
	const topError = error ?? step.error;
	const change = (id: string, value: string): void => {
		setValues((before) => ({ ...before, [id]: value }));
		setMissing((before) => before.filter((other) => other !== id));
		validation.changed(id, value);
	};
	const submit = (event: FormEvent): void => {
		event.preventDefault();
		const empty = missingFields(step.fields, values);
		setMissing(empty);
		if (empty.length === 0) onSubmit(values);
	};
	const firstWrong = step.fields.find((field) => validation.errors.has(field.id))?.id ?? basic[0]?.id;
	const view = (field: LoginField) => {
		const fault = validation.errors.get(field.id);
		return (
			<LoginFieldView
				key={field.id}
				field={field}
				value={values[field.id] ?? ''}
				error={
					missing.includes(field.id)
						? t('login.required')
						: fault === undefined
							? ''
							: withDetail(errorText(t, fault), fault)
				}
				isFirst={field.id === firstWrong}
				isDisabled={busy}
				onChange={(value) => change(field.id, value)}
			/>
		);
	};
	return (
		<form className={styles['form']} onSubmit={submit} noValidate aria-busy={busy}>
			{topError !== null && (
				<Notice tone="danger" detail={topError.detail}>
					{errorSentences(t, topError)}
				</Notice>
			)}
			{basic.map(view)}
			{advanced.length > 0 && (
				<div className={styles['advanced']}>
					<Button
						variant="quiet"
						size="small"
						aria-expanded={isOpen}
						aria-controls={advancedId}
						isDisabled={forced}
						onPress={() => onUnfold(!unfolded)}
					>
						{isOpen ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}
						{t('login.advanced')}
					</Button>
					<div id={advancedId} className={styles['folded']} hidden={!isOpen}>
						{isOpen && advanced.map(view)}
					</div>
				</div>
			)}
			<div className={styles['buttons']}>
				<span className={styles['progress']} role="status">
					{busy ? <LoginProgressWords loginId={loginId} /> : ''}
				</span>
				<Button onPress={onBack}>{backLabel}</Button>
				<Button type="submit" variant="primary" isPending={busy}>
					{t('login.next')}
				</Button>
			</div>
		</form>
	);
}

/** The network's own words after ours, when it gave any. */
function withDetail(sentence: string, error: ChatError): string {
	return error.detail === null ? sentence : `${sentence} (${error.detail})`;
}
