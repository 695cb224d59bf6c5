/** What an adapter says it can do on a real server, in every kind of conversation. */
import type { AdapterAction } from '../../protocols/adapter/actions.ts';
import type { ProtocolAdapter, ProtocolFactory } from '../../protocols/adapter/adapter.ts';
import { can, type AccountCapabilities, type ConversationCapabilities } from '../../protocols/model/capabilities.ts';
import { plainBody } from '../../protocols/model/content.ts';
import { type RemoteConversationId, txnId } from '../../protocols/model/ids.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import { AccountRemains, TestContext } from '../../protocols/testkit/test-context.ts';
import { poll } from '../../e2e/servers/poll.ts';
import type { RunningNetwork, TruthAccount, TruthNetwork } from './networks.ts';

/** One column of the table. */
export interface Truth {
	readonly protocol: string;
	/** Server and version. */
	readonly title: string;
	/** A chat with somebody who uses Parley too. */
	readonly direct: ConversationCapabilities;
	/** A room that one made oneself. */
	readonly ownRoom: ConversationCapabilities;
	/** The same room for somebody who only joined it. */
	readonly room: ConversationCapabilities;
	readonly account: AccountCapabilities;
}

/** Capabilities that were the same for this long (milliseconds) are what the server gives. */
const settledAfter = 1500;

class Client {
	readonly account: TruthAccount;
	readonly context: TestContext;
	readonly adapter: ProtocolAdapter;
	readonly #abort = new AbortController();

	constructor(factory: ProtocolFactory, account: TruthAccount, extraCa: readonly string[]) {
		this.account = account;
		this.context = new TestContext(new AccountRemains(account.address, account.settings, account.secrets), { extraCa });
		this.adapter = factory.create(this.context);
	}

	async online(): Promise<this> {
		const ended = this.adapter.start(this.#abort.signal).then((end) => {
			throw new Error(`ended before online: ${JSON.stringify(end)}`);
		});
		ended.catch(() => undefined);
		await Promise.race([this.context.online(), ended]);
		return this;
	}

	async stop(): Promise<void> {
		await this.adapter.stop('shutdown');
		this.#abort.abort();
	}

	/** @returns the conversation that the outcome names */
	async must(action: AdapterAction): Promise<RemoteConversationId | undefined> {
		const outcome = await this.adapter.perform(action);
		if (outcome.kind === 'rejected' || outcome.kind === 'uncertain')
			throw new Error(`${action.type} failed: ${JSON.stringify(outcome.error)}`);
		return outcome.kind === 'accepted' ? outcome.conversation : undefined;
	}

	say(conversation: RemoteConversationId, text: string): Promise<unknown> {
		const content = { kind: 'text', body: plain(text) } as const;
		const id = txnId(this.context.random.uuid());
		return this.must({ type: 'send', txnId: id, conversation, content, replyTo: null, threadRoot: null });
	}

	/** The conversation in which this was said, once it was. */
	async heard(text: string): Promise<RemoteConversationId> {
		const { conversation } = await this.context.event(
			'message',
			({ message }) => !message.own && plainBody(message.content) === text,
		);
		return conversation;
	}

	accountCapabilities(): AccountCapabilities {
		const last = this.context.of('account-capabilities').at(-1);
		if (last === undefined) throw new Error('the adapter tells nothing about the account');
		return last.capabilities;
	}
}

async function inRoom(alice: Client, bob: Client, network: RunningNetwork): Promise<[string, string]> {
	const creates = can(alice.accountCapabilities().createRoom);
	const made = await alice.must(
		creates
			? { type: 'create-room', name: network.room, topic: null, isPublic: true, invite: [] }
			: { type: 'join', name: network.room, password: null },
	);
	if (made === undefined) throw new Error('the room has no id');
	const joined = (await bob.must({ type: 'join', name: made, password: null })) ?? made;
	await alice.say(made, 'welcome');
	await bob.heard('welcome');
	await bob.say(joined, 'hello');
	await alice.heard('hello');
	return [made, joined];
}

/** Opens a chat, with each other's presence where the network has contacts, and talks both ways. */
async function inChat(alice: Client, bob: Client, rooms: readonly string[]): Promise<RemoteConversationId> {
	if (alice.accountCapabilities().contacts.level === 'full') {
		for (const [one, other] of [
			[alice, bob],
			[bob, alice],
		] as const) {
			const user = other.account.directName;
			await one.must({ type: 'contact-add', user, name: null, groups: [], message: null });
			const asked = await other.context
				.waitFor('the wish to see us', () =>
					other.context
						.of('contacts-delta')
						.flatMap(({ upsert }) => upsert)
						.find(
							({ remoteId, subscription }) => remoteId === one.account.address && subscription.startsWith('pending-in'),
						),
				)
				.catch(() => null);
			if (asked !== null) await other.must({ type: 'contact-authorise', user: asked.remoteId, allow: true });
		}
	}
	const made = await alice.must({ type: 'open-direct', user: bob.account.directName });
	if (made === undefined) throw new Error('the chat has no id');
	await alice.say(made, 'between us');
	const said = () =>
		bob.context
			.of('message')
			.find(
				({ message, conversation }) => plainBody(message.content) === 'between us' && !rooms.includes(conversation),
			);
	const invitation = () =>
		bob.context
			.of('conversation-upsert')
			.find(({ conversation: { membership, remoteId } }) => membership === 'invited' && !rooms.includes(remoteId));
	await bob.context.waitFor('the message or an invitation', () => said() ?? invitation());
	const invited = invitation()?.conversation.remoteId;
	if (invited !== undefined) await bob.must({ type: 'answer-invite', conversation: invited, accept: true });
	const { conversation } = await bob.context.waitFor('the message', said);
	await bob.say(conversation, 'and back');
	await alice.heard('and back');
	return made;
}

/** Starts the server, logs two accounts in and asks. */
export async function measure(network: TruthNetwork, factory: ProtocolFactory): Promise<Truth> {
	const running = await network.start();
	const clients: Client[] = [];
	try {
		for (const name of ['alice', 'bob'])
			clients.push(await new Client(factory, await running.account(name), running.extraCa).online());
		const [alice, bob] = clients;
		if (alice === undefined || bob === undefined) throw new Error('unreachable');
		const [ownRoom, room] = await inRoom(alice, bob, running);
		const direct = await inChat(alice, bob, [ownRoom, room]);
		const look = (): Truth => ({
			protocol: network.protocol,
			title: running.title,
			direct: alice.adapter.capabilities(direct),
			ownRoom: alice.adapter.capabilities(ownRoom as RemoteConversationId),
			room: bob.adapter.capabilities(room as RemoteConversationId),
			account: alice.accountCapabilities(),
		});
		let last = '';
		let since = 0;
		await poll(
			async () => {
				const now = JSON.stringify(look());
				if (now !== last) since = alice.context.clock.now();
				last = now;
				return Promise.resolve(alice.context.clock.now() - since >= settledAfter);
			},
			{ timeout: 30_000, interval: 100, what: 'capabilities that do not change any more' },
		);
		return look();
	} finally {
		for (const client of clients) await client.stop();
		await running.stop();
	}
}
