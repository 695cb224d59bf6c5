import { useSyncExternalStore } from 'react';

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
