/** One account with a row in every table, as operations. */
import {
	contactId,
	conversationId,
	gapId,
	messageId,
	personId,
	remoteConversationId,
	remoteId,
	remoteUserId,
	txnId,
} from '../../../protocols/model/ids.ts';
import { plain } from '../../../protocols/model/rich-text.ts';
import type { Settings } from '../../contract/settings.ts';
import type { StoreOp } from '../store.ts';
import { aContact, aConversation, aJob, aMessage, anAccount, aReaction } from '../test-entities.ts';

const room = conversationId('conversation-1');
const person = { id: personId('person-1'), name: 'Alice A.', contactIds: [contactId('contact-1')] };

const settings: Settings = {
	theme: 'dark',
	density: 'comfortable',
	layout: 'conversations',
	sendTyping: true,
	sendReadReceipts: true,
	sendDeliveryReceipts: true,
	loadMedia: 'own-server',
	notifications: true,
	notificationPreview: true,
	systemEvents: 'fold',
	tourDone: false,
};

export const fullAccount: readonly StoreOp[] = [
	{ op: 'settings.put', settings },
	{ op: 'account.put', account: anAccount() },
	{ op: 'cursor.put', accountId: anAccount().id, cursor: 'cursor-1' },
	{ op: 'kv.set', accountId: anAccount().id, entries: [{ key: 'blob', value: new Uint8Array([0, 1, 255]) }] },
	{ op: 'person.put', person: { ...person, contactIds: [] } },
	{ op: 'contact.put', contact: aContact({ personId: person.id }) },
	{ op: 'person.put', person },
	{
		op: 'conversation.put',
		conversation: aConversation({
			unread: 2,
			mentions: 1,
			readUpTo: { ts: 1000, seq: 0 },
			topic: 'Größe',
			privacy: { typing: false, delivery: true, read: null },
		}),
	},
	{
		op: 'conversation.put',
		conversation: aConversation({
			id: conversationId('conversation-2'),
			remoteId: remoteConversationId('alice'),
			kind: 'direct',
			peer: remoteUserId('alice'),
			parentId: room,
		}),
	},
	{ op: 'draft.put', conversationId: room, text: 'half a thou' },
	{
		op: 'gap.put',
		gap: {
			id: gapId('gap-1'),
			conversationId: room,
			after: null,
			before: { ts: 1000, seq: 0 },
			fillable: true,
			token: 'token-1',
		},
	},
	{
		op: 'receipt.put',
		conversationId: room,
		reader: remoteUserId('bob'),
		kind: 'read',
		sort: { ts: 1000, seq: 0 },
		time: 1100,
	},
	{
		op: 'message.insert',
		message: aMessage(1, { content: { kind: 'text', body: plain('Crème brûlée for everybody') } }),
	},
	{
		op: 'message.insert',
		message: aMessage(2, {
			own: true,
			ids: [remoteId('origin', 'o2')],
			send: { kind: 'sent' },
			txnId: txnId('txn-0'),
			content: { kind: 'text', body: plain('会议室在哪里') },
		}),
	},
	{
		op: 'message.insert',
		message: aMessage(3, { removedAt: 4000, removedBy: 'mod', content: { kind: 'text', body: plain('') } }),
	},
	{ op: 'message.insert', message: aMessage(4, { hidden: true }) },
	{
		op: 'message.insert',
		message: aMessage(5, {
			conversationId: conversationId('conversation-2'),
			replyTo: { ids: [remoteId('server', 's1')], messageId: messageId(1), senderName: 'Alice', preview: 'Crème' },
		}),
	},
	{
		op: 'message.insert',
		message: aMessage(6, {
			content: {
				kind: 'media',
				mediaKind: 'audio',
				name: 'voice.ogg',
				mime: 'audio/ogg',
				size: 1234,
				width: null,
				height: null,
				durationMs: 2000,
				source: 'reference',
				thumbnail: null,
				host: 'files.example',
				waveform: [0, 512, 1024],
				caption: plain('listen'),
			},
		}),
	},
	{
		op: 'message.insert',
		message: aMessage(7, {
			replyTo: { ids: [remoteId('server', 's1')], messageId: messageId(1), senderName: 'Alice', preview: 'Crème' },
			threadRoot: [remoteId('server', 's1')],
			expiresAt: 9_000_000,
		}),
	},
	{ op: 'trace.add', messageId: messageId(2), entry: { at: 2000, step: 'failed', detail: 'timeout' } },
	{ op: 'edit.add', messageId: messageId(1), content: { kind: 'text', body: plain('Crème brulee') }, at: 1500 },
	{ op: 'reaction.put', reaction: aReaction(1, { ids: [remoteId('server', 'r1')] }) },
	{
		op: 'orphan.add',
		orphan: {
			id: 0,
			conversationId: room,
			target: [remoteId('server', 'later')],
			event: { type: 'conversation-removed', conversation: remoteConversationId('#room') },
			at: 1,
		},
	},
	{ op: 'outbox.put', job: aJob({ messageId: messageId(2) }) },
];
