/** What the window itself decides: selection, open surfaces, drafts in the making. Never engine data. */
import type { AttachedFile } from '../features/files/attached.ts';
import type { Toast } from '../components/toasts.tsx';
import type { ChatError } from '../../protocols/model/errors.ts';
import type { SortKey } from '../../protocols/model/entities.ts';
import type { AccountId, ConversationId, DecisionId, MessageId, RemoteUserId } from '../../protocols/model/ids.ts';

/** Every dialog of the window; one is open at a time. */
export type DialogRequest =
	| { readonly kind: 'add-account'; readonly protocol?: string; readonly purpose?: 'login' | 'register' }
	| { readonly kind: 'account-state'; readonly accountId: AccountId }
	| { readonly kind: 'account-log'; readonly accountId: AccountId }
	| { readonly kind: 'account-privacy'; readonly accountId: AccountId }
	| { readonly kind: 'remove-account'; readonly accountId: AccountId }
	| { readonly kind: 'decision'; readonly decisionId: DecisionId }
	| { readonly kind: 'join-room'; readonly accountId?: AccountId; readonly name?: string }
	| { readonly kind: 'browse-rooms'; readonly accountId?: AccountId }
	| { readonly kind: 'create-room'; readonly accountId?: AccountId }
	| { readonly kind: 'new-chat'; readonly accountId?: AccountId }
	| { readonly kind: 'invite'; readonly conversationId: ConversationId }
	| {
			readonly kind: 'person';
			readonly accountId: AccountId;
			readonly user: RemoteUserId;
			readonly conversationId: ConversationId | null;
	  }
	| { readonly kind: 'settings'; readonly page?: string }
	| { readonly kind: 'topic'; readonly conversationId: ConversationId }
	| { readonly kind: 'leave'; readonly conversationId: ConversationId; readonly forget: boolean }
	| { readonly kind: 'remove-message'; readonly conversationId: ConversationId; readonly messageId: MessageId }
	| { readonly kind: 'search'; readonly conversationId: ConversationId | null; readonly text?: string }
	| { readonly kind: 'slash-help'; readonly conversationId: ConversationId };

/** Which column is seen when there is room for one only. */
export type NarrowView = 'navigator' | 'conversation' | 'details';
export type NavigatorFilter = 'all' | 'unread' | 'people' | 'rooms';

/** What the composer of a conversation is about. */
export interface ComposerMode {
	readonly kind: 'reply' | 'edit';
	readonly messageId: MessageId;
}

export type TargetManner = 'jump' | 'return';

export type EngineLink =
	| { readonly kind: 'connecting' }
	| { readonly kind: 'open' }
	| { readonly kind: 'waiting'; readonly retryAt: number }
	| { readonly kind: 'refused'; readonly error: ChatError };

export interface UiState {
	readonly link: EngineLink;
	readonly selected: ConversationId | null;
	readonly narrowView: NarrowView;
	readonly detailsOpen: boolean;
	readonly navigatorWidth: number;
	readonly filter: NavigatorFilter;
	/** Keys of folded navigator groups. */
	readonly folded: ReadonlySet<string>;
	readonly paletteOpen: boolean;
	readonly dialog: DialogRequest | null;
	readonly toasts: readonly Toast[];
	/** Text being written, by conversation; wins over the engine's draft while present. */
	readonly drafts: ReadonlyMap<ConversationId, string>;
	readonly composing: ReadonlyMap<ConversationId, ComposerMode>;
	/** Files chosen for the next messages. */
	readonly attached: ReadonlyMap<ConversationId, readonly AttachedFile[]>;
	/** A message to scroll to and mark, once it is loaded. */
	readonly target: {
		readonly conversationId: ConversationId;
		readonly messageId: MessageId;
		readonly at: number;
		/** `jump`: centred and marked. `return`: where it was left, at the top and without a mark. */
		readonly manner: TargetManner;
	} | null;
	/** The conversation to scroll to its newest message; cleared once that is done. */
	readonly endWanted: ConversationId | null;
	/** Where the unread line stands and how much was unread, fixed when the conversation was opened. */
	readonly unreadFrom: ReadonlyMap<ConversationId, (SortKey & { readonly count: number }) | null>;
	/** Conversations whose first page could not be loaded. */
	readonly loadErrors: ReadonlyMap<ConversationId, ChatError>;
}

export const navigatorLimits = { min: 200, max: 420, initial: 280 } as const;

export const initialUi: UiState = {
	link: { kind: 'connecting' },
	selected: null,
	narrowView: 'navigator',
	detailsOpen: true,
	navigatorWidth: navigatorLimits.initial,
	filter: 'all',
	folded: new Set(),
	paletteOpen: false,
	dialog: null,
	toasts: [],
	drafts: new Map(),
	composing: new Map(),
	attached: new Map(),
	target: null,
	endWanted: null,
	unreadFrom: new Map(),
	loadErrors: new Map(),
};
