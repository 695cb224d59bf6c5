import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode, Ref } from 'react';
import { FieldError, Input, Label, Text, TextArea, TextField as AriaTextField } from 'react-aria-components';
import type { TextFieldProps as AriaTextFieldProps } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import { IconButton } from './icon-button.tsx';
import styles from './text-field.module.css';

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'children' | 'className' | 'style'> {
	readonly label: string;
	/** The label is for screen readers only. */
	readonly hideLabel?: boolean;
	readonly description?: ReactNode;
	/** What is wrong with the value; stands at the field. */
	readonly error?: ReactNode;
	readonly placeholder?: string;
	/** More than one line. */
	readonly rows?: number;
	readonly icon?: ReactNode;
	readonly inputRef?: Ref<HTMLInputElement>;
}

/** A labelled input. Passwords can be shown; errors are announced and tied to the field. */
export function TextField({
	label,
	hideLabel = false,
	description,
	error,
	placeholder,
	rows,
	icon,
	inputRef,
	type,
	...rest
}: TextFieldProps) {
	const { t } = useTranslation();
	const [shown, setShown] = useState(false);
	const secret = type === 'password';
	const hasError = error !== undefined && error !== null && error !== '';
	return (
		<AriaTextField
			{...rest}
			type={secret && shown ? 'text' : (type ?? 'text')}
			isInvalid={hasError}
			validationBehavior="aria"
			className={styles['field'] ?? ''}
		>
			<Label className={hideLabel ? 'visually-hidden' : (styles['label'] ?? '')}>{label}</Label>
			<span className={styles['box']}>
				{icon !== undefined && <span className={styles['icon']}>{icon}</span>}
				{rows === undefined ? (
					<Input
						ref={inputRef ?? null}
						placeholder={placeholder ?? ''}
						className={cx(styles['input'], icon !== undefined && styles['withIcon'], secret && styles['withButton'])}
					/>
				) : (
					<TextArea rows={rows} placeholder={placeholder ?? ''} className={cx(styles['input'], styles['area'])} />
				)}
				{secret && (
					<span className={styles['reveal']}>
						<IconButton
							label={shown ? t('common.hidePassword') : t('common.showPassword')}
							icon={shown ? <EyeOff /> : <Eye />}
							size="small"
							onPress={() => setShown(!shown)}
						/>
					</span>
				)}
			</span>
			{description !== undefined && !hasError && (
				<Text slot="description" className={styles['description'] ?? ''}>
					{description}
				</Text>
			)}
			{hasError && <FieldError className={styles['error'] ?? ''}>{error}</FieldError>}
		</AriaTextField>
	);
}
