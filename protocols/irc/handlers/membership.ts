/** Who is where: JOIN, PART, KICK, QUIT, NICK, NAMES, WHO, and what people change about themselves. */
import type { SystemEvent } from '../../model/content.ts';
import { chatError } from '../../model/errors.ts';
import type { LineContext } from '../client.ts';
import { channelCapabilities, leftCapabilities } from '../features.ts';
import { type IrcLine, param, parseSource, trailing } from '../line.ts';
import { reasonAt, systemMessage } from '../message-mapper.ts';
import { type HandlerTable, type LineHandler, type Runtime, originOf } from '../runtime.ts';
import { type Channel, type Session, availabilityOf } from '../session.ts';

/** Emits a system message of a room. */
function tell(line: IrcLine, runtime: Runtime, channel: { readonly id: Channel['id'] }, system: SystemEvent): void {
	runtime.sink.push(systemMessage(line, runtime.session, channel.id, system, runtime.context.clock.now()));
}

const named = (session: Session, nick: string) => ({ user: session.userId(nick), name: nick });

/** What membership lines mean in a timeline; shared with history pages. */
export function membershipEvent(line: IrcLine, session: Session): SystemEvent | null {
	const nick = line.source?.nick ?? '';
	if (nick === '') return null;
	switch (line.command) {
		case 'JOIN':
			// Our own coming and going is no news to us.
			if (session.isSelf(nick)) return null;
			return { event: 'join', ...named(session, nick), reason: null };
		case 'PART':
			return { event: 'leave', ...named(session, nick), reason: reasonAt(line, 1) };
		case 'QUIT':
			if (session.isSelf(nick)) return null;
			return { event: 'quit', ...named(session, nick), reason: reasonAt(line, 0) };
		case 'KICK':
			return { event: 'kick', ...named(session, param(line, 1)), by: nick, reason: reasonAt(line, 2) };
		case 'NICK':
			return { event: 'rename', ...named(session, nick), newName: param(line, 0) };
		default:
			return null;
	}
}

/** Replayed lines are shown as history but must not change who is here now. */
function onReplayed(line: IrcLine, runtime: Runtime, context: LineContext): boolean {
	const { session } = runtime;
	// QUIT and NICK name no channel; the batch they stand in does.
	const target = context.batches.find((batch) => session.isChannel(batch.params[0] ?? ''))?.params[0] ?? param(line, 0);
	const event = membershipEvent(line, session);
	if (event !== null && session.isChannel(target))
		runtime.sink.push(
			systemMessage(line, session, session.conversationId(target), event, runtime.context.clock.now()),
			'catchup',
		);
	return true;
}

const live =
	(handler: LineHandler): LineHandler =>
	(line, runtime, context) => {
		if (originOf(context) !== 'live') return onReplayed(line, runtime, context);
		if (line.source === null || line.source.nick === '') return true;
		runtime.session.note(line.source);
		return handler(line, runtime, context);
	};

const onJoin: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const source = line.source;
	const name = param(line, 0);
	if (source === null || !session.isChannel(name)) return true;
	if (session.isSelf(source.nick)) {
		joinSelf(name, runtime);
		return true;
	}
	const channel = session.channel(name);
	if (channel === undefined) return true;
	session.addMember(channel, source.nick, '');
	const user = session.know(source.nick);
	user.user = source.user;
	user.host = source.host;
	if (session.caps.has('extended-join') && line.params.length >= 3) {
		user.account = param(line, 1) === '*' ? null : param(line, 1);
		user.realname = param(line, 2);
	}
	// away-notify sends AWAY right after the JOIN of somebody who is away.
	if (session.caps.has('away-notify')) user.away ??= '';
	sink.touch(channel, session.fold(source.nick));
	tell(line, runtime, channel, { event: 'join', ...named(session, source.nick), reason: null });
	return true;
};

function joinSelf(name: string, runtime: Runtime): void {
	const { session, sink } = runtime;
	const channel = session.addChannel(name);
	if (channel === null) return;
	channel.name = name;
	channel.listed = false;
	channel.members.clear();
	session.addMember(channel, session.nick, '');
	sink.push({
		type: 'conversation-upsert',
		conversation: {
			remoteId: channel.id,
			kind: 'channel',
			name,
			membership: 'joined',
			invite: null,
			error: null,
			capabilities: channelCapabilities(session, channel),
		},
	});
}

/** We are out of a channel. */
function leaveSelf(channel: Channel, runtime: Runtime, error: ReturnType<typeof chatError> | null): void {
	const { session, sink } = runtime;
	session.removeChannel(channel.name);
	sink.drop(channel.id);
	sink.push({
		type: 'conversation-upsert',
		conversation: { remoteId: channel.id, membership: 'left', error, capabilities: leftCapabilities },
	});
	sink.push({ type: 'members-snapshot', conversation: channel.id, members: [], complete: true });
}

const onPart: LineHandler = (line, runtime) => {
	const { session } = runtime;
	const nick = line.source?.nick ?? '';
	const channel = session.channel(param(line, 0));
	const event = membershipEvent(line, session);
	if (channel === undefined || event === null) return true;
	tell(line, runtime, channel, event);
	if (session.isSelf(nick)) leaveSelf(channel, runtime, null);
	else if (session.removeMember(channel, nick)) runtime.sink.touch(channel, session.fold(nick));
	return true;
};

const onKick: LineHandler = (line, runtime) => {
	const { session } = runtime;
	const victim = param(line, 1);
	const channel = session.channel(param(line, 0));
	const event = membershipEvent(line, session);
	if (channel === undefined || event === null || victim === '') return true;
	tell(line, runtime, channel, event);
	if (session.isSelf(victim))
		leaveSelf(channel, runtime, chatError('kicked', param(line, 2), { params: { by: line.source?.nick ?? '' } }));
	else if (session.removeMember(channel, victim)) runtime.sink.touch(channel, session.fold(victim));
	return true;
};

const onQuit: LineHandler = (line, runtime) => {
	const { session } = runtime;
	const nick = line.source?.nick ?? '';
	const event = membershipEvent(line, session);
	if (event === null || session.isSelf(nick)) return true;
	const key = session.fold(nick);
	for (const channel of session.shared(nick)) {
		tell(line, runtime, channel, event);
		channel.members.delete(key);
		runtime.sink.touch(channel, key);
	}
	session.forgetIfUnseen(nick);
	runtime.nickFreed(nick);
	return true;
};

const onNick: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const from = line.source?.nick ?? '';
	const to = param(line, 0);
	const event = membershipEvent(line, session);
	if (event === null || to === '') return true;
	const self = session.isSelf(from);
	runtime.blocks.renamed(line, to);
	const channels = session.shared(from);
	for (const channel of channels) tell(line, runtime, channel, event);
	const [oldKey, newKey] = [session.fold(from), session.fold(to)];
	const [oldId, newId] = [session.conversationId(from), session.conversationId(to)];
	session.rename(from, to);
	for (const channel of channels) {
		sink.touch(channel, oldKey);
		sink.touch(channel, newKey);
	}
	if (self) sink.push({ type: 'self', remoteId: session.userId(to), name: to });
	if (oldKey !== newKey) {
		sink.push({ type: 'user-renamed', from: session.userId(from), to: session.userId(to), name: to });
		if (session.introduced.delete(oldId)) {
			session.introduced.add(newId);
			sink.push({ type: 'conversation-renamed', from: oldId, to: newId, name: to });
		}
		if (!self) runtime.nickFreed(from);
	}
	return true;
};

/** 353: `= #channel :@alice +bob!u@h`. */
const onNames: LineHandler = (line, runtime) => {
	const { session } = runtime;
	const channel = session.channel(param(line, line.params.length - 2));
	if (channel === undefined) return false;
	channel.listing ??= new Map();
	for (const entry of trailing(line).split(' ')) {
		const { modes, rest } = session.splitPrefixes(entry);
		const source = parseSource(rest);
		if (source.nick === '' || channel.listing.size >= 100_000) continue;
		channel.listing.set(session.fold(source.nick), modes);
		const user = session.know(source.nick);
		if (source.user !== '') user.user = source.user;
		if (source.host !== '') user.host = source.host;
	}
	return true;
};

/** 366: the list is whole. */
const onNamesEnd: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const channel = session.channel(param(line, 1));
	if (channel === undefined) return false;
	if (channel.listing !== null) {
		channel.members.clear();
		for (const [key, modes] of channel.listing) channel.members.set(key, modes);
		channel.listing = null;
	}
	sink.snapshot(channel);
	if (channel.listed) return true;
	channel.listed = true;
	runtime.refresh(channel.id);
	runtime.joined(channel.name);
	return true;
};

/** Asked for with every WHOX query, so that foreign ones are left to be shown. */
const whoxToken = '152';
export const whoxFields = `%tcuhnfar,${whoxToken}`;

/** 354: token, channel, user, host, nick, flags, account, real name. */
const onWhox: LineHandler = (line, runtime) => {
	if (param(line, 1) !== whoxToken || line.params.length < 9) return false;
	const [, , , user = '', host = '', nick = '', flags = '', account = '', realname = ''] = line.params;
	learn(runtime, nick, { user, host, flags, realname, account: account === '0' ? null : account });
	return true;
};

/** 352: channel, user, host, server, nick, flags, hops and real name. */
const onWho: LineHandler = (line, runtime) => {
	if (line.params.length < 8 || !runtime.session.asking.has(runtime.session.fold(param(line, 1)))) return false;
	const [, , user = '', host = '', , nick = '', flags = '', tail = ''] = line.params;
	learn(runtime, nick, { user, host, flags, realname: tail.replace(/^\d+ ?/, ''), account: undefined });
	return true;
};

/** 315: our own question is answered; others are shown to whoever asked. */
const onWhoEnd: LineHandler = (line, runtime) => runtime.session.asking.delete(runtime.session.fold(param(line, 1)));

interface Learnt {
	readonly user: string;
	readonly host: string;
	readonly flags: string;
	readonly realname: string;
	readonly account: string | null | undefined;
}

function learn(runtime: Runtime, nick: string, about: Learnt): void {
	const { session, sink } = runtime;
	if (session.isSelf(nick)) session.note({ nick, user: about.user, host: about.host });
	const user = session.seen(nick);
	if (user === undefined) return;
	user.user = about.user;
	user.host = about.host;
	user.realname = about.realname;
	if (about.account !== undefined) user.account = about.account;
	const bot = session.isupport.get('BOT');
	user.bot = bot !== null && bot !== '' && about.flags.includes(bot);
	user.oper = about.flags.includes('*') && bot !== '*';
	const away = about.flags.startsWith('G');
	user.away = away ? user.away || ' ' : '';
	changed(runtime, nick);
	for (const channel of session.shared(nick)) sink.touch(channel, session.fold(nick));
}

/** Presence of people on watch. */
function changed(runtime: Runtime, nick: string): void {
	const { session, sink } = runtime;
	const user = session.seen(nick);
	if (user === undefined || !session.watched.has(session.fold(nick))) return;
	sink.push({
		type: 'presence',
		user: session.userId(nick),
		availability: availabilityOf(user),
		statusText: (user.away ?? '').trim(),
	});
}

const onAway: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const nick = line.source?.nick ?? '';
	const user = session.seen(nick);
	if (user === undefined) return true;
	user.away = line.params.length === 0 ? '' : trailing(line) || '';
	changed(runtime, nick);
	for (const channel of session.shared(nick)) sink.touch(channel, session.fold(nick));
	return true;
};

const onAccount: LineHandler = (line, runtime) => {
	const { session } = runtime;
	const nick = line.source?.nick ?? '';
	const account = param(line, 0) === '*' || param(line, 0) === '' ? null : param(line, 0);
	if (session.isSelf(nick)) session.account = account;
	const user = session.seen(nick);
	if (user !== undefined) user.account = account;
	return true;
};

const onChangedHost: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const nick = line.source?.nick ?? '';
	session.note({ nick, user: param(line, 0), host: param(line, 1) });
	for (const channel of session.shared(nick)) sink.touch(channel, session.fold(nick));
	return true;
};

const onSetName: LineHandler = (line, runtime) => {
	const user = runtime.session.seen(line.source?.nick ?? '');
	if (user !== undefined) user.realname = trailing(line);
	return true;
};

/** State lines that history may replay but that mean nothing there. */
const state =
	(handler: LineHandler): LineHandler =>
	(line, runtime, context) =>
		originOf(context) !== 'live' || line.source === null || handler(line, runtime, context);

export const membershipHandlers: HandlerTable = new Map([
	['JOIN', live(onJoin)],
	['PART', live(onPart)],
	['KICK', live(onKick)],
	['QUIT', live(onQuit)],
	['NICK', live(onNick)],
	['353', onNames],
	['366', onNamesEnd],
	['352', onWho],
	['354', onWhox],
	['315', onWhoEnd],
	['AWAY', state(onAway)],
	['ACCOUNT', state(onAccount)],
	['CHGHOST', state(onChangedHost)],
	['SETNAME', state(onSetName)],
]);
