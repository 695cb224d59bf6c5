import { useRef } from 'react';
import { Popover } from 'react-aria-components';
import { MenuList } from './menu.tsx';
import type { MenuEntries } from './menu.tsx';
import menuStyles from './menu.module.css';
import styles from './context-menu.module.css';

/** Where a context menu was asked for, in client pixels. */
export interface MenuPlace {
	readonly x: number;
	readonly y: number;
}

/** A menu at a point of the window; the owner keeps `place` in state and clears it in `onClose`. */
export function ContextMenu({
	place,
	label,
	entries,
	onClose,
}: {
	readonly place: MenuPlace | null;
	readonly label: string;
	readonly entries: MenuEntries;
	readonly onClose: () => void;
}) {
	const anchor = useRef<HTMLSpanElement>(null);
	if (place === null) return null;
	return (
		<>
			<span ref={anchor} className={styles['anchor']} style={{ left: place.x, top: place.y }} />
			<Popover
				isOpen
				aria-label={label}
				triggerRef={anchor}
				placement="bottom start"
				offset={0}
				className={menuStyles['popover'] ?? ''}
				onOpenChange={(open) => {
					if (!open) onClose();
				}}
			>
				<MenuList label={label} entries={entries} autoFocus onClose={onClose} />
			</Popover>
		</>
	);
}
