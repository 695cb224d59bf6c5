import { describe, expect, test } from 'vitest';
import type { MessageTarget } from '../adapter/actions.ts';
import { remoteId, remoteUserId } from '../model/ids.ts';
import { plain, richText } from '../model/rich-text.ts';
import { editContent, sendContent, type SendParts } from './outgoing-content.ts';

const me = '@me:hs';
const target = (id: string, sender = '@bob:hs', text = 'old'): MessageTarget => ({
	ids: [remoteId('txn', 't'), remoteId('server', id)],
	sender: remoteUserId(sender),
	senderName: 'Bob',
	text,
	time: 0,
});
const sent = (over: Partial<SendParts> = {}): unknown =>
	sendContent({
		content: { kind: 'text', body: plain('hi') },
		replyTo: null,
		threadRoot: null,
		me,
		newestInThread: () => null,
		...over,
	});
const mention = (name: string, user: string, start: number) =>
	({ kind: 'mention', user: remoteUserId(user), room: false, start, end: start + name.length }) as const;

describe('sending', () => {
	test('plain: no relation, no HTML, and mentions said to be none', () => {
		expect(sent()).toEqual({ msgtype: 'm.text', body: 'hi', 'm.mentions': {} });
	});
	test('a reply has no fallback in its body (1.13) and notifies the author, but not ourselves', () => {
		expect(sent({ replyTo: target('$0') })).toEqual({
			msgtype: 'm.text',
			body: 'hi',
			'm.mentions': { user_ids: ['@bob:hs'] },
			'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } },
		});
		expect(sent({ replyTo: target('$0', me) })).toMatchObject({ 'm.mentions': {} });
	});
	test('in a thread, clients without threads see a reply to its newest message', () => {
		const relation = (over: Partial<SendParts>): unknown =>
			(sent({ threadRoot: target('$root'), ...over }) as { 'm.relates_to': unknown })['m.relates_to'];
		const thread = { rel_type: 'm.thread', event_id: '$root' };
		expect(relation({ newestInThread: (root) => (root === '$root' ? '$9' : null) })).toEqual({
			...thread,
			'm.in_reply_to': { event_id: '$9' },
			is_falling_back: true,
		});
		expect(relation({})).toEqual({ ...thread, 'm.in_reply_to': { event_id: '$root' }, is_falling_back: true });
		expect(relation({ replyTo: target('$5') })).toEqual({
			...thread,
			'm.in_reply_to': { event_id: '$5' },
			is_falling_back: false,
		});
	});
	test('what the server has not confirmed cannot be pointed at', () => {
		expect(() => sent({ replyTo: { ...target('$0'), ids: [] } })).toThrow(
			expect.objectContaining({ name: 'ChatException' }),
		);
	});
});

describe('editing', () => {
	test('the new content stands alone; only people new to the message are notified', () => {
		const body = richText('Bob and Eve', [mention('Bob', '@bob:hs', 0), mention('Eve', '@eve:hs', 8)]);
		expect(editContent({ kind: 'emote', body }, target('$0', me, 'greets Bob'))).toMatchObject({
			msgtype: 'm.emote',
			body: '* Bob and Eve',
			'm.mentions': { user_ids: ['@eve:hs'] },
			'm.new_content': {
				msgtype: 'm.emote',
				body: 'Bob and Eve',
				'm.mentions': { user_ids: ['@bob:hs', '@eve:hs'] },
			},
			'm.relates_to': { rel_type: 'm.replace', event_id: '$0' },
		});
	});
});
