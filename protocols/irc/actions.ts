/** What each action of the engine becomes on a live connection. */
import { type ActionOutcome, type AdapterAction, done } from '../adapter/actions.ts';
import { assertNever } from '../model/assert-never.ts';
import { chatError, fail } from '../model/errors.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import { runSlash } from './commands.ts';
import { errorOf } from './errors.ts';
import { directCapabilities } from './features.ts';
import { introduce } from './handlers/messages.ts';
import { timestampOf } from './handlers/history.ts';
import { byteLength, lineLimits, param, trailing } from './line.ts';
import { banMask, channelName, nickName } from './names.ts';
import { react, redactMessage, sendMessage } from './outgoing.ts';
import { type ContactBook, type Watcher, toRemote } from './people.ts';
import type { Verdict } from './requests.ts';
import type { Runtime } from './runtime.ts';
import { modeOfRole } from './session.ts';

export interface ActionHost {
	readonly runtime: Runtime;
	readonly contacts: ContactBook;
	readonly watcher: Watcher;
	/** Key of a channel, remembered for rejoining; null forgets it. */
	rememberKey(channel: string, key: string | null): Promise<void>;
	/** Writes a line as it is. */
	writeRaw(line: string): void;
}

type ActionOf<T extends AdapterAction['type']> = Extract<AdapterAction, { type: T }>;
const refused = (...error: Parameters<typeof chatError>): ActionOutcome => ({
	kind: 'rejected',
	error: chatError(...error),
});

/** The name to write for a conversation: as the server spells it, not folded. */
function targetOf(conversation: RemoteConversationId, host: ActionHost): string {
	const { session } = host.runtime;
	return session.channel(conversation)?.name ?? session.seen(conversation)?.nick ?? nickOrChannel(conversation, host);
}
const nickOrChannel = (name: string, { runtime }: ActionHost): string =>
	runtime.session.isChannel(name) ? channelName(name, runtime.session) : nickName(name, runtime.session);

/** A room we are in, or the typed refusal. */
function roomOf(conversation: RemoteConversationId, host: ActionHost): string {
	return host.runtime.session.channel(conversation)?.name ?? fail('not-joined');
}

/** A user of the engine by id or by typed name, as the server spells it. */
const nickOf = (user: string, { runtime }: ActionHost): string =>
	nickName(runtime.session.seen(user)?.nick ?? user, runtime.session);

/** @throws ChatException for input that cannot be put into a line */
export async function perform(action: AdapterAction, host: ActionHost): Promise<ActionOutcome> {
	const { runtime } = host;
	const { session, requests } = runtime;
	switch (action.type) {
		case 'send': {
			const target = targetOf(action.conversation, host);
			if (session.isChannel(target) && session.channel(target) === undefined) return refused('not-joined');
			session.typingAt.delete(action.conversation);
			if (!session.isChannel(target)) watch(target, host);
			return sendMessage(action, target, runtime);
		}
		case 'edit':
			return refused('unsupported');
		case 'remove':
			return redactMessage(action, targetOf(action.conversation, host), runtime);
		case 'react':
			return react(action, targetOf(action.conversation, host), runtime);
		case 'mark-read':
			if (!session.caps.has('draft/read-marker')) return refused('unsupported');
			requests.send('MARKREAD', [targetOf(action.conversation, host), timestampOf(action.upTo.time)], {
				priority: 'background',
				replaces: `markread ${action.conversation}`,
			});
			return done;
		case 'typing':
			return typing(action, host);
		case 'presence':
			return presence(action, host);
		case 'join':
			return join(action.name, action.password, host);
		case 'create-room': {
			const made = await join(action.name, null, host);
			if (made.kind !== 'accepted' || made.conversation === undefined) return made;
			const room = roomOf(made.conversation, host);
			if (action.topic !== null && action.topic !== '') requests.send('TOPIC', [room, oneLine(action.topic)]);
			if (!action.isPublic) requests.send('MODE', [room, '+i']);
			for (const user of action.invite) requests.send('INVITE', [nickOf(user, host), room]);
			return made;
		}
		case 'leave':
			return leave(action, host);
		case 'open-direct':
			return openDirect(action.user, host);
		case 'set-topic': {
			const room = roomOf(action.conversation, host);
			const set: Verdict = (line) => (line.command === 'TOPIC' && session.same(param(line, 0), room) ? done : null);
			return requests.run('TOPIC', [room, oneLine(action.topic)], either(set, about(room, runtime)));
		}
		case 'set-room-name':
			if (!session.caps.has('draft/channel-rename')) return refused('unsupported');
			return requests.run(
				'RENAME',
				[roomOf(action.conversation, host), channelName(action.name, session), ''],
				(line) => (line.command === 'RENAME' ? done : null),
			);
		case 'invite': {
			const room = roomOf(action.conversation, host);
			return requests.run(
				'INVITE',
				[nickOf(action.user, host), room],
				either((line) => (line.command === '341' ? done : null), about(room, runtime)),
			);
		}
		case 'kick': {
			const room = roomOf(action.conversation, host);
			const nick = nickOf(action.user, host);
			const gone: Verdict = (line) =>
				line.command === 'KICK' && session.same(param(line, 0), room) && session.same(param(line, 1), nick)
					? done
					: null;
			const params =
				action.reason === null || action.reason === '' ? [room, nick] : [room, nick, oneLine(action.reason)];
			return requests.run('KICK', params, either(gone, about(room, runtime)));
		}
		case 'ban':
		case 'unban': {
			const room = roomOf(action.conversation, host);
			const mask = banMask(action.user, session);
			const banned = await mode(room, [action.type === 'ban' ? '+b' : '-b', mask], runtime);
			const victim = session.seen(action.user);
			if (
				action.type === 'unban' ||
				banned.kind !== 'accepted' ||
				victim === undefined ||
				session.channel(room)?.members.has(session.fold(victim.nick)) !== true
			)
				return banned;
			return perform({ ...action, type: 'kick' }, host);
		}
		case 'set-role':
			return setRole(action, host);
		case 'answer-invite':
			if (action.accept) return join(action.conversation, null, host);
			runtime.sink.push({
				type: 'conversation-upsert',
				conversation: { remoteId: action.conversation, membership: 'left', invite: null },
			});
			return done;
		case 'contact-add':
		case 'contact-update': {
			const nick = nickOf(action.user, host);
			const contact = { nick, name: action.name ?? '', groups: [...action.groups] };
			await host.contacts.put(contact, (a, b) => session.same(a, b));
			runtime.sink.push({ type: 'contacts-delta', upsert: [toRemote(contact, runtime)], remove: [] });
			watch(nick, host);
			return done;
		}
		case 'contact-remove':
			await host.contacts.remove(action.user, (a, b) => session.same(a, b));
			host.watcher.remove(action.user);
			runtime.sink.push({ type: 'contacts-delta', upsert: [], remove: [action.user] });
			return done;
		case 'contact-authorise':
		case 'block':
		case 'unblock':
			return refused('unsupported');
		case 'set-display-name': {
			const nick = nickName(action.name, session);
			const changed: Verdict = (line) => (line.command === 'NICK' && session.same(trailing(line), nick) ? done : null);
			return requests.run('NICK', [nick], either(changed, about(nick, runtime)));
		}
		case 'whois': {
			const nick = nickOf(action.user, host);
			session.asking.add(`whois ${session.fold(nick)}`);
			// Asking the user's own server shows idle time as well.
			requests.send('WHOIS', [nick, nick]);
			return done;
		}
		case 'slash':
			return runSlash(action.name, action.args, action.conversation, runtime);
		case 'raw':
			return raw(action.text, host);
		case 'answer-decision':
			return refused('unsupported');
		default:
			return assertNever(action);
	}
}

/** Line breaks and control characters in one-line texts become spaces. */
const oneLine = (text: string): string => text.replace(/[\0-\x08\x0a-\x1f\x7f]+/g, ' ').trim();

const either =
	(...verdicts: readonly Verdict[]): Verdict =>
	(line) => {
		for (const verdict of verdicts) {
			const outcome = verdict(line);
			if (outcome !== null) return outcome;
		}
		return null;
	};

/** Without labels: an error that names what we asked about. */
const about =
	(name: string, runtime: Runtime): Verdict =>
	(line) => {
		const error = errorOf(line);
		if (error === null || !line.params.slice(1, 4).some((word) => runtime.session.same(word, name))) return null;
		return { kind: 'rejected', error };
	};

function watch(nick: string, host: ActionHost): void {
	host.watcher.add(nick);
}

async function join(typed: string, key: string | null, host: ActionHost): Promise<ActionOutcome> {
	const { runtime } = host;
	const { session, requests } = runtime;
	const [first = '', typedKey = null] =
		/^\S+ \S+$/.test(typed.trim()) && session.isChannel(typed.trim()) ? typed.trim().split(' ') : [typed];
	const name = channelName(first, session);
	const password = key ?? typedKey;
	if (password !== null && /[\s\0,]/.test(password)) return refused('bad-input', 'channel key');
	const conversation = session.conversationId(name);
	if (session.channel(name) !== undefined) return { ...doneIn(conversation) };
	const joined: Verdict = (line) => {
		if (
			line.command === 'JOIN' &&
			line.source !== null &&
			session.isSelf(line.source.nick) &&
			session.same(param(line, 0), name)
		)
			return doneIn(conversation);
		// 470: sent on to another channel.
		return line.command === '470' && session.same(param(line, 1), name)
			? { kind: 'rejected', error: chatError('not-allowed', trailing(line)) }
			: null;
	};
	const outcome = await requests.run(
		'JOIN',
		password === null || password === '' ? [name] : [name, password],
		either(joined, about(name, runtime)),
		{
			silence: { kind: 'rejected', error: chatError('timeout') },
			silenceMs: 20_000,
		},
	);
	if (outcome.kind === 'accepted' && session.channel(name) === undefined)
		return refused('no-such-room', null, { params: { name } });
	if (outcome.kind === 'accepted') await host.rememberKey(session.fold(name), password === '' ? null : password);
	return outcome.kind === 'accepted' ? { ...outcome, conversation } : outcome;
}

const doneIn = (conversation: RemoteConversationId): ActionOutcome => ({
	kind: 'accepted',
	ids: [],
	time: null,
	conversation,
});

async function leave(action: ActionOf<'leave'>, host: ActionHost): Promise<ActionOutcome> {
	const { runtime } = host;
	const { session, requests, sink } = runtime;
	const channel = session.channel(action.conversation);
	if (channel === undefined) {
		if (!session.isChannel(action.conversation)) {
			host.watcher.remove(action.conversation);
			session.introduced.delete(action.conversation);
		}
		sink.push({ type: 'conversation-upsert', conversation: { remoteId: action.conversation, membership: 'left' } });
	} else {
		const left: Verdict = (line) =>
			line.command === 'PART' &&
			line.source !== null &&
			session.isSelf(line.source.nick) &&
			session.same(param(line, 0), channel.name)
				? done
				: null;
		const params =
			action.reason === null || action.reason === '' ? [channel.name] : [channel.name, oneLine(action.reason)];
		const outcome = await requests.run('PART', params, either(left, about(channel.name, runtime)));
		if (outcome.kind !== 'accepted') return outcome;
		await host.rememberKey(session.fold(channel.name), null);
	}
	if (action.forget) sink.push({ type: 'conversation-removed', conversation: action.conversation });
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
	watch(nick, host);
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

function mode(room: string, change: readonly string[], runtime: Runtime): Promise<ActionOutcome> {
	const set: Verdict = (line) => (line.command === 'MODE' && runtime.session.same(param(line, 0), room) ? done : null);
	return runtime.requests.run('MODE', [room, ...change], either(set, about(room, runtime)));
}

async function setRole(action: ActionOf<'set-role'>, host: ActionHost): Promise<ActionOutcome> {
	const { session } = host.runtime;
	const room = roomOf(action.conversation, host);
	const nick = nickOf(action.user, host);
	const held = session.channel(room)?.members.get(session.fold(nick)) ?? '';
	const wanted = modeOfRole(action.role);
	const known = session.isupport.prefixes.map((prefix) => prefix.mode);
	if (action.role !== 'member' && (wanted === null || !known.includes(wanted))) return refused('unsupported');
	const drop = [...held].filter((letter) => letter !== wanted && known.includes(letter));
	const give = wanted !== null && !held.includes(wanted) ? [wanted] : [];
	const letters = [...give, ...drop];
	if (letters.length === 0) return done;
	const change = (give.length > 0 ? `+${give.join('')}` : '') + (drop.length > 0 ? `-${drop.join('')}` : '');
	return mode(room, [change, ...letters.map(() => nick)], host.runtime);
}

function raw(text: string, host: ActionHost): ActionOutcome {
	if (!host.runtime.settings.allowRaw) return refused('not-allowed');
	if (/[\r\n\0]/.test(text) || text.trim() === '') return refused('bad-input');
	if (byteLength(text) > lineLimits.body + lineLimits.clientTags) return refused('message-too-long');
	host.writeRaw(text);
	return done;
}
