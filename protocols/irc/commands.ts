/** The slash commands of IRC that are not common to all protocols, and their lines. */
import type { SlashCommand } from '../adapter/adapter.ts';
import type { ActionOutcome } from '../adapter/actions.ts';
import { chatError, fail } from '../model/errors.ts';
import { param } from './line.ts';
import { channelName, nickName } from './names.ts';
import { about, either } from './action-host.ts';
import type { Verdict } from './requests.ts';
import type { Runtime } from './runtime.ts';

const common = (name: string, params: string): SlashCommand => ({ name, params, help: name, scope: 'common' });
const own = (name: string, params: string): SlashCommand => ({ name, params, help: name, scope: 'own' });

export const slashCommands: readonly SlashCommand[] = [
	common('join', '#channel [key]'),
	common('part', '[reason]'),
	common('msg', 'nick text'),
	common('me', 'text'),
	common('nick', 'nick'),
	common('topic', '[text]'),
	common('away', '[text]'),
	common('back', ''),
	common('invite', 'nick'),
	common('kick', 'nick [reason]'),
	common('ban', 'nick|mask [reason]'),
	common('unban', 'mask'),
	common('whois', 'nick'),
	common('raw', 'line'),
	own('notice', 'target text'),
	own('op', 'nick…'),
	own('deop', 'nick…'),
	own('halfop', 'nick…'),
	own('dehalfop', 'nick…'),
	own('voice', 'nick…'),
	own('devoice', 'nick…'),
	own('mode', '[target] modes'),
	own('bans', ''),
	own('names', ''),
	own('who', 'mask'),
	own('whowas', 'nick'),
	own('ctcp', 'nick type [text]'),
	own('ns', 'text'),
	own('cs', 'text'),
	own('motd', '[server]'),
	own('lusers', ''),
	own('version', '[server]'),
	own('time', '[server]'),
	own('knock', '#channel [text]'),
	own('cycle', '[reason]'),
	own('oper', 'name password'),
	own('accept', '[nick…|-nick…]'),
	own('silence', '[+mask|-mask]'),
];

const accepted: ActionOutcome = { kind: 'accepted', ids: [], time: null };

interface Call {
	readonly words: readonly string[];
	readonly args: string;
	readonly runtime: Runtime;
	/** The channel the command was typed in. @throws ChatException `not-joined` elsewhere */
	readonly here: () => string;
}
type Run = (call: Call) => ActionOutcome | Promise<ActionOutcome>;

const send = ({ runtime }: Call, command: string, params: readonly string[]): ActionOutcome => {
	runtime.requests.send(command, params);
	return accepted;
};
const need = (call: Call, count: number): void => {
	if (call.words.length < count) fail('bad-input');
};

/** Commands that are one line with the words as they stand. */
const plain =
	(command: string): Run =>
	(call) =>
		send(call, command, call.words);

const service =
	(name: string): Run =>
	(call) => {
		need(call, 1);
		return send(call, 'PRIVMSG', [name, call.args.trim()]);
	};

/** `+o a b c`, as many to a line as the server allows. */
const ranks =
	(modes: string): Run =>
	async (call) => {
		need(call, 1);
		const { requests, session } = call.runtime;
		const channel = call.here();
		const size = Math.max(1, session.isupport.number('MODES') ?? 3);
		const outcomes: ActionOutcome[] = [];
		for (let at = 0; at < call.words.length; at += size) {
			const nicks = call.words.slice(at, at + size).map((nick) => nickName(nick, session));
			const change = modes.charAt(0) + modes.charAt(1).repeat(nicks.length);
			const set: Verdict = (line) =>
				line.command === 'MODE' && session.same(param(line, 0), channel) ? accepted : null;
			outcomes.push(await requests.run('MODE', [channel, change, ...nicks], either(set, about(channel, call.runtime))));
		}
		return outcomes.find((outcome) => outcome.kind !== 'accepted') ?? accepted;
	};

const runs: ReadonlyMap<string, Run> = new Map<string, Run>([
	['op', ranks('+o')],
	['deop', ranks('-o')],
	['halfop', ranks('+h')],
	['dehalfop', ranks('-h')],
	['voice', ranks('+v')],
	['devoice', ranks('-v')],
	['who', plain('WHO')],
	['whowas', plain('WHOWAS')],
	['motd', plain('MOTD')],
	['lusers', plain('LUSERS')],
	['version', plain('VERSION')],
	['time', plain('TIME')],
	['ns', service('NickServ')],
	['cs', service('ChanServ')],
	['bans', (call) => send(call, 'MODE', [call.here(), '+b'])],
	['names', (call) => send(call, 'NAMES', [call.here()])],
	[
		'notice',
		(call) => {
			need(call, 2);
			return send(call, 'NOTICE', [call.words[0] ?? '', afterWords(call.args, 1)]);
		},
	],
	[
		'mode',
		(call) => {
			const { session } = call.runtime;
			const first = call.words[0] ?? '';
			const named = session.isChannel(first) || (first !== '' && session.isSelf(first));
			return send(call, 'MODE', named ? call.words : [call.here(), ...call.words]);
		},
	],
	[
		'ctcp',
		(call) => {
			need(call, 2);
			if (call.args.includes('\x01')) fail('bad-input');
			const text = call.words.length > 2 ? ` ${afterWords(call.args, 2)}` : '';
			const nick = nickName(call.words[0] ?? '', call.runtime.session);
			return send(call, 'PRIVMSG', [nick, `\x01${(call.words[1] ?? '').toUpperCase()}${text}\x01`]);
		},
	],
	[
		'knock',
		(call) => {
			need(call, 1);
			const name = channelName(call.words[0] ?? '', call.runtime.session);
			return send(call, 'KNOCK', call.words.length > 1 ? [name, afterWords(call.args, 1)] : [name]);
		},
	],
	[
		'cycle',
		(call) => {
			const channel = call.here();
			send(call, 'PART', call.args.trim() === '' ? [channel] : [channel, call.args.trim()]);
			return send(call, 'JOIN', [channel]);
		},
	],
	// Without a word both list what is set.
	['accept', (call) => send(call, 'ACCEPT', [call.words.length === 0 ? '*' : call.words.join(',')])],
	['silence', plain('SILENCE')],
	[
		'oper',
		(call) => {
			need(call, 2);
			return send(call, 'OPER', [call.words[0] ?? '', afterWords(call.args, 1)]);
		},
	],
]);

/** Carries out one of our own commands. @throws ChatException for arguments that cannot be a line */
export async function runSlash(
	name: string,
	args: string,
	conversation: string | null,
	runtime: Runtime,
): Promise<ActionOutcome> {
	const run = runs.get(name);
	if (run === undefined) return { kind: 'rejected', error: chatError('unsupported', `/${name}`) };
	const words = args.trim() === '' ? [] : args.trim().split(/\s+/);
	const here = (): string => runtime.session.channel(conversation ?? '')?.name ?? fail('not-joined');
	return run({ words, args, runtime, here });
}

/** The text after the first `count` words, its inner spacing kept. */
function afterWords(text: string, count: number): string {
	return text.trim().replace(new RegExp(`^(?:\\S+\\s+){${count}}`), '');
}
