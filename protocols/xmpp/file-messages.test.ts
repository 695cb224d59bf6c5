/** Files in messages: read from others, written and read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdapterAction } from '../adapter/actions.ts';
import type { RemoteMessage } from '../adapter/events.ts';
import type { MediaContent } from '../model/content.ts';
import { remoteConversationId, remoteId, remoteUserId, txnId } from '../model/ids.ts';
import { plain, richText } from '../model/rich-text.ts';
import { readReference, writeReference } from './file-reference.ts';
import { mapMessage } from './message-mapper.ts';
import type { MessageView } from './message-source.ts';
import { type Destination, fileStanza } from './outgoing.ts';
import { jid, xml } from './testing/scripted-rooms.ts';

const view: MessageView = {
	self: jid('me@home.org/parley'),
	origin: 'live',
	archiveId: null,
	archiveTime: null,
	now: 0,
	stanzaIds: true,
	room: () => null,
	ownTxn: () => null,
	isOwnHost: (url) => url.hostname === 'upload.home.org',
};
const read = (inner: string): RemoteMessage | undefined =>
	mapMessage(
		xml(
			`<message xmlns='jabber:client' from='ann@a.org/x' to='me@home.org' type='chat' id='message-1'>${inner}</message>`,
		),
		view,
	).find((one) => one.type === 'message')?.message;
const contentOf = (inner: string): unknown => read(inner)?.content;

const url = 'https://files.a.org/abc/cat%20photo.png';
const body = (text: string): string => `<body>${text}</body>`;
const oob = (of: string): string => `<x xmlns='jabber:x:oob'><url>${of}</url></x>`;
const sharing = (file: string, sources: string): string =>
	`<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'>${file}</file><sources>${sources}</sources></file-sharing>`;
const at = (target: string): string => `<url-data xmlns='http://jabber.org/protocol/url-data' target='${target}'/>`;
const nothingSaid = {
	kind: 'media',
	mime: null,
	size: null,
	width: null,
	height: null,
	durationMs: null,
	thumbnail: null,
	host: 'files.a.org',
	waveform: null,
	caption: null,
};
const sha256 = 'RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=';

describe('files received', () => {
	it('out-of-band data whose address is the body (XEP-0066)', () => {
		expect(contentOf(body(url) + oob(url))).toEqual({
			...nothingSaid,
			mediaKind: 'image',
			name: 'cat photo.png',
			source: url,
		});
	});

	it.each([
		['an address alone', body(url)],
		['an address alone at our own server', body('https://upload.home.org/x.png')],
		['words about another address', body(`look at ${url}`) + oob(url)],
		['another scheme', body('aesgcm://a.org/x#00') + oob('aesgcm://a.org/x#00')],
		['no encryption on the way', body('http://a.org/x.png') + oob('http://a.org/x.png')],
		['a file of this machine', body('file:///etc/passwd') + oob('file:///etc/passwd')],
		['shared without any address', body('words') + sharing('<name>a.png</name>', '')],
		['shared at a place that is no web', body('words') + sharing('<name>a.png</name>', at('javascript:alert(1)'))],
		['shared in the wrong namespace', body('words') + sharing('', at(url)).replace('urn:xmpp:sfs:0', 'urn:xmpp:sfs:9')],
	])('stays text: %s', (_, inner) => expect(contentOf(inner)).toMatchObject({ kind: 'text' }));

	it('stateless file sharing with everything said about it (XEP-0447, XEP-0446)', () => {
		const about = `<media-type>Image/PNG</media-type><name>cat.png</name><size>9000</size><width>640</width><height>480</height><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${sha256}</hash><thumbnail xmlns='urn:xmpp:thumbs:1' uri='https://files.a.org/abc/small.png'/>`;
		const fallback = `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'/>`;
		expect(contentOf(body(url) + fallback + sharing(about, at('cid:x@y') + at(url)))).toEqual({
			...nothingSaid,
			mediaKind: 'image',
			name: 'cat.png',
			mime: 'image/png',
			size: 9000,
			width: 640,
			height: 480,
			source: `${url}#sha-256=${sha256}`,
			thumbnail: 'https://files.a.org/abc/small.png',
		});
	});

	it('stateless inline media sharing (XEP-0385)', () => {
		const inner = `<reference xmlns='urn:xmpp:reference:0' type='data' begin='0' end='5'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>audio/ogg</media-type><name>voice.ogg</name><size>7</size></file><sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='${url}'/></sources></media-sharing></reference>`;
		expect(contentOf(body(url) + inner)).toMatchObject({ mediaKind: 'audio', name: 'voice.ogg', size: 7, source: url });
	});

	it('nobody but our own server learns of a download from it', () => {
		const own = 'https://upload.home.org/x/a.png';
		expect(contentOf(body(own) + oob(own))).toMatchObject({ host: null });
		const port = 'https://files.a.org:5281/a.png';
		expect(contentOf(body(port) + oob(port))).toMatchObject({ host: 'files.a.org:5281' });
	});

	it.each([
		['unmarked words', body('a cat'), 'a cat'],
		[
			'marked part',
			`${body(`a cat\n${url}`)}<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body start='5' end='100'/></fallback>`,
			'a cat',
		],
		['no body', '', null],
		['the address without a mark', body(url), null],
	])('captions: %s', (_, said, caption) =>
		expect(contentOf(said + sharing('<name>a.png</name>', at(url)))).toMatchObject({
			kind: 'media',
			caption: caption === null ? null : { text: caption },
		}),
	);

	it('a description is the caption where nothing else is said', () =>
		expect(contentOf(sharing('<desc>on the roof</desc>', at(url)))).toMatchObject({ caption: plain('on the roof') }));

	it.each([
		[
			'sizes',
			'<size>-1</size><width>9999999</width><height>0</height><length>NaN</length>',
			{ size: null, width: null, height: null, durationMs: null },
		],
		['a type', '<media-type>text/html; x&#13;&#10;y</media-type>', { mime: null }],
		['a way out of a folder', '<name>../../etc/passwd</name>', { name: '_.._etc_passwd' }],
		['a name that deceives', '<name>photo\u202egpj.exe</name>', { name: 'photo_gpj.exe', mediaKind: 'file' }],
		['a hash of the wrong length', `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash>`, { source: url }],
		['a drawing', '<media-type>image/svg+xml</media-type>', { mediaKind: 'file' }],
		[
			'a thumbnail elsewhere',
			`<thumbnail xmlns='urn:xmpp:thumbs:1' uri='https://evil.org/t.png'/>`,
			{ thumbnail: null },
		],
		[
			'a thumbnail inside',
			`<thumbnail xmlns='urn:xmpp:thumbs:1' uri='data:image/png;base64,AA'/>`,
			{ thumbnail: null },
		],
	])('what is said is only believed where it can be: %s', (_, about, expected) =>
		expect(contentOf(sharing(about, at(url)))).toMatchObject({ kind: 'media', ...expected }),
	);

	it('an encrypted message never becomes a file', () =>
		expect(
			contentOf(`<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>${body(url)}${oob(url)}${sharing('', at(url))}`),
		).toMatchObject({ kind: 'undecryptable' }));

	it('no stanza makes it throw or gives a reference that is none', () => {
		const word = fc.constantFrom(url, 'x', '', 'https://[', '%', '1e9', '\ud83d', 'https://user:a@b.org/');
		fc.assert(
			fc.property(word, word, word, word, (a, b, c, d) => {
				const content = read(body(a) + oob(b) + sharing(`<name>${c}</name><size>${d}</size>`, at(d) + at(a)))?.content;
				if (content?.kind === 'media') expect(readReference(content.source)).not.toBeNull();
			}),
		);
	});
});

describe('references', () => {
	it.each([
		[url, null, url],
		[`${url}#part`, null, url],
		[url, sha256, `${url}#sha-256=${sha256}`],
		[url, 'short', url],
		['http://a.org/', null, null],
		['https://a.org:25/', null, null],
	])('%s with %s', (address, hash, reference) => expect(writeReference(address, hash)).toBe(reference));
	it.each(['', 'fake:1', 'https://', `#sha-256=${sha256}`])('refused: %s', (text) =>
		expect(readReference(text)).toBeNull(),
	);
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
	source: `${url}#sha-256=${sha256}`,
	thumbnail: null,
	host: 'files.a.org',
	waveform: null,
	caption: null,
};
const destination: Destination = { to: 'ann@a.org', room: false, chatStates: false, addressOf: () => null };
const target = {
	ids: [remoteId('origin', 'target-id')],
	sender: remoteUserId('ann@a.org'),
	senderName: 'Ann',
	text: 'see\nthis',
	time: 0,
};
type SendFile = Extract<AdapterAction, { type: 'send-file' }>;
const written = (content: MediaContent, replyTo: SendFile['replyTo'] = null) => {
	const reference = readReference(content.source);
	if (reference === null) throw new Error('no reference');
	const conversation = remoteConversationId('ann@a.org');
	return fileStanza(
		{ type: 'send-file', txnId: txnId('own-message-id'), conversation, content, replyTo, threadRoot: null },
		destination,
		reference,
	);
};
const back = (content: MediaContent, replyTo: SendFile['replyTo'] = null): RemoteMessage | undefined => {
	const stanza = written(content, replyTo);
	stanza.attrs['from'] = 'ann@a.org/x';
	return mapMessage(xml(stanza.toString()), view).find((one) => one.type === 'message')?.message;
};

describe('files sent', () => {
	it('old clients get the address as body and as out-of-band data', () => {
		const stanza = written(file, target);
		expect(stanza.getChildText('body')).toBe(url);
		expect(stanza.getChild('x', 'jabber:x:oob')?.getChildText('url')).toBe(url);
	});

	it.each([
		['a picture', file],
		['with a caption', { ...file, caption: plain('a cat 🐈 at https://a.org') }],
		['with a formatted caption', { ...file, caption: richText('so bold', [{ kind: 'bold', start: 3, end: 7 }]) }],
		[
			'a voice message',
			{ ...file, mediaKind: 'audio', mime: 'audio/ogg', width: null, height: null, durationMs: 1500, name: 'v.ogg' },
		],
		['any file', { ...file, mediaKind: 'file', mime: 'application/zip', width: null, height: null, name: 'a & b.zip' }],
	] satisfies [string, MediaContent][])('are read back as what they were: %s', (_, content) => {
		expect(back(content)?.content).toEqual(content);
		const answer = back(content, target);
		expect(answer?.content).toEqual(content);
		expect(answer?.replyTo?.ids).toEqual(target.ids);
	});

	it('any caption arrives without address and quote', () => {
		const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== '');
		fc.assert(
			fc.property(words, fc.boolean(), (text, answers) => {
				fc.pre(!text.startsWith('/me '));
				const content = back({ ...file, caption: plain(text) }, answers ? target : null)?.content;
				expect(content?.kind === 'media' ? content.caption?.text : null).toBe(text);
			}),
		);
	});
});
