/** Parley itself as a process of its own: the browser host on a profile, with a client to look inside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BootState } from '../../engine/contract/queries.ts';
import { createRpcClient, type RpcClient } from '../../engine/transport/rpc-client.ts';
import { systemClock } from '../../protocols/adapter/system.ts';
import { plainBody } from '../../protocols/model/content.ts';
import type { Account, Conversation, Message } from '../../protocols/model/entities.ts';
import type { AccountId, ConversationId } from '../../protocols/model/ids.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import { ensureWebBuild } from '../../scripts/demo/web-build.ts';
import { poll } from '../servers/poll.ts';
import { logIn, openWindowLink } from './window-link.ts';

const root = join(import.meta.dirname, '..', '..');
const startTimeout = 30_000;

export class Parley {
	readonly profile: string;
	#child: ChildProcess | null = null;
	#client: RpcClient | null = null;
	#output = '';

	constructor(profile: string) {
		this.profile = profile;
	}

	get client(): RpcClient {
		if (this.#client === null) throw new Error('Parley is not running');
		return this.#client;
	}

	/** What the process printed, for failure messages. */
	get output(): string {
		return this.#output;
	}

	async start(): Promise<this> {
		await ensureWebBuild();
		const child = spawn(process.execPath, [join(root, 'host/browser/cli.ts'), '--no-open', '--profile', this.profile], {
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		this.#child = child;
		const url = await new Promise<string>((resolve, reject) => {
			const cancel = systemClock.after(startTimeout, () => reject(new Error(`Parley did not start: ${this.#output}`)));
			const listen = (data: Buffer): void => {
				this.#output = (this.#output + data.toString('utf8')).slice(-20_000);
				const found = /http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]+/.exec(this.#output)?.[0];
				if (found === undefined) return;
				cancel();
				resolve(found);
			};
			child.stdout.on('data', listen);
			child.stderr.on('data', listen);
			child.once('exit', (code) => reject(new Error(`Parley ended with ${code}: ${this.#output}`)));
		});
		this.#output = '';
		this.#client = createRpcClient({
			open: () => openWindowLink(url),
			clientId: randomUUID(),
			now: systemClock.now,
			after: systemClock.after,
			uuid: randomUUID,
			onPatch: () => undefined,
			onState: () => undefined,
			validate: true,
		});
		return this;
	}

	async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
		this.#client?.close();
		this.#client = null;
		const child = this.#child;
		this.#child = null;
		if (child === null || child.exitCode !== null || child.signalCode !== null) return;
		const exited = once(child, 'exit');
		child.kill(signal);
		await exited;
	}

	stop(): Promise<void> {
		return this.#end('SIGTERM');
	}

	/** Like a power cut. */
	kill(): Promise<void> {
		return this.#end('SIGKILL');
	}

	boot(): Promise<BootState> {
		return this.client.query('boot', {});
	}

	/** Adds an account through its login flow and waits until it is online. */
	async addAccount(protocol: string, values: Readonly<Record<string, string>>): Promise<AccountId> {
		const id = await logIn(this.client, protocol, values);
		await this.online(id);
		return id;
	}

	async online(id: AccountId): Promise<Account> {
		let last: Account | undefined;
		await poll(
			async () => {
				last = (await this.boot()).accounts.find((account) => account.id === id);
				return last?.connection.kind === 'online';
			},
			{ timeout: 60_000, interval: 50, what: 'the account to be online' },
		).catch((error: unknown) => {
			throw new Error(`${last?.address} is ${JSON.stringify(last?.connection)}`, { cause: error });
		});
		if (last === undefined) throw new Error('no such account');
		return last;
	}

	/** The conversation of an account that fits, once it exists. */
	async conversation(account: AccountId, fits: (conversation: Conversation) => boolean): Promise<Conversation> {
		let found: Conversation | undefined;
		let seen: readonly Conversation[] = [];
		await poll(
			async () => {
				seen = (await this.boot()).conversations.filter((one) => one.accountId === account);
				found = seen.find(fits);
				return found !== undefined;
			},
			{ timeout: 30_000, interval: 50, what: 'the conversation' },
		).catch((error: unknown) => {
			throw new Error(
				`conversations: ${seen.map((one) => `${one.remoteId} ${one.kind} ${one.membership}`).join(', ')}`,
				{
					cause: error,
				},
			);
		});
		if (found === undefined) throw new Error('no such conversation');
		return found;
	}

	async send(conversationId: ConversationId, text: string): Promise<void> {
		await this.client.command('message.send', {
			conversationId,
			content: { kind: 'text', body: plain(text) },
			replyTo: null,
		});
	}

	/** Newest messages of a conversation, oldest first. */
	async messages(conversationId: ConversationId, limit = 200): Promise<readonly Message[]> {
		return (await this.client.query('timeline.page', { conversationId, from: { at: 'newest' }, limit })).messages;
	}

	/** Texts of others and of ours, in the order shown; system lines left out. */
	async texts(conversationId: ConversationId): Promise<readonly string[]> {
		return (await this.messages(conversationId))
			.filter((one) => one.content.kind === 'text')
			.map((one) => plainBody(one.content));
	}

	/** Waits until the texts fit; the failure shows them. */
	async expectTexts(
		conversationId: ConversationId,
		fits: (texts: readonly string[]) => boolean,
		timeout = 30_000,
	): Promise<void> {
		let last: readonly string[] = [];
		await poll(
			async () => {
				last = await this.texts(conversationId);
				return fits(last);
			},
			{ timeout, interval: 50, what: 'the texts' },
		).catch((error: unknown) => {
			throw new Error(`texts were ${JSON.stringify(last)}`, { cause: error });
		});
	}

	/** Waits until every own message has one of these send states. */
	async settled(
		conversationId: ConversationId,
		states: readonly string[] = ['sent', 'delivered', 'read', 'unconfirmed'],
	): Promise<void> {
		let last: readonly Message[] = [];
		await poll(
			async () => {
				last = (await this.messages(conversationId)).filter((one) => one.send !== null);
				return last.every((one) => one.send !== null && states.includes(one.send.kind));
			},
			{ timeout: 30_000, interval: 50, what: 'own messages to settle' },
		).catch((error: unknown) => {
			throw new Error(`own messages: ${JSON.stringify(last.map((one) => [plainBody(one.content), one.send]))}`, {
				cause: error,
			});
		});
	}
}
