import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareSort } from '../../protocols/model/entities.ts';
import { placeAfter, placeBetween, saneTime, seqOf } from './order.ts';

const now = 1_000_000;
const time = fc.oneof(fc.integer({ min: 0, max: 2 * now }), fc.constant(now));

describe('places', () => {
	test('of what arrives ascend, whatever the clocks say', () => {
		fc.assert(
			fc.property(fc.array(time), (times) => {
				let previous = null;
				let id = 1;
				for (const at of times) {
					const place = placeAfter(previous, at, now, seqOf(id++));
					if (previous !== null) expect(compareSort(place, previous)).toBeGreaterThan(0);
					expect(place.ts).toBeLessThanOrEqual(now);
					previous = place;
				}
			}),
		);
	});

	test('of a page ascend strictly between their neighbours', () => {
		fc.assert(
			fc.property(
				fc.array(time, { maxLength: 200 }),
				fc.integer({ min: 0, max: now }),
				fc.integer({ min: 0, max: now }),
				fc.boolean(),
				(times, a, b, open) => {
					const after = open ? null : { ts: Math.min(a, b), seq: seqOf(5) };
					const before = { ts: Math.max(a, b), seq: seqOf(6) };
					const places = placeBetween(
						times,
						times.map((_, i) => seqOf(1000 + i)),
						after,
						before,
						now,
					);
					const all = [...(after === null ? [] : [after]), ...places, before];
					for (let i = 1; i < all.length; i++)
						expect(compareSort(all[i - 1] ?? before, all[i] ?? before)).toBeLessThan(0);
				},
			),
		);
	});
});

test.each([
	[Number.NaN, now],
	[-5, now],
	[0, now],
	[now + 59_000, now + 59_000],
	[now + 61_000, now],
	[123.7, 123],
])('saneTime(%d)', (given, expected) => {
	expect(saneTime(given, now)).toBe(expected);
});
