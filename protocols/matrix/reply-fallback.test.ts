/** Quotes that replies carried in their text before version 1.13 (specification "Fallbacks for rich replies"). */
import { expect, test } from 'vitest';
import { map } from './testing/map-event.ts';

test.each<[string, object, unknown]>([
	[
		'reply fallback',
		{
			msgtype: 'm.text',
			body: '> <@a:b> old\n> more\n\nnew',
			'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } },
		},
		{ kind: 'text', body: { text: 'new', spans: [] } },
	],
	[
		'reply fallback to an action',
		{
			msgtype: 'm.emote',
			body: '> * <@a:b> waves\n\nwaves back',
			'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } },
		},
		{ kind: 'emote', body: { text: 'waves back', spans: [] } },
	],
	[
		'reply fallback in both bodies',
		{
			msgtype: 'm.text',
			body: '> <@a:b> old\n\nnew',
			format: 'org.matrix.custom.html',
			formatted_body:
				'<mx-reply><blockquote><a href="https://matrix.to/#/!r:hs/$0">In reply to</a> old</blockquote></mx-reply><b>new</b>',
			'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } },
		},
		{ kind: 'text', body: { text: 'new', spans: [{ kind: 'bold', start: 0, end: 3 }] } },
	],
	[
		// Signal Desktop CVE-2018-11101: markup in a quoted message.
		'reply fallback that never ends, with markup',
		{
			msgtype: 'm.text',
			body: '> <@a:b> old\n\nnew',
			format: 'org.matrix.custom.html',
			formatted_body: '<mx-reply><blockquote>old<img src=x onerror=alert(1)><script>alert(2)</script>',
			'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } },
		},
		{ kind: 'text', body: { text: 'new', spans: [] } },
	],
	[
		'a quote that is no fallback',
		{ msgtype: 'm.text', body: '> quoted\n\nnew' },
		{ kind: 'text', body: { text: '> quoted\n\nnew', spans: [] } },
	],
])('%s', (_name, content, expected) => {
	expect(map({ type: 'm.room.message', content })).toMatchObject([{ message: { content: expected } }]);
});
