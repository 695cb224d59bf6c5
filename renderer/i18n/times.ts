/** Times in the user's words. Formatters are cached; all pure but for the locale. */
const cache = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const key = JSON.stringify(options);
	const known = cache.get(key);
	if (known !== undefined) return known;
	const made = new Intl.DateTimeFormat(undefined, options);
	cache.set(key, made);
	return made;
}

/** Days since a fixed day in local time; equal for two times of one calendar day. */
export function dayNumber(time: number): number {
	const date = new Date(time);
	return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/** `14:05` or `2:05 PM`, as the locale has it. */
export const clockTime = (time: number): string => format({ timeStyle: 'short' }).format(time);

/** Day, date and time, for tooltips. */
export const fullTime = (time: number): string => format({ dateStyle: 'full', timeStyle: 'medium' }).format(time);

export interface DayWords {
	readonly today: string;
	readonly yesterday: string;
}

/** Heading of a day: Today, Yesterday, a weekday within a week, else the date. */
export function dayHeading(time: number, now: number, words: DayWords): string {
	const days = dayNumber(now) - dayNumber(time);
	if (days === 0) return words.today;
	if (days === 1) return words.yesterday;
	if (days > 1 && days < 7) return format({ weekday: 'long', day: 'numeric', month: 'long' }).format(time);
	return format({ day: 'numeric', month: 'long', year: 'numeric' }).format(time);
}

/** Short time of the last message: clock today, weekday within a week, else the date. */
export function shortTime(time: number, now: number, yesterday: string): string {
	const days = dayNumber(now) - dayNumber(time);
	if (days <= 0) return clockTime(time);
	if (days === 1) return yesterday;
	if (days < 7) return format({ weekday: 'short' }).format(time);
	const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
	return format(
		sameYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: '2-digit' },
	).format(time);
}

/** Bytes in words, such as `1.2 MB`. */
export function byteSize(bytes: number): string {
	const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
	let value = bytes;
	let unit = 0;
	while (value >= 1000 && unit < units.length - 1) {
		value /= 1000;
		unit += 1;
	}
	return new Intl.NumberFormat(undefined, {
		style: 'unit',
		unit: units[unit] ?? 'byte',
		unitDisplay: 'short',
		maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
	}).format(value);
}
