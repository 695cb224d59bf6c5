/** Words of the server, history pages, catch-up. */
import { afterEach, describe, expect, it } from 'vitest';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteId, type RemoteMessageId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { inRoom as standIn, label, messagesOf, room, send, tagged } from './testing/acts.ts';
import { type Scene, scene } from './testing/harness.ts';

let now: Scene;
afterEach(() => now.close());
const inRoom = (caps?: readonly string[], isupport?: string) => standIn(now, caps, isupport);
const messages = () => messagesOf(now);

describe('the server', () => {
	it('words of all kinds reach the account, with place and level', async () => {
		now = await scene();
		const link = await inRoom();
		link.send(
			':s 375 alice :- motd -',
			':s 372 alice :- Welcome',
			':s 376 alice :End',
			':s NOTICE alice :*** maintenance at noon',
			':s 404 alice #a :Cannot send',
			':s WARN REHASH CERTS_EXPIRED :certificate expired',
			':s FAIL NICK RESERVED :that is reserved',
			':s 251 alice :There are 3 users',
		);
		const words = () =>
			now.context.of('server-text').map((event) => [event.level, event.text, event.conversation, event.code]);
		await now.context.waitFor('all words', () => words().length >= 6);
		const all = words();
		expect(all).toContainEqual(['motd', '- Welcome', null, null]);
		expect(all).toContainEqual(['notice', '*** maintenance at noon', null, null]);
		expect(all).toContainEqual(['error', '#a Cannot send', '#a', '404']);
		expect(all).toContainEqual(['notice', 'certificate expired', null, 'REHASH CERTS_EXPIRED']);
		expect(all).toContainEqual(['error', 'that is reserved', null, 'NICK RESERVED']);
		expect(all).toContainEqual(['info', 'There are 3 users', null, '251']);
	});

	it('WHOIS is one answer', async () => {
		now = await scene();
		const link = await inRoom();
		await now.adapter.perform({ type: 'whois', user: 'bob', conversation: null });
		await link.until(/^WHOIS bob bob$/);
		link.send(
			':s 311 alice bob b host.test * :Bob B',
			':s 319 alice bob :@#a #b',
			':s 301 alice bob :lunch',
			':s 330 alice bob bobby :is logged in as',
			':s 317 alice bob 42 1700000000 :idle',
			':s 318 alice bob :End',
		);
		const answer = await now.context.event('server-text', (event) => event.reply && event.code === 'whois');
		expect(answer.text.split('\n')).toEqual([
			'bob (b@host.test): Bob B',
			'account: bobby',
			'channels: @#a #b',
			'away: lunch',
			'idle: 42 s',
			'signed on: 2023-11-14T22:13:20.000Z',
		]);
	});

	it('LIST streams while the server is still listing', async () => {
		now = await scene();
		const { link } = await now.online([]);
		const directory = now.adapter.directory;
		if (directory === undefined) throw new Error('no directory');
		const stream = directory.rooms('', AbortSignal.timeout(5000))[Symbol.asyncIterator]();
		const first = stream.next();
		await link.until(/^LIST/);
		link.send(
			':s 321 alice Channel :Users Name',
			...Array.from({ length: 120 }, (_, index) => `:s 322 alice #room${index} ${index} :[+nt] topic ${index}`),
		);
		const chunk = (await first).value as readonly { joinName: string; topic: string }[];
		expect(chunk[0]).toMatchObject({ joinName: '#room0', topic: 'topic 0', members: 0 });
		link.send(':s 323 alice :End');
		let total = chunk.length;
		for (let next = await stream.next(); next.done !== true; next = await stream.next()) total += next.value.length;
		expect(total).toBe(120);
	});

	it('a read marker from another device is an event', async () => {
		now = await scene();
		const link = await inRoom([...tagged, 'draft/read-marker']);
		link.send(':s MARKREAD #a timestamp=2026-01-02T03:04:05.000Z', ':s MARKREAD #a *');
		expect(await now.context.event('read-marker')).toMatchObject({
			conversation: '#a',
			time: Date.UTC(2026, 0, 2, 3, 4, 5),
		});
	});
});

describe('history', () => {
	const caps = [...tagged, 'draft/chathistory', 'draft/event-playback', 'draft/multiline=max-bytes=4096'];
	const isupport = 'CHATHISTORY=50 MSGREFTYPES=msgid,timestamp CASEMAPPING=ascii PREFIX=(ov)@+';

	it('a page brings messages, multiline, reactions and events in order of time', async () => {
		now = await scene();
		const link = await inRoom(caps, isupport);
		const history = now.adapter.history;
		if (history === undefined) throw new Error('no history');
		const page = history.page(
			{
				conversation: room,
				direction: 'backward',
				token: null,
				anchor: { ids: [remoteId('server', 'm9')], time: 0 },
				limit: 10,
			},
			AbortSignal.timeout(5000),
		);
		const line = await link.until(/CHATHISTORY/);
		expect(line).toMatch(/CHATHISTORY BEFORE #a msgid=m9 10$/);
		link.send(
			`@label=${label(line)} BATCH +h chathistory #a`,
			'@batch=h;time=2026-01-01T00:00:01.000Z;msgid=1 :bob!b@h PRIVMSG #a :first',
			'@batch=h;time=2026-01-01T00:00:02.000Z;msgid=2 :bob!b@h BATCH +i draft/multiline #a',
			'@batch=i :bob!b@h PRIVMSG #a :second',
			'@batch=i :bob!b@h PRIVMSG #a :line',
			'BATCH -i',
			'@batch=h;time=2026-01-01T00:00:03.000Z;msgid=3 :carol!c@h JOIN #a',
			'@batch=h;time=2026-01-01T00:00:04.000Z;msgid=4;+draft/reply=1;+draft/react=x :bob!b@h TAGMSG #a',
			'@batch=h;time=2026-01-01T00:00:05.000Z;msgid=5 :carol!c@h QUIT :bye',
			'BATCH -h',
		);
		const { events, next, reachedEnd } = await page;
		expect(
			events.map((event) =>
				event.type === 'message' ? plainBody(event.message.content) || event.message.content.kind : event.type,
			),
		).toEqual(['first', 'second\nline', 'system', 'reaction', 'system']);
		expect(reachedEnd).toBe(false);
		expect(next).toBe(JSON.stringify(['1', Date.UTC(2026, 0, 1, 0, 0, 1)]));
		expect(messages()).toEqual([]);
		const end = history.page(
			{ conversation: room, direction: 'backward', token: next, anchor: null, limit: 10 },
			AbortSignal.timeout(5000),
		);
		const again = await link.until(/CHATHISTORY BEFORE #a msgid=1 10/);
		link.send(`@label=${label(again)} BATCH +e chathistory #a`, 'BATCH -e');
		expect(await end).toEqual({ events: [], next: null, reachedEnd: true });
	});

	it('a refusal is a typed error, a broken link too', async () => {
		now = await scene();
		const link = await inRoom(caps, isupport);
		const ask = () =>
			now.adapter.history?.page(
				{ conversation: room, direction: 'backward', token: null, anchor: null, limit: 10 },
				AbortSignal.timeout(5000),
			);
		const refused = ask();
		link.send(
			`@label=${label(await link.until(/CHATHISTORY LATEST #a \*/))} :s FAIL CHATHISTORY INVALID_TARGET LATEST #a :no`,
		);
		await expect(refused).rejects.toMatchObject({ error: { code: 'no-such-room' } });
		const broken = ask();
		await link.until(/CHATHISTORY/);
		link.cut();
		await expect(broken).rejects.toMatchObject({ error: { source: 'network' } });
	});

	it('catch-up: what was missed comes as catch-up, a hole as a gap, nothing twice', async () => {
		now = await scene();
		now.remains.joined.set(room, 'channel');
		now.remains.messages.set(room, [
			{
				ids: [{ kind: 'server', value: 'known' as RemoteMessageId }],
				sender: { remoteId: 'bob' as never, name: 'bob', strength: 'session' },
				own: false,
				txnId: null,
				content: { kind: 'text', body: plain('known') },
				time: Date.UTC(2026, 0, 1),
				mention: false,
				encrypted: false,
				replyTo: null,
				threadRoot: null,
			},
		]);
		const { link } = await now.online(caps, 'CHATHISTORY=3 CASEMAPPING=ascii PREFIX=(ov)@+');
		await link.until(/^JOIN #a/);
		link.send(':alice!a@host JOIN #a', ':s 353 alice = #a :alice', ':s 366 alice #a :End');
		const line = await link.until(/CHATHISTORY LATEST #a timestamp=2025-12-31T23:59:59.999Z 3/);
		link.send(
			`@label=${label(line)} BATCH +h chathistory #a`,
			...[7, 8, 9].map((id) => `@batch=h;msgid=${id};time=2026-01-02T00:00:0${id}.000Z :bob!b@h PRIVMSG #a :m${id}`),
			'BATCH -h',
		);
		await now.context.waitFor('the missed', () => messages().length === 3);
		const batch = now.context.batches.find((candidate) => candidate.events.some((event) => event.type === 'message'));
		expect(batch?.origin).toBe('catchup');
		expect(batch?.events[0]).toMatchObject({ type: 'gap', conversation: '#a', fillable: true });
	});

	it('proves what became of a message sent before a crash', async () => {
		now = await scene();
		const link = await inRoom(caps, isupport);
		const ask = (text: string) => now.adapter.outcomeOf?.(send(text), Date.UTC(2026, 0, 2));
		const found = ask('did it go?');
		const line = await link.until(/CHATHISTORY AFTER #a timestamp=2026-01-01T23:59:00.000Z/);
		link.send(
			`@label=${label(line)} BATCH +h chathistory #a`,
			'@batch=h;msgid=7;time=2026-01-02T00:00:00.000Z :alice!a@host PRIVMSG #a :did it go?',
			'BATCH -h',
		);
		expect(await found).toMatchObject({ kind: 'accepted', ids: [{ value: '7' }] });
		const missing = ask('and this?');
		link.send(`@label=${label(await link.until(/CHATHISTORY AFTER/))} BATCH +i chathistory #a`, 'BATCH -i');
		link.send(
			`@label=${label(await link.until(/CHATHISTORY BEFORE #a timestamp=2026-01-02T00:00:00.000Z 1/))} BATCH +j chathistory #a`,
			'@batch=j;msgid=1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #a :long ago',
			'BATCH -j',
		);
		expect(await missing).toBe('not-sent');
		// A server that forgot everything when it restarted proves nothing.
		const forgotten = ask('or this?');
		link.send(`@label=${label(await link.until(/CHATHISTORY AFTER/))} BATCH +k chathistory #a`, 'BATCH -k');
		link.send(`@label=${label(await link.until(/CHATHISTORY BEFORE/))} BATCH +l chathistory #a`, 'BATCH -l');
		expect(await forgotten).toBe('unknown');
		expect(
			await now.adapter.outcomeOf?.(
				{ type: 'leave', conversation: remoteConversationId('bob'), reason: null, forget: false },
				0,
			),
		).toBe('unknown');
	});
});
