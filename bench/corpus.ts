/** Text that behaves like chat: short lines, few very common words, many rare ones; the same in every run. */
import { inheritPrivacy } from '../protocols/model/privacy.ts';
import { conversationId, messageId, remoteConversationId, remoteId, remoteUserId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { noConversationCapabilities } from '../protocols/model/capabilities.ts';
import { accountId } from '../protocols/model/ids.ts';
import type { StoredAccount, StoredConversation, StoredMessage } from '../engine/store/store.ts';

const syllables = [
	...['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'je', 'ki', 'lo', 'mu', 'na', 'pe', 'qui', 'ro', 'su', 'ta', 've', 'wi'],
	...['xo', 'zu', 'bra', 'cle', 'dri', 'flo', 'gru', 'sha', 'the', 'tri', 'sto', 'plu'],
];

/** Deterministic random numbers, 0 ≤ x < 1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** The word of a rank; 0 is the most common one. */
export function wordOf(rank: number): string {
	let word = '';
	for (let rest = rank + 1; rest > 0; rest = Math.floor(rest / syllables.length))
		word += syllables[rest % syllables.length] ?? '';
	return word;
}

const vocabulary = 20_000;

/** Lines of 1 to 24 words with Zipf's frequencies. */
export function lines(seed: number): () => string {
	const random = randomNumbers(seed);
	return () => {
		const length = 1 + Math.floor(random() * random() * 24);
		const words = Array.from({ length }, () => wordOf(Math.floor(vocabulary ** random()) - 1));
		return words.join(' ');
	};
}

export const benchAccount: StoredAccount = {
	id: accountId('account'),
	protocol: 'fake',
	address: 'bench',
	label: 'Bench',
	enabled: true,
	position: 0,
	settings: {},
	presence: { availability: 'available', statusText: '' },
	connecting: false,
	privacy: inheritPrivacy,
};

export const benchConversation = (n: number): StoredConversation => ({
	id: conversationId(`conversation-${n}`),
	accountId: benchAccount.id,
	remoteId: remoteConversationId(`room-${n}`),
	kind: 'group',
	parentId: null,
	peer: null,
	name: `Room ${n}`,
	topic: '',
	membership: 'joined',
	invite: null,
	notify: 'all',
	pinned: false,
	archived: false,
	unread: 0,
	mentions: 0,
	readUpTo: null,
	last: null,
	capabilities: noConversationCapabilities,
	error: null,
	privacy: inheritPrivacy,
});

/** Message `n` of a profile, in the order of time. */
export const benchMessage = (n: number, conversation: number, text: string): StoredMessage => ({
	id: messageId(n),
	conversationId: conversationId(`conversation-${conversation}`),
	ids: [remoteId('server', `server-${n}`)],
	sender: { remoteId: remoteUserId(`user-${n % 40}`), name: `User ${n % 40}`, strength: 'stable' },
	own: false,
	content: { kind: 'text', body: plain(text) },
	time: 1_700_000_000_000 + n * 1000,
	sort: { ts: 1_700_000_000_000 + n * 1000, seq: n },
	mention: false,
	encrypted: false,
	hidden: false,
	replyTo: null,
	threadRoot: null,
	expiresAt: null,
	editedAt: null,
	removedAt: null,
	removedBy: null,
	send: null,
	txnId: null,
});
