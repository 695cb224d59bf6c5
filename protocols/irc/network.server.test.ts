/** What people do on real networks, and what happens when these are slow, restart or speak an old dialect. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type ErgoServer, ergo } from '../../e2e/servers/ergo.ts';
import { inspircd } from '../../e2e/servers/inspircd.ts';
import { ngircd } from '../../e2e/servers/ngircd.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { TestServer } from '../../e2e/servers/server.ts';
import type { AdapterAction } from '../adapter/actions.ts';
import type { RemoteMessage } from '../adapter/events.ts';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { LiveClient } from './testing/live-client.ts';

/** A client that its test stops itself. */
const own = (settings: object, secrets: Record<string, string> = {}): LiveClient =>
	new LiveClient({ tls: false, host: '127.0.0.1', ...settings }, secrets);
const clients: LiveClient[] = [];
const client = (...args: Parameters<typeof own>): LiveClient => {
	const made = own(...args);
	clients.push(made);
	return made;
};
afterEach(async () => {
	for (const made of clients.splice(0)) await made.stop();
});

const targetOf = (message: RemoteMessage) => ({
	ids: message.ids,
	sender: message.sender.remoteId,
	senderName: message.sender.name,
	text: plainBody(message.content),
	time: message.time,
});

await describeWithServers('Ergo', [ergo], () => {
	let server: ErgoServer;
	let rooms = 0;
	beforeAll(async () => {
		server = await ergo.start();
		for (const name of ['alice', 'bob']) await server.createUser(name, `secret-of-${name}`);
	});
	afterAll(() => server.stop());
	const account = (nick: string, over: object = {}): LiveClient =>
		client({ port: server.ports.plain, nick, account: nick, ...over }, { password: `secret-of-${nick}` });
	const meet = async () => {
		const alice = await account('alice').online();
		const bob = await account('bob').online();
		const room = `#room${rooms++}`;
		await alice.join(room);
		await bob.join(room);
		return { alice, bob, room, id: remoteConversationId(room) };
	};

	it('reply, reaction, its removal and redaction reach the other', async () => {
		const { alice, bob, room, id } = await meet();
		await alice.send(room, 'question?');
		const question = await bob.got(room, 'question?');
		const reply: AdapterAction = {
			type: 'send',
			txnId: txnId('r'),
			conversation: id,
			content: { kind: 'text', body: plain('answer') },
			replyTo: targetOf(question),
			threadRoot: null,
		};
		expect((await bob.do(reply)).kind).toBe('accepted');
		expect((await alice.got(room, 'answer')).replyTo?.ids).toEqual(question.ids);
		const react = { type: 'react', txnId: txnId('x'), conversation: id, target: targetOf(question) } as const;
		expect((await bob.do({ ...react, keys: ['👍'], added: '👍', removed: null })).kind).toBe('accepted');
		expect(await alice.context.event('reaction', (event) => event.op === 'add')).toMatchObject({
			keys: ['👍'],
			target: question.ids,
			own: false,
		});
		expect((await bob.do({ ...react, keys: [], added: null, removed: { key: '👍', ids: [] } })).kind).toBe('accepted');
		await alice.context.event('reaction', (event) => event.op === 'remove');
		const remove = {
			type: 'remove',
			txnId: txnId('d'),
			conversation: id,
			target: targetOf(question),
			reason: 'typo',
		} as const;
		expect((await bob.do(remove)).kind).toBe('rejected');
		expect(await alice.do(remove)).toMatchObject({ kind: 'accepted' });
		expect(await bob.context.event('message-removed')).toMatchObject({ target: question.ids, reason: 'typo' });
	});

	it('multiline arrives as one message, and comes back from history as one', async () => {
		const { alice, bob, room, id } = await meet();
		const text = 'first line\n\nthird, after a blank one\n    fourth, indented';
		expect((await alice.send(room, text)).kind).toBe('accepted');
		await bob.got(room, text);
		const page = await bob.adapter.history?.page(
			{ conversation: id, direction: 'backward', token: null, anchor: null, limit: 20 },
			AbortSignal.timeout(10_000),
		);
		const texts = page?.events.flatMap((event) => (event.type === 'message' ? [plainBody(event.message.content)] : []));
		expect(texts).toContain(text);
	});

	it('multiline: a line too long for one, and more than one batch may hold', async () => {
		const { alice, bob, room } = await meet();
		const long = `${'a long sentence of words '.repeat(40)}end`;
		expect((await alice.send(room, `${long}\nand a short one`)).kind).toBe('accepted');
		await bob.got(room, `${long}\nand a short one`);
		// The server says max-bytes=4096.
		const lines = Array.from({ length: 30 }, (_, index) => `${index} ${'x'.repeat(200)}`);
		const outcome = await alice.send(room, lines.join('\n'));
		expect(outcome).toMatchObject({ kind: 'accepted', ids: [{ kind: 'server' }, { kind: 'server' }] });
		const got = () =>
			bob.context
				.messagesOf(remoteConversationId(room))
				.filter((message) => plainBody(message.content).includes('xxx'));
		await bob.context.waitFor('both parts', () => got().length === 2);
		expect(
			got()
				.map((message) => plainBody(message.content))
				.join('\n'),
		).toBe(lines.join('\n'));
	});

	it('after a break: what went out as a batch is found again, and not sent twice', async () => {
		const { alice, room, id } = await meet();
		const content = { kind: 'text', body: plain('one\n\ntwo') } as const;
		const action: AdapterAction = {
			type: 'send',
			txnId: txnId('m'),
			conversation: id,
			content,
			replyTo: null,
			threadRoot: null,
		};
		const began = alice.context.clock.now();
		const sent = await alice.do(action);
		const ids = sent.kind === 'accepted' ? sent.ids : expect.fail(sent.kind);
		await alice.restart();
		await alice.online();
		await alice.context.waitFor('back', () => alice.adapter.capabilities(id).text.send.level === 'full');
		expect(await alice.adapter.outcomeOf?.(action, began)).toMatchObject({ kind: 'accepted', ids });
		expect(room).toBe(id);
	});

	it('a second client of the same account sees own messages and read markers', async () => {
		const { alice, bob, room, id } = await meet();
		const phone = await account('alice').online();
		await phone.context.event(
			'conversation-upsert',
			(event) => event.conversation.remoteId === id && event.conversation.membership === 'joined',
		);
		await alice.send(room, 'from the desk');
		expect(await phone.got(room, 'from the desk')).toMatchObject({ own: true, txnId: null });
		await bob.send(room, 'read this');
		const message = await alice.got(room, 'read this');
		await alice.do({ type: 'mark-read', conversation: id, upTo: targetOf(message), visible: true });
		const marker = await phone.context.event(
			'read-marker',
			(event) => event.conversation === id && event.time === message.time,
		);
		expect(marker.time).toBe(message.time);
		await bob.send('alice', 'psst');
		await phone.got('bob', 'psst');
		await alice.got('bob', 'psst');
		await alice.send('bob', 'yes?');
		expect(await phone.got('bob', 'yes?')).toMatchObject({ own: true });
	});

	it('contacts: online, away with text, back, offline', async () => {
		const alice = await account('alice').online();
		await alice.do({ type: 'contact-add', user: 'bob', name: 'Bob', groups: [], message: null });
		await alice.context.event('presence', (event) => event.user === 'bob' && event.availability === 'offline');
		const bob = await account('bob').online();
		await alice.context.event('presence', (event) => event.user === 'bob' && event.availability === 'available');
		expect((await bob.do({ type: 'presence', presence: { availability: 'away', statusText: 'at lunch' } })).kind).toBe(
			'accepted',
		);
		await alice.context.event(
			'presence',
			(event) => event.user === 'bob' && event.availability === 'away' && event.statusText === 'at lunch',
		);
		await bob.do({ type: 'presence', presence: { availability: 'available', statusText: '' } });
		await alice.context.waitFor('back', () => alice.context.of('presence').at(-1)?.availability === 'available');
		await bob.stop();
		await alice.context.waitFor('gone', () => alice.context.of('presence').at(-1)?.availability === 'offline');
	});

	it('members carry roles that follow the moderators', async () => {
		const { alice, bob, room, id } = await meet();
		const role = () =>
			bob.context.events
				.flatMap((event) => (event.type === 'members-delta' && event.conversation === id ? event.upsert : []))
				.findLast((member) => member.self)?.role;
		expect((await alice.do({ type: 'set-role', conversation: id, user: 'bob', role: 'moderator' })).kind).toBe(
			'accepted',
		);
		await bob.context.waitFor('moderator', () => role() === 'moderator');
		expect(bob.adapter.capabilities(id).kick.level).toBe('full');
		expect((await alice.do({ type: 'set-role', conversation: id, user: 'bob', role: 'member' })).kind).toBe('accepted');
		await bob.context.waitFor('member', () => role() === 'member');
		expect(await bob.do({ type: 'kick', conversation: id, user: 'alice', reason: null })).toMatchObject({
			kind: 'rejected',
			error: { code: 'not-allowed' },
		});
		expect((await alice.do({ type: 'ban', conversation: id, user: 'bob', reason: 'out' })).kind).toBe('accepted');
		await bob.context.event(
			'conversation-upsert',
			(event) => event.conversation.membership === 'left' && event.conversation.error?.code === 'kicked',
		);
		expect(await bob.do({ type: 'join', name: room, password: null })).toMatchObject({
			kind: 'rejected',
			error: { code: 'banned' },
		});
		expect((await alice.do({ type: 'unban', conversation: id, user: 'bob', reason: null })).kind).toBe('accepted');
	});

	it('a restart of the server: reconnects to the same rooms, and nothing said meanwhile is lost', async () => {
		const { alice, bob, room, id } = await meet();
		await alice.send(room, 'before');
		await bob.got(room, 'before');
		await bob.restart();
		await alice.send(room, 'missed in the room');
		await bob.online();
		await bob.got(room, 'missed in the room');
		const missed = bob.context.batches.find((batch) =>
			batch.events.some(
				(event) => event.type === 'message' && plainBody(event.message.content) === 'missed in the room',
			),
		);
		expect(missed?.origin).toBe('catchup');
		expect(bob.context.messagesOf(id).filter((message) => plainBody(message.content) === 'before')).toHaveLength(1);
		await server.restart();
		expect(await alice.end).toMatchObject({
			kind: 'failed',
			error: { retry: expect.stringMatching(/now|later/) as string },
		});
		await alice.online();
		await alice.context.waitFor('back in the room', () => alice.adapter.capabilities(id).text.send.level === 'full');
	});

	it('a channel where nothing had been said: what was missed arrives, what was before one came does not', async () => {
		const { alice, bob, room, id } = await meet();
		await bob.restart();
		await alice.send(room, 'the first word');
		await bob.online();
		await bob.got(room, 'the first word');
		const carol = await account('bob', { nick: 'carol' }).online();
		await carol.join(room);
		expect(await carol.context.event('gap', (event) => event.conversation === id)).toMatchObject({ fillable: true });
		expect(carol.context.messagesOf(id).map((message) => plainBody(message.content))).not.toContain('the first word');
	});

	it('nick in use by a stranger: another one is taken, and given back later', async () => {
		const holder = await client({ port: server.ports.plain, nick: 'wanted' }).online();
		const late = await client({ port: server.ports.plain, nick: 'wanted' }).online();
		expect(late.context.of('self').at(-1)?.name).toBe('wanted_');
		await late.join('#shared');
		await holder.join('#shared');
		await late.context.event('members-delta', (event) => event.upsert.some((member) => member.remoteId === 'wanted'));
		await holder.stop();
		await late.context.event('self', (event) => event.name === 'wanted');
	});
});

/** Both wait for most of their time, so they wait together. */
await describeWithServers('what takes its time', [ergo, inspircd, ngircd], () => {
	/** More than any server's burst. */
	const texts = Array.from({ length: 14 }, (_, index) => `line ${index}`);

	/** Says all lines at once at the safe pace; everything must arrive in order. */
	const talk = async (server: TestServer): Promise<readonly string[]> => {
		const port = server.ports['plain'] ?? 0;
		const bob = await own({ port, nick: 'bob' }).online();
		await bob.join('#flood');
		const alice = await own({ port, nick: 'alice', pace: 'safe', autojoin: ['#flood'] }).online();
		await alice.context.event('members-snapshot');
		const outcomes = await Promise.all(texts.map((text) => alice.send('#flood', text)));
		for (const outcome of outcomes) expect(['accepted', 'unconfirmed']).toContain(outcome.kind);
		await bob.got('#flood', texts.at(-1) ?? '');
		await alice.stop();
		await bob.stop();
		await server.stop();
		const seen = bob.context.messagesOf(remoteConversationId('#flood'));
		return seen.map((message) => plainBody(message.content)).filter((text) => text.startsWith('line'));
	};

	it.concurrent('default flood limits never cut us off, and nothing is lost', async () => {
		const servers: readonly TestServer[] = [
			await ergo.start({ fakelag: true }),
			await inspircd.start({ services: false, floodLimits: true }),
			await ngircd.start({ maxPenalty: 3 }),
		];
		for (const seen of await Promise.all(servers.map(talk))) expect(seen).toEqual(texts);
	});

	it.concurrent('a frozen server is noticed after waking up', async () => {
		const server = await ergo.start();
		const alice = await own({ port: server.ports.plain, nick: 'alice' }).online();
		server.freeze();
		try {
			alice.adapter.signal?.('wake');
			expect(await alice.end).toMatchObject({ kind: 'failed', error: { code: 'connection-lost', source: 'network' } });
		} finally {
			server.thaw();
			await server.stop();
		}
	});
});

await describeWithServers('InspIRCd', [inspircd], () => {
	it('SILENCE: the server itself drops what a blocked person says, until unblocked', async () => {
		const server = await inspircd.start({ services: false });
		const alice = await client({ port: server.ports.plain, nick: 'alice' }).online();
		expect(alice.context.of('account-capabilities').at(-1)?.capabilities.block.level).toBe('full');
		const eve = await client({ port: server.ports.plain, nick: 'eve', username: 'evil' }).online();
		const user = remoteUserId('eve');
		const heard = () => alice.context.logLines.filter((line) => / PRIVMSG alice /.test(line.text)).length;
		expect((await alice.do({ type: 'block', user })).kind).toBe('accepted');
		await alice.context.waitFor('the silence', () =>
			alice.context.logLines.some((line) => / SILENCE \+/.test(line.text)),
		);
		await eve.send('alice', 'not this');
		expect((await alice.do({ type: 'unblock', user })).kind).toBe('accepted');
		await alice.context.waitFor('its end', () => alice.context.logLines.some((line) => / SILENCE -/.test(line.text)));
		await eve.send('alice', 'but this');
		await alice.got('eve', 'but this');
		expect(heard()).toBe(1);
		// The server forgets at the end of a link; we tell it again.
		await alice.do({ type: 'block', user });
		await alice.restart();
		await alice.online();
		await alice.context.waitFor('the silence again', () =>
			alice.context.logLines.some((line) => line.direction === 'in' && / SILENCE \+/.test(line.text)),
		);
		for (const made of [alice, eve]) await made.stop();
		await server.stop();
	});

	it('replays channel history on joining as catch-up', async () => {
		const server = await inspircd.start({ services: false, history: true });
		const alice = await client({ port: server.ports.plain, nick: 'alice' }).online();
		await alice.join('#h');
		await alice.do({ type: 'slash', name: 'mode', args: '+H 20:1h', conversation: remoteConversationId('#h') });
		await alice.context.event('message', (event) => event.message.content.kind === 'system');
		await alice.send('#h', 'said before');
		const bob = await client({ port: server.ports.plain, nick: 'bob' }).online();
		await bob.join('#h');
		await bob.got('#h', 'said before');
		const batch = bob.context.batches.find((candidate) =>
			candidate.events.some((event) => event.type === 'message' && plainBody(event.message.content) === 'said before'),
		);
		expect(batch?.origin).toBe('catchup');
		await alice.stop();
		await bob.stop();
		await server.stop();
	});
});
