import { useSyncExternalStore } from 'react';

/** Room for a third column; as in `app.module.css`. In em, so that larger text counts as a smaller window. */
export const wideQuery = '(min-width: 68.75em)';

/** Room for one column only; as in `app.module.css`. */
export const narrowQuery = '(max-width: 44.99em)';

/** Does a media query match now? */
export function useMedia(query: string): boolean {
	return useSyncExternalStore(
		(changed) => {
			const list = globalThis.matchMedia(query);
			list.addEventListener('change', changed);
			return () => list.removeEventListener('change', changed);
		},
		() => globalThis.matchMedia(query).matches,
	);
}
