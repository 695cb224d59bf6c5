/** What the fake protocol can do: everything the model knows, except encryption. */
import { full, noConversationCapabilities, rejected } from '../model/capabilities.ts';
import type { AccountCapabilities, ConversationCapabilities } from '../model/capabilities.ts';

export const fakeGroup: ConversationCapabilities = {
	...noConversationCapabilities,
	text: {
		send: full,
		maxBytes: 64 * 1024,
		multiline: 'native',
		formatting: [
			'bold',
			'italic',
			'underline',
			'strike',
			'code',
			'code-block',
			'quote',
			'spoiler',
			'link',
			'mention',
			'color',
			'heading',
			'list-item',
		],
		emote: full,
	},
	reply: full,
	thread: full,
	edit: { ...full, maxAgeMs: null },
	removeOwn: full,
	removeAny: rejected('room'),
	react: full,
	attachments: { ...full, maxBytes: 10_000_000 },
	typingSend: full,
	typingReceive: full,
	deliveryReceipt: rejected('protocol'),
	readReceipt: full,
	readMarkerSync: full,
	history: 'scrollback',
	members: 'complete',
	topic: full,
	invite: full,
	kick: rejected('room'),
	ban: rejected('room'),
	setRole: rejected('room'),
	leave: full,
	encryption: 'none',
	echo: 'server',
	ordering: 'server',
};

export const fakeDirect: ConversationCapabilities = {
	...fakeGroup,
	topic: rejected('protocol'),
	invite: rejected('protocol'),
	leave: rejected('protocol'),
};

export const fakeAccount: AccountCapabilities = {
	joinByName: full,
	createRoom: full,
	browseRooms: full,
	searchPeople: full,
	directChat: full,
	contacts: full,
	contactPresence: full,
	ownPresence: ['available', 'away', 'busy', 'invisible'],
	statusText: full,
	invisible: full,
	block: full,
	setDisplayName: full,
	raw: rejected('protocol'),
};
