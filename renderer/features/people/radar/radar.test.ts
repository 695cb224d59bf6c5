import { describe, expect, it } from 'vitest';
import type { Contact } from '../../../../protocols/model/entities.ts';
import type { AccountId, ContactId, RemoteUserId } from '../../../../protocols/model/ids.ts';
import { LookalikeIndex, type Shown } from './lookalikes.ts';
import { tricksOf } from './name-tricks.ts';
import { skeletonsOf } from './skeleton.ts';

describe('what a name does by itself', () => {
	it.each([
		['Alice', []],
		['Иван Петров', []],
		['Иван (John)', []],
		['田中 Taro', []],
		['Sony株式会社', []],
		['Müller-Lüdenscheidt', []],
		['O’Brien 3rd', []],
		['می‌خواهم', []],
		['👩‍💻 Ada', []],
		['❤️ Bea', []],
		['\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', []],
		['аlice', ['mixed-scripts']],
		['pαypal', ['mixed-scripts']],
		['ali\u200bce', ['invisible']],
		['ali\u00adce', ['invisible']],
		['a\u200db', ['invisible']],
		['alice\u200f', ['invisible']],
		['\u202ecila', ['reordered']],
		['a\u2066b\u2069', ['reordered']],
		['\u202eаlice\u2060', ['reordered', 'invisible', 'mixed-scripts']],
	])('%j: %j', (name, expected) => {
		expect(tricksOf(name)).toEqual(expected);
	});

	it('judges hostile lengths in time', () => {
		const started = performance.now();
		tricksOf(`${'а\u200da'.repeat(100_000)}`);
		tricksOf('\u{1f3f4}\u{e0067}'.repeat(100_000));
		expect(performance.now() - started).toBeLessThan(1000);
	});
});

const account = 'a1' as AccountId;
const contact = (remoteId: string, name: string, over: Partial<Contact> = {}): Contact => ({
	id: `c ${remoteId}` as ContactId,
	accountId: account,
	remoteId: remoteId as RemoteUserId,
	name,
	groups: [],
	subscription: 'both',
	onRoster: true,
	blocked: false,
	personId: null,
	availability: 'available',
	statusText: '',
	conversationId: null,
	...over,
});
const shown = (name: string, remoteId = 'stranger@elsewhere', address: string | null = null): Shown => ({
	accountId: account,
	remoteId: remoteId as RemoteUserId,
	name,
	address,
	isOccupant: remoteId.includes('/'),
});
const nobody = (): boolean => false;

describe('who can be taken for a contact', () => {
	const index = new LookalikeIndex(
		[
			contact('alice@home', 'Alice Miller'),
			contact('paul', 'paul'),
			contact('al@home', 'Al'),
			contact('eve@home', 'Eve Known', { blocked: true }),
			contact('seen@home', 'Merely Seen', { onRoster: false }),
		],
		skeletonsOf,
	);

	it.each([
		['the very name', 'Alice Miller', 'same-name'],
		['in other capitals', 'ALICE MILLER', 'same-name'],
		['with a Cyrillic letter', 'Аlice Miller', 'similar-name'],
		['with a capital i for an l', 'AIice MiIIer', 'similar-name'],
		['with what is not drawn', 'Ali\u200bce Miller', 'similar-name'],
		['in wide letters', 'Ａｌｉｃｅ Ｍｉｌｌｅｒ', 'same-name'],
		['with rn for m', 'Alice rniller', 'similar-name'],
		['a digit for a letter', 'pau1', 'similar-name'],
	])('%s', (_, name, kind) => {
		expect(index.check(shown(name), nobody)?.kind).toBe(kind);
	});

	it.each([
		['somebody else', shown('Alicia Mueller')],
		['the contact', shown('Alice Miller', 'alice@home')],
		['the contact in a room that shows addresses', shown('Alice Miller', 'room@muc/Alice', 'alice@home/phone')],
		['a name that many have', shown('Al')],
		['somebody with the name in a room that hides addresses', shown('Alice Miller', 'room@muc/Alice')],
		['somebody with the name on another network', { ...shown('Alice Miller'), accountId: 'a2' as AccountId }],
		['the name of somebody blocked', shown('Eve Known')],
		['the name of somebody merely seen', shown('Merely Seen')],
	])('not %s', (_, someone) => {
		expect(index.check(someone, nobody)).toBeNull();
	});

	it('a name made to deceive is one on every network and in every room', () => {
		expect(index.check({ ...shown('Аlice Miller'), accountId: 'a2' as AccountId }, nobody)?.kind).toBe('similar-name');
		expect(index.check(shown('Аlice Miller', 'room@muc/x'), nobody)?.kind).toBe('similar-name');
	});

	it('an occupant whose address is another is not the contact', () => {
		expect(index.check(shown('Alice Miller', 'room@muc/Alice', 'mallory@home/x'), nobody)?.kind).toBe('same-name');
	});

	it('contacts of one person are one', () => {
		expect(index.check(shown('Alice Miller'), (id) => id === 'c alice@home')).toBeNull();
	});

	it('names with an accent too many are similar, not the same', () => {
		const accented = new LookalikeIndex([contact('jose@home', 'José')], skeletonsOf);
		expect(accented.check(shown('Jose\u0301'), nobody)?.kind).toBe('same-name');
		expect(accented.check(shown('Jose'), nobody)).toBeNull();
	});
});
