/** Commands about contacts and persons, and the user's settings and whereabouts. */
import { fail } from '../../protocols/model/errors.ts';
import type { ContactId, RemoteUserId } from '../../protocols/model/ids.ts';
import { act } from '../act.ts';
import { requireFeature } from '../capability-check.ts';
import { settingsSchema } from '../contract/settings.ts';
import type { Core } from '../core.ts';
import { mergePersons, renamePerson, splitPerson } from '../people.ts';
import type { StoredContact } from '../store/store.ts';
import type { Handlers } from './env.ts';

type Names =
	| 'contact.add'
	| 'contact.update'
	| 'contact.remove'
	| 'contact.authorise'
	| 'person.merge'
	| 'person.split'
	| 'person.rename'
	| 'user.block'
	| 'user.whois'
	| 'settings.set'
	| 'client.activity';

const contactById = (core: Core, id: ContactId): StoredContact =>
	core.state.contacts.get(id) ?? fail('bad-input', 'no such contact');

/** A new contact usually shows at once, through the server's own list. */
const contactAppearsMs = 3000;

export const peopleCommands: Handlers<Names> = {
	'contact.add': async ({ core }, { accountId, user, name, groups, message }) => {
		requireFeature(core.state.runtimeOf(accountId).capabilities.contacts, 'contacts');
		await act(core, accountId, { type: 'contact-add', user, name, groups, message });
		const found = await core.until(
			() => core.state.contactByRemote.get(accountId, user as RemoteUserId),
			contactAppearsMs,
		);
		return { contactId: found ?? null };
	},
	'contact.update': async ({ core }, { contactId, name, groups }) => {
		const contact = contactById(core, contactId);
		await act(core, contact.accountId, { type: 'contact-update', user: contact.remoteId, name, groups });
		return null;
	},
	'contact.remove': async ({ core }, { contactId }) => {
		const contact = contactById(core, contactId);
		await act(core, contact.accountId, { type: 'contact-remove', user: contact.remoteId });
		return null;
	},
	'contact.authorise': async ({ core }, { contactId, allow }) => {
		const contact = contactById(core, contactId);
		await act(core, contact.accountId, { type: 'contact-authorise', user: contact.remoteId, allow });
		return null;
	},
	'person.merge': async ({ core }, { contactIds, name }) => ({
		personId: await core.write((tx) => mergePersons(core, tx, contactIds, name)),
	}),
	'person.split': async ({ core }, { personId, contactId }) => {
		await core.write((tx) => splitPerson(tx, personId, contactId));
		return null;
	},
	'person.rename': async ({ core }, { personId, name }) => {
		await core.write((tx) => renamePerson(tx, personId, name));
		return null;
	},
	'user.block': async ({ core }, { accountId, user, blocked }) => {
		requireFeature(core.state.runtimeOf(accountId).capabilities.block, 'block');
		await act(core, accountId, { type: blocked ? 'block' : 'unblock', user });
		return null;
	},
	'user.whois': async ({ core }, { accountId, user, conversationId }) => {
		const conversation =
			conversationId === null ? null : (core.state.conversations.get(conversationId)?.remoteId ?? null);
		await act(core, accountId, { type: 'whois', user, conversation });
		return null;
	},
	'settings.set': async ({ core }, { settings }, _caller, raw) => {
		const named = namedSettings(raw);
		await core.write((tx) => {
			const changed = Object.fromEntries(Object.entries(settings).filter(([key]) => named.has(key)));
			tx.putSettings(settingsSchema.parse({ ...tx.settings, ...changed }));
		});
		return null;
	},
	'client.activity': ({ core, accounts }, { focused, visible }, caller) => {
		const wasActive = isActive(core);
		core.state.focus.set(caller.clientId, { focused, visible });
		const active = isActive(core);
		if (active !== wasActive) accounts.signal(active ? 'user-active' : 'user-idle');
		return Promise.resolve(null);
	},
};

const isActive = (core: Core): boolean => [...core.state.focus.values()].some((client) => client.focused);

/** Keys the client really sent: parsing fills absent ones with defaults, which must not overwrite what is set. */
function namedSettings(raw: unknown): ReadonlySet<string> {
	if (typeof raw !== 'object' || raw === null || !('settings' in raw)) return new Set();
	return typeof raw.settings === 'object' && raw.settings !== null ? new Set(Object.keys(raw.settings)) : new Set();
}
