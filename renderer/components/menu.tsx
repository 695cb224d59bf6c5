import type { ReactElement, ReactNode } from 'react';
import {
	Header,
	Menu as AriaMenu,
	MenuItem,
	MenuSection,
	MenuTrigger,
	Popover,
	Separator,
	Text,
} from 'react-aria-components';
import { cx } from './cx.ts';
import styles from './menu.module.css';

/** One line of a menu. `null` in a list of entries is a separator. */
export interface MenuEntry {
	readonly id: string;
	readonly label: string;
	readonly icon?: ReactNode;
	/** Why it is disabled, or what it will do; shown under the label. */
	readonly hint?: string | undefined;
	readonly isDisabled?: boolean;
	readonly isDanger?: boolean;
	readonly isChecked?: boolean;
	readonly onAction: () => void;
}

export type MenuEntries = readonly (MenuEntry | null)[];

/** The entries themselves, for popovers that bring their own trigger. */
export function MenuList({
	label,
	entries,
	heading,
	autoFocus = false,
	onClose,
}: {
	readonly label: string;
	readonly entries: MenuEntries;
	readonly heading?: string;
	/** For popovers without a trigger, whose menu nothing else focuses. */
	readonly autoFocus?: boolean;
	readonly onClose?: () => void;
}) {
	const items = entries.map((entry, index) =>
		entry === null ? (
			// biome-ignore lint/suspicious/noArrayIndexKey: a separator has no identity of its own
			<Separator key={`separator-${index}`} className={styles['separator'] ?? ''} />
		) : (
			<MenuItem
				key={entry.id}
				id={entry.id}
				textValue={entry.label}
				isDisabled={entry.isDisabled ?? false}
				onAction={entry.onAction}
				className={cx(styles['item'], entry.isDanger === true && styles['danger'])}
			>
				<span className={styles['icon']}>{entry.isChecked === true ? '✓' : entry.icon}</span>
				<span className={styles['words']}>
					<Text slot="label">{entry.label}</Text>
					{entry.hint !== undefined && (
						<Text slot="description" className={styles['hint'] ?? ''}>
							{entry.hint}
						</Text>
					)}
				</span>
			</MenuItem>
		),
	);
	return (
		<AriaMenu
			aria-label={label}
			className={styles['menu'] ?? ''}
			{...(autoFocus ? { autoFocus: 'first' as const } : {})}
			{...(onClose === undefined ? {} : { onClose })}
		>
			{heading === undefined ? (
				items
			) : (
				<MenuSection>
					<Header className={styles['heading'] ?? ''}>{heading}</Header>
					{items}
				</MenuSection>
			)}
		</AriaMenu>
	);
}

/** A button with a menu under it. `trigger` is a kit `Button` or `IconButton`. */
export function MenuButton({
	trigger,
	label,
	entries,
	placement = 'bottom end',
	onOpenChange,
}: {
	readonly trigger: ReactElement;
	readonly label: string;
	readonly entries: MenuEntries;
	readonly placement?: 'bottom start' | 'bottom end' | 'top start' | 'top end';
	readonly onOpenChange?: (open: boolean) => void;
}) {
	return (
		<MenuTrigger {...(onOpenChange === undefined ? {} : { onOpenChange })}>
			{trigger}
			<Popover placement={placement} offset={4} className={styles['popover'] ?? ''}>
				<MenuList label={label} entries={entries} />
			</Popover>
		</MenuTrigger>
	);
}
