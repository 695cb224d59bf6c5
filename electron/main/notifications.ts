/** Desktop notifications, one per tag, bounded in number. */
import type { Notification, NotificationConstructorOptions } from 'electron/main';
import type { Notifier } from '../../host/host.ts';

type Shown = Pick<Notification, 'show' | 'close'> & {
	on(event: 'click' | 'close' | 'failed', listener: () => void): unknown;
};

const maxShown = 50;

/** @param onClick receives the tag, which is the conversation's id */
export function desktopNotifier(
	create: (options: NotificationConstructorOptions) => Shown,
	onClick: (tag: string) => void,
): Notifier {
	// Kept referenced: a collected notification loses its click.
	const shown = new Map<string, Shown>();
	const clear = (tag: string): void => {
		const notification = shown.get(tag);
		shown.delete(tag);
		notification?.close();
	};
	return {
		clear,
		show: ({ tag, title, body }) => {
			clear(tag);
			const [oldest] = shown.keys();
			if (shown.size >= maxShown && oldest !== undefined) clear(oldest);
			const notification = create({ title, body });
			const forget = (): void => {
				if (shown.get(tag) === notification) shown.delete(tag);
			};
			shown.set(tag, notification);
			notification.on('close', forget);
			notification.on('failed', forget);
			notification.on('click', () => {
				forget();
				onClick(tag);
			});
			notification.show();
		},
	};
}
