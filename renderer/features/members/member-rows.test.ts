import { expect, test } from 'vitest';
import type { Member } from '../../../protocols/model/entities.ts';
import { remoteUserId } from '../../../protocols/model/ids.ts';
import { filterMembers, memberRows } from './member-rows.ts';

const member = (name: string, over: Partial<Member> = {}): Member => ({
	remoteId: remoteUserId(name),
	name,
	role: 'member',
	address: null,
	availability: 'unknown',
	self: false,
	...over,
});

test('groups by role, highest first, with counts; people who are gone come last', () => {
	const rows = memberRows([
		member('zoe'),
		member('Adam', { availability: 'offline' }),
		member('bea'),
		member('olga', { role: 'owner' }),
	]);
	expect(rows.map((row) => (row.kind === 'heading' ? `${row.role} ${row.count}` : row.member.name))).toEqual([
		'owner 1',
		'olga',
		'member 3',
		'bea',
		'zoe',
		'Adam',
	]);
});

test('every member of a large room has exactly one row', () => {
	const rows = memberRows(
		Array.from({ length: 10_000 }, (_, i) => member(`user${i}`, { role: i % 3 === 0 ? 'voice' : 'member' })),
	);
	expect(rows).toHaveLength(10_002);
	expect(new Set(rows.map((row) => row.key)).size).toBe(10_002);
});

test('the filter looks at names and addresses', () => {
	const people = [member('Ann', { address: 'ann@example.org' }), member('bob')];
	expect(filterMembers(people, 'EXAMPLE').map(({ name }) => name)).toEqual(['Ann']);
	expect(filterMembers(people, '')).toHaveLength(2);
});
