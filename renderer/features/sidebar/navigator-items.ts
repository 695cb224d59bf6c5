/** What the navigator lists, in which order and under which heading. Pure. */
import type { Availability } from '../../../protocols/model/capabilities.ts';
import type { Account, Contact, Conversation } from '../../../protocols/model/entities.ts';
import type { ConversationId } from '../../../protocols/model/ids.ts';
import type { NavigatorFilter } from '../../state/ui-state.ts';

export type GroupTitle =
	| { readonly kind: 'requests' | 'pinned' | 'people' | 'offline' | 'rooms' | 'archived' }
	| { readonly kind: 'account'; readonly label: string }
	| { readonly kind: 'space'; readonly name: string };

export type NavItem =
	| {
			readonly kind: 'group';
			readonly key: string;
			readonly title: GroupTitle;
			readonly count: number;
			readonly unread: number;
			readonly mentions: number;
			readonly isFolded: boolean;
	  }
	| { readonly kind: 'conversation'; readonly key: string; readonly conversation: Conversation }
	| { readonly kind: 'request'; readonly key: string; readonly contact: Contact }
	| { readonly kind: 'contact'; readonly key: string; readonly contact: Contact };

export interface NavigatorInput {
	/** Read more than once, so no iterator. */
	readonly conversations: ReadonlyMap<unknown, Conversation>;
	readonly contacts: ReadonlyMap<unknown, Contact>;
	/** In the user's order. */
	readonly accounts: readonly Account[];
	readonly layout: 'conversations' | 'roster';
	readonly filter: NavigatorFilter;
	/** Keys of groups whose folding differs from the default. */
	readonly toggled: ReadonlySet<string>;
	/** Always listed, so that reading the last unread message does not make its row vanish. */
	readonly selected: ConversationId | null;
}

const byName = (a: string, b: string): number => a.localeCompare(b, undefined, { sensitivity: 'base', numeric: true });
const byRecency = (a: Conversation, b: Conversation): number =>
	(b.last?.time ?? 0) - (a.last?.time ?? 0) || byName(a.name, b.name);
const roomName = (conversation: Conversation): string => conversation.name.replace(/^[#&!@]+/u, '');
const byRoomName = (a: Conversation, b: Conversation): number => byName(roomName(a), roomName(b));

const presenceOrder: Readonly<Record<Availability, number>> = {
	available: 0,
	chat: 0,
	busy: 1,
	away: 2,
	'extended-away': 2,
	unknown: 3,
	invisible: 3,
	offline: 4,
};

interface Group {
	readonly key: string;
	readonly title: GroupTitle;
	readonly items: readonly NavItem[];
	readonly foldedByDefault?: boolean;
}

const row = (conversation: Conversation): NavItem => ({ kind: 'conversation', key: conversation.id, conversation });

function passes(input: NavigatorInput, conversation: Conversation): boolean {
	if (conversation.id === input.selected) return true;
	switch (input.filter) {
		case 'all':
			return true;
		case 'unread':
			return conversation.unread > 0 || conversation.mentions > 0;
		case 'people':
			return conversation.kind === 'direct';
		case 'rooms':
			return conversation.kind !== 'direct';
	}
}

function requests(input: NavigatorInput, conversations: readonly Conversation[]): Group {
	const invited = conversations
		.filter((conversation) => conversation.membership === 'invited')
		.sort(byRecency)
		.map(row);
	const asking = [...input.contacts.values()]
		.filter((contact) => contact.subscription === 'pending-in' && !contact.blocked)
		.map((contact): NavItem => ({ kind: 'request', key: `request ${contact.id}`, contact }));
	return { key: 'requests', title: { kind: 'requests' }, items: [...invited, ...asking] };
}

/** One line of the people groups: a direct conversation, a contact, or both in one. */
interface Someone {
	readonly item: NavItem;
	readonly name: string;
	readonly presence: number;
	/** Milliseconds; 0 for somebody never talked to. */
	readonly talked: number;
	readonly isWaiting: boolean;
}

/** Direct conversations, and contacts that have none. Each contact once, however its conversation is listed. */
function everyone(input: NavigatorInput, direct: readonly Conversation[]): readonly Someone[] {
	const contacts = [...input.contacts.values()];
	const byConversation = new Map(contacts.map((contact) => [contact.conversationId, contact]));
	const talkedTo = direct.map((conversation): Someone => {
		const contact = byConversation.get(conversation.id);
		return {
			item: row(conversation),
			name: contact === undefined || contact.name === '' ? conversation.name : contact.name,
			presence: presenceOrder[contact?.availability ?? 'unknown'],
			talked: conversation.last?.time ?? 0,
			isWaiting: conversation.unread > 0 || conversation.id === input.selected,
		};
	});
	if (input.filter === 'unread' || input.filter === 'rooms') return talkedTo;
	const known = new Set(input.accounts.map((account) => account.id));
	const others = contacts
		.filter((contact) => known.has(contact.accountId) && contact.onRoster && !contact.blocked)
		.filter((contact) => contact.conversationId === null && contact.subscription !== 'pending-in')
		.map(
			(contact): Someone => ({
				item: { kind: 'contact', key: `contact ${contact.id}`, contact },
				name: contact.name === '' ? contact.remoteId : contact.name,
				presence: presenceOrder[contact.availability],
				talked: 0,
				isWaiting: false,
			}),
		);
	return [...talkedTo, ...others];
}

/**
 * Conversations first: by the last word, then contacts never talked to, who stand in a group of their own while they
 * are offline. Roster first: by presence, then name, everybody offline in that group, but for those with news.
 */
function people(input: NavigatorInput, conversations: readonly Conversation[]): readonly Group[] {
	const direct = conversations.filter((conversation) => conversation.kind === 'direct');
	const isRoster = input.layout === 'roster';
	const byPresence = (a: Someone, b: Someone): number => a.presence - b.presence || byName(a.name, b.name);
	const sorted = everyone(input, direct).toSorted((a, b) =>
		isRoster ? byPresence(a, b) : b.talked - a.talked || byPresence(a, b),
	);
	const isAway = (one: Someone): boolean =>
		one.presence === presenceOrder.offline && (isRoster ? !one.isWaiting : one.item.kind === 'contact');
	const items = (list: readonly Someone[]): NavItem[] => list.map((one) => one.item);
	return [
		{ key: 'people', title: { kind: 'people' }, items: items(sorted.filter((one) => !isAway(one))) },
		{ key: 'offline', title: { kind: 'offline' }, items: items(sorted.filter(isAway)) },
	];
}

function rooms(input: NavigatorInput, conversations: readonly Conversation[]): readonly Group[] {
	const all = conversations.filter((conversation) => conversation.kind !== 'direct' && conversation.kind !== 'space');
	const spaces = new Map(
		conversations.filter((conversation) => conversation.kind === 'space').map((space) => [space.id, space]),
	);
	const order = input.layout === 'conversations' ? byRecency : byRoomName;
	const sorted = (list: readonly Conversation[]): NavItem[] =>
		list.toSorted((a, b) => Number(b.kind === 'server') - Number(a.kind === 'server') || order(a, b)).map(row);
	const groups: Group[] = [];
	const oneAccount = new Set(all.map((conversation) => conversation.accountId)).size <= 1;
	for (const account of input.accounts) {
		const own = all.filter((conversation) => conversation.accountId === account.id);
		const inSpace = (conversation: Conversation): boolean =>
			conversation.parentId !== null && spaces.has(conversation.parentId);
		const loose = own.filter((conversation) => !inSpace(conversation));
		const title: GroupTitle = oneAccount ? { kind: 'rooms' } : { kind: 'account', label: account.label };
		if (loose.length > 0) groups.push({ key: `rooms ${account.id}`, title, items: sorted(loose) });
		for (const space of [...spaces.values()]
			.filter((candidate) => candidate.accountId === account.id)
			.sort(byRoomName)) {
			const inside = own.filter((conversation) => conversation.parentId === space.id);
			if (inside.length > 0)
				groups.push({ key: `space ${space.id}`, title: { kind: 'space', name: space.name }, items: sorted(inside) });
		}
	}
	return groups;
}

const conversationOf = (item: NavItem): Conversation | null =>
	item.kind === 'conversation' ? item.conversation : null;

/** The heading of a group and, unless folded, its rows. A folded group still shows its selected row. */
function flatten(group: Group, input: NavigatorInput): readonly NavItem[] {
	if (group.items.length === 0) return [];
	const isFolded = (group.foldedByDefault ?? false) !== input.toggled.has(group.key);
	const audible = group.items
		.map(conversationOf)
		.filter((conversation) => conversation !== null && conversation.notify !== 'none');
	const sum = (pick: (conversation: Conversation) => number): number =>
		audible.reduce((total, conversation) => total + (conversation === null ? 0 : pick(conversation)), 0);
	const heading: NavItem = {
		kind: 'group',
		key: group.key,
		title: group.title,
		count: group.items.length,
		unread: sum((conversation) => conversation.unread),
		mentions: sum((conversation) => conversation.mentions),
		isFolded,
	};
	return [heading, ...(isFolded ? group.items.filter((item) => item.key === input.selected) : group.items)];
}

export function navigatorItems(input: NavigatorInput): readonly NavItem[] {
	const known = new Set(input.accounts.map((account) => account.id));
	const all = [...input.conversations.values()].filter((conversation) => known.has(conversation.accountId));
	const requested = requests(input, all);
	const listed = all.filter((conversation) => conversation.membership !== 'invited' && passes(input, conversation));
	const current = listed.filter((conversation) => !conversation.archived);
	const pinned = current.filter((conversation) => conversation.pinned).sort(byRecency);
	const rest = current.filter((conversation) => !conversation.pinned);
	const archived = listed.filter((conversation) => conversation.archived).sort(byRecency);
	const groups: readonly Group[] = [
		requested,
		{ key: 'pinned', title: { kind: 'pinned' }, items: pinned.map(row) },
		...people(input, rest),
		...rooms(input, rest),
		{ key: 'archived', title: { kind: 'archived' }, items: archived.map(row), foldedByDefault: true },
	];
	return groups.flatMap((group) => flatten(group, input));
}
