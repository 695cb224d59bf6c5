import { expect, test } from 'vitest';
import { fakeAccount, fakeDirect } from '../testkit/fake-capabilities.ts';
import { full, rejected } from './capabilities.ts';
import type { ConversationCapabilities } from './capabilities.ts';
import { inheritPrivacy, resolvePrivacy, whatTheySee } from './privacy.ts';
import type { VisibleFact } from './privacy.ts';

const all = { sendTyping: true, sendDeliveryReceipts: true, sendReadReceipts: true };

test.each<[conversation: boolean | null, account: boolean | null, settings: boolean, told: boolean]>([
	[null, null, true, true],
	[null, null, false, false],
	[null, true, false, true],
	[null, false, true, false],
	[true, null, false, true],
	[true, false, false, true],
	[false, true, true, false],
	[false, null, true, false],
])('conversation %s over account %s over settings %s: %s', (conversation, account, settings, told) => {
	for (const [kind, setting] of [
		['typing', 'sendTyping'],
		['delivery', 'sendDeliveryReceipts'],
		['read', 'sendReadReceipts'],
	] as const) {
		const resolved = resolvePrivacy(
			{ ...inheritPrivacy, [kind]: conversation },
			{ ...inheritPrivacy, [kind]: account },
			{ ...all, [setting]: settings },
		);
		expect(resolved).toEqual({ typing: true, delivery: true, read: true, [kind]: told });
	}
});

const open = { typing: true, delivery: true, read: true };
const direct: ConversationCapabilities = { ...fakeDirect, deliveryReceipt: full };
const available = { availability: 'available', statusText: 'here' } as const;
type See = Parameters<typeof whatTheySee>;

test.each<{ name: string; see: See; facts: readonly VisibleFact[] }>([
	{
		name: 'everything',
		see: [direct, fakeAccount, open, available],
		facts: ['messages', 'files-host', 'availability', 'status-text', 'typing', 'delivered', 'read', 'server-reads'],
	},
	{
		name: 'nothing that is switched off',
		see: [direct, fakeAccount, { typing: false, delivery: false, read: false }, { ...available, statusText: '' }],
		facts: ['messages', 'files-host', 'availability', 'read-private', 'server-reads'],
	},
	{
		name: 'no presence while invisible',
		see: [direct, fakeAccount, open, { availability: 'invisible', statusText: 'secret' }],
		facts: ['messages', 'files-host', 'typing', 'delivered', 'read', 'server-reads'],
	},
	{
		name: 'nothing the network does not carry',
		see: [
			{
				...direct,
				attachments: { ...rejected('protocol'), maxBytes: null },
				typingSend: rejected('protocol'),
				deliveryReceipt: rejected('protocol'),
				readReceipt: { level: 'dropped', reason: 'peer' },
			},
			{ ...fakeAccount, ownPresence: [] },
			open,
			available,
		],
		facts: ['messages', 'server-reads'],
	},
	{
		name: 'the server reads nothing that is encrypted',
		see: [{ ...direct, encryption: 'on' }, { ...fakeAccount, ownPresence: [] }, open, available],
		facts: ['messages', 'files-host', 'typing', 'delivered', 'read'],
	},
])('what they see: $name', ({ see, facts }) => {
	expect(whatTheySee(...see)).toEqual(facts);
});
