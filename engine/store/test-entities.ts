/** Entities for the store's tests: complete, with only what a test cares about given. */
import { noConversationCapabilities } from '../../protocols/model/capabilities.ts';
import {
	accountId,
	contactId,
	conversationId,
	messageId,
	remoteConversationId,
	remoteId,
	remoteUserId,
	txnId,
} from '../../protocols/model/ids.ts';
import { inheritPrivacy } from '../../protocols/model/privacy.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import type {
	OutboxJob,
	Store,
	StoredAccount,
	StoredContact,
	StoredConversation,
	StoredMessage,
	StoredReaction,
} from './store.ts';

export const anAccount = (over: Partial<StoredAccount> = {}): StoredAccount => ({
	id: accountId('account-1'),
	protocol: 'fake',
	address: 'me@example.org',
	label: 'Example',
	enabled: true,
	position: 0,
	settings: { host: 'example.org', port: 6697 },
	presence: { availability: 'available', statusText: '' },
	connecting: false,
	privacy: inheritPrivacy,
	...over,
});

export const aConversation = (over: Partial<StoredConversation> = {}): StoredConversation => ({
	id: conversationId('conversation-1'),
	accountId: accountId('account-1'),
	remoteId: remoteConversationId('#room'),
	kind: 'channel',
	parentId: null,
	peer: null,
	name: '#room',
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
	...over,
});

/** `n` gives id, time and place, so that messages made with ascending numbers are in order. */
export const aMessage = (n: number, over: Partial<StoredMessage> = {}): StoredMessage => ({
	id: messageId(n),
	conversationId: conversationId('conversation-1'),
	ids: [remoteId('server', `s${n}`)],
	sender: { remoteId: remoteUserId('alice'), name: 'Alice', strength: 'stable' },
	own: false,
	content: { kind: 'text', body: plain(`message ${n}`) },
	time: n * 1000,
	sort: { ts: n * 1000, seq: 0 },
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
	...over,
});

export const aReaction = (message: number, over: Partial<StoredReaction> = {}): StoredReaction => ({
	messageId: messageId(message),
	sender: remoteUserId('bob'),
	senderName: 'Bob',
	strength: 'stable',
	own: false,
	key: '+1',
	ids: [],
	time: 1,
	...over,
});

export const aContact = (over: Partial<StoredContact> = {}): StoredContact => ({
	id: contactId('contact-1'),
	accountId: accountId('account-1'),
	remoteId: remoteUserId('alice'),
	name: 'Alice',
	groups: ['Friends'],
	subscription: 'both',
	onRoster: true,
	blocked: false,
	personId: null,
	...over,
});

export const aJob = (over: Partial<OutboxJob> = {}): OutboxJob => ({
	txnId: txnId('txn-1'),
	accountId: accountId('account-1'),
	lane: 'conversation-1',
	messageId: null,
	action: { type: 'typing', conversation: remoteConversationId('#room'), state: 'active' },
	state: 'queued',
	attempts: 0,
	attemptedAt: null,
	nextAttemptAt: null,
	lastError: null,
	coalesce: null,
	position: 1,
	...over,
});

/** One account with one conversation. */
export async function seed(store: Store): Promise<void> {
	await store.commit([
		{ op: 'account.put', account: anAccount() },
		{ op: 'conversation.put', conversation: aConversation() },
	]);
}

export const testKey = new Uint8Array(32).fill(7);
