/** Actions on rooms: joining and leaving, and what operators do. */
import { type ActionOutcome, done } from '../adapter/actions.ts';
import { chatError } from '../model/errors.ts';
import {
	type ActionHost,
	type ActionOf,
	about,
	doneIn,
	either,
	nickOf,
	oneLine,
	refused,
	roomOf,
} from './action-host.ts';
import { joinErrors } from './errors.ts';
import { param, trailing } from './line.ts';
import { banMask, channelName } from './names.ts';
import type { Verdict } from './requests.ts';
import type { Runtime } from './runtime.ts';
import { modeOfRole } from './session.ts';

export async function join(typed: string, key: string | null, host: ActionHost): Promise<ActionOutcome> {
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
		either(joined, about(name, runtime, joinErrors)),
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

export async function createRoom(action: ActionOf<'create-room'>, host: ActionHost): Promise<ActionOutcome> {
	const made = await join(action.name, null, host);
	if (made.kind !== 'accepted' || made.conversation === undefined) return made;
	const { requests } = host.runtime;
	const room = roomOf(made.conversation, host);
	if (action.topic !== null && action.topic !== '') requests.send('TOPIC', [room, oneLine(action.topic)]);
	if (!action.isPublic) requests.send('MODE', [room, '+i']);
	for (const user of action.invite) requests.send('INVITE', [nickOf(user, host), room]);
	return made;
}

export async function leave(action: ActionOf<'leave'>, host: ActionHost): Promise<ActionOutcome> {
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

export function setTopic(action: ActionOf<'set-topic'>, host: ActionHost): Promise<ActionOutcome> {
	const { requests, session } = host.runtime;
	const room = roomOf(action.conversation, host);
	const set: Verdict = (line) => (line.command === 'TOPIC' && session.same(param(line, 0), room) ? done : null);
	return requests.run('TOPIC', [room, oneLine(action.topic)], either(set, about(room, host.runtime)));
}

/** RENAME of draft/channel-rename. */
export async function renameRoom(action: ActionOf<'set-room-name'>, host: ActionHost): Promise<ActionOutcome> {
	const { requests, session } = host.runtime;
	if (!session.caps.has('draft/channel-rename')) return refused('unsupported');
	const params = [roomOf(action.conversation, host), channelName(action.name, session), ''];
	return requests.run('RENAME', params, (line) => (line.command === 'RENAME' ? done : null));
}

export function invite(action: ActionOf<'invite'>, host: ActionHost): Promise<ActionOutcome> {
	const room = roomOf(action.conversation, host);
	const invited: Verdict = (line) => (line.command === '341' ? done : null);
	return host.runtime.requests.run(
		'INVITE',
		[nickOf(action.user, host), room],
		either(invited, about(room, host.runtime)),
	);
}

type MemberAction = ActionOf<'kick' | 'ban' | 'unban'>;

export function kick(action: MemberAction, host: ActionHost): Promise<ActionOutcome> {
	const { requests, session } = host.runtime;
	const room = roomOf(action.conversation, host);
	const nick = nickOf(action.user, host);
	const gone: Verdict = (line) =>
		line.command === 'KICK' && session.same(param(line, 0), room) && session.same(param(line, 1), nick) ? done : null;
	const params = action.reason === null || action.reason === '' ? [room, nick] : [room, nick, oneLine(action.reason)];
	return requests.run('KICK', params, either(gone, about(room, host.runtime)));
}

/** A ban alone leaves the banned person in the room, so it is followed by a kick. */
export async function ban(action: MemberAction, host: ActionHost): Promise<ActionOutcome> {
	const { session } = host.runtime;
	const room = roomOf(action.conversation, host);
	const banned = await mode(room, ['+b', banMask(action.user, session)], host.runtime);
	const victim = session.seen(action.user);
	const here = victim !== undefined && session.channel(room)?.members.has(session.fold(victim.nick)) === true;
	return banned.kind === 'accepted' && here ? kick(action, host) : banned;
}

export async function unban(action: MemberAction, host: ActionHost): Promise<ActionOutcome> {
	return mode(roomOf(action.conversation, host), ['-b', banMask(action.user, host.runtime.session)], host.runtime);
}

function mode(room: string, change: readonly string[], runtime: Runtime): Promise<ActionOutcome> {
	const set: Verdict = (line) => (line.command === 'MODE' && runtime.session.same(param(line, 0), room) ? done : null);
	return runtime.requests.run('MODE', [room, ...change], either(set, about(room, runtime)));
}

export async function setRole(action: ActionOf<'set-role'>, host: ActionHost): Promise<ActionOutcome> {
	const { session } = host.runtime;
	const room = roomOf(action.conversation, host);
	const nick = nickOf(action.user, host);
	const held = session.channel(room)?.members.get(session.fold(nick)) ?? '';
	const wanted = modeOfRole(action.role);
	const known = session.isupport.prefixes.map((prefix) => prefix.mode);
	if (action.role !== 'member' && (wanted === null || !known.includes(wanted))) return refused('unsupported');
	const drop = Array.from(held).filter((letter) => letter !== wanted && known.includes(letter));
	const give = wanted !== null && !held.includes(wanted) ? [wanted] : [];
	const letters = [...give, ...drop];
	if (letters.length === 0) return done;
	const change = (give.length > 0 ? `+${give.join('')}` : '') + (drop.length > 0 ? `-${drop.join('')}` : '');
	return mode(room, [change, ...letters.map(() => nick)], host.runtime);
}
