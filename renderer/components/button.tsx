import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { ButtonProps as AriaButtonProps } from 'react-aria-components';
import styles from './button.module.css';
import { cx } from './cx.ts';

export interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style'> {
	readonly children: ReactNode;
	/** `primary`: the one thing to do here. `quiet`: text only. */
	readonly variant?: 'primary' | 'secondary' | 'quiet' | 'danger';
	readonly size?: 'normal' | 'small';
	/** Takes the whole width. */
	readonly wide?: boolean;
}

/** A push button. While `isPending` it keeps its place and its focus, and cannot be pressed again. */
export function Button({ children, variant = 'secondary', size = 'normal', wide = false, ...rest }: ButtonProps) {
	return (
		<AriaButton
			{...rest}
			className={cx(
				styles['button'],
				styles[variant],
				size === 'small' && styles['small'],
				wide && styles['wide'],
				rest.isPending === true && styles['pending'],
			)}
		>
			{children}
		</AriaButton>
	);
}
