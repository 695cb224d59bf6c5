import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { defaultSettings } from '../../../engine/contract/settings.ts';
import { full, noConversationCapabilities, partial, rejected } from '../../../protocols/model/capabilities.ts';
import { noAccountCapabilities } from '../../../protocols/model/capabilities.ts';
import type { Feature } from '../../../protocols/model/capabilities.ts';
import type { Account, Conversation } from '../../../protocols/model/entities.ts';
import type { AccountId, ConversationId, RemoteConversationId } from '../../../protocols/model/ids.ts';
import { inheritPrivacy, privacyKinds, visibleFacts } from '../../../protocols/model/privacy.ts';
import type { PrivacySwitches } from '../../../protocols/model/privacy.ts';
import { AppContext, type App } from '../../app-context.ts';
import { english } from '../../i18n/resources.ts';
import { setupI18n } from '../../i18n/setup.ts';
import { emptyEngineState } from '../../state/engine-state.ts';
import { createAppStore } from '../../state/store.ts';
import { useTypingSignal } from '../composer/use-typing.ts';
import { ConversationPrivacy } from './conversation-privacy.tsx';
import { offerIn, offerOf } from './offers.ts';

const container = document.createElement('div');
const root = createRoot(container);
const store = createAppStore();
const sent: unknown[] = [];
const app = {
	store,
	client: {
		command: (name: string, args: unknown) => {
			sent.push([name, args]);
			return Promise.resolve(null);
		},
	},
	attempt: () => Promise.resolve(true),
} as unknown as App;

const able = {
	...noConversationCapabilities,
	text: { ...noConversationCapabilities.text, send: full },
	typingSend: full,
};
const account = (privacy: PrivacySwitches): Account => ({
	id: 'a' as AccountId,
	protocol: 'fake',
	address: 'me',
	label: 'Me',
	enabled: true,
	position: 0,
	connection: { kind: 'online', since: 0 },
	self: null,
	presence: { availability: 'available', statusText: '' },
	capabilities: noAccountCapabilities,
	security: null,
	privacy,
});
const conversation = (privacy: PrivacySwitches, capabilities = able): Conversation => ({
	id: 'c' as ConversationId,
	accountId: 'a' as AccountId,
	remoteId: 'bob' as RemoteConversationId,
	kind: 'direct',
	parentId: null,
	peer: null,
	name: 'Bob',
	topic: '',
	membership: 'joined',
	invite: null,
	notify: 'all',
	pinned: false,
	archived: false,
	unread: 0,
	mentions: 0,
	readUpTo: null,
	last: null,
	capabilities,
	error: null,
	draft: '',
	privacy,
});
const typing = (on: boolean | null): PrivacySwitches => ({ ...inheritPrivacy, typing: on });

beforeAll(async () => {
	Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
	await setupI18n();
});
beforeEach(() => {
	sent.length = 0;
});
afterEach(() => act(() => root.render(null)));

const know = (settings: boolean, ofAccount: boolean | null): void =>
	act(() =>
		store.setState({
			engine: {
				...emptyEngineState,
				settings: { ...defaultSettings, sendTyping: settings },
				accounts: new Map([['a' as AccountId, account(typing(ofAccount))]]),
			},
		}),
	);

function Writes({ conversation: where }: { readonly conversation: Conversation }) {
	const { typed } = useTypingSignal(where);
	return (
		<button type="button" onClick={() => typed('hello')}>
			type
		</button>
	);
}

test.each([
	[true, null, null, true],
	[false, null, true, true],
	[true, null, false, false],
	[true, false, null, false],
	[false, true, null, true],
	[true, false, true, true],
] as const)(
	'typing with the settings %s, the account %s and the conversation %s is told: %s',
	(settings, ofAccount, ofConversation, told) => {
		know(settings, ofAccount);
		act(() =>
			root.render(
				<AppContext value={app}>
					<Writes conversation={conversation(typing(ofConversation))} />
				</AppContext>,
			),
		);
		act(() => container.querySelector('button')?.click());
		expect(sent).toEqual(told ? [['typing.set', { conversationId: 'c', state: 'active' }]] : []);
	},
);

test('what they see, the level above in words, and the reason where there is nothing to switch', () => {
	know(true, false);
	const render = (capabilities: typeof able): string => {
		act(() =>
			root.render(
				<AppContext value={app}>
					<ConversationPrivacy
						conversation={conversation(inheritPrivacy, capabilities)}
						account={account(typing(false))}
					/>
				</AppContext>,
			),
		);
		if (container.querySelector('ul') === null) act(() => container.querySelector('button')?.click());
		return container.textContent;
	};
	const words = render({ ...able, deliveryReceipt: rejected('protocol'), readReceipt: rejected('peer') });
	expect(words).toContain('They read what you write.');
	expect(words).not.toContain('They see when you are typing.');
	expect(words).toContain('As for the account: off');
	expect(words).toContain('Delivery receiptsThis network has no such thing.');
	expect(words).toContain('No effect now: The other side');
});

test('one sentence for everything that can be seen', () => {
	expect(Object.keys(english.privacy.sees)).toEqual([...visibleFacts]);
	for (const sentence of Object.values(english.privacy.sees)) expect(sentence).toMatch(/^[A-Z].*\.$/u);
	for (const kind of privacyKinds) expect(english.settings[kind]).not.toBe('');
});

test.each<[feature: Feature, offered: boolean]>([
	[full, true],
	[partial('room'), true],
	[{ level: 'dropped', reason: 'peer' }, true],
	[rejected('peer'), true],
	[rejected('offline'), true],
	[rejected('not-joined'), true],
	[rejected('protocol'), false],
	[rejected('server'), false],
	[rejected('room'), false],
	[rejected('not-yet'), false],
])('a switch over %o is offered: %s', (feature, offered) => {
	const capabilities = { ...able, readReceipt: feature };
	expect(offerIn(capabilities, 'read')).toEqual({ offered, feature });
	expect(offerOf([{ ...able, readReceipt: rejected('protocol') }, capabilities], 'read').offered).toBe(offered);
	expect(offerOf([], 'read').offered).toBe(true);
});
