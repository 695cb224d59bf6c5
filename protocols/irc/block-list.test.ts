import { describe, expect, it } from 'vitest';
import { AccountRemains, TestContext } from '../testkit/test-context.ts';
import { BlockList, isSamePerson, maxBlocked } from './block-list.ts';

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const entry = { nick: 'eve', account: null, host: null } as const;
const store = () => new TestContext(new AccountRemains('a', { version: 1 }, {})).store;

describe('isSamePerson', () => {
	it.each([
		['the nick alone, in any case', entry, { nick: 'EVE', account: undefined, host: null }, true],
		['another nick', entry, { nick: 'adam', account: undefined, host: 'e@h' }, false],
		['the account under another nick', { ...entry, account: 'eve' }, { nick: 'x', account: 'Eve', host: null }, true],
		['the nick with another account', { ...entry, account: 'eve' }, { nick: 'eve', account: 'bob', host: null }, false],
		['the nick without an account', { ...entry, account: 'eve' }, { nick: 'eve', account: null, host: null }, true],
		['the address under another nick', { ...entry, host: 'e@h' }, { nick: 'x', account: null, host: 'E@H' }, true],
		['the nick at another address', { ...entry, host: 'e@h' }, { nick: 'eve', account: null, host: 'e@x' }, true],
		['a mask is no pattern', { ...entry, host: '*@*' }, { nick: 'x', account: null, host: 'u@h' }, false],
	] as const)('%s', (_, blocked, suspect, is) => expect(isSamePerson(blocked, suspect, same)).toBe(is));
});

describe('BlockList', () => {
	it('survives a restart, replaces what it knows of a person, forgets', async () => {
		const kept = store();
		const list = new BlockList(kept);
		await list.add(entry, same);
		await list.add({ ...entry, nick: 'Eve', account: 'eve' }, same);
		const again = new BlockList(kept);
		await again.load();
		expect(again.all).toEqual([{ nick: 'Eve', account: 'eve', host: null }]);
		expect(await again.remove('EVE', same)).toMatchObject({ account: 'eve' });
		expect(await again.remove('EVE', same)).toBeNull();
		await list.load();
		expect(list.all).toEqual([]);
	});

	it('is bounded, and broken storage is an empty list', async () => {
		const list = new BlockList(store());
		for (let index = 0; index < maxBlocked; index++) await list.add({ ...entry, nick: `n${index}` }, same);
		expect(await list.add(entry, same)).toBe(false);
		expect(await list.add({ ...entry, nick: 'n5' }, same)).toBe(true);
		const broken = store();
		await broken.set([{ key: 'blocked', value: new TextEncoder().encode('{"__proto__":') }]);
		const other = new BlockList(broken);
		await other.load();
		expect(other.all).toEqual([]);
	});
});
