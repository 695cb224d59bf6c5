/* oxlint-disable max-lines -- one server serves all of these */
/** The adapter against a real Synapse; the other side is bare HTTP. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { synapse, type SynapseOptions, type SynapseServer } from '../../e2e/servers/synapse.ts';
import type { AdapterAction } from '../adapter/actions.ts';
import type { LoginStep } from '../adapter/login.ts';
import { systemClock, systemRandom } from '../adapter/system.ts';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { AccountRemains } from '../testkit/test-context.ts';
import { matrixFactory } from './index.ts';
import { PlainClient } from './testing/plain-client.ts';
import { TestSession } from './testing/session-of.ts';

const never = new AbortController().signal;
let count = 0;
const fresh = (name: string): string => `${name}${count++}`;
const room = remoteConversationId;

function sendAction(conversation: string, text: string): AdapterAction {
	return {
		type: 'send',
		txnId: txnId(`txn-${count++}`),
		conversation: room(conversation),
		content: { kind: 'text', body: plain(text) },
		replyTo: null,
		threadRoot: null,
	};
}

const texts = (session: TestSession, conversation: string): string[] =>
	session.context
		.messagesOf(room(conversation))
		.flatMap((message) => (message.content.kind === 'text' ? [plainBody(message.content)] : []));
const got = (session: TestSession, conversation: string, text: string): Promise<unknown> =>
	session.context.waitFor(text, () => texts(session, conversation).includes(text));

async function logIn(
	flow: string,
	answers: readonly Record<string, string>[],
	extraCa: readonly string[] = [],
): Promise<LoginStep> {
	const log = {
		debug: () => undefined,
		info: () => undefined,
		warn: () => undefined,
		error: () => undefined,
		wire: () => undefined,
	};
	const session = matrixFactory.startLogin(flow, {
		clock: systemClock,
		random: systemRandom,
		log,
		extraCa,
		client: { name: 'Parley', version: 'test' },
		progress: () => undefined,
	});
	let step = session.begin();
	for (const answer of answers) step = await session.submit(answer, never);
	session.close();
	return step;
}

const errorOf = (step: LoginStep): unknown =>
	step.kind === 'input' ? (step.error ?? step.fields.find((field) => field.error !== null)?.error) : null;

/** One server and the sessions on it. */
class Place {
	readonly server: SynapseServer;
	readonly sessions: TestSession[] = [];

	constructor(server: SynapseServer) {
		this.server = server;
	}

	static async start(options: SynapseOptions = {}): Promise<Place> {
		return new Place(await synapse.start(options));
	}

	async peer(name: string): Promise<PlainClient> {
		return new PlainClient(this.server.url, await this.server.createUser(fresh(name), 'pw'));
	}

	async session(name: string): Promise<TestSession> {
		const user = await this.server.createUser(fresh(name), 'pw');
		return this.track(new TestSession(this.server.url, { ...user, token: user.accessToken }));
	}

	again(session: TestSession): TestSession {
		return this.track(
			new TestSession(this.server.url, { userId: session.context.address, deviceId: '', token: '' }, session.remains),
		);
	}

	track(session: TestSession): TestSession {
		this.sessions.push(session);
		return session;
	}

	async endSessions(): Promise<void> {
		await Promise.all(this.sessions.splice(0).map((session) => session.stop()));
	}
}

await describeWithServers('matrix adapter', [synapse], () => {
	let place: Place;
	beforeAll(async () => {
		place = await Place.start();
	});
	afterEach(() => place.endSessions());
	afterAll(() => place.server.stop());

	describe('logging in', () => {
		test('with a password, without and with TLS, and wrongly', async () => {
			const name = fresh('login');
			const user = await place.server.createUser(name, 'secret');
			const plainStep = await logIn('password', [
				{ address: user.userId, homeserver: place.server.url },
				{ user: user.userId, password: 'secret' },
			]);
			expect(plainStep).toMatchObject({ kind: 'done', account: { address: user.userId } });
			const tlsUrl = `https://localhost:${place.server.ports.clientTls}`;
			const tls = await logIn(
				'password',
				[
					{ address: tlsUrl, homeserver: '' },
					{ user: name, password: 'secret' },
				],
				[place.server.certs.ca],
			);
			expect(tls).toMatchObject({ kind: 'done', account: { address: user.userId, settings: { homeserver: tlsUrl } } });
			const wrong = await logIn('password', [
				{ address: place.server.url, homeserver: '' },
				{ user: name, password: 'wrong' },
			]);
			expect(errorOf(wrong)).toMatchObject({ code: 'auth-failed', userAction: 'check-password' });
			if (tls.kind !== 'done') return;
			const remains = new AccountRemains(tls.account.address, tls.account.settings, tls.account.secrets);
			const session = place.track(
				new TestSession('', { userId: '', deviceId: '', token: '' }, remains, { extraCa: [place.server.certs.ca] }),
			);
			await session.online();
			expect((await session.context.event('security')).security).toMatchObject({
				encrypted: true,
				verifiedBy: 'custom-ca',
				protocol: 'TLSv1.3',
			});
		});

		test('to a deactivated account', async () => {
			const admin = new PlainClient(
				place.server.url,
				await place.server.createUser(fresh('admin'), 'pw', { admin: true }),
			);
			const user = await place.server.createUser(fresh('gone'), 'secret');
			await admin.call('POST', `/_synapse/admin/v1/deactivate/${encodeURIComponent(user.userId)}`, {});
			const step = await logIn('password', [
				{ address: place.server.url, homeserver: '' },
				{ user: user.userId, password: 'secret' },
			]);
			expect(errorOf(step)).toMatchObject({ source: 'auth', retry: 'never' });
		});

		test('after creating the account, and not twice', async () => {
			const name = fresh('new');
			const step = await logIn('register', [
				{ address: place.server.url, homeserver: '' },
				{ user: name, password: 'long enough password' },
			]);
			expect(step).toMatchObject({ kind: 'done', account: { address: `@${name}:${place.server.serverName}` } });
			const twice = await logIn('register', [
				{ address: place.server.url, homeserver: '' },
				{ user: name, password: 'long enough password' },
			]);
			expect(errorOf(twice)).toMatchObject({ code: 'name-in-use', userAction: 'choose-name' });
			if (step.kind !== 'done') return;
			const remains = new AccountRemains(step.account.address, step.account.settings, step.account.secrets);
			await place.track(new TestSession('', { userId: '', deviceId: '', token: '' }, remains)).online();
		});
	});

	test('a restart of Parley resumes: only what is new, a gap where the server left something out', async () => {
		const bob = await place.peer('bob');
		const session = await (await place.session('alice')).online();
		const id = await bob.createRoom({ preset: 'public_chat', name: 'Resume' });
		await session.adapter.perform({ type: 'join', name: id, password: null });
		await bob.send(id, 'before');
		await got(session, id, 'before');
		await session.stop();
		await bob.send(id, 'while away');
		const second = await place.again(session).online();
		await got(second, id, 'while away');
		expect(second.context.of('message').map((event) => plainBody(event.message.content))).toEqual(['while away']);
		expect(second.context.of('gap')).toEqual([]);
		await second.stop();
		for (let index = 0; index < 40; index++) await bob.send(id, `flood ${index}`);
		const third = await place.again(second).online();
		await got(third, id, 'flood 39');
		const gap = await third.context.event('gap', (event) => event.conversation === id);
		let token: string | null = gap.token;
		const filled: string[] = [];
		while (token !== null) {
			const page: Awaited<ReturnType<typeof third.adapter.history.page>> = await third.adapter.history.page(
				{ conversation: room(id), direction: 'backward', token, anchor: null, limit: 20 },
				never,
			);
			filled.unshift(
				...page.events.flatMap((event) =>
					event.type === 'message' && event.message.content.kind === 'text' ? [plainBody(event.message.content)] : [],
				),
			);
			token = page.next;
		}
		const known = third.context.of('message').map((event) => plainBody(event.message.content));
		expect([...filled, ...known].filter((text) => text.startsWith('flood'))).toEqual(
			Array.from({ length: 40 }, (_, index) => `flood ${index}`),
		);
		expect(filled[0]).toBe('before');
	});

	test('a restart of the server loses and doubles nothing', async () => {
		const bob = await place.peer('bob');
		const session = await (await place.session('alice')).online();
		const id = await bob.createRoom({ preset: 'public_chat' });
		await session.adapter.perform({ type: 'join', name: id, password: null });
		await bob.send(id, 'before');
		await got(session, id, 'before');
		const seen = session.context.events.length;
		const restart = place.server.restart();
		await session.context.waitFor('degraded', () =>
			session.context.events
				.slice(seen)
				.some((event) => event.type === 'connection' && event.state.kind === 'degraded'),
		);
		expect(await session.adapter.perform(sendAction(id, 'offline'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'connection-lost', retry: 'later' },
		});
		await restart;
		// Coming back is the account runner's decision, after a wait that people see.
		expect(await session.ended).toMatchObject({ kind: 'failed', error: { source: 'network' } });
		await bob.send(id, 'after');
		const second = await place.again(session).online();
		await got(second, id, 'after');
		await second.adapter.perform(sendAction(id, 'mine'));
		await got(second, id, 'mine');
		expect(
			[session, second]
				.flatMap((one) => one.context.of('message'))
				.map((event) => plainBody(event.message.content))
				.filter((text) => text !== ''),
		).toEqual(['before', 'after', 'mine']);
	});

	test('members come with roles, also those sync left out', async () => {
		const owner = await place.peer('owner');
		const others = [await place.peer('mod'), await place.peer('one'), await place.peer('two')];
		const id = await owner.createRoom({
			preset: 'public_chat',
			power_level_content_override: { users: { [owner.userId]: 100, [others[0]?.userId ?? '']: 50 } },
		});
		for (const other of others) await other.join(id);
		const session = await (await place.session('alice')).online();
		await session.adapter.perform({ type: 'join', name: id, password: null });
		await session.adapter.history.page(
			{ conversation: room(id), direction: 'backward', token: null, anchor: null, limit: 5 },
			never,
		);
		const { members } = await session.context.event(
			'members-snapshot',
			(event) => event.conversation === id && event.complete && event.members.length === 5,
		);
		const role = (user: string | undefined): string | undefined =>
			members.find((member) => member.remoteId === user)?.role;
		expect([role(owner.userId), role(others[0]?.userId), role(others[1]?.userId)]).toEqual([
			'owner',
			'moderator',
			'member',
		]);
	});

	test('a one-to-one chat is marked as one, on the server and after a restart', async () => {
		const bob = await place.peer('bob');
		const session = await (await place.session('alice')).online();
		const outcome = await session.adapter.perform({ type: 'open-direct', user: bob.userId });
		if (outcome.kind !== 'accepted' || outcome.conversation === undefined) throw new Error(JSON.stringify(outcome));
		const id = outcome.conversation;
		expect(await session.adapter.perform({ type: 'open-direct', user: bob.userId })).toMatchObject({
			conversation: id,
		});
		await session.context.event(
			'conversation-upsert',
			(event) =>
				event.conversation.remoteId === id &&
				event.conversation.kind === 'direct' &&
				event.conversation.peer === bob.userId,
		);
		await bob.join(id);
		await session.context.event('contacts-snapshot', (event) =>
			event.contacts.some((contact) => contact.remoteId === bob.userId),
		);
		await session.stop();
		const again = await place.again(session).online();
		await again.context.event(
			'conversation-upsert',
			(event) => event.conversation.remoteId === id && event.conversation.kind === 'direct',
		);
		expect(await again.adapter.perform({ type: 'open-direct', user: '@nobody-here:matrix.test' })).toMatchObject({
			kind: 'rejected',
			error: { code: 'no-such-user' },
		});
	});

	test('presence and typing of others, with words; invisible stays invisible', async () => {
		const bob = await place.peer('bob');
		const session = await (await place.session('alice')).online();
		const id = await bob.createRoom({ preset: 'public_chat' });
		await session.adapter.perform({ type: 'join', name: id, password: null });
		await bob.call('PUT', `/_matrix/client/v3/presence/${encodeURIComponent(bob.userId)}/status`, {
			presence: 'unavailable',
			status_msg: 'at lunch',
		});
		await session.context.event(
			'presence',
			(event) => event.user === bob.userId && event.availability === 'away' && event.statusText === 'at lunch',
		);
		await bob.call(
			'PUT',
			`/_matrix/client/v3/rooms/${encodeURIComponent(id)}/typing/${encodeURIComponent(bob.userId)}`,
			{ typing: true, timeout: 20_000 },
		);
		await session.context.event('typing', (event) => event.state === 'active' && event.user.remoteId === bob.userId);
		await session.adapter.perform({ type: 'presence', presence: { availability: 'invisible', statusText: '' } });
		// Two more syncs, each of which would have put it back to online.
		await bob.send(id, 'one');
		await got(session, id, 'one');
		await bob.send(id, 'two');
		await got(session, id, 'two');
		const shown = await bob.call(
			'GET',
			`/_matrix/client/v3/presence/${encodeURIComponent(session.context.address)}/status`,
		);
		expect(shown['presence']).toBe('offline');
	});

	test('read positions: private ones stay private, public ones are seen, other devices follow', async () => {
		const bob = await place.peer('bob');
		const session = await (await place.session('alice')).online();
		const id = await bob.createRoom({ preset: 'public_chat' });
		await session.adapter.perform({ type: 'join', name: id, password: null });
		const first = await bob.send(id, 'first');
		const second = await bob.send(id, 'second');
		await got(session, id, 'second');
		const mark = (event: string, visible: boolean): AdapterAction => ({
			type: 'mark-read',
			conversation: room(id),
			upTo: {
				ids: [remoteId('server', event)],
				sender: remoteUserId(bob.userId),
				senderName: 'bob',
				text: '',
				time: 0,
			},
			visible,
		});
		const receipts = async (): Promise<string> =>
			JSON.stringify(
				((await bob.sync())['rooms'] as { join: Record<string, { ephemeral: unknown }> }).join[id]?.ephemeral,
			);
		expect(await session.adapter.perform(mark(first, false))).toMatchObject({ kind: 'accepted' });
		await session.context.event('read-marker', (event) => event.upTo[0]?.value === first);
		expect(await receipts()).not.toContain(session.context.address);
		expect(await session.adapter.perform(mark(second, true))).toMatchObject({ kind: 'accepted' });
		await session.context.event('read-marker', (event) => event.upTo[0]?.value === second);
		expect(await receipts()).toContain(session.context.address);
		await session.adapter.perform(sendAction(id, 'mine'));
		const mine = await session.context.waitFor(
			'own id',
			() =>
				session.context.messagesOf(room(id)).find((message) => plainBody(message.content) === 'mine')?.ids[0]?.value,
		);
		await bob.call(
			'POST',
			`/_matrix/client/v3/rooms/${encodeURIComponent(id)}/receipt/m.read/${encodeURIComponent(mine)}`,
			{},
		);
		await session.context.event('receipt', (event) => event.reader === bob.userId && event.upTo[0]?.value === mine);
	});

	test('no readable text reaches an encrypted room, not even right after entering it', async () => {
		const bob = await place.peer('bob');
		const session = await (await place.session('alice')).online();
		const id = await bob.createRoom({
			preset: 'private_chat',
			invite: [session.context.address],
			initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
		});
		await session.context.event(
			'conversation-upsert',
			(event) => event.conversation.remoteId === id && event.conversation.membership === 'invited',
		);
		const accepted = await session.adapter.perform({ type: 'answer-invite', conversation: room(id), accept: true });
		expect(accepted).toMatchObject({ kind: 'accepted', conversation: id });
		expect(await session.adapter.perform(sendAction(id, 'leak'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'encryption-unavailable' },
		});
		await bob.send(
			id,
			{ algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'AwgA', session_id: 's', sender_key: 'k', device_id: 'd' },
			'm.room.encrypted',
		);
		const { message } = await session.context.event('message', (event) => event.message.encrypted);
		expect(message.content.kind).toBe('undecryptable');
		expect(
			(await bob.events(id))
				.filter((event) => event['sender'] === session.context.address)
				.map((event) => event['type']),
		).toEqual(['m.room.member']);
	});

	test('what the room does to its messages arrives: edit, reaction, its removal, redaction, formatted text', async () => {
		const bob = await place.peer('bob');
		const session = await (await place.session('alice')).online();
		const id = await bob.createRoom({ preset: 'public_chat' });
		await session.adapter.perform({ type: 'join', name: id, password: null });
		const event = await bob.send(id, {
			msgtype: 'm.text',
			body: 'one',
			format: 'org.matrix.custom.html',
			formatted_body: '<b>one</b><script>x</script>',
		});
		await bob.send(id, {
			msgtype: 'm.text',
			body: '* two',
			'm.new_content': { msgtype: 'm.text', body: 'two' },
			'm.relates_to': { rel_type: 'm.replace', event_id: event },
		});
		const reaction = await bob.send(
			id,
			{ 'm.relates_to': { rel_type: 'm.annotation', event_id: event, key: '🎉' } },
			'm.reaction',
		);
		await session.context.event(
			'reaction',
			(found) => found.ids[0]?.value === reaction && found.target[0]?.value === event,
		);
		await bob.call(
			'PUT',
			`/_matrix/client/v3/rooms/${encodeURIComponent(id)}/redact/${encodeURIComponent(reaction)}/r1`,
			{},
		);
		await session.context.event('message-removed', (found) => found.target[0]?.value === reaction);
		expect(session.context.of('message-edited')[0]).toMatchObject({
			target: [{ value: event }],
			content: { body: { text: 'two' } },
		});
		expect(
			session.context.messagesOf(room(id)).find((message) => message.ids[0]?.value === event)?.content,
		).toMatchObject({ kind: 'text', body: { text: 'one', spans: [{ kind: 'bold' }] } });
	});

	test('another certificate than the accepted one is asked about; accepting it goes on', async () => {
		const user = await place.server.createUser(fresh('pin'), 'pw');
		const remains = new AccountRemains(
			user.userId,
			{
				homeserver: `https://localhost:${place.server.ports.clientTls}`,
				userId: user.userId,
				deviceId: user.deviceId,
				pin: 'AA:BB',
			},
			{ token: user.accessToken },
		);
		const session = place.track(new TestSession('', { userId: '', deviceId: '', token: '' }, remains)).run();
		const { id, question } = await session.context.event('decision-needed');
		expect(question).toMatchObject({ kind: 'certificate', problem: 'changed', host: 'localhost', previous: 'AA:BB' });
		await session.adapter.perform({
			type: 'answer-decision',
			decision: id,
			answer: { kind: 'certificate', accept: true },
		});
		expect(await session.ended).toEqual({ kind: 'restart' });
		session.context.events.length = 0;
		await session.online();
		expect((await session.context.event('security')).security).toMatchObject({ verifiedBy: 'pinned' });
	});

	test('a deleted account is logged out on the server', async () => {
		const session = await (await place.session('alice')).online();
		const token = session.remains.secrets.get('token') ?? '';
		await session.stop();
		await session.adapter.forget();
		await expect(new PlainClient(place.server.url, { userId: '', accessToken: token }).sync()).rejects.toThrow(
			'M_UNKNOWN_TOKEN',
		);
	});
});

await describeWithServers('matrix under limits', [synapse], () => {
	let place: Place | null = null;
	afterEach(async () => {
		await place?.endSessions();
		await place?.server.stop();
		place = null;
	});

	test('rate limits: every message arrives once and in order', async () => {
		place = await Place.start({ rateLimits: 'small' });
		const session = await (await place.session('alice')).online();
		const made = await session.adapter.perform({
			type: 'create-room',
			name: 'Slow',
			topic: null,
			isPublic: true,
			invite: [],
		});
		if (made.kind !== 'accepted' || made.conversation === undefined) throw new Error(JSON.stringify(made));
		const wanted = Array.from({ length: 9 }, (_, index) => `slow ${index}`);
		for (const text of wanted)
			expect(await session.adapter.perform(sendAction(made.conversation, text))).toMatchObject({ kind: 'accepted' });
		await got(session, made.conversation, 'slow 8');
		expect(texts(session, made.conversation)).toEqual(wanted);
		expect(session.context.logLines.some((line) => line.text.includes(' 429'))).toBe(true);
	});

	test('soft logout: the password brings the same device back', async () => {
		place = await Place.start({ sessionLifetime: 4000 });
		const user = await place.server.createUser(fresh('soft'), 'pw');
		const step = await logIn('password', [
			{ address: place.server.url, homeserver: '' },
			{ user: user.userId, password: 'pw' },
		]);
		if (step.kind !== 'done') throw new Error('no login');
		const remains = new AccountRemains(step.account.address, step.account.settings, step.account.secrets);
		const session = await place.track(new TestSession('', { userId: '', deviceId: '', token: '' }, remains)).online();
		const device = remains.settings['deviceId'];
		// Nothing but a request shows the expiry; a long poll only ends with news.
		const poke = setInterval(
			() => void session.adapter.perform({ type: 'presence', presence: { availability: 'available', statusText: '' } }),
			500,
		);
		const { id } = await session.context
			.event('decision-needed', () => true, 40_000)
			.finally(() => clearInterval(poke));
		await session.adapter.perform({ type: 'answer-decision', decision: id, answer: { kind: 'login', secret: 'pw' } });
		expect(await session.ended).toEqual({ kind: 'restart' });
		session.context.events.length = 0;
		await session.online();
		expect(remains.settings['deviceId']).toBe(device);
	});

	test('an expiring token is refreshed without a word', async () => {
		place = await Place.start({ accessTokenLifetime: 3000 });
		const user = await place.server.createUser(fresh('refresh'), 'pw');
		const login = await new PlainClient(place.server.url, user).call('POST', '/_matrix/client/v3/login', {
			type: 'm.login.password',
			identifier: { type: 'm.id.user', user: user.userId },
			password: 'pw',
			refresh_token: true,
		});
		const session = place.track(
			new TestSession(place.server.url, {
				userId: user.userId,
				deviceId: String(login['device_id']),
				token: String(login['access_token']),
			}),
		);
		session.remains.secrets.set('refresh-token', String(login['refresh_token']));
		await session.online();
		const made = await session.adapter.perform({
			type: 'create-room',
			name: 'Later',
			topic: null,
			isPublic: true,
			invite: [],
		});
		if (made.kind !== 'accepted' || made.conversation === undefined) throw new Error(JSON.stringify(made));
		const { conversation } = made;
		const poke = setInterval(
			() => void session.adapter.perform({ type: 'set-topic', conversation, topic: String(systemClock.now()) }),
			500,
		);
		await session.context
			.waitFor('a fresh token', () => session.remains.secrets.get('token') !== login['access_token'], 20_000)
			.finally(() => clearInterval(poke));
		expect(await session.adapter.perform(sendAction(conversation, 'still here'))).toMatchObject({ kind: 'accepted' });
		expect(session.context.of('decision-needed')).toEqual([]);
	});
});
