/** The upload service's answers, as a hostile or an ordinary server gives them. */
import { describe, expect, it } from 'vitest';
import { ChatException } from '../model/errors.ts';
import { remoteConversationId } from '../model/ids.ts';
import { FakeClock } from '../testkit/fake-clock.ts';
import { AccountRemains, TestContext } from '../testkit/test-context.ts';
import { systemRandom } from '../adapter/system.ts';
import { bestServer, directCapabilities, roomCapabilities, bestRoom } from './capabilities.ts';
import { Files } from './files.ts';
import { IqTracker } from './iq-tracker.ts';
import { attr, type Element } from './stanza.ts';
import { jid, xml } from './testing/scripted-rooms.ts';
import { requestSlot, uploadLimit } from './xep/0363-http-upload.ts';

const service = 'upload.home.org';
const never = new AbortController().signal;

/** A service that gives every request the same answer. */
function scripted(answer: string, type: 'result' | 'error' = 'result') {
	const asked: Element[] = [];
	const iq: IqTracker = new IqTracker(new FakeClock(), systemRandom, (request) => {
		asked.push(request);
		const id = attr(request, 'id') ?? '';
		iq.accept(
			xml(`<iq xmlns='jabber:client' type='${type}' id='${id}' from='${attr(request, 'to') ?? ''}'>${answer}</iq>`),
		);
	});
	iq.self = jid('me@home.org/parley');
	return { iq, asked };
}
const slot = (put: string, get: string, headers = ''): string =>
	`<slot xmlns='urn:xmpp:http:upload:0'><put url='${put}'>${headers}</put><get url='${get}'/></slot>`;
const refusal = (condition: string, more = ''): string =>
	`<error type='modify'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>${more}</error>`;
const file = { name: 'a.png', mime: 'image/png', size: 10 };
const files = (): Files => new Files(new TestContext(new AccountRemains('me@home.org', {}, {})), 'home.org', []);
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
	work.then(
		() => 'no error',
		(thrown: unknown) => (thrown instanceof ChatException ? thrown.error : thrown),
	);
const request = { ...file, conversation: remoteConversationId('a@b.org'), progress: () => undefined };
const neverOpened = (): AsyncIterable<Uint8Array> => {
	throw new Error('no byte may be read');
};

describe('slots (XEP-0363)', () => {
	it('only the allowed headers are sent, none of them with a second line', async () => {
		const header = (name: string, value: string): string => `<header name='${name}'>${value}</header>`;
		const headers = [
			header('Authorization', 'Basic x&#13;&#10;Host: evil.org'),
			header('cookie', 'a=b'),
			header('Expires', 'never'),
			header('Host', 'evil.org'),
			header('Content-Length', '0'),
			header('Cookie', 'wörd 🎉'),
		];
		const { iq } = scripted(slot('https://u.org/p', 'https://u.org/g', headers.join('')));
		expect((await requestSlot(iq, service, file, {})).headers).toEqual([
			['Authorization', 'Basic xHost: evil.org'],
			['cookie', 'a=b'],
			['Expires', 'never'],
		]);
	});

	it.each([
		['http://u.org/p', 'https://u.org/g'],
		['https://u.org/p', 'http://u.org/g'],
		['file:///etc/passwd', 'https://u.org/g'],
		['https://u.org:25/p', 'https://u.org/g'],
		['', ''],
	])('addresses that may not be used: %s and %s', async (put, get) => {
		const { iq } = scripted(slot(put, get));
		expect(await codeOf(requestSlot(iq, service, file, {}))).toMatchObject({ code: 'protocol-violation' });
	});

	it.each([
		['52428800', 52_428_800],
		['-1', null],
		['lots', null],
	])('a limit of %s', (text, limit) => {
		const form = { type: 'urn:xmpp:http:upload:0', fields: new Map([['max-file-size', [text]]]) };
		expect(uploadLimit({ identities: [], features: new Set(), forms: [form] })).toBe(limit);
	});
});

describe('uploads', () => {
	it.each([
		[
			'not-acceptable',
			`<file-too-large xmlns='urn:xmpp:http:upload:0'/>`,
			{ code: 'oversized', params: { limit: '100' } },
		],
		['not-acceptable', '', { code: 'not-allowed' }],
		['forbidden', '', { code: 'not-allowed' }],
		['resource-constraint', '', { code: 'not-allowed', params: { reason: 'quota' }, retry: 'never' }],
		['service-unavailable', '', { code: 'unsupported' }],
	])('refused with %s %s', async (condition, more, expected) => {
		const { iq } = scripted(refusal(condition, more), 'error');
		const mine = files();
		await mine.use({ jid: service, maxBytes: 100 }, iq);
		expect(await codeOf(mine.upload(iq, { ...request, open: neverOpened }, never))).toMatchObject(expected);
	});

	it('too large by the limit the service named: it is not even asked', async () => {
		const { iq, asked } = scripted(slot('https://u.org/p', 'https://u.org/g'));
		const mine = files();
		await mine.use({ jid: service, maxBytes: 9 }, iq);
		const before = asked.length;
		expect(await codeOf(mine.upload(iq, { ...request, open: neverOpened }, never))).toMatchObject({
			code: 'oversized',
			params: { limit: '9' },
		});
		expect(asked).toHaveLength(before);
	});

	it('no service, no upload', async () => {
		const { iq } = scripted('');
		expect(await codeOf(files().upload(iq, { ...request, open: neverOpened }, never))).toMatchObject({
			code: 'unsupported',
		});
	});
});

describe("the server's own hosts", () => {
	it('are learnt once, kept, and forgotten with the service', async () => {
		const context = new TestContext(new AccountRemains('me@home.org', {}, {}));
		const first = scripted(slot('https://put.cdn.org/p', 'https://get.cdn.org:5281/g'));
		const mine = new Files(context, 'home.org', []);
		await mine.use({ jid: service, maxBytes: null }, first.iq);
		const own = (of: Files): boolean[] =>
			['https://get.cdn.org:5281/x', 'https://get.cdn.org/x', 'https://home.org/x', `https://${service}/x`].map((url) =>
				of.isOwn(new URL(url)),
			);
		expect(own(mine)).toEqual([true, false, true, true]);
		const later = new Files(context, 'home.org', []);
		await later.use({ jid: service, maxBytes: null }, first.iq);
		expect(own(later)).toEqual([true, false, true, true]);
		expect(first.asked).toHaveLength(1);
		await later.use({ jid: 'new.home.org', maxBytes: null }, scripted(refusal('forbidden'), 'error').iq);
		expect(own(later)).toEqual([false, false, true, false]);
	});

	it('nothing in the local network is asked because a message says so', async () => {
		for (const url of ['https://127.0.0.1/', 'https://localhost:8443/', 'https://[::1]/', 'https://192.168.1.1/'])
			expect(await codeOf(files().download(url, never))).toMatchObject({ code: 'not-allowed' });
		expect(await codeOf(files().download('http://example.org/', never))).toMatchObject({ code: 'bad-input' });
	});
});

describe('capabilities', () => {
	it('say what the server and the room allow', () => {
		const without = { ...bestServer, upload: null };
		const limited = { ...bestServer, upload: { maxBytes: 7 } };
		expect(directCapabilities(without, null).attachments).toEqual({
			level: 'rejected',
			reason: 'server',
			maxBytes: null,
		});
		expect(directCapabilities(limited, null).attachments).toEqual({ level: 'full', reason: null, maxBytes: 7 });
		expect(roomCapabilities(limited, { ...bestRoom, role: 'visitor' }).attachments).toEqual({
			level: 'rejected',
			reason: 'room',
			maxBytes: null,
		});
	});
});
