/** Rooms themselves: topic, modes, invitations, renames. */
import type { SystemEvent } from '../../model/content.ts';
import { parseModes } from '../isupport.ts';
import { parseFormatting } from '../format.ts';
import { type IrcLine, param, trailing } from '../line.ts';
import { systemMessage } from '../message-mapper.ts';
import { type HandlerTable, type LineHandler, type Runtime, originOf } from '../runtime.ts';
import type { Channel, Session } from '../session.ts';

function setTopic(channel: Channel, topic: string, runtime: Runtime): void {
	channel.topic = topic;
	runtime.sink.push({ type: 'conversation-upsert', conversation: { remoteId: channel.id, topic } });
}

/** What TOPIC and MODE lines mean in a timeline; shared with history pages. */
export function channelEvents(line: IrcLine, session: Session): SystemEvent[] {
	const by = line.source?.nick ?? null;
	if (line.command === 'TOPIC') return [{ event: 'topic', by, topic: parseFormatting(param(line, 1)).text }];
	if (line.command !== 'MODE') return [];
	const events: SystemEvent[] = [];
	const others: string[] = [];
	for (const change of parseModes(param(line, 1), line.params.slice(2), session.isupport)) {
		const target = change.param;
		const prefix = session.isupport.prefixes.some((known) => known.mode === change.mode);
		if (prefix && target !== null) {
			const role = change.adding ? session.roleOf(change.mode) : 'member';
			events.push({ event: 'role', user: session.userId(target), name: target, by, role });
		} else if (change.mode === 'b' && target !== null) {
			events.push({
				event: change.adding ? 'ban' : 'unban',
				user: session.userId(target),
				name: target,
				by,
				reason: null,
			});
		} else
			others.push(
				`${change.adding ? '+' : '-'}${change.mode}${target === null || change.mode === 'k' ? '' : ` ${target}`}`,
			);
	}
	if (others.length > 0) events.push({ event: 'mode', by, text: parseFormatting(others.join(' ')).text });
	return events;
}

const tellAll = (line: IrcLine, runtime: Runtime, name: string, origin: 'live' | 'catchup' | 'replay'): void => {
	const conversation = runtime.session.conversationId(name);
	for (const event of channelEvents(line, runtime.session))
		runtime.sink.push(systemMessage(line, runtime.session, conversation, event, runtime.context.clock.now()), origin);
};

const onTopic: LineHandler = (line, runtime, context) => {
	const channel = runtime.session.channel(param(line, 0));
	if (channel === undefined) return true;
	tellAll(line, runtime, channel.name, originOf(context));
	if (originOf(context) === 'live') setTopic(channel, parseFormatting(param(line, 1)).text, runtime);
	return true;
};

/** 332 and 331: the topic on joining or on asking. */
const onTopicReply: LineHandler = (line, runtime) => {
	const channel = runtime.session.channel(param(line, 1));
	if (channel === undefined) return false;
	setTopic(channel, line.command === '331' ? '' : parseFormatting(trailing(line)).text, runtime);
	return true;
};

/** 333 and 329 say who and when; the timeline has no place for it. */
const onKnown: LineHandler = (line, runtime) => runtime.session.channel(param(line, 1)) !== undefined;

const onMode: LineHandler = (line, runtime, context) => {
	const { session, sink } = runtime;
	const channel = session.channel(param(line, 0));
	// Our own user modes matter to nobody but us.
	if (channel === undefined) return session.isSelf(param(line, 0));
	tellAll(line, runtime, channel.name, originOf(context));
	if (originOf(context) !== 'live') return true;
	let ownChanged = false;
	for (const change of parseModes(param(line, 1), line.params.slice(2), session.isupport)) {
		if (change.param === null) {
			ownChanged ||= change.mode === 't';
			if (change.adding) channel.modes.add(change.mode);
			else channel.modes.delete(change.mode);
			continue;
		}
		if (!session.isupport.prefixes.some((known) => known.mode === change.mode)) continue;
		const key = session.fold(change.param);
		const held = channel.members.get(key);
		if (held === undefined) continue;
		const rest = held.replaceAll(change.mode, '');
		channel.members.set(key, change.adding ? rest + change.mode : rest);
		sink.touch(channel, key);
		ownChanged ||= session.isSelf(change.param);
	}
	if (ownChanged) runtime.refresh(channel.id);
	return true;
};

/** 324: the modes of a channel, asked for on joining. */
const onModes: LineHandler = (line, runtime) => {
	const channel = runtime.session.channel(param(line, 1));
	if (channel === undefined) return false;
	channel.modes.clear();
	for (const change of parseModes(param(line, 2), line.params.slice(3), runtime.session.isupport))
		if (change.adding) channel.modes.add(change.mode);
	runtime.refresh(channel.id);
	return true;
};

const onInvite: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const name = param(line, 1);
	const from = line.source?.nick ?? '';
	if (!session.isChannel(name)) return true;
	const channel = session.channel(name);
	if (!session.isSelf(param(line, 0))) {
		// invite-notify: somebody else was invited to a room we are in.
		if (channel !== undefined) {
			const event: SystemEvent = {
				event: 'invite',
				user: session.userId(param(line, 0)),
				name: param(line, 0),
				by: from,
				reason: null,
			};
			sink.push(systemMessage(line, session, channel.id, event, runtime.context.clock.now()));
		}
		return true;
	}
	if (channel !== undefined) return true;
	sink.push({
		type: 'conversation-upsert',
		conversation: {
			remoteId: session.conversationId(name),
			kind: 'channel',
			name,
			membership: 'invited',
			invite: { from, reason: null },
		},
	});
	return true;
};

/** draft/channel-rename. */
const onRename: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const [from, to] = [param(line, 0), param(line, 1)];
	const old = session.channel(from);
	if (old === undefined || !session.isChannel(to)) return true;
	const next = session.renameChannel(from, to);
	if (next === null) return true;
	sink.push({ type: 'conversation-renamed', from: old.id, to: next.id, name: to });
	const event: SystemEvent = { event: 'room-name', by: line.source?.nick ?? null, name: to };
	sink.push(systemMessage(line, session, next.id, event, runtime.context.clock.now()));
	sink.drop(old.id);
	sink.snapshot(next);
	return true;
};

export const channelHandlers: HandlerTable = new Map([
	['TOPIC', onTopic],
	['332', onTopicReply],
	['331', onTopicReply],
	['333', onKnown],
	['329', onKnown],
	['328', onKnown],
	['MODE', onMode],
	['324', onModes],
	['INVITE', onInvite],
	['RENAME', onRename],
]);
