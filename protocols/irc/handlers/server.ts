/** The server and our account on it: numerics for people to read, presence of watched nicks, own away state, errors. */
import { closingError } from '../closing-error.ts';
import type { CollectedReply, WhoisReply } from '../client.ts';
import { leftCapabilities } from '../features.ts';
import { errorOf, joinErrors } from '../errors.ts';
import { type IrcLine, param, parseSource, trailing } from '../line.ts';
import { type HandlerTable, type LineHandler, type Runtime, serverText, timeAt } from '../runtime.ts';
import { availabilityOf } from '../session.ts';

const onPing: LineHandler = (line, runtime) => {
	runtime.requests.send('PONG', [param(line, 0)], { priority: 'urgent' });
	return true;
};

const silent: LineHandler = () => true;

const onSupport: LineHandler = (line, runtime) => {
	runtime.session.isupport.add(line.params.slice(1, -1));
	// irc-framework needs it too, for the ranks in its own collections.
	return false;
};

/** 900: logged in; 901: logged out. */
const onAccount: LineHandler = (line, runtime) => {
	const { session } = runtime;
	const source = parseSource(param(line, 1));
	session.account = line.command === '900' ? param(line, 2) || null : null;
	session.note({ nick: session.nick, user: source.user, host: source.host });
	const self = session.seen(session.nick);
	if (self !== undefined) self.account = session.account;
	return true;
};

/** 396: our visible host changed. */
const onHost: LineHandler = (line, runtime) => {
	const shown = param(line, 1);
	const at = shown.indexOf('@');
	runtime.session.note({
		nick: runtime.session.nick,
		user: at < 0 ? '' : shown.slice(0, at),
		host: at < 0 ? shown : shown.slice(at + 1),
	});
	return true;
};

/** 305 and 306: the server has taken our away state. */
const onOwnAway: LineHandler = (line, runtime) => {
	const { session, sink } = runtime;
	const away = line.command === '306';
	session.away = away;
	const user = session.seen(session.nick);
	if (user !== undefined) user.away = away ? session.awayText || ' ' : '';
	sink.push({
		type: 'own-presence',
		presence: { availability: away ? session.awayKind : 'available', statusText: away ? session.awayText : '' },
	});
	for (const channel of session.shared(session.nick)) sink.touch(channel, session.fold(session.nick));
	return true;
};

/** 301: somebody we wrote to or asked about is away. */
const onAwayReply: LineHandler = (line, runtime, context) => {
	const { session, sink } = runtime;
	const nick = param(line, 1);
	const user = session.seen(nick);
	if (user !== undefined) {
		user.away = trailing(line) || ' ';
		for (const channel of session.shared(nick)) sink.touch(channel, session.fold(nick));
	}
	sink.push({
		type: 'presence',
		user: session.userId(nick),
		availability: 'away',
		statusText: trailing(line).slice(0, 500),
	});
	// Part of a WHOIS answer: irc-framework collects it.
	return context.label === null && !session.asking.has(`whois ${session.fold(nick)}`);
};

const nicksOf = (line: IrcLine, separator: string): string[] =>
	trailing(line)
		.split(separator)
		.map((entry) => parseSource(entry.trim()).nick)
		.filter((nick) => nick !== '')
		.slice(0, 1000);

/** 730 and 731: MONITOR. */
const onMonitor: LineHandler = (line, runtime) => {
	for (const nick of nicksOf(line, ',')) setOnline(nick, line.command === '730', runtime);
	return true;
};

function setOnline(nick: string, online: boolean, runtime: Runtime): void {
	const { session, sink } = runtime;
	if (!online) {
		runtime.nickFreed(nick);
		if (!session.watched.has(session.fold(nick))) return;
		session.online.delete(session.fold(nick));
		sink.push({ type: 'presence', user: session.userId(nick), availability: 'offline', statusText: '' });
		return;
	}
	if (!session.watched.has(session.fold(nick))) return;
	session.online.add(session.fold(nick));
	const user = session.know(nick);
	user.away ??= '';
	sink.push({
		type: 'presence',
		user: session.userId(nick),
		availability: availabilityOf(user),
		statusText: user.away.trim(),
	});
}

/** 303: answer to our ISON poll, where the server has no MONITOR. */
const onIson: LineHandler = (line, runtime) => {
	const { session } = runtime;
	const asked = session.isonAsked.shift();
	if (asked === undefined) return false;
	const online = new Set(nicksOf(line, ' ').map((nick) => session.fold(nick)));
	for (const nick of asked) {
		const key = session.fold(nick);
		const is = online.has(key);
		if (is !== session.online.has(key) || !session.polled.has(key)) setOnline(nick, is, runtime);
		session.polled.add(key);
	}
	return true;
};

const onError: LineHandler = (line, runtime) => {
	runtime.closing(closingError(trailing(line)));
	// The answer to our own QUIT is no news.
	if (!runtime.leaving()) serverText(runtime, 'error', trailing(line));
	return true;
};

/** FAIL, WARN and NOTE: command, code, context…, words. */
const onStandardReply: LineHandler = (line, runtime, context) => {
	// Somebody waits for the answer and gets the error itself.
	if (context.label !== null && line.command === 'FAIL') return true;
	serverText(runtime, line.command === 'FAIL' ? 'error' : 'notice', trailing(line), {
		code: `${param(line, 0)} ${param(line, 1)}`.trim(),
		conversation: conversationOf(line.params.slice(2, -1), runtime),
		time: timeAt(line, runtime),
	});
	return true;
};

/** A conversation among the parameters that the user knows, so that words about it stand in it. */
function conversationOf(names: readonly string[], runtime: Runtime) {
	const { session } = runtime;
	for (const name of names) {
		const id = session.conversationId(name);
		if (session.channel(name) !== undefined || session.introduced.has(id)) return id;
	}
	return null;
}

/** MARKREAD target timestamp=…: our read position on another device. */
const onMarkRead: LineHandler = (line, runtime) => {
	const match = /^timestamp=(.+)$/.exec(param(line, 1));
	const time = match === null ? Number.NaN : Date.parse(match[1] ?? '');
	if (Number.isFinite(time))
		runtime.sink.push({
			type: 'read-marker',
			conversation: runtime.session.conversationId(param(line, 0)),
			upTo: [],
			time,
		});
	return true;
};

/** 718: our mode +g held somebody's message back, and they were told so. */
const onHeldBack: LineHandler = (line, runtime) => {
	const nick = param(line, 1);
	const text = `${nick} (${param(line, 2)}) wants to write to you; mode +g holds it back. Let them in with /accept ${nick}`;
	serverText(runtime, 'notice', text, { code: line.command, time: timeAt(line, runtime) });
	return true;
};

export const serverHandlers: HandlerTable = new Map([
	['PING', onPing],
	['PONG', silent],
	['005', onSupport],
	['900', onAccount],
	['901', onAccount],
	['396', onHost],
	['305', onOwnAway],
	['306', onOwnAway],
	['301', onAwayReply],
	['730', onMonitor],
	['731', onMonitor],
	['732', silent],
	['733', silent],
	['303', onIson],
	['718', onHeldBack],
	// Follows 716, which already says that the message was held back.
	['717', silent],
	['ERROR', onError],
	['FAIL', onStandardReply],
	['WARN', onStandardReply],
	['NOTE', onStandardReply],
	['MARKREAD', onMarkRead],
	['ACK', silent],
]);

/** Numerics irc-framework collects; what becomes of them arrives as {@link onCollected}. */
const collectedNumerics = new Set(
	'372 375 376 422 311 312 313 314 317 318 319 320 307 330 335 338 344 369 378 379 671 276 569 310 321 322 323 367 368 406'.split(
		' ',
	),
);

/** Every numeric without a handler of its own: an error with its place, or words for the account's log. */
export function onOtherNumeric(line: IrcLine, runtime: Runtime, labelled: boolean): boolean {
	if (!/^\d{3}$/.test(line.command)) return false;
	const error = errorOf(line);
	if (error !== null && labelled) return true;
	if (collectedNumerics.has(line.command)) return false;
	const words = line.params.slice(1);
	const conversation = conversationOf(words.slice(0, 2), runtime);
	if (error !== null)
		serverText(runtime, 'error', words.join(' '), { code: line.command, conversation, time: timeAt(line, runtime) });
	else serverText(runtime, 'info', words.join(' '), { code: line.command, conversation, reply: runtime.ready() });
	return true;
}

/** An error naming a channel we are not in says why we could not get in. */
export function joinRefused(line: IrcLine, runtime: Runtime): void {
	const { session, sink } = runtime;
	const name = param(line, 1);
	if (!joinErrors.has(line.command) || !session.isChannel(name) || session.channel(name) !== undefined) return;
	const error = errorOf(line);
	if (error === null) return;
	const membership = error.code === 'banned' ? 'banned' : 'left';
	sink.push({
		type: 'conversation-upsert',
		conversation: {
			remoteId: session.conversationId(name),
			...(session.expected.delete(session.fold(name)) ? { kind: 'channel', name } : {}),
			membership,
			error,
			capabilities: leftCapabilities,
		},
	});
}

/** Multi-line answers put together by irc-framework. @returns true when it was for the user */
export function onCollected(reply: CollectedReply, runtime: Runtime): void {
	switch (reply.type) {
		case 'motd':
			serverText(runtime, 'motd', reply.reply.motd ?? reply.reply.error ?? '');
			return;
		case 'whois':
		case 'whowas':
			runtime.session.asking.delete(`whois ${runtime.session.fold(reply.reply.nick)}`);
			serverText(runtime, reply.reply.error === undefined ? 'info' : 'error', describe(reply.reply), {
				reply: true,
				code: reply.type,
			});
			return;
		case 'banlist': {
			const bans = reply.reply.bans.map(
				(ban) => `${ban.banned}${ban.banned_by === undefined ? '' : ` (${ban.banned_by})`}`,
			);
			serverText(
				runtime,
				'info',
				bans.length === 0 ? `${reply.reply.channel}: no bans` : `${reply.reply.channel}: ${bans.join(', ')}`,
				{
					reply: true,
					code: 'banlist',
					conversation: runtime.session.channel(reply.reply.channel)?.id ?? null,
				},
			);
			return;
		}
		case 'channel list':
		case 'channel list end':
			return;
	}
}

function describe(whois: WhoisReply): string {
	if (whois.error !== undefined) return `${whois.nick}: no such nick`;
	const lines = [`${whois.nick} (${whois.ident ?? ''}@${whois.hostname ?? ''}): ${whois.real_name ?? ''}`];
	const add = (label: string, value: string | undefined): void => {
		if (value !== undefined && value !== '') lines.push(`${label}: ${value}`);
	};
	add('account', whois.account ?? whois.registered_nick);
	add('channels', whois.channels?.trim());
	add('server', whois.server === undefined ? undefined : `${whois.server} ${whois.server_info ?? ''}`.trim());
	add('away', whois.away);
	add('operator', whois.operator);
	add('bot', whois.bot);
	if (whois.secure === true) lines.push('secure connection');
	add('idle', whois.idle === undefined ? undefined : `${whois.idle} s`);
	const logon = Number(whois.logon);
	if (Number.isFinite(logon) && logon > 0 && logon < 1e10)
		lines.push(`signed on: ${new Date(logon * 1000).toISOString()}`);
	return lines.join('\n');
}
