import { expect, test } from 'vitest';
import { noAccountCapabilities, noConversationCapabilities } from '../../../protocols/model/capabilities.ts';
import type { Availability } from '../../../protocols/model/capabilities.ts';
import type { Account, Contact, Conversation } from '../../../protocols/model/entities.ts';
import {
	accountId,
	contactId,
	conversationId,
	messageId,
	remoteConversationId,
	remoteUserId,
} from '../../../protocols/model/ids.ts';
import { navigatorItems } from './navigator-items.ts';
import type { NavigatorInput } from './navigator-items.ts';

const account = (id: string): Account => ({
	id: accountId(id),
	protocol: 'fake',
	address: id,
	label: `Account ${id}`,
	enabled: true,
	position: 0,
	connection: { kind: 'offline' },
	self: null,
	presence: { availability: 'available', statusText: '' },
	capabilities: noAccountCapabilities,
	security: null,
	privacy: { typing: null, delivery: null, read: null },
});

function conversation(id: string, over: Partial<Conversation> & { readonly at?: number } = {}): Conversation {
	const { at, ...rest } = over;
	return {
		id: conversationId(id),
		accountId: accountId('a'),
		remoteId: remoteConversationId(id),
		kind: 'group',
		parentId: null,
		peer: null,
		name: id,
		topic: '',
		membership: 'joined',
		invite: null,
		notify: 'all',
		pinned: false,
		archived: false,
		unread: 0,
		mentions: 0,
		readUpTo: null,
		last:
			at === undefined
				? null
				: { messageId: messageId(1), sort: { ts: at, seq: 0 }, time: at, senderName: 'x', own: false, preview: 'x' },
		capabilities: noConversationCapabilities,
		error: null,
		draft: '',
		privacy: { typing: null, delivery: null, read: null },
		...rest,
	};
}

const contact = (id: string, availability: Availability, over: Partial<Contact> = {}): Contact => ({
	id: contactId(id),
	accountId: accountId('a'),
	remoteId: remoteUserId(id),
	name: id,
	groups: [],
	subscription: 'both',
	onRoster: true,
	blocked: false,
	personId: null,
	availability,
	statusText: '',
	conversationId: null,
	...over,
});

const byId = <T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
	new Map(list.map((one) => [one.id, one]));
const list = (
	conversations: readonly Conversation[],
	{
		contacts = [],
		...over
	}: Partial<Omit<NavigatorInput, 'contacts'>> & { readonly contacts?: readonly Contact[] } = {},
): string[] =>
	navigatorItems({
		conversations: byId(conversations),
		contacts: byId(contacts),
		accounts: [account('a'), account('b')],
		layout: 'conversations',
		filter: 'all',
		toggled: new Set(),
		selected: null,
		...over,
	}).map((item) => (item.kind === 'group' ? `[${item.key}${item.isFolded ? ' folded' : ''}]` : item.key));

test('requests, pinned, people, rooms, in this order, newest first', () => {
	const all = [
		conversation('room', { at: 1 }),
		conversation('newer-room', { at: 5 }),
		conversation('friend', { kind: 'direct', at: 2 }),
		conversation('pinned', { pinned: true }),
		conversation('invited', { membership: 'invited' }),
	];
	expect(list(all)).toEqual([
		'[requests]',
		'invited',
		'[pinned]',
		'pinned',
		'[people]',
		'friend',
		'[rooms a]',
		'newer-room',
		'room',
	]);
});

test('contact requests are requests', () => {
	expect(
		list([], {
			contacts: [
				contact('eve', 'unknown', { subscription: 'pending-in' }),
				contact('mallory', 'unknown', { subscription: 'pending-in', blocked: true }),
			],
		}),
	).toEqual(['[requests]', 'request eve']);
});

test('rooms stand under their account and space once there are several', () => {
	const all = [
		conversation('space', { kind: 'space' }),
		conversation('inside', { parentId: conversationId('space') }),
		conversation('loose'),
		conversation('other', { accountId: accountId('b') }),
		conversation('server', { kind: 'server' }),
	];
	expect(list(all)).toEqual(['[rooms a]', 'server', 'loose', '[space space]', 'inside', '[rooms b]', 'other']);
});

test('archived conversations are folded away, folded groups keep the selected row', () => {
	const all = [conversation('old', { archived: true }), conversation('x', { at: 2 }), conversation('y', { at: 1 })];
	expect(list(all)).toEqual(['[rooms a]', 'x', 'y', '[archived folded]']);
	expect(list(all, { toggled: new Set(['archived']) })).toContain('old');
	expect(list(all, { toggled: new Set(['rooms a']), selected: conversationId('y') })).toEqual([
		'[rooms a folded]',
		'y',
		'[archived folded]',
	]);
});

test('filters keep the selected conversation', () => {
	const all = [conversation('read'), conversation('unread', { unread: 2 }), conversation('friend', { kind: 'direct' })];
	expect(list(all, { filter: 'unread' })).toEqual(['[rooms a]', 'unread']);
	expect(list(all, { filter: 'unread', selected: conversationId('read') })).toEqual(['[rooms a]', 'read', 'unread']);
	expect(list(all, { filter: 'people' })).toEqual(['[people]', 'friend']);
	expect(list(all, { filter: 'rooms' })).toEqual(['[rooms a]', 'read', 'unread']);
});

test('contacts never talked to are people too; the offline ones stand apart', () => {
	const all = [
		conversation('friend', { kind: 'direct', at: 2 }),
		conversation('pinned', { kind: 'direct', pinned: true }),
		conversation('gone', { kind: 'direct', archived: true }),
	];
	const contacts = [
		contact('zoe', 'available'),
		contact('bob', 'offline'),
		contact('amy', 'away'),
		contact('friend', 'offline', { conversationId: conversationId('friend') }),
		contact('pinned', 'available', { conversationId: conversationId('pinned') }),
		contact('gone', 'available', { conversationId: conversationId('gone') }),
		contact('seen', 'available', { onRoster: false }),
		contact('blocked', 'available', { blocked: true }),
		contact('asks', 'available', { subscription: 'pending-in' }),
		contact('ghost', 'available', { accountId: accountId('removed') }),
	];
	expect(list(all, { contacts })).toEqual([
		'[requests]',
		'request asks',
		'[pinned]',
		'pinned',
		'[people]',
		'friend',
		'contact zoe',
		'contact amy',
		'[offline]',
		'contact bob',
		'[archived folded]',
	]);
	expect(list(all, { contacts, toggled: new Set(['offline']) })).not.toContain('contact bob');
	expect(list(all, { contacts, filter: 'people' })).toContain('contact zoe');
	expect(list(all, { contacts, filter: 'unread' })).not.toContain('contact zoe');
	expect(list(all, { contacts, filter: 'rooms' })).not.toContain('contact zoe');
});

test('the roster sorts by presence, then name; who is offline stands apart unless there is news', () => {
	const all = [
		conversation('zed', { kind: 'direct', at: 9 }),
		conversation('amy', { kind: 'direct', at: 1 }),
		conversation('old', { kind: 'direct', at: 1 }),
		conversation('news', { kind: 'direct', at: 1, unread: 1 }),
	];
	const contacts = [
		contact('zed', 'available', { conversationId: conversationId('zed') }),
		contact('amy', 'away', { conversationId: conversationId('amy') }),
		contact('old', 'offline', { conversationId: conversationId('old') }),
		contact('news', 'offline', { conversationId: conversationId('news') }),
		contact('mia', 'available'),
		contact('bob', 'offline'),
	];
	expect(list(all, { contacts, layout: 'roster' })).toEqual([
		'[people]',
		'contact mia',
		'zed',
		'amy',
		'news',
		'[offline]',
		'contact bob',
		'old',
	]);
});

test('conversations of unknown accounts are not listed; muted ones do not count', () => {
	expect(list([conversation('ghost', { accountId: accountId('gone') })])).toEqual([]);
	const [group] = navigatorItems({
		conversations: byId([conversation('loud', { unread: 2 }), conversation('quiet', { unread: 50, notify: 'none' })]),
		contacts: new Map(),
		accounts: [account('a')],
		layout: 'conversations',
		filter: 'all',
		toggled: new Set(),
		selected: null,
	});
	expect(group).toMatchObject({ kind: 'group', unread: 2, count: 2 });
});
