/** One step of a longer piece of work. `ended` is undefined while it runs. */
export interface ProgressEvent {
	readonly subject: string;
	readonly step: string;
	readonly ended: undefined | 'done' | 'failed';
	/** Milliseconds since the step began. */
	readonly elapsed: number;
}

export type Progress = (event: ProgressEvent) => void;

/** A step must last this long (milliseconds) before anybody hears of it. */
const NOTICEABLE = 1000;

/**
 * Runs `work` and reports it when it lasts longer than a second: once when the second has passed, once at the end.
 * Quick steps stay silent, so that a warm start prints nothing but its result.
 */
export async function withProgress<T>(
	progress: Progress | undefined,
	subject: string,
	step: string,
	work: () => Promise<T>,
): Promise<T> {
	if (progress === undefined) return work();
	const began = performance.now();
	let announced = false;
	const timer = setTimeout(() => {
		announced = true;
		progress({ subject, step, ended: undefined, elapsed: performance.now() - began });
	}, NOTICEABLE);
	let ended: 'done' | 'failed' = 'failed';
	try {
		const result = await work();
		ended = 'done';
		return result;
	} finally {
		clearTimeout(timer);
		if (announced) progress({ subject, step, ended, elapsed: performance.now() - began });
	}
}

/** The plain text form used by the command line tools. */
export function progressLine(event: ProgressEvent): string {
	const seconds = (event.elapsed / 1000).toFixed(1);
	if (event.ended === undefined) return `${event.subject}: ${event.step} …`;
	return event.ended === 'done'
		? `${event.subject}: ${event.step}, done in ${seconds} s`
		: `${event.subject}: ${event.step}, failed after ${seconds} s`;
}
