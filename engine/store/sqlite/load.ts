/** Reads everything the engine keeps in memory. */
import type { AccountSettings } from '../../../protocols/adapter/context.ts';
import type { ConversationCapabilities } from '../../../protocols/model/capabilities.ts';
import type { OwnPresence, Person } from '../../../protocols/model/entities.ts';
import {
	accountId,
	contactId,
	conversationId,
	gapId,
	messageId,
	personId,
	remoteConversationId,
	remoteUserId,
	txnId,
} from '../../../protocols/model/ids.ts';
import type { ContactId } from '../../../protocols/model/ids.ts';
import { privacyKinds } from '../../../protocols/model/privacy.ts';
import type { PrivacySwitches } from '../../../protocols/model/privacy.ts';
import type { Settings } from '../../contract/settings.ts';
import type { LoadedState, OutboxJob, StoredAccount, StoredContact, StoredConversation, StoredGap } from '../store.ts';
import type { Database, Row } from './database.ts';
import { isAction, isChatError, isObject, isTextList } from './guards.ts';
import { readable } from './readable.ts';
import type { DamageReport } from './readable.ts';
import { flag, json, jsonOrNull, number, numberOrNull, oneOf, sortOrNull, text, textOrNull } from './row-reader.ts';

export function loadState(db: Database, report: DamageReport): LoadedState {
	const table = <T>(name: string, sql: string, read: (row: Row) => T) => readable(db.all(sql), name, report, read);
	return {
		accounts: table('accounts', 'SELECT * FROM accounts ORDER BY position, id', toAccount),
		conversations: table(
			'conversations',
			'SELECT * FROM conversations WHERE account IS NOT NULL ORDER BY id',
			toConversation,
		),
		drafts: new Map(
			table(
				'drafts',
				'SELECT c.id, d.text FROM drafts d JOIN conversations c ON c.key = d.conversation ORDER BY c.id',
				(row) => [conversationId(text(row, 'id')), text(row, 'text')],
			),
		),
		contacts: table('contacts', 'SELECT * FROM contacts ORDER BY id', toContact),
		persons: loadPersons(db, report),
		gaps: table(
			'gaps',
			'SELECT g.*, c.id AS conversation_id FROM gaps g JOIN conversations c ON c.key = g.conversation ORDER BY g.id',
			toGap,
		),
		outbox: table('outbox', 'SELECT * FROM outbox ORDER BY position, txn', toJob),
		cursors: new Map(
			table('sync_cursors', 'SELECT * FROM sync_cursors ORDER BY account', (row) => [
				accountId(text(row, 'account')),
				text(row, 'cursor'),
			]),
		),
		settings: table('settings', 'SELECT value FROM settings', (row) => json(row, 'value', isSettings))[0] ?? null,
		nextMessageId: nextMessageId(db),
	};
}

/** Above every id ever given, deleted messages included. */
function nextMessageId(db: Database): number {
	const row = db.get("SELECT seq FROM sqlite_sequence WHERE name = 'messages'");
	return row === null ? 1 : number(row, 'seq') + 1;
}

// Values are checked by the engine's schema, which also fills in settings that are newer than the row.
const isSettings = (value: unknown): value is Settings => isObject(value);
const isAccountSettings = (value: unknown): value is AccountSettings => isObject(value);
const isPresence = (value: unknown): value is OwnPresence =>
	isObject(value) && typeof value['availability'] === 'string' && typeof value['statusText'] === 'string';
const isCapabilities = (value: unknown): value is ConversationCapabilities =>
	isObject(value) && isObject(value['text']);
const isPrivacy = (value: unknown): value is PrivacySwitches =>
	isObject(value) && privacyKinds.every((kind) => value[kind] === null || typeof value[kind] === 'boolean');
const isInvite = (value: unknown): value is NonNullable<StoredConversation['invite']> =>
	isObject(value) && typeof value['from'] === 'string';
const isLast = (value: unknown): value is NonNullable<StoredConversation['last']> =>
	isObject(value) &&
	typeof value['messageId'] === 'number' &&
	isObject(value['sort']) &&
	typeof value['preview'] === 'string';

function toAccount(row: Row): StoredAccount {
	return {
		id: accountId(text(row, 'id')),
		protocol: text(row, 'protocol'),
		address: text(row, 'address'),
		label: text(row, 'label'),
		enabled: flag(row, 'enabled'),
		position: number(row, 'position'),
		settings: json(row, 'settings', isAccountSettings),
		presence: json(row, 'presence', isPresence),
		connecting: flag(row, 'connecting'),
		privacy: json(row, 'privacy', isPrivacy),
	};
}

function toConversation(row: Row): StoredConversation {
	const parent = textOrNull(row, 'parent');
	const peer = textOrNull(row, 'peer');
	return {
		id: conversationId(text(row, 'id')),
		accountId: accountId(text(row, 'account')),
		remoteId: remoteConversationId(text(row, 'remote_id')),
		kind: oneOf(row, 'kind', ['direct', 'group', 'channel', 'server', 'space']),
		parentId: parent === null ? null : conversationId(parent),
		peer: peer === null ? null : remoteUserId(peer),
		name: text(row, 'name'),
		topic: text(row, 'topic'),
		membership: oneOf(row, 'membership', ['joined', 'invited', 'joining', 'left', 'banned']),
		invite: jsonOrNull(row, 'invite', isInvite),
		notify: oneOf(row, 'notify', ['all', 'mentions', 'none']),
		pinned: flag(row, 'pinned'),
		archived: flag(row, 'archived'),
		unread: number(row, 'unread'),
		mentions: number(row, 'mentions'),
		readUpTo: sortOrNull(row, 'read_ts', 'read_seq'),
		last: jsonOrNull(row, 'last', isLast),
		capabilities: json(row, 'capabilities', isCapabilities),
		error: jsonOrNull(row, 'error', isChatError),
		privacy: json(row, 'privacy', isPrivacy),
	};
}

function toContact(row: Row): StoredContact {
	const person = textOrNull(row, 'person');
	return {
		id: contactId(text(row, 'id')),
		accountId: accountId(text(row, 'account')),
		remoteId: remoteUserId(text(row, 'remote_id')),
		name: text(row, 'name'),
		groups: json(row, 'groups', isTextList),
		subscription: oneOf(row, 'subscription', ['none', 'to', 'from', 'both', 'pending-out', 'pending-in']),
		onRoster: flag(row, 'on_roster'),
		blocked: flag(row, 'blocked'),
		personId: person === null ? null : personId(person),
	};
}

function loadPersons(db: Database, report: DamageReport): readonly Person[] {
	const contacts = new Map<string, ContactId[]>();
	for (const row of db.all('SELECT person, contact FROM person_contacts ORDER BY person, position')) {
		const list = contacts.get(text(row, 'person'));
		if (list === undefined) contacts.set(text(row, 'person'), [contactId(text(row, 'contact'))]);
		else list.push(contactId(text(row, 'contact')));
	}
	return readable(db.all('SELECT id, name FROM persons ORDER BY id'), 'persons', report, (row) => ({
		id: personId(text(row, 'id')),
		name: text(row, 'name'),
		contactIds: contacts.get(text(row, 'id')) ?? [],
	}));
}

function toGap(row: Row): StoredGap {
	return {
		id: gapId(text(row, 'id')),
		conversationId: conversationId(text(row, 'conversation_id')),
		after: sortOrNull(row, 'after_ts', 'after_seq'),
		before: sortOrNull(row, 'before_ts', 'before_seq'),
		fillable: flag(row, 'fillable'),
		token: textOrNull(row, 'token'),
	};
}

function toJob(row: Row): OutboxJob {
	const message = numberOrNull(row, 'message');
	return {
		txnId: txnId(text(row, 'txn')),
		accountId: accountId(text(row, 'account')),
		lane: text(row, 'lane'),
		messageId: message === null ? null : messageId(message),
		action: json(row, 'action', isAction),
		state: oneOf(row, 'state', ['queued', 'sending', 'awaiting-echo']),
		attempts: number(row, 'attempts'),
		attemptedAt: numberOrNull(row, 'attempted_at'),
		nextAttemptAt: numberOrNull(row, 'next_attempt_at'),
		lastError: jsonOrNull(row, 'last_error', isChatError),
		coalesce: textOrNull(row, 'coalesce_key'),
		position: number(row, 'position'),
	};
}
