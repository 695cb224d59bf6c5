import type { ReactElement, ReactNode } from 'react';
import { OverlayArrow, Tooltip, TooltipTrigger } from 'react-aria-components';
import type { TooltipProps } from 'react-aria-components';
import styles from './tip.module.css';

/** Words about a control, on hover and on keyboard focus. `children` must be a focusable kit element. */
export function Tip({
	text,
	placement = 'top',
	children,
}: {
	readonly text: ReactNode;
	readonly placement?: TooltipProps['placement'];
	readonly children: ReactElement;
}) {
	return (
		<TooltipTrigger delay={500} closeDelay={0}>
			{children}
			<Tooltip className={styles['tip'] ?? ''} placement={placement ?? 'top'} offset={6}>
				<OverlayArrow className={styles['arrow'] ?? ''} />
				{text}
			</Tooltip>
		</TooltipTrigger>
	);
}
