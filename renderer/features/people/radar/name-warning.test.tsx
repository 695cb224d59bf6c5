import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Contact } from '../../../../protocols/model/entities.ts';
import type {
	AccountId,
	ContactId,
	PersonId,
	RemoteConversationId,
	RemoteUserId,
} from '../../../../protocols/model/ids.ts';
import { AppContext, type App } from '../../../app-context.ts';
import { setupI18n } from '../../../i18n/setup.ts';
import { emptyEngineState } from '../../../state/engine-state.ts';
import { createAppStore } from '../../../state/store.ts';
import { NameNotice, NameSign } from './name-warning.tsx';

const container = document.createElement('div');
const root = createRoot(container);
const store = createAppStore();
const account = 'a' as AccountId;

const contact = (id: string, name: string, over: Partial<Contact> = {}): Contact => ({
	id: id as ContactId,
	accountId: account,
	remoteId: `${id}@home` as RemoteUserId,
	name,
	groups: [],
	subscription: 'both',
	onRoster: true,
	blocked: false,
	personId: null,
	availability: 'available',
	statusText: '',
	conversationId: null,
	...over,
});
const know = (...contacts: readonly Contact[]): void =>
	act(() =>
		store.setState({
			engine: { ...emptyEngineState, contacts: new Map(contacts.map((one) => [one.id, one])) },
		}),
	);

beforeAll(async () => {
	Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
	await setupI18n();
});
afterEach(() => act(() => root.render(null)));

const show = (remoteId: string, name: string, isSelf = false): void =>
	act(() =>
		root.render(
			<AppContext value={{ store } as unknown as App}>
				<NameSign
					accountId={account}
					remoteId={remoteId as RemoteUserId}
					name={name}
					address={null}
					place={'room@muc' as RemoteConversationId}
					isSelf={isSelf}
				/>
				<NameNotice
					accountId={account}
					remoteId={remoteId as RemoteUserId}
					name={name}
					address={null}
					place={null}
					isSelf={isSelf}
				/>
			</AppContext>,
		),
	);
const sign = (): string | null => container.querySelector('[role="img"]')?.getAttribute('aria-label') ?? null;

test('a name that reads like a contact is told, once the table is there, and only while it is a contact', async () => {
	know(contact('alice', 'Alice'));
	show('mallory@home', 'Аlice');
	expect(sign()).toContain('letters of different scripts');
	await act(async () => {
		await import('./skeleton.ts');
	});
	await vi.waitFor(() => expect(sign()).toContain('reads like that of your contact'));
	expect(container.querySelector('[role="status"]')?.textContent).toContain('alice@home');
	know(contact('alice', 'Alice', { availability: 'away' }));
	expect(sign()).toContain('reads like that of your contact');
	know(contact('alice', 'Somebody'), contact('bob', 'Bob'));
	expect(sign()).not.toContain('reads like');
	know();
	expect(sign()).not.toContain('reads like');
});

test('nothing beside good names, oneself, the contact, and what the user merged', () => {
	const merged = { personId: 'p' as PersonId };
	know(contact('alice', 'Alice', merged), contact('alice2', 'Alice', merged));
	act(() =>
		store.setState(({ engine }) => ({
			engine: {
				...engine,
				persons: new Map([
					[merged.personId, { id: merged.personId, name: 'Alice', contactIds: [...engine.contacts.keys()] }],
				]),
			},
		})),
	);
	for (const [id, name] of [
		['bob@home', 'Bob'],
		['alice@home', 'Alice'],
		['alice2@home', 'Alice'],
	] as const) {
		show(id, name);
		expect(container.textContent).toBe('');
		expect(sign()).toBeNull();
	}
	show('me@home', 'Аlice', true);
	expect(sign()).toBeNull();
});
