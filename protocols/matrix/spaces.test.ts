import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ParentClaim, parentsOf, type SpaceFacts } from './spaces.ts';

const space = (id: string, children: readonly string[] = [], admins: readonly string[] = []): SpaceFacts => ({
	id,
	children,
	mayAdopt: (user) => admins.includes(user),
});
const claim = (to: string, sender = '@bob:hs', canonical = false): ParentClaim => ({ space: to, sender, canonical });
const claims = (id: string, ...all: ParentClaim[]) => ({ id, claims: all });

test.each<[string, SpaceFacts[], ReturnType<typeof claims>[], string | undefined]>([
	['the space names the room', [space('!s', ['!r'])], [], '!s'],
	['only the room says so', [space('!s')], [claims('!r', claim('!s'))], undefined],
	['the room says so by somebody who may', [space('!s', [], ['@bob:hs'])], [claims('!r', claim('!s'))], '!s'],
	['the room names a space we are not in', [], [claims('!r', claim('!s'))], undefined],
	[
		'both, and the room has a favourite',
		[space('!a', ['!r']), space('!b', ['!r'])],
		[claims('!r', claim('!b', '@x:hs', true))],
		'!b',
	],
	[
		'a favourite that is not its to choose',
		[space('!a', ['!r']), space('!b')],
		[claims('!r', claim('!b', '@x:hs', true))],
		'!a',
	],
	['two spaces', [space('!b', ['!r']), space('!a', ['!r'])], [], '!a'],
	['itself', [space('!r', ['!r'])], [], undefined],
])('%s', (_, spaces, rooms, parent) => expect(parentsOf(spaces, rooms).get('!r')).toBe(parent));

test('there is never a circle', () => {
	const id = fc.constantFrom('!a', '!b', '!c', '!d', '!e');
	fc.assert(
		fc.property(fc.array(fc.record({ id, children: fc.array(id) })), (spaces) => {
			const parents = parentsOf(
				spaces.map(({ id: own, children }) => space(own, children)),
				[],
			);
			for (const start of parents.keys()) {
				const seen = new Set<string>();
				for (let at: string | undefined = start; at !== undefined; at = parents.get(at)) {
					expect(seen.has(at)).toBe(false);
					seen.add(at);
				}
			}
		}),
	);
});
