/** PRIVMSG, NOTICE, TAGMSG, REDACT and multiline batches. */
import type { Actor } from '../../adapter/events.ts';
import type { RemoteConversationId } from '../../model/ids.ts';
import type { IrcBatch } from '../batches.ts';
import type { LineContext } from '../client.ts';
import { type IrcLine, param, trailing } from '../line.ts';
import { ctcpBody, isOwn, mapMultiline, mapRelation, mapSaid, type Said } from '../message-mapper.ts';
import { playbackService } from '../names.ts';
import { carriesSecret } from '../redact.ts';
import { type HandlerTable, type LineHandler, type Runtime, originOf, serverText, timeAt } from '../runtime.ts';
import { directCapabilities } from '../features.ts';
import { ctcpAnswer } from '../ctcp.ts';

const onSaid: LineHandler = (line, runtime, context) => {
	const { session } = runtime;
	if (line.source === null || fromServer(line, runtime)) return onServerNotice(line, runtime);
	session.note(line.source);
	const own = isOwn(line, session);
	// The echo of our own send: its request has already taken the ids from it.
	if (own && context.label !== null) return true;
	// Nor is what we ask of the bouncer a conversation.
	if (own && param(line, 0) === playbackService) return true;
	// Our IDENTIFY comes back where echo-message is on, from this or another client: a password is never a message.
	if (own && carriesSecret(param(line, 0), trailing(line))) return true;
	const said = mapSaid(line, session, runtime.context.clock.now());
	if (said !== null) emitSaid(said, runtime, context);
	else if (!own && originOf(context) === 'live') onCtcp(line, runtime);
	return true;
};

/** Servers speak without user and host; before registration everything they say is for the account. */
const fromServer = (line: IrcLine, runtime: Runtime): boolean => {
	const source = line.source;
	if (source === null) return true;
	if (line.command !== 'NOTICE') return false;
	const target = param(line, 0);
	if (source.user !== '' || source.host !== '') return target.startsWith('$');
	const { server, nick } = runtime.session;
	return source.nick.includes('.') || source.nick === server || target === '*' || nick === '';
};

function onServerNotice(line: IrcLine, runtime: Runtime): boolean {
	serverText(runtime, 'notice', trailing(line), { time: timeAt(line, runtime) });
	return true;
}

function emitSaid(said: Said, runtime: Runtime, context: LineContext): void {
	const origin = originOf(context);
	if (said.peer !== null) introduce(said.peer, runtime);
	runtime.sink.push({ type: 'message', conversation: said.conversation, message: said.message }, origin);
	// A message ends its author's typing, whether they say so or not.
	if (said.message.own || !runtime.session.typists.delete(typistKey(said.conversation, said.message.sender))) return;
	runtime.sink.push({ type: 'typing', conversation: said.conversation, user: said.message.sender, state: 'done' });
}

const typistKey = (conversation: RemoteConversationId, user: Actor): string => `${conversation} ${user.remoteId}`;
/** People whose typing is remembered; more than that is a flood. */
const maxTypists = 1000;

/** Tells the engine who is behind a one-to-one conversation, once per session. */
export function introduce(nick: string, runtime: Runtime): void {
	const { session } = runtime;
	const id = session.conversationId(nick);
	if (session.introduced.has(id)) return;
	session.introduced.add(id);
	runtime.sink.push({
		type: 'conversation-upsert',
		conversation: {
			remoteId: id,
			kind: 'direct',
			peer: session.userId(nick),
			name: nick,
			membership: 'joined',
			capabilities: directCapabilities(session, nick),
		},
	});
}

function onCtcp(line: IrcLine, runtime: Runtime): void {
	const body = ctcpBody(trailing(line));
	const nick = line.source?.nick ?? '';
	if (body === null || nick === '') return;
	const [type = '', ...rest] = body.split(' ');
	const about = `CTCP ${type.toUpperCase()}${line.command === 'NOTICE' ? ' reply' : ''} from ${nick}`;
	serverText(runtime, 'info', line.command === 'NOTICE' ? `${about}: ${rest.join(' ')}` : about, {
		time: timeAt(line, runtime),
		reply: line.command === 'NOTICE',
	});
	if (line.command !== 'PRIVMSG' || !runtime.session.isSelf(param(line, 0))) return;
	const answer = ctcpAnswer(type, rest.join(' '), runtime);
	if (answer !== null)
		runtime.requests.send('NOTICE', [nick, `\x01${answer}\x01`], { priority: 'background', expiresMs: 10_000 });
}

const typingStates = new Set(['active', 'paused', 'done'] as const);
type Typing = 'active' | 'paused' | 'done';

const onTagMessage: LineHandler = (line, runtime, context) => {
	const { session } = runtime;
	if (line.source === null) return true;
	session.note(line.source);
	const relation = mapRelation(line, session, runtime.context.clock.now(), originOf(context) === 'live');
	if (relation !== null) {
		if (!(isOwn(line, session) && context.label !== null)) runtime.sink.push(relation, originOf(context));
		return true;
	}
	const state = line.tags.get('+typing') ?? line.tags.get('+draft/typing');
	if (isOwn(line, session) || originOf(context) !== 'live' || !typingStates.has(state as Typing)) return true;
	const target = session.stripStatus(param(line, 0));
	const conversation = session.conversationId(session.isChannel(target) ? target : line.source.nick);
	// Typing alone does not open a conversation.
	if (!session.isChannel(target) && !session.introduced.has(conversation)) return true;
	const user = session.actor(line.source.nick, line.tags.get('account'));
	const key = typistKey(conversation, user);
	if (state === 'done') session.typists.delete(key);
	else if (session.typists.size < maxTypists) session.typists.add(key);
	runtime.sink.push({ type: 'typing', conversation, user, state: state as Typing });
	return true;
};

const onRedact: LineHandler = (line, runtime, context) => {
	const relation = mapRelation(line, runtime.session, runtime.context.clock.now(), originOf(context) === 'live');
	if (relation !== null && !(isOwn(line, runtime.session) && context.label !== null))
		runtime.sink.push(relation, originOf(context));
	return true;
};

export const messageHandlers: HandlerTable = new Map([
	['PRIVMSG', onSaid],
	['NOTICE', onSaid],
	['TAGMSG', onTagMessage],
	['REDACT', onRedact],
]);

/** draft/multiline arrives as one batch. */
export function onMultiline(batch: IrcBatch, runtime: Runtime, context: LineContext): boolean {
	if (batch.type !== 'draft/multiline') return false;
	if (runtime.blocks.hides({ ...batch.opening, command: 'PRIVMSG' })) return true;
	const said = mapMultiline(batch, runtime.session, runtime.context.clock.now());
	if (said === null || (said.message.own && context.label !== null)) return true;
	emitSaid(said, runtime, context);
	return true;
}
