/** An adapter that does exactly what a test tells it: for the engine's behaviour at the edges. */
import type { ActionOutcome, AdapterAction } from '../adapter/actions.ts';
import { done } from '../adapter/actions.ts';
import type { DirectoryFacet, HistoryFacet, HostSignal, ProtocolAdapter, ProtocolFactory } from '../adapter/adapter.ts';
import type { AdapterContext, ConnectionEnd } from '../adapter/context.ts';
import type { AdapterEvent, RemoteMessage } from '../adapter/events.ts';
import type { LoginSession } from '../adapter/login.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import { remoteConversationId, remoteId, remoteUserId } from '../model/ids.ts';
import type { TxnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { fakeAccount, fakeDirect, fakeGroup } from './fake-capabilities.ts';

export const room = remoteConversationId('room');

export const actor = (name: string, strength: 'stable' | 'session' = 'stable'): RemoteMessage['sender'] => ({
	remoteId: remoteUserId(name),
	name,
	strength,
});

/** A message event with everything defaulted but its words. */
export function said(
	id: string | null,
	words: string,
	over: Partial<RemoteMessage> = {},
): Extract<AdapterEvent, { type: 'message' }> {
	return {
		type: 'message',
		conversation: room,
		message: {
			ids: id === null ? [] : [remoteId('server', id)],
			sender: actor('bob'),
			own: false,
			txnId: null,
			content: { kind: 'text', body: plain(words) },
			time: 0,
			mention: false,
			encrypted: false,
			replyTo: null,
			threadRoot: null,
			...over,
		},
	};
}

/** Echo of our own message. */
export const echoed = (txn: TxnId, id: string, words: string, time: number): AdapterEvent =>
	said(id, words, { sender: actor('me'), own: true, txnId: txn, time });

export class ScriptedAdapter implements ProtocolAdapter {
	readonly context: AdapterContext;
	readonly actions: AdapterAction[] = [];
	readonly signals: HostSignal[] = [];
	#script: Script;
	#end: ((end: ConnectionEnd) => void) | null = null;
	readonly history?: HistoryFacet;
	readonly directory?: DirectoryFacet;
	outcomeOf?: (action: AdapterAction) => Promise<ActionOutcome | 'resend-safe' | 'not-sent' | 'unknown'>;

	constructor(script: Script, context: AdapterContext) {
		this.#script = script;
		this.context = context;
		const { page, outcomeOf, directory } = script;
		if (directory !== undefined) this.directory = directory;
		if (page !== undefined) this.history = { page: (request) => page(request) };
		if (outcomeOf !== undefined) this.outcomeOf = (action) => Promise.resolve(outcomeOf(action));
	}

	async start(signal: AbortSignal): Promise<ConnectionEnd> {
		this.#script.starts += 1;
		if (this.#script.onStart !== undefined) {
			const end = await this.#script.onStart(this, signal);
			if (end !== undefined) return end;
		}
		const ended = new Promise<ConnectionEnd>((resolve) => {
			this.#end = resolve;
			signal.addEventListener('abort', () => resolve({ kind: 'stopped' }), { once: true });
		});
		await this.comeOnline();
		return ended;
	}

	async comeOnline(): Promise<void> {
		const capabilities = this.#script.capabilities;
		await this.context.emit({
			origin: 'catchup',
			events: [
				{ type: 'self', remoteId: remoteUserId('me'), name: 'me' },
				{ type: 'account-capabilities', capabilities: fakeAccount },
				{
					type: 'conversation-upsert',
					conversation: {
						remoteId: room,
						kind: this.#script.kind,
						name: 'room',
						membership: 'joined',
						capabilities,
						peer: this.#script.kind === 'direct' ? remoteUserId('bob') : null,
					},
				},
				...this.#script.catchup,
				{ type: 'connection', state: { kind: 'online' } },
			],
		});
	}

	end(end: ConnectionEnd): void {
		this.#end?.(end);
	}

	signal(signal: HostSignal): void {
		this.signals.push(signal);
	}

	live(...events: AdapterEvent[]): Promise<void> {
		return this.context.emit({ origin: 'live', events });
	}

	stop(): Promise<void> {
		if (this.#script.hangOnStop) return new Promise(() => undefined);
		this.#end?.({ kind: 'stopped' });
		return Promise.resolve();
	}

	async perform(action: AdapterAction): Promise<ActionOutcome> {
		this.actions.push(action);
		this.#script.performed.push(action);
		return this.#script.onPerform === undefined ? done : this.#script.onPerform(action, this);
	}

	capabilities(): ConversationCapabilities {
		return this.#script.capabilities;
	}
}

/** What a scripted protocol does; change it between steps. */
export class Script {
	kind: 'group' | 'direct' = 'group';
	capabilities: ConversationCapabilities = { ...fakeGroup, history: 'none' };
	catchup: AdapterEvent[] = [];
	starts = 0;
	hangOnStop = false;
	/** Actions of all adapters made so far. */
	readonly performed: AdapterAction[] = [];
	readonly adapters: ScriptedAdapter[] = [];
	directory?: DirectoryFacet;
	onStart?: (adapter: ScriptedAdapter, signal: AbortSignal) => Promise<ConnectionEnd | undefined>;
	onPerform?: (action: AdapterAction, adapter: ScriptedAdapter) => Promise<ActionOutcome>;
	outcomeOf?: (action: AdapterAction) => ActionOutcome | 'resend-safe' | 'not-sent' | 'unknown';
	page?: HistoryFacet['page'] extends (request: infer R, signal: AbortSignal) => infer P ? (request: R) => P : never;

	get adapter(): ScriptedAdapter {
		const last = this.adapters.at(-1);
		if (last === undefined) throw new Error('no adapter yet');
		return last;
	}

	factory(): ProtocolFactory {
		return {
			describe: () => ({
				name: 'fake',
				title: 'Scripted',
				glyph: 'fake',
				blurb: 'fake',
				loginFlows: [{ id: 'password', purpose: 'login', label: 'password' }],
				slashCommands: [
					{ name: 'me', params: 'text', help: 'me', scope: 'common' },
					{ name: 'topic', params: '[text]', help: 'topic', scope: 'common' },
					{ name: 'join', params: 'room [password]', help: 'join', scope: 'common' },
					{ name: 'msg', params: 'user text', help: 'msg', scope: 'common' },
					{ name: 'cycle', params: '', help: 'cycle', scope: 'own' },
				],
				bestCapabilities: { direct: fakeDirect, group: fakeGroup },
				accountCapabilities: fakeAccount,
				joinPlaceholder: 'fake',
				directPlaceholder: 'fake',
			}),
			startLogin: () => scriptedLogin,
			create: (context) => {
				const adapter = new ScriptedAdapter(this, context);
				this.adapters.push(adapter);
				return adapter;
			},
		};
	}
}

/** Accepts any address and password. */
const scriptedLogin: LoginSession = {
	begin: () => ({ kind: 'input', id: 'credentials', title: 'credentials', fields: [], error: null }),
	submit: (values) =>
		Promise.resolve({
			kind: 'done',
			account: {
				address: values['address'] ?? '',
				label: 'Me',
				settings: {},
				secrets: { password: values['password'] ?? '' },
			},
		}),
	validate: () => Promise.resolve(null),
	close: () => undefined,
};
