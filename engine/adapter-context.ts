/** Builds what one adapter is given. Everything it reaches through here belongs to its own account. */
import type {
	AccountSettings,
	AdapterContext,
	KnownHistory,
	Logger,
	PrivateStore,
} from '../protocols/adapter/context.ts';
import type { AdapterBatch } from '../protocols/adapter/events.ts';
import { chatError, ChatException, fail } from '../protocols/model/errors.ts';
import type { AccountId } from '../protocols/model/ids.ts';
import type { AccountLog } from './account-log.ts';
import type { Core } from './core.ts';
import { privacyTowards } from './privacy.ts';
import type { StoredAccount } from './store/store.ts';

/** The engine's own entries in an account's private storage start with `e:`, so adapters get a corner of their own. */
const adapterPrefix = 'a:';
const maxKey = 512;

export interface ContextHooks {
	/** Takes a batch, or rejects when this adapter may no longer speak. */
	emit(batch: AdapterBatch): Promise<void>;
	readonly accountLog: AccountLog;
}

function accountLogger(core: Core, id: AccountId, accountLog: AccountLog): Logger {
	const tag = (fields?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
		account: id,
		...fields,
	});
	return {
		debug: (message, fields) => core.log.debug(message, tag(fields)),
		info: (message, fields) => core.log.info(message, tag(fields)),
		warn: (message, fields) => core.log.warn(message, tag(fields)),
		error: (message, fields) => core.log.error(message, tag(fields)),
		wire: (direction, text) => accountLog.add(id, { at: core.clock.now(), direction, text }),
	};
}

export function adapterContext(core: Core, account: StoredAccount, hooks: ContextHooks): AdapterContext {
	const { id } = account;
	return {
		accountId: id,
		address: account.address,
		get settings() {
			return core.state.accounts.get(id)?.settings ?? account.settings;
		},
		saveSettings: (settings) => saveSettings(core, id, settings),
		clock: core.clock,
		random: core.random,
		log: accountLogger(core, id, hooks.accountLog),
		store: privateStore(core, id),
		secrets: {
			get: (name) => core.host.secrets.get(id, name),
			set: (name, value) => core.host.secrets.set(id, name, value),
		},
		known: knownHistory(core, id),
		cursor: () => Promise.resolve(core.state.cursors.get(id) ?? null),
		emit: (batch) => hooks.emit(batch),
		shares: (remote, kind) => privacyTowards(core.state, id, remote)[kind],
		extraCa: core.host.extraCa,
		client: { name: 'Parley', version: core.host.version },
	};
}

function saveSettings(core: Core, id: AccountId, settings: AccountSettings): Promise<void> {
	return core.write((tx) => {
		const account = tx.accounts.get(id);
		if (account === undefined) throw new ChatException(chatError('cancelled', 'the account was removed'));
		tx.accounts.put(id, { ...account, settings });
	});
}

function privateStore(core: Core, id: AccountId): PrivateStore {
	const named = (key: string): string =>
		key.length > 0 && key.length <= maxKey - adapterPrefix.length
			? adapterPrefix + key
			: fail('bad-input', 'storage key too long');
	return {
		get: async (key) => core.store.kvGet(id, named(key)),
		list: async (prefix) => {
			const entries = await core.store.kvList(id, adapterPrefix + prefix);
			return entries.map(({ key, value }) => ({ key: key.slice(adapterPrefix.length), value }));
		},
		// Straight to the store: it changes nothing the engine keeps in memory, so it need not wait for other writes.
		set: async (entries) => {
			if (!core.state.accounts.has(id)) throw new ChatException(chatError('cancelled', 'the account was removed'));
			await core.store.commit([
				{ op: 'kv.set', accountId: id, entries: entries.map(({ key, value }) => ({ key: named(key), value })) },
			]);
		},
	};
}

function knownHistory(core: Core, id: AccountId): KnownHistory {
	return {
		newest: async (remote) => {
			const conversation = core.state.conversationByRemote.get(id, remote);
			if (conversation === undefined) return null;
			const message = await core.store.newestWithServerId(conversation);
			return message === null ? null : { ids: message.ids, time: message.time };
		},
		has: async (remote, ids) => {
			const conversation = core.state.conversationByRemote.get(id, remote);
			if (conversation === undefined) return ids.map(() => false);
			const rows = await core.store.findByIds(conversation, ids);
			return ids.map((wanted) =>
				rows.some((row) => row.message.ids.some((own) => own.kind === wanted.kind && own.value === wanted.value)),
			);
		},
		conversations: () =>
			Promise.resolve(
				core.state
					.conversationsOf(id)
					.filter((conversation) => conversation.kind !== 'server' && conversation.membership !== 'banned')
					.sort((a, b) => (b.last?.sort.ts ?? 0) - (a.last?.sort.ts ?? 0))
					.map(({ remoteId, kind, membership }) => ({ remoteId, kind, joined: membership === 'joined' })),
			),
	};
}
