import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MediaContent } from '../model/content.ts';
import { remoteId, remoteUserId } from '../model/ids.ts';
import { plain, richText } from '../model/rich-text.ts';
import { readMxc } from './matrix-id.ts';
import { readReference } from './media-reference.ts';
import { messageContent } from './message-content.ts';
import { editContent, fileContent } from './outgoing-content.ts';

const read = (content: object, type = 'm.room.message') => messageContent(type, { ...content });
const url = 'mxc://hs.example:8448/abc_-1';

describe('Matrix Content URIs', () => {
	test.each([
		['mxc://example.org/abc', { server: 'example.org', id: 'abc' }],
		['mxc://10.0.0.1:80/A-_9', { server: '10.0.0.1:80', id: 'A-_9' }],
		['mxc://[::1]:8448/a', { server: '[::1]:8448', id: 'a' }],
		['mxc://../a', null],
		['mxc://./a', null],
		['mxc://hs/..', null],
		['mxc://hs/a/b', null],
		['mxc://hs/a?x', null],
		['mxc://hs%2f..%2f/a', null],
		['mxc://user@hs/a', null],
		['mxc://hs/', null],
		['https://hs/a', null],
		['mxc://hs/a\n', null],
		[`mxc://hs/${'a'.repeat(256)}`, null],
		[7, null],
	])('%j', (text, parts) => expect(readMxc(text)).toEqual(parts));

	test('whatever passes stays one segment of a path', () => {
		const part = fc.string({
			unit: fc.constantFrom('.', '/', '%', 'a', ':', '1', '[', ']', '\\', '?', '#'),
			maxLength: 8,
		});
		fc.assert(
			fc.property(part, part, (server, id) => {
				const mxc = readMxc(`mxc://${server}/${id}`);
				if (mxc === null) return;
				const path = `/_matrix/client/v1/media/download/${encodeURIComponent(mxc.server)}/${encodeURIComponent(mxc.id)}`;
				expect(new URL(path, 'https://hs').pathname).toBe(path);
			}),
		);
	});
});

describe('files received', () => {
	test('a picture with a caption and what is said about it', () => {
		const info = { w: 640, h: 480, size: 9000, mimetype: 'Image/PNG', thumbnail_url: 'mxc://hs/t' };
		expect(
			read({ msgtype: 'm.image', body: 'my *cat*', filename: 'cat.png', url, info, format: 'x', 'm.mentions': {} }),
		).toEqual({
			kind: 'media',
			mediaKind: 'image',
			name: 'cat.png',
			mime: 'image/png',
			size: 9000,
			width: 640,
			height: 480,
			durationMs: null,
			source: url,
			thumbnail: 'mxc://hs/t',
			host: null,
			waveform: null,
			caption: plain('my *cat*'),
		});
	});

	test.each([
		['no file name', { body: 'cat.png' }, { name: 'cat.png', caption: null }],
		['the same twice', { body: 'cat.png', filename: 'cat.png' }, { name: 'cat.png', caption: null }],
		['nothing said', { filename: 'cat.png' }, { name: 'cat.png', caption: null }],
		['no name at all', {}, { name: 'image', caption: null }],
		['a way out of a folder', { body: '../../etc/passwd' }, { name: '_.._etc_passwd' }],
		['a name that deceives', { filename: 'photo\u202egpj.exe' }, { name: 'photo_gpj.exe' }],
		['lines as a name', { body: 'one\ntwo' }, { name: 'one' }],
		[
			'a caption with markup',
			{ body: 'so *so*', filename: 'a.png', format: 'org.matrix.custom.html', formatted_body: 'so <em>so</em>' },
			{ caption: richText('so so', [{ kind: 'italic', start: 3, end: 5 }]) },
		],
	])('names and captions: %s', (_, content, expected) =>
		expect(read({ msgtype: 'm.image', url, ...content })).toMatchObject(expected),
	);

	test.each([
		['no address', { msgtype: 'm.file', body: 'x' }],
		['an address elsewhere', { msgtype: 'm.file', body: 'x', url: 'https://example.org/x' }],
		['an address of the wrong type', { msgtype: 'm.file', body: 'x', url: { mxc: url } }],
		['an encrypted file', { msgtype: 'm.file', body: 'x', file: { url, key: {} } }],
		['both', { msgtype: 'm.file', body: 'x', url, file: { url, key: {} } }],
	])('unusable: %s', (_, content) =>
		expect(read(content)).toEqual({ kind: 'unsupported', description: 'file', fallback: 'x' }),
	);

	test.each([
		[{ w: -1, h: 0, size: 'big', duration: Number.NaN, mimetype: 'text/html\r\nx: y' }],
		[{ w: 1e300, h: [], size: -5, duration: 1e12, mimetype: { a: 1 } }],
		['nonsense'],
		[null],
	])('what is said about a file is only believed where it can be: %j', (info) =>
		expect(read({ msgtype: 'm.video', body: 'a', url, info })).toMatchObject({
			mime: null,
			size: null,
			width: null,
			height: null,
			durationMs: null,
			thumbnail: null,
		}),
	);

	test.each([
		['a big picture is scaled by the server', { size: 200_000, mimetype: 'image/jpeg' }, `thumbnail:${url}`],
		['one of unknown size too', {}, `thumbnail:${url}`],
		['a small one is shown as it is', { size: 1000, mimetype: 'image/jpeg' }, null],
		['what no server scales', { size: 200_000, mimetype: 'image/svg+xml' }, null],
		[
			'a drawing as a thumbnail',
			{ size: 1, thumbnail_url: 'mxc://hs/t', thumbnail_info: { mimetype: 'image/svg+xml' } },
			null,
		],
		['a thumbnail elsewhere', { size: 1, thumbnail_url: 'https://example.org/pixel.gif' }, null],
		['the file as its own thumbnail', { size: 1, thumbnail_url: url }, null],
	])('thumbnails: %s', (_, info, thumbnail) =>
		expect(read({ msgtype: 'm.image', body: 'a', url, info })).toMatchObject({ thumbnail }),
	);

	test('references are read back, and nothing else is', () => {
		expect(readReference(`thumbnail:${url}`)).toEqual({ server: 'hs.example:8448', id: 'abc_-1', thumbnail: true });
		expect(readReference(url)).toMatchObject({ thumbnail: false });
		expect(readReference('thumbnail:thumbnail:mxc://a/b')).toBeNull();
		expect(readReference('https://hs/a')).toBeNull();
	});

	test('a voice message has its waveform, bounded', () => {
		const voice = { 'org.matrix.msc3245.voice': {} };
		const audio = (waveform: unknown): unknown =>
			read({ msgtype: 'm.audio', body: 'v', url, ...voice, 'org.matrix.msc1767.audio': { duration: 1500, waveform } });
		expect(audio([0, 512.4, 1024, 5000, -3, 'x', null])).toMatchObject({
			durationMs: 1500,
			waveform: [0, 512, 1024, 1024, 0, 0, 0],
		});
		expect(audio('loud')).toMatchObject({ waveform: [] });
		const long = audio(Array.from({ length: 1000 }, (_, index) => (index === 999 ? 1000 : 1))) as MediaContent;
		expect(long.waveform).toHaveLength(256);
		expect(long.waveform?.at(-1)).toBe(1000);
		expect(read({ msgtype: 'm.audio', body: 'song', url })).toMatchObject({ waveform: null });
	});

	test('a sticker', () => {
		expect(
			read({ body: 'a cat', url, info: { w: 128, h: 128, size: 10_000, mimetype: 'image/png' } }, 'm.sticker'),
		).toMatchObject({
			kind: 'media',
			mediaKind: 'sticker',
			name: 'a cat',
			caption: null,
			thumbnail: null,
		});
	});

	test('no content makes it throw or give a reference that is none', () => {
		fc.assert(
			fc.property(fc.object({ maxDepth: 3 }), fc.string(), (info, body) => {
				const content = read({ msgtype: 'm.image', body, url, info, ...info });
				if (content?.kind !== 'media') return;
				expect(readReference(content.source)).not.toBeNull();
				expect(content.name).not.toBe('');
				if (content.thumbnail !== null) expect(readReference(content.thumbnail)).not.toBeNull();
			}),
		);
	});
});

const file: MediaContent = {
	kind: 'media',
	mediaKind: 'image',
	name: 'cat.png',
	mime: 'image/png',
	size: 10,
	width: 2,
	height: 3,
	durationMs: null,
	source: url,
	thumbnail: `thumbnail:${url}`,
	host: null,
	waveform: null,
	caption: null,
};
const target = {
	ids: [remoteId('server', '$1')],
	sender: remoteUserId('@bob:hs'),
	senderName: 'Bob',
	text: '',
	time: 0,
};
const place = { me: '@me:hs', replyTo: null, threadRoot: null, newestInThread: () => null };

describe('files sent', () => {
	test('without a caption', () => {
		expect(fileContent({ ...place, content: file })).toEqual({
			msgtype: 'm.image',
			body: 'cat.png',
			filename: 'cat.png',
			url,
			info: { mimetype: 'image/png', size: 10, w: 2, h: 3 },
			'm.mentions': {},
		});
	});

	test('with a caption, as an answer in a thread', () => {
		const caption = richText('so bold', [{ kind: 'bold', start: 3, end: 7 }]);
		expect(fileContent({ ...place, content: { ...file, caption }, replyTo: target, threadRoot: target })).toMatchObject(
			{
				body: 'so bold',
				format: 'org.matrix.custom.html',
				formatted_body: 'so <strong>bold</strong>',
				filename: 'cat.png',
				'm.mentions': { user_ids: ['@bob:hs'] },
				'm.relates_to': {
					rel_type: 'm.thread',
					event_id: '$1',
					is_falling_back: false,
					'm.in_reply_to': { event_id: '$1' },
				},
			},
		);
	});

	test('a voice message is read back as what it was', () => {
		const voice: MediaContent = {
			...file,
			mediaKind: 'audio',
			mime: 'audio/ogg',
			width: null,
			height: null,
			thumbnail: null,
			durationMs: 2000,
			waveform: [1, 2, 1024],
		};
		const wire = fileContent({ ...place, content: voice });
		expect(wire).toMatchObject({
			msgtype: 'm.audio',
			info: { duration: 2000 },
			'org.matrix.msc1767.audio': { duration: 2000, waveform: [1, 2, 1024] },
			'org.matrix.msc3245.voice': {},
		});
		expect(read(wire)).toEqual(voice);
	});

	test('an edit changes the caption and keeps the file', () => {
		const edit = editContent({ kind: 'text', body: plain('better') }, target, file);
		expect(edit).toMatchObject({
			body: '* better',
			url,
			'm.new_content': { msgtype: 'm.image', body: 'better', filename: 'cat.png', url, info: { w: 2 } },
			'm.relates_to': { rel_type: 'm.replace', event_id: '$1' },
		});
		expect(read(edit['m.new_content'] as object)).toMatchObject({
			kind: 'media',
			caption: plain('better'),
			source: url,
		});
	});
});
