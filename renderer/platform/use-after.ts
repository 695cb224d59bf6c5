import { useEffect, useState } from 'react';
import { after } from './clock.ts';

/** False at first, true once `ms` have passed since mounting. */
export function useAfter(ms: number): boolean {
	const [passed, setPassed] = useState(false);
	useEffect(() => after(ms, () => setPassed(true)), [ms]);
	return passed;
}
