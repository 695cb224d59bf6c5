import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useImperativeHandle, useRef } from 'react';
import type { KeyboardEvent, ReactNode, Ref } from 'react';
import { cx } from './cx.ts';
import styles from './virtual-list.module.css';

/** What the owner of a list may ask of it. */
export interface VirtualListHandle {
	scrollTo(index: number): void;
}

export interface VirtualListProps<Item> {
	readonly label: string;
	readonly items: readonly Item[];
	readonly keyOf: (item: Item) => string;
	/** Estimated height in pixels; rows measure themselves. */
	readonly estimate: (item: Item) => number;
	readonly render: (item: Item, index: number) => ReactNode;
	/** `list` of items, or `listbox` whose rows carry `role="option"`. */
	readonly role?: 'list' | 'listbox';
	readonly activeKey?: string | null;
	readonly onKeyDown?: (event: KeyboardEvent<HTMLDivElement>) => void;
	readonly onNearEnd?: () => void;
	readonly className?: string | undefined;
	readonly handle?: Ref<VirtualListHandle>;
	readonly id?: string;
}

/** A long list that mounts only what is seen; for 500 rooms and 10,000 members alike. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
	'use no memo'; // TanStack Virtual returns a mutable object that the React Compiler must not cache.
	const { items, keyOf, estimate, render, role = 'list', activeKey, onNearEnd } = props;
	const scroller = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: items.length,
		getScrollElement: () => scroller.current,
		getItemKey: (index) => {
			const item = items[index];
			return item === undefined ? index : keyOf(item);
		},
		estimateSize: (index) => {
			const item = items[index];
			return item === undefined ? 40 : estimate(item);
		},
		overscan: 8,
	});
	useImperativeHandle(
		props.handle,
		() => ({ scrollTo: (index: number) => virtual.scrollToIndex(index, { align: 'auto' }) }),
		[virtual],
	);
	const activeIndex =
		activeKey === undefined || activeKey === null ? -1 : items.findIndex((item) => keyOf(item) === activeKey);
	useEffect(() => {
		if (activeIndex >= 0) virtual.scrollToIndex(activeIndex, { align: 'auto' });
	}, [activeIndex, virtual]);
	const rows = virtual.getVirtualItems();
	const lastShown = rows.at(-1)?.index ?? -1;
	useEffect(() => {
		if (lastShown >= 0 && lastShown >= items.length - 10) onNearEnd?.();
	}, [lastShown, items.length, onNearEnd]);
	return (
		// oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the focusable rows inside, delegated
		<div ref={scroller} className={cx(styles['scroller'], props.className)} onKeyDown={props.onKeyDown}>
			<div
				role={role}
				id={props.id}
				aria-label={props.label}
				className={styles['content']}
				style={{ height: virtual.getTotalSize() }}
			>
				{rows.map((row) => {
					const item = items[row.index];
					if (item === undefined) return null;
					return (
						<div
							key={row.key}
							ref={virtual.measureElement}
							data-index={row.index}
							role={role === 'list' ? 'listitem' : 'presentation'}
							aria-setsize={role === 'list' ? items.length : undefined}
							aria-posinset={role === 'list' ? row.index + 1 : undefined}
							className={styles['row']}
							style={{ transform: `translateY(${row.start}px)` }}
						>
							{render(item, row.index)}
						</div>
					);
				})}
			</div>
		</div>
	);
}
