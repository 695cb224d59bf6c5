/** One adapter of a test against a real server, restartable on what it stored. */
import type { ConnectionEnd } from '../../adapter/context.ts';
import type { ActionOutcome, AdapterAction } from '../../adapter/actions.ts';
import type { ProtocolAdapter } from '../../adapter/adapter.ts';
import type { RemoteMessage } from '../../adapter/events.ts';
import { plainBody } from '../../model/content.ts';
import { type RemoteConversationId, remoteConversationId, txnId } from '../../model/ids.ts';
import { plain } from '../../model/rich-text.ts';
import { AccountRemains, TestContext } from '../../testkit/test-context.ts';
import { ircFactory } from '../index.ts';

export class LiveClient {
	readonly remains: AccountRemains;
	readonly #extraCa: readonly string[];
	#abort = new AbortController();
	context: TestContext;
	adapter: ProtocolAdapter;
	end: Promise<ConnectionEnd> = Promise.resolve({ kind: 'stopped' });

	constructor(settings: object, secrets: Readonly<Record<string, string>> = {}, extraCa: readonly string[] = []) {
		const all = { version: 1, host: 'localhost', tls: true, pace: 'none', ...settings };
		this.#extraCa = extraCa;
		this.remains = new AccountRemains('test', all, secrets);
		this.context = new TestContext(this.remains, { extraCa });
		this.adapter = ircFactory.create(this.context);
	}

	/** One attempt; resolves when it ends. */
	attempt(): Promise<ConnectionEnd> {
		this.end = this.adapter.start(this.#abort.signal);
		return this.end;
	}

	async online(): Promise<this> {
		const from = this.context.events.length;
		const ended = this.attempt().then((end) => {
			throw new Error(`ended before online: ${JSON.stringify(end)}`);
		});
		ended.catch(() => undefined);
		const online = this.context.waitFor('online', () =>
			this.context.events.slice(from).some((event) => event.type === 'connection' && event.state.kind === 'online'),
		);
		await Promise.race([online, ended]);
		return this;
	}

	/** A new adapter on what was stored, as after a restart of the program. */
	async restart(): Promise<void> {
		await this.stop();
		this.#abort = new AbortController();
		this.context = new TestContext(this.remains, { extraCa: this.#extraCa });
		this.adapter = ircFactory.create(this.context);
	}

	async stop(): Promise<void> {
		await this.adapter.stop('shutdown');
		this.#abort.abort();
	}

	do(action: AdapterAction): Promise<ActionOutcome> {
		return this.adapter.perform(action);
	}

	send(conversation: string, text: string): Promise<ActionOutcome> {
		const content = { kind: 'text', body: plain(text) } as const;
		return this.do({
			type: 'send',
			txnId: txnId(this.context.random.uuid()),
			conversation: remoteConversationId(conversation),
			content,
			replyTo: null,
			threadRoot: null,
		});
	}

	async join(name: string): Promise<RemoteConversationId> {
		const outcome = await this.do({ type: 'join', name, password: null });
		if (outcome.kind !== 'accepted' || outcome.conversation === undefined) throw new Error(JSON.stringify(outcome));
		const id = outcome.conversation;
		await this.context.event('members-snapshot', (event) => event.conversation === id);
		return id;
	}

	got(conversation: string, text: string): Promise<RemoteMessage> {
		return this.context.waitFor(`message ${text}`, () =>
			this.context
				.messagesOf(remoteConversationId(conversation))
				.find((message) => plainBody(message.content) === text),
		);
	}

	get auth(): string | null | undefined {
		return this.context.of('security').at(-1)?.security.auth;
	}
}
