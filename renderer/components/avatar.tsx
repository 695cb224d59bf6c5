import type { Availability } from '../../protocols/model/capabilities.ts';
import { hueAngle } from '../color/consistent-color.ts';
import { cx } from './cx.ts';
import styles from './avatar.module.css';
import { initials } from './initials.ts';
import { PresenceDot } from './presence-dot.tsx';

/** A round letter picture in the identity's own colour. Decorative: the name stands beside it. */
export function Avatar({
	id,
	name,
	size = 32,
	presence = null,
	isRoom = false,
}: {
	/** What the colour is made from; stable for the identity. */
	readonly id: string;
	readonly name: string;
	readonly size?: 20 | 24 | 32 | 36 | 56;
	readonly presence?: Availability | null;
	/** Rooms are square-ish, people round. */
	readonly isRoom?: boolean;
}) {
	const hue = hueAngle(id);
	return (
		<span className={cx(styles['avatar'], styles[`size${size}`])} aria-hidden>
			<span
				className={cx(styles['face'], isRoom && styles['room'])}
				style={{ '--hue': String(Math.round(hue)) } as React.CSSProperties}
			>
				{initials(name)}
			</span>
			{presence !== null && presence !== 'unknown' && (
				<span className={styles['dot']}>
					<PresenceDot availability={presence} />
				</span>
			)}
		</span>
	);
}
