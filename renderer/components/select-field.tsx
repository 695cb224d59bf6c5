import { ChevronDown } from 'lucide-react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import menuStyles from './menu.module.css';
import fieldStyles from './text-field.module.css';
import styles from './select-field.module.css';

export interface Choice {
	readonly value: string;
	readonly label: string;
}

/** One of several values. */
export function SelectField({
	label,
	hideLabel = false,
	value,
	choices,
	onChange,
	isDisabled = false,
}: {
	readonly label: string;
	readonly hideLabel?: boolean;
	readonly value: string;
	readonly choices: readonly Choice[];
	readonly onChange: (value: string) => void;
	readonly isDisabled?: boolean;
}) {
	return (
		<Select
			selectedKey={value}
			isDisabled={isDisabled}
			onSelectionChange={(key) => {
				if (key !== null) onChange(String(key));
			}}
			className={fieldStyles['field'] ?? ''}
		>
			<Label className={hideLabel ? 'visually-hidden' : (fieldStyles['label'] ?? '')}>{label}</Label>
			<Button className={styles['button'] ?? ''}>
				<SelectValue className={styles['value'] ?? ''}>{({ selectedText }) => selectedText}</SelectValue>
				<ChevronDown aria-hidden />
			</Button>
			<Popover className={menuStyles['popover'] ?? ''} offset={4}>
				<ListBox className={menuStyles['menu'] ?? ''}>
					{choices.map((choice) => (
						<ListBoxItem
							key={choice.value}
							id={choice.value}
							textValue={choice.label}
							className={menuStyles['item'] ?? ''}
						>
							{({ isSelected }) => (
								<>
									<span className={menuStyles['icon']}>{isSelected ? '✓' : ''}</span>
									<span>{choice.label}</span>
								</>
							)}
						</ListBoxItem>
					))}
				</ListBox>
			</Popover>
		</Select>
	);
}
