/** What each action of the engine becomes on a live connection. */
import { type ActionOutcome, type AdapterAction, done } from '../adapter/actions.ts';
import { assertNever } from '../model/assert-never.ts';
import {
	type ActionHost,
	type ActionOf,
	about,
	doneIn,
	either,
	nickOf,
	oneLine,
	refused,
	targetOf,
} from './action-host.ts';
import { runSlash } from './commands.ts';
import { directCapabilities } from './features.ts';
import { introduce } from './handlers/messages.ts';
import { timestampOf } from './handlers/history.ts';
import { byteLength, lineLimits, trailing } from './line.ts';
import { nickName } from './names.ts';
import { asText, react, redactMessage, sendMessage } from './outgoing.ts';
import { toRemote } from './people.ts';
import type { Verdict } from './requests.ts';
import * as rooms from './room-actions.ts';

/** @throws ChatException for input that cannot be put into a line */
export async function perform(action: AdapterAction, host: ActionHost): Promise<ActionOutcome> {
	switch (action.type) {
		case 'send':
			return send(action, host);
		case 'send-file':
			return send(asText(action), host);
		case 'remove':
			return redactMessage(action, targetOf(action.conversation, host), host.runtime);
		case 'react':
			return react(action, targetOf(action.conversation, host), host.runtime);
		case 'mark-read':
			return markRead(action, host);
		case 'typing':
			return typing(action, host);
		case 'presence':
			return presence(action, host);
		case 'join':
			return rooms.join(action.name, action.password, host);
		case 'create-room':
			return rooms.createRoom(action, host);
		case 'leave':
			return rooms.leave(action, host);
		case 'set-topic':
			return rooms.setTopic(action, host);
		case 'set-room-name':
			return rooms.renameRoom(action, host);
		case 'invite':
			return rooms.invite(action, host);
		case 'kick':
			return rooms.kick(action, host);
		case 'ban':
			return rooms.ban(action, host);
		case 'unban':
			return rooms.unban(action, host);
		case 'set-role':
			return rooms.setRole(action, host);
		case 'raw':
			return raw(action.text, host);
		case 'slash':
			return runSlash(action.name, action.args, action.conversation, host.runtime);
		default:
			return performOnPeople(action, host);
	}
}

type PeopleAction = ActionOf<
	| 'open-direct'
	| 'answer-invite'
	| 'contact-add'
	| 'contact-update'
	| 'contact-remove'
	| 'contact-authorise'
	| 'block'
	| 'unblock'
	| 'set-display-name'
	| 'whois'
	| 'edit'
	| 'answer-decision'
>;

async function performOnPeople(action: PeopleAction, host: ActionHost): Promise<ActionOutcome> {
	const { session, requests, sink } = host.runtime;
	switch (action.type) {
		case 'open-direct':
			return openDirect(action.user, host);
		case 'answer-invite':
			if (action.accept) return rooms.join(action.conversation, null, host);
			sink.push({
				type: 'conversation-upsert',
				conversation: { remoteId: action.conversation, membership: 'left', invite: null },
			});
			return done;
		case 'contact-add':
		case 'contact-update':
			return putContact(action, host);
		case 'contact-remove':
			await host.contacts.remove(action.user, (a, b) => session.same(a, b));
			host.watcher.remove(action.user);
			host.blocking.forgotten(action.user);
			return done;
		case 'set-display-name': {
			const nick = nickName(action.name, session);
			const changed: Verdict = (line) => (line.command === 'NICK' && session.same(trailing(line), nick) ? done : null);
			return requests.run('NICK', [nick], either(changed, about(nick, host.runtime)));
		}
		case 'whois': {
			const nick = nickOf(action.user, host);
			session.asking.add(`whois ${session.fold(nick)}`);
			// Asking the user's own server shows idle time as well.
			requests.send('WHOIS', [nick, nick]);
			return done;
		}
		case 'block':
			return host.blocking.block(nickOf(action.user, host));
		case 'unblock':
			return host.blocking.unblock(nickOf(action.user, host));
		case 'edit':
		case 'contact-authorise':
		case 'answer-decision':
			return refused('unsupported');
		default:
			return assertNever(action);
	}
}

function send(action: ActionOf<'send'>, host: ActionHost): Promise<ActionOutcome> {
	const { session } = host.runtime;
	const target = targetOf(action.conversation, host);
	if (session.isChannel(target) && session.channel(target) === undefined) {
		// Right after registration the JOIN may be on its way: the outbox waits for it instead of giving up.
		const settling = host.runtime.context.clock.now() < session.settlingUntil;
		return Promise.resolve(refused('not-joined', null, settling ? { retry: 'later' } : {}));
	}
	// The message itself tells that we stopped typing.
	session.typingAt.delete(action.conversation);
	if (!session.isChannel(target)) host.watcher.add(target);
	return sendMessage(action, target, host.runtime);
}

function markRead(action: ActionOf<'mark-read'>, host: ActionHost): ActionOutcome {
	const { session, requests } = host.runtime;
	if (!session.caps.has('draft/read-marker')) return refused('unsupported');
	requests.send('MARKREAD', [targetOf(action.conversation, host), timestampOf(action.upTo.time)], {
		priority: 'background',
		replaces: `markread ${action.conversation}`,
	});
	return done;
}

async function putContact(
	action: ActionOf<'contact-add' | 'contact-update'>,
	host: ActionHost,
): Promise<ActionOutcome> {
	const { session, sink } = host.runtime;
	const nick = nickOf(action.user, host);
	const contact = { nick, name: action.name ?? '', groups: [...action.groups] };
	await host.contacts.put(contact, (a, b) => session.same(a, b));
	sink.push({ type: 'contacts-delta', upsert: [toRemote(contact, host.runtime)], remove: [] });
	host.watcher.add(nick);
	return done;
}

function openDirect(user: string, host: ActionHost): ActionOutcome {
	const { runtime } = host;
	const { session, requests } = runtime;
	const nick = nickName(session.seen(user)?.nick ?? user, session);
	const conversation = session.conversationId(nick);
	introduce(nick, runtime);
	runtime.sink.push({
		type: 'conversation-upsert',
		conversation: {
			remoteId: conversation,
			kind: 'direct',
			peer: session.userId(nick),
			name: nick,
			membership: 'joined',
			capabilities: directCapabilities(session, nick),
		},
	});
	host.watcher.add(nick);
	if (session.caps.has('draft/read-marker')) requests.send('MARKREAD', [nick], { priority: 'background' });
	return doneIn(conversation);
}

const typingEveryMs = 3000;

/** IRCv3 typing: at most one `active` in three seconds, and an end only where a beginning was told. */
function typing(action: ActionOf<'typing'>, host: ActionHost): ActionOutcome {
	const { session, requests, context } = host.runtime;
	if (!session.caps.has('message-tags') || !session.isupport.allowsTag('typing')) return refused('unsupported');
	const target = targetOf(action.conversation, host);
	const now = context.clock.now();
	const last = session.typingAt.get(action.conversation);
	if (action.state === 'active' ? last !== undefined && now - last < typingEveryMs : last === undefined) return done;
	if (action.state === 'active') session.typingAt.set(action.conversation, now);
	else session.typingAt.delete(action.conversation);
	requests.send('TAGMSG', [target], {
		tags: { '+typing': action.state },
		replaces: `typing ${action.conversation}`,
		expiresMs: typingEveryMs,
		priority: 'background',
	});
	return done;
}

const awayWords = { away: 'Away', busy: 'Busy', 'extended-away': 'Not available' } as const;

async function presence(action: ActionOf<'presence'>, host: ActionHost): Promise<ActionOutcome> {
	const { session, requests, sink } = host.runtime;
	const { availability } = action.presence;
	const text = oneLine(action.presence.statusText);
	if (availability === 'available' || availability === 'chat') {
		session.awayText = text;
		// Nothing to take back: AWAY without text would only be answered with 305.
		if (!session.away) {
			sink.push({ type: 'own-presence', presence: { availability: 'available', statusText: '' } });
			return done;
		}
		return requests.run('AWAY', [], (line) => (line.command === '305' ? done : null));
	}
	if (availability === 'invisible') return refused('unsupported');
	const max = session.isupport.number('AWAYLEN') ?? 200;
	session.awayKind = availability;
	session.awayText = cutBytes(text === '' ? awayWords[availability] : text, Math.min(max, 400));
	return requests.run('AWAY', [session.awayText], (line) => (line.command === '306' ? done : null));
}

function cutBytes(text: string, max: number): string {
	let out = '';
	let size = 0;
	for (const char of text) {
		size += byteLength(char);
		if (size > max) break;
		out += char;
	}
	return out;
}

function raw(text: string, host: ActionHost): ActionOutcome {
	if (!host.runtime.settings.allowRaw) return refused('not-allowed');
	if (/[\r\n\0]/.test(text) || text.trim() === '') return refused('bad-input');
	if (byteLength(text) > lineLimits.body + lineLimits.clientTags) return refused('message-too-long');
	host.writeRaw(text);
	return done;
}
