import { useEffect, useState } from 'react';
import { after, now } from './clock.ts';

/** The time, refreshed at every full `stepMs`; for relative times and countdowns. */
export function useNow(stepMs = 60_000): number {
	const [time, setTime] = useState(now);
	useEffect(() => {
		const wait = stepMs - (now() % stepMs);
		return after(wait, () => setTime(now()));
	}, [time, stepMs]);
	return time;
}
