/** The slash commands of IRC that are not common to all protocols, and their lines. */
import type { SlashCommand } from '../adapter/adapter.ts';
import type { ActionOutcome } from '../adapter/actions.ts';
import { chatError, fail } from '../model/errors.ts';
import { param } from './line.ts';
import { channelName, nickName } from './names.ts';
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
];

const accepted: ActionOutcome = { kind: 'accepted', ids: [], time: null };
const prefixModes = new Map([
	['op', '+o'],
	['deop', '-o'],
	['halfop', '+h'],
	['dehalfop', '-h'],
	['voice', '+v'],
	['devoice', '-v'],
]);

/** Carries out one of our own commands. @throws ChatException for arguments that cannot be a line */
export async function runSlash(
	name: string,
	args: string,
	conversation: string | null,
	runtime: Runtime,
): Promise<ActionOutcome> {
	const words = args.trim() === '' ? [] : args.trim().split(/\s+/);
	const { requests, session } = runtime;
	const here = (): string => session.channel(conversation ?? '')?.name ?? fail('not-joined');
	const rest = (from: number): string => afterWords(args, from);
	const send = (command: string, params: readonly string[]): ActionOutcome => {
		requests.send(command, params);
		return accepted;
	};
	const modes = prefixModes.get(name);
	if (modes !== undefined) {
		if (words.length === 0) fail('bad-input');
		const channel = here();
		const size = session.isupport.number('MODES') ?? 3;
		const outcomes: ActionOutcome[] = [];
		for (let at = 0; at < words.length; at += size) {
			const nicks = words.slice(at, at + size).map((nick) => nickName(nick, session));
			const change = modes.charAt(0) + modes.charAt(1).repeat(nicks.length);
			outcomes.push(
				await requests.run('MODE', [channel, change, ...nicks], (line) =>
					line.command === 'MODE' && session.same(param(line, 0), channel) ? accepted : null,
				),
			);
		}
		return outcomes.find((outcome) => outcome.kind !== 'accepted') ?? accepted;
	}
	switch (name) {
		case 'notice':
			if (words.length < 2) fail('bad-input');
			return send('NOTICE', [words[0] ?? '', rest(1)]);
		case 'mode': {
			const target = session.isChannel(words[0] ?? '') || session.isSelf(words[0] ?? '') ? words : [here(), ...words];
			return send('MODE', target);
		}
		case 'bans':
			return send('MODE', [here(), '+b']);
		case 'names':
			return send('NAMES', [here()]);
		case 'who':
		case 'whowas':
		case 'motd':
		case 'lusers':
		case 'version':
		case 'time':
			return send(name.toUpperCase(), words);
		case 'ctcp': {
			const nick = nickName(words[0] ?? '', session);
			if (words.length < 2 || args.includes('\x01')) fail('bad-input');
			return send('PRIVMSG', [
				nick,
				`\x01${(words[1] ?? '').toUpperCase()}${words.length > 2 ? ` ${rest(2)}` : ''}\x01`,
			]);
		}
		case 'ns':
		case 'cs':
			if (words.length === 0) fail('bad-input');
			return send('PRIVMSG', [name === 'ns' ? 'NickServ' : 'ChanServ', args.trim()]);
		case 'knock':
			return send(
				'KNOCK',
				words.length > 1 ? [channelName(words[0] ?? '', session), rest(1)] : [channelName(words[0] ?? '', session)],
			);
		case 'cycle': {
			const channel = here();
			send('PART', args.trim() === '' ? [channel] : [channel, args.trim()]);
			return send('JOIN', [channel]);
		}
		case 'oper':
			if (words.length < 2) fail('bad-input');
			return send('OPER', [words[0] ?? '', rest(1)]);
		default:
			return { kind: 'rejected', error: chatError('unsupported', `/${name}`) };
	}
}

/** The text after the first `count` words, its inner spacing kept. */
function afterWords(text: string, count: number): string {
	return text.trim().replace(new RegExp(`^(?:\\S+\\s+){${count}}`), '');
}
