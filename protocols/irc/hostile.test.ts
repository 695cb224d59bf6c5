/** Lines no honest server sends, and floods: nothing crashes, nothing grows without limit, what follows still arrives. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import type { AdapterAction } from '../adapter/actions.ts';
import { type Scene, scene } from './testing/harness.ts';

let now: Scene;
afterEach(() => now.close());

const room = remoteConversationId('#a');
const modern = [
	'message-tags',
	'server-time',
	'batch',
	'echo-message',
	'labeled-response',
	'draft/chathistory',
	'draft/multiline=max-bytes=4096',
];
const joinA = [':alice!a@host JOIN #a', ':s 353 alice = #a :@alice bob', ':s 366 alice #a :End'] as const;
const texts = (): string[] =>
	now.context
		.of('message')
		.map((event) => plainBody(event.message.content))
		.filter((text) => text !== '');

/** Lines too short, too strange or out of place for their handlers. */
const malformed = [
	':',
	'@',
	'@a',
	' ',
	':x',
	'@time=x :x',
	'PRIVMSG',
	':bob!b@h PRIVMSG',
	':bob!b@h PRIVMSG #a',
	':bob!b@h PRIVMSG alice',
	'PRIVMSG #a :nobody',
	':bob!b@h NOTICE',
	':bob!b@h TAGMSG',
	'@+typing=active :bob!b@h TAGMSG',
	'@+draft/react=x :bob!b@h TAGMSG #a',
	':bob!b@h REDACT #a',
	':bob!b@h JOIN',
	':bob!b@h JOIN :',
	'JOIN #a',
	':bob!b@h PART',
	':bob!b@h PART #nowhere',
	':bob!b@h KICK #a',
	':bob!b@h KICK',
	':bob!b@h NICK',
	':bob!b@h NICK :',
	'QUIT',
	':s 005',
	':s 005 alice',
	':s 005 alice CHANMODES CLIENTTAGDENY PREFIX CHANTYPES STATUSMSG CASEMAPPING MODES=x NICKLEN=-1 :x',
	':s 005 alice PREFIX=(ov :x',
	':s 005 alice PREFIX=(ov)@+ CHANTYPES=# CASEMAPPING=ascii :x',
	':s 001',
	':s 332',
	':s 332 alice',
	':s 333 alice #a',
	':s 324 alice #a',
	':s 353',
	':s 353 alice',
	':s 353 alice = #a',
	':s 353 alice = #zzz :a b',
	':s 366',
	':s 366 alice',
	':s 352 alice',
	':s 354 alice 152',
	':s 315',
	':s 301',
	':s 303',
	':s 311',
	':s 317 alice',
	':s 318',
	':s 322',
	':s 323',
	':s 367',
	':s 368',
	':s 372',
	':s 376',
	':s 396',
	':s 401',
	':s 433',
	':s 730',
	':s 731 alice',
	':s 900',
	':s 900 alice',
	':s 904',
	'MODE',
	':bob!b@h MODE #a',
	':bob!b@h MODE #a +ooooovvvvkkk',
	':bob!b@h MODE #a -+-+-+',
	'TOPIC',
	':bob!b@h TOPIC #a',
	'INVITE',
	':bob!b@h INVITE alice',
	':bob!b@h RENAME #a',
	'ACCOUNT',
	':bob!b@h ACCOUNT',
	'AWAY',
	'CHGHOST',
	':bob!b@h CHGHOST x',
	'SETNAME',
	'BATCH',
	'BATCH +',
	'BATCH -nope',
	'BATCH +x',
	'BATCH -x',
	'CAP',
	'CAP alice',
	'CAP alice ACK',
	'CAP alice NEW',
	'CAP alice NAK :',
	'AUTHENTICATE',
	'FAIL',
	'FAIL CHATHISTORY',
	'WARN * X',
	'NOTE',
	'MARKREAD',
	'MARKREAD #a',
	'MARKREAD #a timestamp=never',
	'PING',
	'PONG',
	'ACK',
	'@label=nobody ACK',
	':s 999 alice :?',
	'\x01\x02\x03',
	':__proto__!constructor@toString PRIVMSG #a :proto',
	':\u202e!x@y PRIVMSG #a :bidi',
];

describe('a hostile server', () => {
	it('sends every malformed line; the next message still arrives and nothing is doubled', async () => {
		now = await scene();
		const { link } = await now.online(modern);
		link.send(...joinA);
		for (const line of malformed) link.send(line);
		link.send(':bob!b@h PRIVMSG #a :still here');
		await now.context.waitFor('the message after', () => texts().includes('still here'));
		expect(texts().filter((text) => text === 'still here')).toHaveLength(1);
		expect(texts().filter((text) => text === 'proto')).toHaveLength(1);
	});

	it('sends random lines', async () => {
		now = await scene();
		const { link } = await now.online(modern);
		link.send(...joinA);
		const piece = fc.constantFrom(
			'PRIVMSG',
			'JOIN',
			'BATCH',
			'#a',
			'alice',
			'bob',
			':',
			'@',
			'+x',
			'-x',
			'x',
			'353',
			'005',
			'366',
			'\x01',
			'=',
			';',
			'label=1',
			'é',
			'',
			' ',
			'MODE',
			'CAP',
			'NEW',
		);
		const line = fc
			.tuple(
				fc.option(fc.constantFrom('@batch=x ', '@label=1 ', '@time=1 ', '@msgid= ')),
				fc.constantFrom(':bob!b@h ', ':alice!a@h ', ':s ', ''),
				fc.array(piece, { maxLength: 8 }),
			)
			.map(([tags, source, words]) => `${tags ?? ''}${source}${words.join(' ')}`);
		// Nothing that ends the session on purpose.
		for (const text of fc.sample(line, 3000)) if (!/ERROR|KICK|QUIT/.test(text)) link.send(text);
		link.send('BATCH -x', ':carol!c@h PRIVMSG alice :after the storm');
		await now.context.waitFor('the message after', () => texts().includes('after the storm'));
	});

	it.each([
		['20 MiB without an end', Buffer.alloc(20 * 1024 * 1024, 'a')],
		['a line just over the cap', Buffer.from(`:bob!b@h PRIVMSG #a :${'x'.repeat(17_000)}\r\n`)],
	])('sends %s: a typed end', async (_what, bytes) => {
		now = await scene();
		const { link, end } = await now.online();
		link.sendBytes(bytes);
		expect(await end).toMatchObject({ kind: 'failed', error: { code: 'oversized' } });
	});

	it('sends Latin-1 in the middle of UTF-8', async () => {
		now = await scene();
		const { link } = await now.online();
		link.send(...joinA);
		link.sendBytes(Buffer.from(':bob!b@h PRIVMSG #a :caf\u00e9 \u0080\r\n', 'latin1'));
		link.send(':bob!b@h PRIVMSG #a :schön 漢字');
		await now.context.waitFor('both', () => texts().length === 2);
		expect(texts()).toEqual(['café €', 'schön 漢字']);
	});

	it('floods: every message once and in order, in bounded batches', async () => {
		now = await scene();
		const { link } = await now.online(modern);
		link.send(...joinA);
		const count = 5000;
		const lines: string[] = [];
		for (let index = 0; index < count; index++) lines.push(`@msgid=${index} :bob!b@h PRIVMSG #a :${index}`);
		link.send(...lines, 'PING :flooded');
		await link.until(/^PONG flooded/);
		await now.context.waitFor('the last message', () => now.context.of('message').length >= count);
		expect(texts()).toEqual(Array.from({ length: count }, (_, index) => String(index)));
		expect(Math.max(...now.context.batches.map((batch) => batch.events.length))).toBeLessThanOrEqual(2100);
	}, 60_000);

	it('splits the net: one member change for a thousand quits', async () => {
		now = await scene();
		const { link } = await now.online(modern);
		const nicks = Array.from({ length: 1000 }, (_, index) => `user${index}`);
		link.send(joinA[0]);
		for (let at = 0; at < 1000; at += 100) link.send(`:s 353 alice = #a :${nicks.slice(at, at + 100).join(' ')} alice`);
		link.send(joinA[2]);
		await now.context.event('members-snapshot', (event) => event.members.length === 1001);
		link.send(
			'BATCH +n netsplit a.test b.test',
			...nicks.map((nick) => `@batch=n :${nick}!u@h QUIT :a.test b.test`),
			'BATCH -n',
		);
		await now.context.waitFor('everybody gone', () =>
			now.context.of('members-delta').some((event) => event.remove.length === 1000),
		);
		expect(now.context.of('message').filter((event) => event.message.content.kind === 'system')).toHaveLength(1000);
	});

	it('asks CTCP without end: few answers, none for a channel, none to ourselves', async () => {
		now = await scene();
		const { link } = await now.online(modern);
		link.send(...joinA);
		for (let index = 0; index < 200; index++) link.send(':bob!b@h PRIVMSG alice :\x01VERSION\x01');
		for (let index = 0; index < 5; index++)
			link.send(':bob!b@h PRIVMSG #a :\x01VERSION\x01', ':alice!a@host PRIVMSG alice :\x01VERSION\x01');
		link.send(':bob!b@h PRIVMSG alice :\x01PING a b\x01', 'PING :end');
		await link.until(/^PONG end/);
		const answers = link.lines.filter((line) => line.startsWith('NOTICE'));
		expect(answers.length).toBeGreaterThan(0);
		expect(answers.length).toBeLessThanOrEqual(3);
		expect(answers[0]).toBe('NOTICE bob :\x01VERSION Parley 0.0.0-test\x01');
	});
});

describe('hostile input of our own side', () => {
	const evil = fc.string({
		unit: fc.constantFrom('\r', '\n', '\0', ' ', ':', 'a', '#', ',', '\x01', '@', 'QUIT', '\r\nQUIT :x', '😀'),
		maxLength: 8,
	});

	it('never becomes a line of its own', async () => {
		now = await scene();
		const { link } = await now.online([
			'message-tags',
			'draft/message-redaction',
			'draft/channel-rename',
			'draft/read-marker',
		]);
		link.send(...joinA);
		await now.context.event('members-snapshot');
		const target = (text: string) => ({
			ids: [{ kind: 'server' as const, value: text as never }],
			sender: text as never,
			senderName: text,
			text,
			time: 0,
		});
		const build = (kind: number, text: string): AdapterAction => {
			const list: readonly AdapterAction[] = [
				{
					type: 'send',
					txnId: txnId('t'),
					conversation: room,
					content: { kind: 'text', body: plain(text) },
					replyTo: target(text),
					threadRoot: null,
				},
				{
					type: 'send',
					txnId: txnId('t'),
					conversation: text as never,
					content: { kind: 'emote', body: plain(text) },
					replyTo: null,
					threadRoot: null,
				},
				{ type: 'set-topic', conversation: room, topic: text },
				{ type: 'kick', conversation: room, user: text, reason: text },
				{ type: 'ban', conversation: room, user: text, reason: text },
				{ type: 'invite', conversation: room, user: text, reason: text },
				{ type: 'join', name: text, password: text },
				{ type: 'set-room-name', conversation: room, name: text },
				{ type: 'presence', presence: { availability: 'away', statusText: text } },
				{ type: 'set-display-name', name: text },
				{ type: 'whois', user: text, conversation: null },
				{ type: 'open-direct', user: text },
				{ type: 'contact-add', user: text, name: text, groups: [text], message: text },
				{ type: 'remove', txnId: txnId('t'), conversation: room, target: target(text), reason: text },
				{
					type: 'react',
					txnId: txnId('t'),
					conversation: room,
					target: target(text),
					keys: [text],
					added: text,
					removed: null,
				},
				{ type: 'mark-read', conversation: text as never, upTo: target(text), visible: true },
				{ type: 'typing', conversation: text as never, state: 'active' },
				{ type: 'slash', name: 'notice', args: text, conversation: room },
				{ type: 'slash', name: 'mode', args: text, conversation: room },
				{ type: 'slash', name: 'op', args: text, conversation: room },
				{ type: 'slash', name: 'ctcp', args: text, conversation: room },
				{ type: 'slash', name: 'ns', args: text, conversation: room },
				{ type: 'slash', name: 'knock', args: text, conversation: room },
				{ type: 'slash', name: 'oper', args: text, conversation: room },
				{ type: 'slash', name: 'who', args: text, conversation: room },
				{ type: 'raw', text: `PRIVMSG #a :${text}` },
			];
			return list[kind % list.length] ?? { type: 'raw', text: '' };
		};
		const allowed =
			/^(?:@\S+ )?(?:CAP|NICK|USER|PASS|PRIVMSG|NOTICE|TAGMSG|TOPIC|KICK|MODE|INVITE|JOIN|PART|RENAME|AWAY|WHOIS|WHO|ISON|REDACT|MARKREAD|KNOCK|OPER|PING|PONG)(?: |$)/;
		const cases = fc.sample(fc.tuple(fc.nat(1000), evil), 600);
		// Outcomes that wait for an answer stay open; what counts is what was written.
		for (const [kind, text] of cases) void now.adapter.perform(build(kind, text));
		link.send('PING :done');
		await link.until(/^PONG done/);
		for (const line of link.lines) expect(line).toMatch(allowed);
	});
});
