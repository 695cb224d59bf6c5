import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { ButtonProps as AriaButtonProps, TooltipProps } from 'react-aria-components';
import { cx } from './cx.ts';
import styles from './icon-button.module.css';
import { Tip } from './tip.tsx';

export interface IconButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style' | 'aria-label'> {
	/** Name for screen readers and the tooltip. */
	readonly label: string;
	/** Longer words for the tooltip, such as why the control is disabled. */
	readonly hint?: string | undefined;
	readonly icon: ReactNode;
	readonly size?: 'normal' | 'small';
	readonly isActive?: boolean;
	readonly isDanger?: boolean;
	readonly placement?: TooltipProps['placement'];
	/** Looks and acts disabled but can be focused, so that its `hint` says why. */
	readonly isUnavailable?: boolean;
}

/** A button that is only a picture; always has a name and a tooltip. */
export function IconButton({
	label,
	hint,
	icon,
	size = 'normal',
	isActive = false,
	isDanger = false,
	isUnavailable = false,
	placement,
	onPress,
	...rest
}: IconButtonProps) {
	return (
		<Tip text={hint === undefined ? label : `${label}\n${hint}`} placement={placement ?? 'top'}>
			<AriaButton
				{...rest}
				{...(isUnavailable || onPress === undefined ? {} : { onPress })}
				aria-label={label}
				{...(isUnavailable ? { 'aria-disabled': true } : {})}
				className={cx(
					styles['button'],
					size === 'small' && styles['small'],
					isActive && styles['active'],
					isDanger && styles['danger'],
					isUnavailable && styles['unavailable'],
				)}
			>
				{icon}
			</AriaButton>
		</Tip>
	);
}
