/** What actions work with, and how the engine's ids become names on the wire. */
import type { ActionOutcome, AdapterAction } from '../adapter/actions.ts';
import { chatError, fail } from '../model/errors.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import { errorOf } from './errors.ts';
import { channelName, nickName } from './names.ts';
import type { Blocking } from './blocking.ts';
import type { ContactBook, Watcher } from './people.ts';
import type { Verdict } from './requests.ts';
import type { Runtime } from './runtime.ts';

export interface ActionHost {
	readonly runtime: Runtime;
	readonly contacts: ContactBook;
	readonly blocking: Blocking;
	readonly watcher: Watcher;
	/** Key of a channel, remembered for rejoining; null forgets it. */
	rememberKey(channel: string, key: string | null): Promise<void>;
	/** Writes a line as it is. */
	writeRaw(line: string): void;
}

export type ActionOf<T extends AdapterAction['type']> = Extract<AdapterAction, { type: T }>;

export const refused = (...error: Parameters<typeof chatError>): ActionOutcome => ({
	kind: 'rejected',
	error: chatError(...error),
});

/** Success that names the conversation it made. */
export const doneIn = (conversation: RemoteConversationId): ActionOutcome => ({
	kind: 'accepted',
	ids: [],
	time: null,
	conversation,
});

/** The name to write for a conversation: as the server spells it, not folded. */
export function targetOf(conversation: RemoteConversationId, host: ActionHost): string {
	const { session } = host.runtime;
	const known = session.channel(conversation)?.name ?? session.seen(conversation)?.nick;
	if (known !== undefined) return known;
	return session.isChannel(conversation) ? channelName(conversation, session) : nickName(conversation, session);
}

/** A room we are in, or the typed refusal. */
export function roomOf(conversation: RemoteConversationId, host: ActionHost): string {
	return host.runtime.session.channel(conversation)?.name ?? fail('not-joined');
}

/** A user of the engine by id or by typed name, as the server spells it. */
export const nickOf = (user: string, { runtime }: ActionHost): string =>
	nickName(runtime.session.seen(user)?.nick ?? user, runtime.session);

/** Line breaks and control characters in one-line texts become spaces. */
export const oneLine = (text: string): string => text.replace(/[\0-\x08\x0a-\x1f\x7f]+/g, ' ').trim();

/** The first verdict that knows. */
export const either =
	(...verdicts: readonly Verdict[]): Verdict =>
	(line) => {
		for (const verdict of verdicts) {
			const outcome = verdict(line);
			if (outcome !== null) return outcome;
		}
		return null;
	};

/**
 * Without labels: an error that names what we asked about.
 * @param codes numerics that can mean this command; another command about the same room may fail meanwhile
 */
export const about =
	(name: string, runtime: Runtime, codes: ReadonlySet<string> | null = null): Verdict =>
	(line) => {
		const error = codes === null || codes.has(line.command) ? errorOf(line) : null;
		if (error === null || !line.params.slice(1, 4).some((word) => runtime.session.same(word, name))) return null;
		return { kind: 'rejected', error };
	};
