/** Two accounts on a scripted homeserver, fresh for every test of a file. */
import { afterEach, beforeEach } from 'vitest';
import type { AdapterAction } from '../../adapter/actions.ts';
import { plainBody } from '../../model/content.ts';
import { remoteConversationId, txnId } from '../../model/ids.ts';
import { plain } from '../../model/rich-text.ts';
import { MiniHomeserver } from './mini-homeserver.ts';
import { type Credentials, TestSession } from './session-of.ts';

export interface Scripted {
	server: MiniHomeserver;
	alice: Credentials;
	bob: Credentials;
	/** A session, stopped after the test. With `from` it takes over what that one has stored. */
	session(user: Credentials, from?: TestSession): TestSession;
}

/** Registers the hooks; the fields are filled before each test. */
export function scripted(): Scripted {
	const sessions: TestSession[] = [];
	const place = {
		session: (user: Credentials, from?: TestSession): TestSession => {
			const made = new TestSession(place.server.url, user, from?.remains);
			sessions.push(made);
			return made;
		},
	} as Scripted;
	beforeEach(async () => {
		place.server = await new MiniHomeserver().start();
		place.alice = place.server.addUser('alice', 'pw');
		place.bob = place.server.addUser('bob', 'pw');
	});
	afterEach(async () => {
		await Promise.all(sessions.splice(0).map((session) => session.stop()));
		await place.server.stop();
	});
	return place;
}

export const send = (room: string, text: string, txn = `t-${text}`): AdapterAction => ({
	type: 'send',
	txnId: txnId(txn),
	conversation: remoteConversationId(room),
	content: { kind: 'text', body: plain(text) },
	replyTo: null,
	threadRoot: null,
});

/** A public room made by a session. */
export async function create(client: TestSession, name = 'Room'): Promise<string> {
	const outcome = await client.adapter.perform({ type: 'create-room', name, topic: null, isPublic: true, invite: [] });
	if (outcome.kind !== 'accepted' || outcome.conversation === undefined) throw new Error(JSON.stringify(outcome));
	return outcome.conversation;
}

/** Waits for a message with this text. */
export const text = (client: TestSession, room: string, wanted: string): Promise<unknown> =>
	client.context.waitFor(wanted, () =>
		client.context.messagesOf(remoteConversationId(room)).find((message) => plainBody(message.content) === wanted),
	);

/** What was sent into a room over the wire. */
export const wireSends = (
	server: MiniHomeserver,
	room: string,
): readonly { readonly path: string; readonly body: unknown }[] =>
	server.requests.filter(
		({ method, path }) => method === 'PUT' && path.includes(`/rooms/${encodeURIComponent(room)}/send/`),
	);
