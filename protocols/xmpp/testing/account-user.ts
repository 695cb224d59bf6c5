/** One account on a real server with its adapter, as a test drives it. */
import type { AdapterAction } from '../../adapter/actions.ts';
import type { ProtocolAdapter } from '../../adapter/adapter.ts';
import type { ConnectionEnd } from '../../adapter/context.ts';
import { systemRandom } from '../../adapter/system.ts';
import { plainBody } from '../../model/content.ts';
import { remoteConversationId, txnId } from '../../model/ids.ts';
import { plain } from '../../model/rich-text.ts';
import { AccountRemains, TestContext } from '../../testkit/test-context.ts';
import { xmppFactory as xmpp } from '../index.ts';

export class AccountUser {
	readonly remains: AccountRemains;
	context: TestContext;
	adapter: ProtocolAdapter;
	end: Promise<ConnectionEnd> | null = null;

	constructor(remains: AccountRemains) {
		this.remains = remains;
		this.context = new TestContext(remains);
		this.adapter = xmpp.create(this.context);
	}

	get address(): string {
		return this.remains.address;
	}

	async online(): Promise<this> {
		const from = this.context.events.length;
		this.end = this.adapter.start(new AbortController().signal);
		await this.context.waitFor('online', () =>
			this.context.events.slice(from).some((event) => event.type === 'connection' && event.state.kind === 'online'),
		);
		return this;
	}

	/** A new process on the same data. */
	reborn(): AccountUser {
		return new AccountUser(this.remains);
	}

	async must(action: AdapterAction): Promise<void> {
		const outcome = await this.adapter.perform(action);
		if (outcome.kind === 'rejected' || outcome.kind === 'uncertain') throw new Error(JSON.stringify(outcome.error));
	}

	async code(action: AdapterAction): Promise<string> {
		const outcome = await this.adapter.perform(action);
		return outcome.kind === 'rejected' ? outcome.error.code : outcome.kind;
	}

	say(to: string, text: string, txn: string = systemRandom.uuid()): Promise<void> {
		return this.must({
			type: 'send',
			txnId: txnId(txn),
			conversation: remoteConversationId(to),
			content: { kind: 'text', body: plain(text) },
			replyTo: null,
			threadRoot: null,
		});
	}

	got(from: string, text: string): Promise<unknown> {
		return this.context.waitFor(`“${text}” from ${from}`, () => this.texts(from).includes(text));
	}

	texts(conversation: string): string[] {
		return this.context.messagesOf(remoteConversationId(conversation)).map((message) => plainBody(message.content));
	}
}

/** What tests need of any of the servers. */
export interface XmppServer {
	readonly domain: string;
	readonly rooms: string;
	readonly ports: { readonly client: number };
	readonly certs: { readonly ca: string };
	createUser(user: string, password: string): Promise<void>;
}

export const password = 'correct-horse-battery';

/** Makes accounts on a server and stops them all at the end. */
export class Accounts {
	readonly server: () => XmppServer;
	readonly users: AccountUser[] = [];
	#count = 0;

	constructor(server: () => XmppServer) {
		this.server = server;
	}

	/** Different at every call of a name. */
	get count(): number {
		return this.#count;
	}

	remains(address: string): AccountRemains {
		const { ports, certs } = this.server();
		return new AccountRemains(address, { host: '127.0.0.1', port: ports.client, ca: [certs.ca] }, { password });
	}

	/** A new account that nobody uses yet. */
	async fresh(tag: string): Promise<AccountRemains> {
		const name = `${tag}${++this.#count}`;
		await this.server().createUser(name, password);
		return this.remains(`${name}@${this.server().domain}`);
	}

	/** A new account, online. */
	async user(tag: string): Promise<AccountUser> {
		const { address } = await this.fresh(tag);
		return this.device(address);
	}

	/** Another device of the same account. */
	async device(address: string): Promise<AccountUser> {
		const made = new AccountUser(this.remains(address));
		this.users.push(made);
		return made.online();
	}

	async stop(): Promise<void> {
		await Promise.all(this.users.map((user) => user.adapter.stop('user')));
	}
}
