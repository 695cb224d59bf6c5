import { cx } from '../../components/cx.ts';
import type { Tone } from './account-status.ts';
import styles from './status-dot.module.css';

/** State of an account by colour and shape; the words stand beside it or in the control's name. */
export function StatusDot({ tone }: { readonly tone: Tone }) {
	return <span className={cx(styles['dot'], styles[tone])} aria-hidden />;
}
