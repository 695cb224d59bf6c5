/** What the lines of others become. */
import { afterEach, describe, expect, it } from 'vitest';
import { plainBody } from '../model/content.ts';

import { inRoom as standIn, messagesOf, tagged } from './testing/acts.ts';
import { type Scene, scene } from './testing/harness.ts';

let now: Scene;
afterEach(() => now.close());
const inRoom = (caps?: readonly string[], isupport?: string) => standIn(now, caps, isupport);
const messages = () => messagesOf(now);

describe('receiving', () => {
	it('reads text, action, notice, reply, mention, time and identity', async () => {
		now = await scene();
		const link = await inRoom([...tagged, 'account-tag']);
		link.send(
			'@time=2026-01-02T03:04:05.000Z;msgid=1;account=bob;+draft/reply=m0 :bob!b@h PRIVMSG #a :Alice: \x02look\x02',
			':bob!b@h PRIVMSG #a :\x01ACTION waves',
			':bob!b@h NOTICE #a :alice again',
			':bob!b@h PRIVMSG #a :malice',
			':bob!b@h PRIVMSG @#a :to the ops',
			':bob!b@h PRIVMSG alice :between us',
		);
		await now.context.waitFor('six messages', () => messages().length >= 6);
		expect(messages()[0]).toMatchObject({
			ids: [{ kind: 'server', value: '1' }],
			sender: { remoteId: 'bob', name: 'bob', strength: 'stable' },
			mention: true,
			time: Date.UTC(2026, 0, 2, 3, 4, 5),
			content: { kind: 'text', body: { text: 'Alice: look', spans: [{ kind: 'bold' }] } },
			replyTo: { ids: [{ value: 'm0' }] },
		});
		expect(messages().map((message) => [message.content.kind, plainBody(message.content), message.mention])).toEqual([
			['text', 'Alice: look', true],
			['emote', 'waves', false],
			['notice', 'alice again', false],
			['text', 'malice', false],
			['text', 'to the ops', false],
			['text', 'between us', false],
		]);
		expect(messages()[1]?.sender.strength).toBe('session');
		expect(now.context.of('message').map((event) => event.conversation)).toEqual(['#a', '#a', '#a', '#a', '#a', 'bob']);
	});

	it('own messages from other clients are own, in the conversation they went to', async () => {
		now = await scene();
		const link = await inRoom();
		link.send(':alice!a@host PRIVMSG bob :from the phone', ':alice!a@host PRIVMSG #a :here too');
		await now.context.waitFor('both', () => messages().length === 2);
		expect(now.context.of('message').map((event) => [event.conversation, event.message.own])).toEqual([
			['bob', true],
			['#a', true],
		]);
	});

	it('playback is catch-up and changes nobody who is here', async () => {
		now = await scene();
		const link = await inRoom();
		link.send(
			'BATCH +p znc.in/playback #a',
			'@batch=p;time=2026-01-01T00:00:00.000Z :carol!c@h JOIN #a',
			'@batch=p;time=2026-01-01T00:00:01.000Z :carol!c@h PRIVMSG #a :earlier',
			'@batch=p;time=2026-01-01T00:00:02.000Z :carol!c@h QUIT :bye',
			'BATCH -p',
		);
		await now.context.waitFor('playback', () => messages().length === 3);
		const batches = now.context.batches.filter((batch) => batch.events.some((event) => event.type === 'message'));
		expect(batches.map((batch) => batch.origin)).toEqual(['catchup']);
		expect(now.context.of('members-delta')).toEqual([]);
	});

	it('ZNC is asked for what was missed', async () => {
		now = await scene();
		now.remains.kv.set('last-seen', new TextEncoder().encode('1700000000500'));
		const { link } = await now.online(['batch', 'server-time', 'znc.in/playback']);
		expect(await link.until(/PLAY/)).toBe('PRIVMSG *playback :PLAY * 1700000000');
	});

	it('what we ask of the bouncer is no conversation', async () => {
		now = await scene();
		const link = await inRoom(['message-tags', 'echo-message', 'batch', 'server-time', 'znc.in/playback']);
		await link.until(/PLAY/);
		link.send('@msgid=e :alice!a@host PRIVMSG *playback :PLAY * 0', ':bob!b@h PRIVMSG #a :after');
		await now.context.waitFor('the message after it', () => messages().length === 1);
		expect(now.context.of('conversation-upsert').some((event) => event.conversation.remoteId.startsWith('*'))).toBe(
			false,
		);
	});

	it('the echo of our IDENTIFY is never stored', async () => {
		now = await scene();
		const link = await inRoom(['message-tags', 'echo-message']);
		link.send('@msgid=e :alice!a@host PRIVMSG NickServ :IDENTIFY alice hunter2', ':bob!b@h PRIVMSG #a :after');
		await now.context.waitFor('the message after it', () => messages().length === 1);
		expect(JSON.stringify(now.context.events)).not.toContain('hunter2');
		expect(now.context.of('conversation-upsert').some((event) => event.conversation.kind === 'direct')).toBe(false);
	});

	it('multiline arrives as one message', async () => {
		now = await scene();
		const link = await inRoom([...tagged, 'draft/multiline=max-bytes=4096']);
		link.send(
			'@msgid=9 :bob!b@h BATCH +m draft/multiline #a',
			'@batch=m :bob!b@h PRIVMSG #a :one',
			'@batch=m :bob!b@h PRIVMSG #a :two ',
			'@batch=m;draft/multiline-concat :bob!b@h PRIVMSG #a :three',
			'BATCH -m',
		);
		await now.context.waitFor('it', () => messages().length === 1);
		expect(messages()[0]).toMatchObject({ ids: [{ value: '9' }], content: { body: { text: 'one\ntwo three' } } });
	});

	it('typing, reactions and redactions become events', async () => {
		now = await scene();
		const link = await inRoom([...tagged, 'draft/message-redaction']);
		link.send(
			'@+typing=active :bob!b@h TAGMSG #a',
			'@msgid=5;+draft/reply=m1;+draft/react=👍 :bob!b@h TAGMSG #a',
			'@+draft/reply=m1;+draft/unreact=👍 :bob!b@h TAGMSG #a',
			':bob!b@h REDACT #a m1 :typo',
			'@+typing=active :alice!a@host TAGMSG #a',
			'@+typing=active :stranger!b@h TAGMSG alice',
		);
		await now.context.event('message-removed');
		link.send('PING :x');
		await link.until(/^PONG/);
		expect(now.context.of('typing')).toMatchObject([{ conversation: '#a', user: { name: 'bob' }, state: 'active' }]);
		expect(now.context.of('reaction')).toMatchObject([
			{ op: 'add', keys: ['👍'], target: [{ value: 'm1' }] },
			{ op: 'remove', keys: ['👍'] },
		]);
		expect(now.context.of('message-removed')[0]).toMatchObject({
			target: [{ value: 'm1' }],
			reason: 'typo',
			// Bob has no rank: it counts for his own words only.
			moderated: false,
		});
	});
});
