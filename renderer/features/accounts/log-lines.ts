/** Lines of an account's log: chosen and put into text. Pure. */
import type { AccountLogLine } from '../../../protocols/model/entities.ts';

const arrows = { in: '←', out: '→', note: '·' } as const;

export const arrowOf = (direction: AccountLogLine['direction']): string => arrows[direction];

/** Lines that hold every word of the filter, whatever the case. */
export function filterLines(lines: readonly AccountLogLine[], filter: string): readonly AccountLogLine[] {
	const words = filter
		.toLowerCase()
		.split(/\s+/u)
		.filter((word) => word !== '');
	if (words.length === 0) return lines;
	return lines.filter((line) => {
		const text = line.text.toLowerCase();
		return words.every((word) => text.includes(word));
	});
}

/** `14:05:09.123` in local time. */
export function logTime(at: number): string {
	const date = new Date(at);
	const two = (value: number): string => String(value).padStart(2, '0');
	const millis = String(date.getMilliseconds()).padStart(3, '0');
	return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

/** For the clipboard: one line each, times in UTC so that they mean the same elsewhere. */
export function logAsText(lines: readonly AccountLogLine[]): string {
	return lines
		.map(
			(line) =>
				`${new Date(line.at).toISOString()} ${arrowOf(line.direction)} ${line.text.replaceAll(/[\r\n]+/gu, ' ')}`,
		)
		.join('\n');
}
