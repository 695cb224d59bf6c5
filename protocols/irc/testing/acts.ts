/** Actions and lines that many tests need. */
import type { AdapterAction } from '../../adapter/actions.ts';
import type { RemoteMessage } from '../../adapter/events.ts';
import { type RemoteConversationId, remoteConversationId, txnId } from '../../model/ids.ts';
import { plain } from '../../model/rich-text.ts';
import type { Scene } from './harness.ts';
import type { ScriptedLink } from './scripted-server.ts';

/** Capabilities of a server with proof of delivery. */
export const tagged = ['message-tags', 'server-time', 'batch', 'echo-message', 'labeled-response'] as const;
export const room: RemoteConversationId = remoteConversationId('#a');

export const send = (text: string, conversation = room): AdapterAction => ({
	type: 'send',
	txnId: txnId(`t-${text}`),
	conversation,
	content: { kind: 'text', body: plain(text) },
	replyTo: null,
	threadRoot: null,
});

/** Connects and stands in #a as operator beside bob. */
export async function inRoom(now: Scene, caps: readonly string[] = tagged, isupport?: string): Promise<ScriptedLink> {
	const { link } = await now.online(caps, isupport);
	link.send(':alice!a@host JOIN #a', ':s 353 alice = #a :@alice +bob', ':s 366 alice #a :End');
	await now.context.event('members-snapshot');
	return link;
}

export const messagesOf = (now: Scene): readonly RemoteMessage[] =>
	now.context.of('message').map((event) => event.message);

/** Label of a line we wrote. */
export const label = (line: string): string => /(?:^@|;)label=([^;\s]+)/.exec(line)?.[1] ?? '';
