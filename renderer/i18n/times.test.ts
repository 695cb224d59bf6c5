import { expect, test } from 'vitest';
import { byteSize, dayHeading, dayNumber, shortTime } from './times.ts';

const at = (year: number, month: number, day: number, hour = 12): number =>
	new Date(year, month - 1, day, hour).getTime();
const words = { today: 'Today', yesterday: 'Yesterday' };
const now = at(2026, 11, 23, 0);

test('a day ends at local midnight', () => {
	expect(dayNumber(at(2026, 11, 23, 0))).toBe(dayNumber(at(2026, 11, 23, 23)));
	expect(dayNumber(at(2026, 11, 22, 23)) + 1).toBe(dayNumber(at(2026, 11, 23, 0)));
});

test.each([
	[at(2026, 11, 23, 0), 'Today'],
	[at(2026, 11, 22, 23), 'Yesterday'],
	[at(2026, 11, 20), /Friday/u],
	[at(2025, 11, 20), /2025/u],
])('heading of %i', (time, expected) => {
	expect(dayHeading(time, now, words)).toMatch(expected);
});

test('a time from a fast clock counts as today in lists', () => {
	expect(shortTime(now + 3_600_000, now, 'Yesterday')).toMatch(/\d/u);
});

test('short times', () => {
	expect(shortTime(at(2026, 11, 22), now, 'Yesterday')).toBe('Yesterday');
	expect(shortTime(at(2026, 3, 2), now, 'Yesterday')).toMatch(/Mar/u);
	expect(shortTime(at(2024, 3, 2), now, 'Yesterday')).toMatch(/24/u);
});

test('sizes', () => {
	expect(byteSize(12)).toMatch(/^12\s?byte/u);
	expect(byteSize(1_234_567)).toBe('1.2 MB');
	expect(byteSize(45_000)).toBe('45 kB');
});
