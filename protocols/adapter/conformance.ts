/* oxlint-disable max-lines -- one list of promises, read from top to bottom */
/**
 * The test suite every adapter must pass, over a scripted server and over each real one. It speaks only the adapter
 * interface: two accounts of one network, everything else follows from their capabilities. What a network cannot do
 * (its capabilities say so) is skipped by name, never silently.
 *
 * Not named `*.test.ts`: a protocol's test file calls {@link describeConformance} with its harness.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { can, levels, works } from '../model/capabilities.ts';
import type { Feature } from '../model/capabilities.ts';
import { plainBody } from '../model/content.ts';
import { txnId } from '../model/ids.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import { plain, richText } from '../model/rich-text.ts';
import type { RichText } from '../model/rich-text.ts';
import { AccountRemains, TestContext } from '../testkit/test-context.ts';
import type { ActionOutcome, AdapterAction } from './actions.ts';
import type { ProtocolAdapter, ProtocolFactory } from './adapter.ts';
import type { AccountSettings, ConnectionEnd } from './context.ts';
import type { RemoteMessage } from './events.ts';
import { systemClock } from './system.ts';

export interface ConformanceAccount {
	readonly address: string;
	readonly settings: AccountSettings;
	readonly secrets: Readonly<Record<string, string>>;
	/** What another account types to open a direct chat with this one. */
	readonly directName: string;
}

export interface ConformanceHarness {
	/** For test titles, such as `irc over Ergo 2.18`. */
	readonly title: string;
	readonly factory: ProtocolFactory;
	/** Starts what is needed; the suite runs once per harness. */
	setUp(): Promise<void>;
	tearDown(): Promise<void>;
	/** A fresh account on the server. */
	newAccount(tag: string): Promise<ConformanceAccount>;
	/** Name of a fresh public room, to be given to `create-room` (or `join` where joining creates). */
	roomName(tag: string): string;
	/** The same account with a secret that the server refuses; null where there are no secrets. */
	withWrongSecret(account: ConformanceAccount): ConformanceAccount | null;
	/** The same account at an address where nothing listens. */
	withDeadServer(account: ConformanceAccount): ConformanceAccount;
	/** Breaks every link without a goodbye, the server stays up. Null where impossible. */
	readonly cutLinks: (() => Promise<void>) | null;
	readonly extraCa?: readonly string[];
	/** Messages sent by bob while alice is away reach her by catch-up. Default: true when history is not `none`. */
	readonly catchesUp?: boolean;
	/** Slow servers get more; default 20 s. */
	readonly timeoutMs?: number;
}

class Client {
	readonly account: ConformanceAccount;
	readonly remains: AccountRemains;
	context: TestContext;
	adapter: ProtocolAdapter;
	#harness: ConformanceHarness;
	#abort = new AbortController();
	#running: Promise<ConnectionEnd> | null = null;

	constructor(harness: ConformanceHarness, account: ConformanceAccount, remains?: AccountRemains) {
		this.#harness = harness;
		this.account = account;
		this.remains = remains ?? new AccountRemains(account.address, account.settings, account.secrets);
		this.context = new TestContext(this.remains, { extraCa: harness.extraCa ?? [] });
		this.adapter = harness.factory.create(this.context);
	}

	/** Starts without waiting. */
	run(): Promise<ConnectionEnd> {
		this.#running = this.adapter.start(this.#abort.signal);
		return this.#running;
	}

	async online(): Promise<this> {
		const ended = this.run().then((end) => {
			if (end.kind === 'failed') throw new Error(`ended before online: ${JSON.stringify(end.error)}`);
			return end;
		});
		ended.catch(() => undefined);
		await Promise.race([this.context.online(this.#harness.timeoutMs ?? 20_000), ended]);
		return this;
	}

	/** Stops, and makes a new adapter on what was stored, like a restart of the program. */
	async restart(reason: 'user' | 'suspend' | 'shutdown' = 'shutdown'): Promise<void> {
		await this.stop(reason);
		this.#abort = new AbortController();
		this.context = new TestContext(this.remains, { extraCa: this.#harness.extraCa ?? [] });
		this.adapter = this.#harness.factory.create(this.context);
	}

	async stop(reason: 'user' | 'suspend' | 'shutdown' = 'shutdown'): Promise<ConnectionEnd | null> {
		await this.adapter.stop(reason);
		this.#abort.abort();
		const running = this.#running;
		this.#running = null;
		return running;
	}

	do(action: AdapterAction): Promise<ActionOutcome> {
		return this.adapter.perform(action);
	}

	/** Performs and expects success; returns the conversation the outcome names. */
	async must(action: AdapterAction): Promise<RemoteConversationId | undefined> {
		const outcome = await this.do(action);
		if (outcome.kind === 'rejected' || outcome.kind === 'uncertain')
			throw new Error(`${action.type} failed: ${JSON.stringify(outcome.error)}`);
		return outcome.kind === 'accepted' ? outcome.conversation : undefined;
	}

	send(
		conversation: RemoteConversationId,
		body: RichText | string,
	): { readonly txn: ReturnType<typeof txnId>; readonly outcome: Promise<ActionOutcome> } {
		const txn = txnId(this.context.random.uuid());
		const content = { kind: 'text', body: typeof body === 'string' ? plain(body) : body } as const;
		return {
			txn,
			outcome: this.do({ type: 'send', txnId: txn, conversation, content, replyTo: null, threadRoot: null }),
		};
	}

	/** The message with this text, once it has arrived. */
	got(conversation: RemoteConversationId, text: string): Promise<RemoteMessage> {
		return this.context.waitFor(
			`message ${JSON.stringify(text.slice(0, 60))}`,
			() => this.context.messagesOf(conversation).find((message) => plainBody(message.content) === text),
			this.#harness.timeoutMs ?? 20_000,
		);
	}
}

const isFeature = (value: unknown): value is Feature => typeof value === 'object' && value !== null && 'level' in value;

export function describeConformance(harness: ConformanceHarness): void {
	const timeout = harness.timeoutMs ?? 20_000;
	// Its tests build on each other, even where whole suites run side by side.
	describe(`conformance: ${harness.title}`, { timeout: timeout * 3, concurrent: false }, () => {
		let alice: Client;
		let bob: Client;
		/** The room both are in, by each one's name for it. */
		let room: { readonly alice: RemoteConversationId; readonly bob: RemoteConversationId };

		const bothIn = async (tag: string): Promise<typeof room> => {
			const name = harness.roomName(tag);
			const creates = can(harness.factory.describe().accountCapabilities.createRoom);
			const made = await alice.must(
				creates
					? { type: 'create-room', name, topic: null, isPublic: true, invite: [] }
					: { type: 'join', name, password: null },
			);
			const aliceRoom =
				made ??
				(
					await alice.context.event(
						'conversation-upsert',
						(event) => event.conversation.membership === 'joined' && String(event.conversation.remoteId).includes(name),
					)
				).conversation.remoteId;
			// What bob types to get there: the room's own id works everywhere.
			const joined = await bob.must({ type: 'join', name: String(aliceRoom), password: null });
			return { alice: aliceRoom, bob: joined ?? aliceRoom };
		};

		beforeAll(async () => {
			await harness.setUp();
			alice = await new Client(harness, await harness.newAccount('alice')).online();
			bob = await new Client(harness, await harness.newAccount('bob')).online();
			room = await bothIn('main');
		}, timeout * 6);

		afterAll(async () => {
			await alice?.stop();
			await bob?.stop();
			await harness.tearDown();
		}, timeout * 3);

		describe('description', () => {
			it('is the same at every call and well formed', () => {
				const description = harness.factory.describe();
				expect(harness.factory.describe()).toEqual(description);
				expect(description.loginFlows.length).toBeGreaterThan(0);
				const names = description.slashCommands.map((command) => command.name);
				expect(new Set(names).size).toBe(names.length);
				const features = [
					description.accountCapabilities,
					description.bestCapabilities.direct,
					description.bestCapabilities.group,
				].flatMap((set) => Object.values(set).filter(isFeature));
				expect(features.length).toBeGreaterThan(20);
				for (const feature of features) {
					expect(levels).toContain(feature.level);
					if (feature.level !== 'full') expect(feature.reason, 'a limit has a reason').not.toBeNull();
				}
			});

			it('gives every login flow a first step with fields, without a network', () => {
				for (const flow of harness.factory.describe().loginFlows) {
					const { clock, random, log, client } = alice.context;
					const session = harness.factory.startLogin(flow.id, {
						clock,
						random,
						log,
						client,
						extraCa: [],
						progress: () => undefined,
					});
					const step = session.begin();
					expect(step.kind).toBe('input');
					if (step.kind === 'input') expect(step.fields.some((field) => field.required)).toBe(true);
					session.close();
					session.close();
				}
			});
		});

		describe('connection', () => {
			it('names itself and its capabilities', async () => {
				await alice.context.event('self');
				await alice.context.event('account-capabilities');
				await alice.context.event('security');
			});

			it('refuses a wrong secret with a typed error that is not retried', async () => {
				const wrong = harness.withWrongSecret(await harness.newAccount('wrong'));
				if (wrong === null) return;
				const client = new Client(harness, wrong);
				const end = await client.run();
				expect(end).toMatchObject({
					kind: 'failed',
					error: { code: 'auth-failed', retry: 'never', userAction: 'check-password' },
				});
				await client.stop();
				for (const secret of Object.values(wrong.secrets))
					for (const line of client.context.logLines) expect(line.text).not.toContain(secret);
			});

			it('reports a dead server as a network error worth a retry', async () => {
				const client = new Client(harness, harness.withDeadServer(await harness.newAccount('dead')));
				const end = await client.run();
				expect(end).toMatchObject({ kind: 'failed', error: { source: 'network' } });
				if (end.kind === 'failed') expect(end.error.retry).not.toBe('never');
			});

			it('stops when aborted, at once and before it began', async () => {
				const client = new Client(harness, await harness.newAccount('abort'));
				const aborted = new AbortController();
				aborted.abort();
				expect(await client.adapter.start(aborted.signal)).toEqual({ kind: 'stopped' });
				const soon = new AbortController();
				const running = client.adapter.start(soon.signal);
				soon.abort();
				expect(await running).toEqual({ kind: 'stopped' });
				await client.adapter.stop('shutdown');
				await client.adapter.stop('shutdown');
			});

			it('stops within three seconds and answers actions afterwards with a typed rejection', async () => {
				const client = await new Client(harness, await harness.newAccount('stop')).online();
				const began = systemClock.now();
				expect(await client.stop('user')).toEqual({ kind: 'stopped' });
				expect(systemClock.now() - began).toBeLessThan(3500);
				const outcome = await client.send(room.alice, 'too late').outcome;
				expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'connection-lost' } });
			});

			it('keeps secrets out of its log', () => {
				for (const client of [alice, bob]) {
					expect(client.context.logLines.length, 'the adapter logs its wire').toBeGreaterThan(0);
					for (const secret of Object.values(client.account.secrets))
						for (const line of client.context.logLines) expect(line.text).not.toContain(secret);
				}
			});

			it('ends its session when a commit fails, without throwing', async () => {
				const client = new Client(harness, await harness.newAccount('disk'));
				const running = client.run();
				await client.context.online(timeout);
				client.context.failCommits = true;
				const own = await client.do({ type: 'join', name: String(room.alice), password: null });
				expect(['accepted', 'pending', 'unconfirmed', 'rejected', 'uncertain']).toContain(own.kind);
				await alice.send(room.alice, 'for a full disk').outcome;
				const end = await running;
				expect(end.kind === 'failed' && end.error.code).toBe('storage-failed');
				await client.stop();
			});
		});

		describe('rooms', () => {
			it('both are joined, with capabilities and each other in the member list', async () => {
				for (const [client, conversation] of [
					[alice, room.alice],
					[bob, room.bob],
				] as const) {
					await client.context.event(
						'conversation-upsert',
						(event) => event.conversation.remoteId === conversation && event.conversation.membership === 'joined',
					);
					expect(can(client.adapter.capabilities(conversation).text.send)).toBe(true);
					await client.context.waitFor('two members', () => {
						const members = new Map<string, boolean>();
						for (const event of client.context.events) {
							if (event.type === 'members-snapshot' && event.conversation === conversation) {
								members.clear();
								for (const member of event.members) members.set(member.remoteId, member.self);
							} else if (event.type === 'members-delta' && event.conversation === conversation) {
								for (const member of event.upsert) members.set(member.remoteId, member.self);
								for (const gone of event.remove) members.delete(gone);
							}
						}
						return members.size >= 2 && [...members.values()].filter(Boolean).length === 1;
					});
				}
			});

			it('sets a topic that the other sees', async () => {
				if (!can(alice.adapter.capabilities(room.alice).topic)) return;
				await alice.must({ type: 'set-topic', conversation: room.alice, topic: 'Herbst & <b>Regen</b> 🌧' });
				await bob.context.event(
					'conversation-upsert',
					(event) => event.conversation.remoteId === room.bob && event.conversation.topic === 'Herbst & <b>Regen</b> 🌧',
				);
			});

			it('finds the room in the directory', async () => {
				const directory = bob.adapter.directory;
				if (directory === undefined || !can(harness.factory.describe().accountCapabilities.browseRooms)) return;
				const found: string[] = [];
				for await (const rooms of directory.rooms('', AbortSignal.timeout(timeout))) {
					found.push(...rooms.map((entry) => String(entry.remoteId)));
					if (found.includes(String(room.bob))) break;
				}
				expect(found).toContain(String(room.bob));
			});

			it('refuses to join an impossible name with a typed error', async () => {
				const outcome = await bob.do({ type: 'join', name: 'bad name\u0007 with\nbreaks', password: null });
				expect(outcome.kind).toBe('rejected');
			});

			it('leaves, says so, and comes back', async () => {
				const other = await bothIn('leaving');
				await bob.must({ type: 'leave', conversation: other.bob, reason: 'off', forget: false });
				await bob.context.event(
					'conversation-upsert',
					(event) => event.conversation.remoteId === other.bob && event.conversation.membership === 'left',
				);
				await alice.context.waitFor('bob gone', () =>
					alice.context.events.some(
						(event) =>
							(event.type === 'members-delta' && event.conversation === other.alice && event.remove.length > 0) ||
							(event.type === 'members-snapshot' &&
								event.conversation === other.alice &&
								event.members.length === 1 &&
								alice.context.events.some(
									(earlier) =>
										earlier.type === 'members-snapshot' &&
										earlier.conversation === other.alice &&
										earlier.members.length > 1,
								)),
					),
				);
				const again = await bob.must({ type: 'join', name: String(other.alice), password: null });
				expect(again ?? other.bob).toBe(other.bob);
				const { outcome } = alice.send(other.alice, 'welcome back');
				await outcome;
				await bob.got(other.bob, 'welcome back');
			});

			it('kicks with a reason that the kicked can read', async () => {
				const other = await bothIn('kicking');
				await alice.context.waitFor('the right to kick', () => can(alice.adapter.capabilities(other.alice).kick));
				const target = await alice.context.waitFor('bob in the list', () => {
					for (const event of alice.context.events) {
						if (event.type === 'members-delta' && event.conversation === other.alice) {
							const member = event.upsert.find((candidate) => !candidate.self);
							if (member !== undefined) return member;
						} else if (event.type === 'members-snapshot' && event.conversation === other.alice) {
							const member = event.members.find((candidate) => !candidate.self);
							if (member !== undefined) return member;
						}
					}
					return undefined;
				});
				await alice.must({ type: 'kick', conversation: other.alice, user: target.remoteId, reason: 'enough' });
				const gone = await bob.context.event(
					'conversation-upsert',
					(event) => event.conversation.remoteId === other.bob && event.conversation.membership === 'left',
				);
				expect(gone.conversation.error?.code).toBe('kicked');
			});
		});

		describe('messages', () => {
			it('reach the other once, and come back to the sender exactly once with its transaction id or proof', async () => {
				const text = 'hello from alice';
				const { txn, outcome } = alice.send(room.alice, text);
				const result = await outcome;
				const received = await bob.got(room.bob, text);
				expect(received).toMatchObject({ own: false, content: { kind: 'text' } });
				expect(bob.context.messagesOf(room.bob).filter((message) => plainBody(message.content) === text)).toHaveLength(
					1,
				);
				if (alice.adapter.capabilities(room.alice).echo === 'server') {
					const proven = (): boolean =>
						result.kind === 'accepted' ||
						alice.context.of('send-result').some((event) => event.txnId === txn && event.outcome.kind === 'accepted') ||
						alice.context.of('message').some((event) => event.message.txnId === txn);
					await alice.context.waitFor('proof of acceptance', proven);
				} else expect(['unconfirmed', 'accepted', 'pending']).toContain(result.kind);
				for (const echo of alice.context.of('message').filter((event) => plainBody(event.message.content) === text))
					expect(echo.message).toMatchObject({ own: true, txnId: txn });
			});

			it.each([
				['accents, emoji and CJK', 'Größe 👩‍👩‍👧 漢字 ½'],
				['markup of other worlds', '<b>&amp;</b> <script>alert(1)</script> ]]> %s {0}'],
				['a leading slash and colon', ':/quit :not a command'],
				['prototype keys', '__proto__ constructor toString'],
				['trailing space kept inside', 'a  b   c'],
			])('carry %s unchanged', async (_, text) => {
				await alice.send(room.alice, text).outcome;
				const received = await bob.got(room.bob, text);
				expect(plainBody(received.content)).toBe(text);
			});

			it('carry bold where the network has it', async () => {
				if (!alice.adapter.capabilities(room.alice).text.formatting.includes('bold')) return;
				await alice.send(room.alice, richText('a strong word', [{ kind: 'bold', start: 2, end: 8 }])).outcome;
				const received = await bob.context.waitFor('bold text', () =>
					bob.context
						.messagesOf(room.bob)
						.find((message) => plainBody(message.content).includes('strong') && message.content.kind === 'text'),
				);
				expect(received.content).toMatchObject({ kind: 'text', body: { spans: [{ kind: 'bold' }] } });
			});

			it('carry an action', async () => {
				const action: AdapterAction = {
					type: 'send',
					txnId: txnId('emote-1'),
					conversation: room.alice,
					content: { kind: 'emote', body: plain('waves') },
					replyTo: null,
					threadRoot: null,
				};
				expect(can(alice.adapter.capabilities(room.alice).text.emote)).toBe(true);
				await alice.must(action);
				expect((await bob.got(room.bob, 'waves')).content.kind).toBe('emote');
			});

			it('lose nothing of a long text, however it is split', async () => {
				const words = Array.from({ length: 260 }, (_, index) => `word${index}`);
				await alice.send(room.alice, words.join(' ')).outcome;
				await bob.context.waitFor('all words', () => {
					const all = bob.context
						.messagesOf(room.bob)
						.map((message) => plainBody(message.content))
						.join(' ');
					return words.every((word) => all.includes(word));
				});
			});

			it('keep their order', async () => {
				const texts = Array.from({ length: 8 }, (_, index) => `ordered ${index}`);
				for (const text of texts) await alice.send(room.alice, text).outcome;
				await bob.got(room.bob, 'ordered 7');
				const seen = bob.context
					.messagesOf(room.bob)
					.map((message) => plainBody(message.content))
					.filter((text) => text.startsWith('ordered '));
				expect(seen).toEqual(texts);
			});

			it('refuse control characters or carry the text without them, on one line, never crash', async () => {
				const outcome = await alice.send(room.alice, 'before\u0000\u0007\u001b after').outcome;
				if (outcome.kind !== 'rejected') {
					const received = await bob.context.waitFor('cleaned text', () =>
						bob.context.messagesOf(room.bob).find((message) => /^before\W*after$/.test(plainBody(message.content))),
					);
					expect(plainBody(received.content)).not.toContain('\u0000');
				}
			});

			it('to a room one is not in are rejected', async () => {
				const other = harness.roomName('nowhere');
				const made = await alice.must(
					can(harness.factory.describe().accountCapabilities.createRoom)
						? { type: 'create-room', name: other, topic: null, isPublic: true, invite: [] }
						: { type: 'join', name: other, password: null },
				);
				const conversation =
					made ??
					(
						await alice.context.event('conversation-upsert', (event) =>
							String(event.conversation.remoteId).includes(other),
						)
					).conversation.remoteId;
				const { txn, outcome } = bob.send(conversation, 'let me in');
				const result = await outcome;
				if (result.kind !== 'rejected')
					await bob.context.waitFor('a late rejection', () =>
						bob.context.of('send-result').find((event) => event.txnId === txn && event.outcome.kind === 'rejected'),
					);
			});
		});

		describe('one to one', () => {
			it('opens a chat, talks both ways, knows the peer', async () => {
				const there = await alice.must({ type: 'open-direct', user: bob.account.directName });
				const conversation =
					there ??
					(await alice.context.event('conversation-upsert', (event) => event.conversation.kind === 'direct'))
						.conversation.remoteId;
				await alice.send(conversation, 'just between us').outcome;
				const message = () =>
					bob.context
						.of('message')
						.find((event) => plainBody(event.message.content) === 'just between us' && event.conversation !== room.bob);
				const invitation = () =>
					bob.context
						.of('conversation-upsert')
						.find((event) => event.conversation.membership === 'invited' && event.conversation.remoteId !== room.bob);
				// Networks with invitations deliver only after the invitation was accepted.
				await bob.context.waitFor('the direct message or an invitation', () => message() ?? invitation());
				const invited = invitation();
				if (invited !== undefined)
					await bob.must({ type: 'answer-invite', conversation: invited.conversation.remoteId, accept: true });
				const arrived = await bob.context.waitFor('the direct message', message);
				const back = arrived.conversation;
				expect(arrived.message.own).toBe(false);
				await bob.send(back, 'and back').outcome;
				await alice.got(conversation, 'and back');
			});

			it('refuses an impossible address with a typed error', async () => {
				const outcome = await alice.do({ type: 'open-direct', user: 'bad name\u0007\r\nQUIT' });
				expect(outcome.kind).toBe('rejected');
			});
		});

		describe('signals', () => {
			it('typing reaches the other and ends', async () => {
				if (
					!works(alice.adapter.capabilities(room.alice).typingSend) ||
					!works(bob.adapter.capabilities(room.bob).typingReceive)
				)
					return;
				await alice.must({ type: 'typing', conversation: room.alice, state: 'active' });
				await bob.context.event('typing', (event) => event.conversation === room.bob && event.state === 'active');
				await alice.must({ type: 'typing', conversation: room.alice, state: 'done' });
				await alice.send(room.alice, 'typed').outcome;
				await bob.context.event('typing', (event) => event.conversation === room.bob && event.state === 'done');
			});

			it('own presence is accepted for every state the account announces', async () => {
				const { ownPresence } = alice.context.of('account-capabilities').at(-1)?.capabilities ?? { ownPresence: [] };
				for (const availability of ownPresence) {
					if (availability === 'unknown' || availability === 'offline') continue;
					await alice.must({
						type: 'presence',
						presence: { availability, statusText: availability === 'available' ? '' : 'brb' },
					});
				}
				await alice.must({ type: 'presence', presence: { availability: 'available', statusText: '' } });
			});

			it('a mention is marked', async () => {
				const self = bob.context.of('self').at(-1);
				const name = self?.name ?? '';
				expect(name).not.toBe('');
				const text = `${name}: look here`;
				await alice.send(
					room.alice,
					richText(
						text,
						self === undefined
							? []
							: [{ kind: 'mention', user: self.remoteId, room: false, start: 0, end: name.length }],
					),
				).outcome;
				const received = await bob.context.waitFor('the mention', () =>
					bob.context.messagesOf(room.bob).find((message) => plainBody(message.content).endsWith('look here')),
				);
				expect(received.mention).toBe(true);
			});

			it('a read marker is accepted where it is synchronised', async () => {
				if (!works(bob.adapter.capabilities(room.bob).readMarkerSync)) return;
				const last = bob.context
					.messagesOf(room.bob)
					.findLast((message) => !message.own && message.ids.some((id) => id.kind === 'server'));
				expect(last).toBeDefined();
				if (last === undefined) return;
				await bob.must({
					type: 'mark-read',
					conversation: room.bob,
					upTo: {
						ids: last.ids,
						sender: last.sender.remoteId,
						senderName: last.sender.name,
						text: plainBody(last.content),
						time: last.time,
					},
					visible: true,
				});
			});
		});

		describe('history', () => {
			it('pages back to the beginning, each message once, in order', async () => {
				const history = alice.adapter.history;
				const place = await bothIn('history');
				if (history === undefined || alice.adapter.capabilities(place.alice).history !== 'scrollback') return;
				const texts = Array.from({ length: 25 }, (_, index) => `history ${index}`);
				for (const text of texts) await alice.send(place.alice, text).outcome;
				await bob.got(place.bob, 'history 24');
				const pages: string[][] = [];
				let token: string | null = null;
				for (let count = 0; count < 20; count++) {
					const page = await history.page(
						{ conversation: place.alice, direction: 'backward', token, anchor: null, limit: 10 },
						AbortSignal.timeout(timeout),
					);
					pages.unshift(
						page.events.flatMap((event) => (event.type === 'message' ? [plainBody(event.message.content)] : [])),
					);
					token = page.next;
					if (page.reachedEnd || token === null) break;
				}
				expect(pages.flat().filter((text) => text.startsWith('history '))).toEqual(texts);
				expect(pages.length).toBeGreaterThan(1);
			});

			it('what was said while away arrives after the restart, nothing twice', async () => {
				const catches = harness.catchesUp ?? alice.adapter.capabilities(room.alice).history !== 'none';
				if (!catches) return;
				await alice.send(room.alice, 'last before').outcome;
				await bob.got(room.bob, 'last before');
				await bob.restart();
				for (const text of ['missed 1', 'missed 2', 'missed 3']) await alice.send(room.alice, text).outcome;
				await bob.online();
				if (
					!bob.context
						.of('conversation-upsert')
						.some((event) => event.conversation.remoteId === room.bob && event.conversation.membership === 'joined')
				)
					await bob.must({ type: 'join', name: String(room.bob), password: null });
				await bob.got(room.bob, 'missed 3');
				const texts = bob.context.messagesOf(room.bob).map((message) => plainBody(message.content));
				expect(texts.filter((text) => text.startsWith('missed'))).toEqual(['missed 1', 'missed 2', 'missed 3']);
				expect(texts.filter((text) => text === 'last before')).toHaveLength(1);
			});
		});

		describe('a broken link', () => {
			it('ends the attempt with a network error, and the next attempt works', async () => {
				if (harness.cutLinks === null) return;
				const client = new Client(harness, await harness.newAccount('cut'));
				const running = client.run();
				await client.context.online(timeout);
				await harness.cutLinks();
				const end = await running;
				expect(end.kind).toBe('failed');
				if (end.kind === 'failed') expect(['network', 'server']).toContain(end.error.source);
				const again = client.context.events.length;
				const second = client.run();
				await client.context.waitFor(
					'online again',
					() =>
						client.context.events
							.slice(again)
							.some((event) => event.type === 'connection' && event.state.kind === 'online'),
					timeout,
				);
				await client.stop();
				expect((await second).kind).toBe('stopped');
			});
		});
	});
}
