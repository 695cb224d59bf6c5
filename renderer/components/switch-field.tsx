import type { ReactNode } from 'react';
import { Switch } from 'react-aria-components';
import styles from './switch-field.module.css';

/** On or off, effective at once. The whole line is the target. */
export function SwitchField({
	label,
	description,
	isSelected,
	onChange,
	isDisabled = false,
}: {
	readonly label: string;
	readonly description?: ReactNode;
	readonly isSelected: boolean;
	readonly onChange: (on: boolean) => void;
	readonly isDisabled?: boolean;
}) {
	return (
		<Switch isSelected={isSelected} onChange={onChange} isDisabled={isDisabled} className={styles['line'] ?? ''}>
			<span className={styles['words']}>
				<span>{label}</span>
				{description !== undefined && <span className={styles['description']}>{description}</span>}
			</span>
			<span className={styles['track']}>
				<span className={styles['thumb']} />
			</span>
		</Switch>
	);
}
