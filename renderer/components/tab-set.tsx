import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import styles from './tab-set.module.css';

export interface TabPage {
	readonly id: string;
	readonly title: string;
	readonly content: ReactNode;
}

/** Pages of one surface; only the chosen page is mounted. */
export function TabSet({
	label,
	pages,
	selected,
	onSelect,
}: {
	readonly label: string;
	readonly pages: readonly TabPage[];
	readonly selected: string;
	readonly onSelect: (id: string) => void;
}) {
	return (
		<Tabs selectedKey={selected} onSelectionChange={(key) => onSelect(String(key))} className={styles['tabs'] ?? ''}>
			<TabList aria-label={label} className={styles['list'] ?? ''}>
				{pages.map((page) => (
					<Tab key={page.id} id={page.id} className={styles['tab'] ?? ''}>
						{page.title}
					</Tab>
				))}
			</TabList>
			{pages.map((page) => (
				<TabPanel key={page.id} id={page.id} className={styles['panel'] ?? ''}>
					{page.content}
				</TabPanel>
			))}
		</Tabs>
	);
}
