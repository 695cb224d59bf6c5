/** The renderer's copy of what the engine knows. Written by `apply-patch.ts` alone, read through `selectors.ts`. */
import type { BootState } from '../../engine/contract/queries.ts';
import { defaultSettings } from '../../engine/contract/settings.ts';
import type { Settings } from '../../engine/contract/settings.ts';
import type {
	Account,
	Contact,
	Conversation,
	Decision,
	MediaState,
	Member,
	Person,
	TypingUser,
} from '../../protocols/model/entities.ts';
import type {
	AccountId,
	ContactId,
	ConversationId,
	DecisionId,
	MediaId,
	PersonId,
	RemoteUserId,
} from '../../protocols/model/ids.ts';
import type { TimelineWindow } from './timeline-window.ts';

export type ProtocolInfo = BootState['protocols'][number];

/** What is known about the members of an open conversation. */
export interface MemberList {
	readonly byId: ReadonlyMap<RemoteUserId, Member>;
	/** As the network counts them; may be more than are known. */
	readonly total: number;
	readonly complete: boolean;
}

export interface EngineState {
	/** False until the first `boot` answer. */
	readonly booted: boolean;
	readonly version: string;
	readonly protocols: ReadonlyMap<string, ProtocolInfo>;
	readonly accounts: ReadonlyMap<AccountId, Account>;
	readonly conversations: ReadonlyMap<ConversationId, Conversation>;
	readonly contacts: ReadonlyMap<ContactId, Contact>;
	readonly persons: ReadonlyMap<PersonId, Person>;
	readonly decisions: ReadonlyMap<DecisionId, Decision>;
	readonly typing: ReadonlyMap<ConversationId, readonly TypingUser[]>;
	/** Logins being checked now: a key under `login.progress` by login id. */
	readonly loginProgress: ReadonlyMap<string, string>;
	/** Files that are moving, came or failed in this session of the window; others are asked for when they are shown. */
	readonly media: ReadonlyMap<MediaId, MediaState>;
	readonly settings: Settings;
	/** Open conversations only. */
	readonly timelines: ReadonlyMap<ConversationId, TimelineWindow>;
	readonly members: ReadonlyMap<ConversationId, MemberList>;
}

export const emptyEngineState: EngineState = {
	booted: false,
	version: '',
	protocols: new Map(),
	accounts: new Map(),
	conversations: new Map(),
	contacts: new Map(),
	persons: new Map(),
	decisions: new Map(),
	typing: new Map(),
	loginProgress: new Map(),
	media: new Map(),
	settings: defaultSettings,
	timelines: new Map(),
	members: new Map(),
};
