import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UnreadFact } from './store/store.ts';
import { countUnread, unreadOf } from './unread.ts';

const fact: fc.Arbitrary<UnreadFact> = fc.record({
	sort: fc.record({ ts: fc.nat(20), seq: fc.nat(5) }),
	own: fc.boolean(),
	mention: fc.boolean(),
	kind: fc.constantFrom('text' as const, 'system' as const, 'notice' as const),
	hidden: fc.boolean(),
	removed: fc.boolean(),
});

test('counting one by one equals counting all, and reading only ever lowers the count', () => {
	fc.assert(
		fc.property(fc.array(fact), fc.option(fc.record({ ts: fc.nat(20), seq: fc.nat(5) })), (facts, readUpTo) => {
			const all = countUnread(facts, readUpTo);
			expect(all.unread).toBe(facts.reduce((sum, one) => sum + unreadOf(one, readUpTo).unread, 0));
			expect(all.mentions).toBeLessThanOrEqual(all.unread);
			expect(countUnread(facts, { ts: 21, seq: 0 })).toEqual({ unread: 0, mentions: 0 });
			expect(all.unread).toBeLessThanOrEqual(countUnread(facts, null).unread);
		}),
	);
});

test.each([
	['somebody wrote', {}, 1],
	['we wrote', { own: true }, 0],
	['somebody joined', { kind: 'system' as const }, 0],
	['it was removed', { removed: true }, 0],
	['it is hidden', { hidden: true }, 0],
	['it was read', { sort: { ts: 5, seq: 5 } }, 0],
	['it came right after what was read', { sort: { ts: 5, seq: 6 } }, 1],
])('%s', (_name, over, unread) => {
	const plainFact: UnreadFact = {
		sort: { ts: 9, seq: 0 },
		own: false,
		mention: false,
		kind: 'text',
		hidden: false,
		removed: false,
	};
	expect(unreadOf({ ...plainFact, ...over }, { ts: 5, seq: 5 }).unread).toBe(unread);
});
