import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdapterEvent } from '../adapter/events.ts';
import { readSync } from './sync-response.ts';
import { map, me } from './testing/map-event.ts';

const message = (content: object, more: object = {}): AdapterEvent[] =>
	map({ type: 'm.room.message', content, ...more });
const contentOf = (events: readonly AdapterEvent[]): unknown =>
	events.map((event) => (event.type === 'message' ? event.message.content : event.type))[0];

describe('messages', () => {
	test.each<[string, object, unknown]>([
		['text', { msgtype: 'm.text', body: 'hi' }, { kind: 'text', body: { text: 'hi', spans: [] } }],
		['emote', { msgtype: 'm.emote', body: 'waves' }, { kind: 'emote', body: { text: 'waves', spans: [] } }],
		['notice', { msgtype: 'm.notice', body: 'n' }, { kind: 'notice', body: { text: 'n', spans: [] } }],
		[
			'formatted',
			{ msgtype: 'm.text', body: 'x', format: 'org.matrix.custom.html', formatted_body: '<b>x</b>' },
			{ kind: 'text', body: { text: 'x', spans: [{ kind: 'bold', start: 0, end: 1 }] } },
		],
		[
			'HTML of the wrong type',
			{ msgtype: 'm.text', body: 'x', format: 'org.matrix.custom.html', formatted_body: 5 },
			{ kind: 'text', body: { text: 'x', spans: [] } },
		],
		[
			'empty HTML',
			{ msgtype: 'm.text', body: 'x', format: 'org.matrix.custom.html', formatted_body: '<script>x</script>' },
			{ kind: 'text', body: { text: 'x', spans: [] } },
		],
		['body of the wrong type', { msgtype: 'm.text', body: { a: 1 } }, { kind: 'text', body: { text: '', spans: [] } }],
		[
			'control characters',
			{ msgtype: 'm.text', body: 'a\u0000b\u001bc\r\nd' },
			{ kind: 'text', body: { text: 'abc\nd', spans: [] } },
		],
		[
			'unknown msgtype',
			{ msgtype: 'org.example.thing', body: 'see here' },
			{ kind: 'unsupported', description: 'org.example.thing', fallback: 'see here' },
		],
		['no msgtype', { body: 'x' }, { kind: 'unsupported', description: 'message', fallback: 'x' }],
		[
			'location',
			{ msgtype: 'm.location', body: 'Here', geo_uri: 'geo:1,2' },
			{ kind: 'unsupported', description: 'location', fallback: 'Here' },
		],
		[
			'image',
			{
				msgtype: 'm.image',
				body: 'cat.png',
				url: 'mxc://hs/abc',
				info: { mimetype: 'image/png', w: 10, h: 20, size: 30 },
			},
			{
				kind: 'media',
				mediaKind: 'image',
				name: 'cat.png',
				mime: 'image/png',
				size: 30,
				width: 10,
				height: 20,
				durationMs: null,
				source: 'mxc://hs/abc',
				thumbnail: null,
				host: null,
				waveform: null,
				caption: null,
			},
		],
		[
			'file with a caption',
			{ msgtype: 'm.file', body: 'look', filename: 'a.pdf', url: 'mxc://hs/abc' },
			{
				kind: 'media',
				mediaKind: 'file',
				name: 'a.pdf',
				mime: null,
				size: null,
				width: null,
				height: null,
				durationMs: null,
				source: 'mxc://hs/abc',
				thumbnail: null,
				host: null,
				waveform: null,
				caption: { text: 'look', spans: [] },
			},
		],
		[
			'media with a foreign address',
			{ msgtype: 'm.image', body: 'x', url: 'https://example.org/x.png' },
			{ kind: 'unsupported', description: 'image', fallback: 'x' },
		],
		[
			'media path traversal',
			{ msgtype: 'm.image', body: 'x', url: 'mxc://hs/../../etc' },
			{ kind: 'unsupported', description: 'image', fallback: 'x' },
		],
		[
			'media with a hostile type',
			{ msgtype: 'm.file', body: 'x', url: 'mxc://hs/a', info: { mimetype: 'text/html\r\nx: y', size: -1, w: 'wide' } },
			{
				kind: 'media',
				mediaKind: 'file',
				name: 'x',
				mime: null,
				size: null,
				width: null,
				height: null,
				durationMs: null,
				source: 'mxc://hs/a',
				thumbnail: null,
				host: null,
				waveform: null,
				caption: null,
			},
		],
	])('%s', (_name, content, expected) => expect(contentOf(message(content))).toEqual(expected));

	test.each([
		['m.sticker', { body: 'cat', url: 'mxc://hs/a' }, { kind: 'media', mediaKind: 'sticker' }],
		['m.room.encrypted', { ciphertext: 'x', body: 'never' }, { kind: 'undecryptable', reason: null }],
		[
			'm.poll.start',
			{ 'm.poll': { question: { 'm.text': [{ body: 'Q?' }] }, answers: [{ 'm.text': [{ body: 'A' }] }] } },
			{ kind: 'unsupported', description: 'poll', fallback: 'Q?\n- A' },
		],
		['m.call.invite', {}, { kind: 'unsupported', description: 'call' }],
		['com.example.custom', { body: 'b' }, { kind: 'unsupported', description: 'com.example.custom', fallback: 'b' }],
	])('%s', (type, content, expected) => expect(contentOf(map({ type, content }))).toMatchObject(expected));

	test.each(['m.key.verification.ready', 'm.call.candidates', 'm.poll.response', 'm.room_key', 'm.secret.send'])(
		'%s is silent',
		(type) => expect(map({ type, content: { body: 'x' } })).toEqual([]),
	);
	test('verification requests are not messages', () =>
		expect(message({ msgtype: 'm.key.verification.request', body: 'x' })).toEqual([]));

	test('replies, threads, own echoes', () => {
		const [reply] = message({ msgtype: 'm.text', body: 'x', 'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } } });
		expect(reply).toMatchObject({ message: { replyTo: { ids: [{ kind: 'server', value: '$0' }] }, threadRoot: null } });
		const [inThread] = message({
			msgtype: 'm.text',
			body: 'x',
			'm.relates_to': {
				rel_type: 'm.thread',
				event_id: '$t',
				is_falling_back: true,
				'm.in_reply_to': { event_id: '$0' },
			},
		});
		expect(inThread).toMatchObject({ message: { replyTo: null, threadRoot: [{ value: '$t' }] } });
		const [own] = message({ msgtype: 'm.text', body: 'x' }, { sender: me, unsigned: { transaction_id: 't1' } });
		expect(own).toMatchObject({
			message: {
				own: true,
				txnId: 't1',
				ids: [
					{ kind: 'server', value: '$1' },
					{ kind: 'txn', value: 't1' },
				],
			},
		});
		const [forged] = message({ msgtype: 'm.text', body: 'x' }, { unsigned: { transaction_id: 't1' } });
		expect(forged).toMatchObject({ message: { own: false, txnId: null, ids: [{ kind: 'server', value: '$1' }] } });
	});

	test.each<[string, object, string, boolean]>([
		['by id', { body: 'x', 'm.mentions': { user_ids: [me] } }, '@bob:hs', true],
		['present but empty', { body: 'me Mimi', 'm.mentions': {} }, '@bob:hs', false],
		['room by a moderator', { body: '@room', 'm.mentions': { room: true } }, '@mod:hs', true],
		['room by anybody', { body: '@room', 'm.mentions': { room: true } }, '@bob:hs', false],
		['name without m.mentions', { body: 'hello mimi!' }, '@bob:hs', true],
		['part of a word', { body: 'Mimimi' }, '@bob:hs', false],
		['own message', { body: 'Mimi' }, me, false],
		['hostile mentions', { body: 'x', 'm.mentions': { user_ids: 'all', room: 'yes' } }, '@mod:hs', false],
	])('mention: %s', (_name, content, sender, expected) =>
		expect(message({ msgtype: 'm.text', ...content }, { sender })[0]).toMatchObject({ message: { mention: expected } }),
	);
});

describe('changes to messages', () => {
	test('edit', () => {
		const edit = message({
			msgtype: 'm.text',
			body: '* new',
			'm.new_content': { msgtype: 'm.text', body: 'new' },
			'm.relates_to': { rel_type: 'm.replace', event_id: '$0' },
		});
		expect(edit).toMatchObject([
			{ type: 'message-edited', target: [{ value: '$0' }], content: { kind: 'text', body: { text: 'new' } } },
		]);
		expect(
			message({ body: 'x', 'm.new_content': 5, 'm.relates_to': { rel_type: 'm.replace', event_id: '$0' } }),
		).toEqual([]);
	});

	test('the newest edit rides along, but only from the author', () => {
		const bundle = (sender: string): AdapterEvent[] =>
			message(
				{ msgtype: 'm.text', body: 'old' },
				{
					unsigned: {
						'm.relations': {
							'm.replace': {
								type: 'm.room.message',
								event_id: '$2',
								sender,
								origin_server_ts: 9,
								content: {
									'm.new_content': { msgtype: 'm.text', body: 'new' },
									'm.relates_to': { rel_type: 'm.replace', event_id: '$1' },
								},
							},
						},
					},
				},
			);
		expect(bundle('@bob:hs').map((event) => event.type)).toEqual(['message', 'message-edited']);
		expect(bundle('@eve:hs').map((event) => event.type)).toEqual(['message']);
	});

	test('reactions', () => {
		const react = (relation: object): AdapterEvent[] =>
			map({ type: 'm.reaction', content: { 'm.relates_to': relation } });
		expect(react({ rel_type: 'm.annotation', event_id: '$0', key: '👍' })).toMatchObject([
			{ type: 'reaction', op: 'add', keys: ['👍'], ids: [{ value: '$1' }] },
		]);
		expect(react({ rel_type: 'm.annotation', event_id: '$0', key: 'x'.repeat(5000) })).toEqual([]);
		expect(react({ rel_type: 'm.annotation', event_id: '$0' })).toEqual([]);
		expect(react({ rel_type: 'other', event_id: '$0', key: 'x' })).toEqual([]);
	});

	test("redactions, in both places of the target, with the right to remove others' messages", () => {
		expect(map({ type: 'm.room.redaction', redacts: '$0', content: { reason: 'r' } })).toMatchObject([
			{ type: 'message-removed', target: [{ value: '$0' }], moderated: false, reason: 'r' },
		]);
		expect(map({ type: 'm.room.redaction', sender: '@mod:hs', content: { redacts: '$0' } })).toMatchObject([
			{ moderated: true },
		]);
		expect(map({ type: 'm.room.redaction', content: {} })).toEqual([]);
	});

	test('already pruned messages keep their place', () => {
		const pruned = map({
			type: 'm.room.message',
			content: {},
			unsigned: {
				redacted_because: {
					type: 'm.room.redaction',
					event_id: '$9',
					sender: '@mod:hs',
					origin_server_ts: 9,
					content: { reason: 'spam' },
				},
			},
		});
		expect(pruned.map((event) => event.type)).toEqual(['message', 'message-removed']);
		expect(pruned[1]).toMatchObject({
			target: [{ value: '$1' }],
			sender: { remoteId: '@mod:hs' },
			moderated: true,
			reason: 'spam',
		});
	});
});

test('no event whatever makes the mapper throw or invent an unsafe value', () => {
	const key = fc.constantFrom(
		'type',
		'content',
		'body',
		'msgtype',
		'formatted_body',
		'format',
		'm.relates_to',
		'rel_type',
		'event_id',
		'key',
		'm.new_content',
		'unsigned',
		'redacted_because',
		'sender',
		'state_key',
		'membership',
		'displayname',
		'users',
		'info',
		'url',
		'__proto__',
		'constructor',
		'm.mentions',
		'm.relations',
		'm.replace',
	);
	const leaf = fc.oneof(
		fc.string(),
		fc.double(),
		fc.boolean(),
		fc.constant(null),
		fc.constantFrom(
			'm.room.message',
			'm.replace',
			'm.annotation',
			'$1',
			'@bob:hs',
			'm.text',
			'm.image',
			'join',
			'ban',
			'm.room.member',
			'm.reaction',
			'm.room.redaction',
			'mxc://a/b',
			'org.matrix.custom.html',
		),
	);
	const { tree } = fc.letrec((tie) => ({
		tree: fc.oneof(
			{ maxDepth: 5 },
			leaf,
			fc.array(tie('tree'), { maxLength: 3 }),
			fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
		),
	}));
	const type = fc.constantFrom(
		'm.room.message',
		'm.reaction',
		'm.room.redaction',
		'm.room.member',
		'm.room.power_levels',
		'm.room.encrypted',
		'm.sticker',
		'm.poll.start',
		'm.room.topic',
		'x.y',
	);
	fc.assert(
		fc.property(type, tree, tree, fc.option(fc.string(), { nil: undefined }), (kind, content, unsigned, stateKey) => {
			for (const event of map({
				type: kind,
				content,
				unsigned,
				...(stateKey === undefined ? {} : { state_key: stateKey }),
			})) {
				expect(['message', 'message-edited', 'message-removed', 'reaction']).toContain(event.type);
				expect(structuredClone(event)).toEqual(event);
			}
		}),
		{ numRuns: 500 },
	);
	fc.assert(
		fc.property(tree, tree, (rooms, room) => {
			const sync = readSync({
				next_batch: 's1',
				rooms: { join: { '!a:b': room, __proto__: room }, invite: rooms, leave: rooms },
				presence: rooms,
				account_data: room,
			});
			expect(sync?.nextBatch).toBe('s1');
			expect(() => JSON.stringify(sync?.forSdk)).not.toThrow();
		}),
		{ numRuns: 300 },
	);
});
