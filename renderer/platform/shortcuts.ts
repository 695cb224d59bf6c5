/** Keyboard shortcuts in the user's words and from the user's keys. */
const isMac = /mac/iu.test(navigator.userAgent);

/** `⌘K` or `Ctrl K`. */
export const shortcutText = (key: string): string => (isMac ? `⌘${key}` : `Ctrl ${key}`);

/** The platform's command key with a letter, without Alt; Shift does not matter unless asked for. */
export function isShortcut(
	event: { readonly key: string; readonly ctrlKey: boolean; readonly metaKey: boolean; readonly altKey: boolean },
	key: string,
): boolean {
	return (isMac ? event.metaKey : event.ctrlKey) && !event.altKey && event.key.toLowerCase() === key;
}
