/**
 * Lines that start with a slash. Common commands become the same actions the buttons use; what a protocol adds of its
 * own is passed to its adapter. What exists is what the account's protocol describes.
 */
import type { SlashCommand } from '../protocols/adapter/adapter.ts';
import type { OwnPresence } from '../protocols/model/entities.ts';
import { fail } from '../protocols/model/errors.ts';
import type { AccountId, ConversationId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { act, actIntoConversation } from './act.ts';
import { requireFeature } from './capability-check.ts';
import { leave } from './commands/conversations.ts';
import type { CommandResult } from './contract/commands.ts';
import type { Core } from './core.ts';
import { queueMessage } from './outgoing.ts';
import { canonicalName, parseSlash, splitWord } from './slash-parse.ts';
import type { StoredConversation } from './store/store.ts';

type Result = CommandResult<'slash.run'>;
const quiet: Result = { show: null, text: null, refused: false };
const say = (text: string): Result => ({ ...quiet, text });
const refuse = (text: string): Result => ({ ...quiet, text, refused: true });

interface Line {
	readonly core: Core;
	readonly commandId: string;
	readonly account: AccountId;
	readonly conversation: StoredConversation | null;
	readonly args: string;
	readonly known: readonly SlashCommand[];
}

type Common = (line: Line) => Promise<Result>;

/** Usage errors are words for the person who typed, not failures. */
class Usage extends Error {}
const usage = (): never => {
	throw new Usage('usage');
};

/** The conversation the line was typed in, which the command needs. */
const here = (line: Line): StoredConversation => line.conversation ?? usage();
const word = (text: string): readonly [string, string] => {
	const [first, rest] = splitWord(text);
	return first === '' ? usage() : [first, rest];
};

async function setPresence(line: Line, presence: OwnPresence): Promise<Result> {
	await line.core.write((tx) => {
		const account = tx.accounts.get(line.account) ?? fail('bad-input', 'no such account');
		tx.accounts.put(line.account, { ...account, presence });
	});
	await act(line.core, line.account, { type: 'presence', presence });
	return quiet;
}

async function join(line: Line): Promise<Result> {
	const [name, password] = word(line.args);
	requireFeature(line.core.state.runtimeOf(line.account).capabilities.joinByName, 'join');
	return {
		...quiet,
		show: await actIntoConversation(
			line.core,
			line.account,
			{ type: 'join', name, password: password === '' ? null : password },
			name,
		),
	};
}

async function message(line: Line): Promise<Result> {
	const [user, text] = word(line.args);
	const id =
		line.core.state.conversationByRemote.get(line.account, user as StoredConversation['remoteId']) ??
		(await actIntoConversation(line.core, line.account, { type: 'open-direct', user }, user));
	if (text === '') return { ...quiet, show: id };
	await send(line, id, 'text', text);
	return { ...quiet, show: id };
}

const send = (line: Line, id: ConversationId, kind: 'text' | 'emote', text: string): Promise<unknown> =>
	line.core.write((tx) => queueMessage(line.core, tx, line.commandId, id, { kind, body: plain(text) }));

async function topic(line: Line): Promise<Result> {
	const conversation = here(line);
	if (line.args === '') return say(conversation.topic === '' ? 'No topic is set.' : conversation.topic);
	requireFeature(conversation.capabilities.topic, 'topic');
	await act(line.core, line.account, { type: 'set-topic', conversation: conversation.remoteId, topic: line.args });
	return quiet;
}

const moderate =
	(type: 'invite' | 'kick' | 'ban' | 'unban'): Common =>
	async (line) => {
		const [user, reason] = word(line.args);
		const conversation = here(line);
		requireFeature(conversation.capabilities[type === 'unban' ? 'ban' : type], type);
		await act(line.core, line.account, {
			type,
			conversation: conversation.remoteId,
			user,
			reason: reason === '' ? null : reason,
		});
		return quiet;
	};

const common: ReadonlyMap<string, Common> = new Map<string, Common>([
	['join', join],
	[
		'part',
		async (line) => {
			const conversation = here(line);
			await leave(line.core, conversation, line.args === '' ? null : line.args, false);
			return quiet;
		},
	],
	['msg', message],
	['query', message],
	[
		'me',
		async (line) => {
			if (line.args === '') usage();
			await send(line, here(line).id, 'emote', line.args);
			return quiet;
		},
	],
	[
		'nick',
		async (line) => {
			if (line.args === '') usage();
			requireFeature(line.core.state.runtimeOf(line.account).capabilities.setDisplayName, 'nick');
			await act(line.core, line.account, { type: 'set-display-name', name: line.args });
			return quiet;
		},
	],
	['topic', topic],
	['away', (line) => setPresence(line, { availability: 'away', statusText: line.args })],
	['back', (line) => setPresence(line, { availability: 'available', statusText: '' })],
	['invite', moderate('invite')],
	['kick', moderate('kick')],
	['ban', moderate('ban')],
	['unban', moderate('unban')],
	[
		'whois',
		async (line) => {
			const user = line.args === '' ? (line.conversation?.peer ?? usage()) : word(line.args)[0];
			await act(line.core, line.account, { type: 'whois', user, conversation: line.conversation?.remoteId ?? null });
			return quiet;
		},
	],
	[
		'raw',
		async (line) => {
			if (line.args === '') usage();
			requireFeature(line.core.state.runtimeOf(line.account).capabilities.raw, 'raw');
			await act(line.core, line.account, { type: 'raw', text: line.args });
			return quiet;
		},
	],
	['list', () => Promise.resolve(say('Public rooms are listed under "Join a room".'))],
	['help', (line) => Promise.resolve(say(help(line.known, line.args)))],
]);

const usageOf = (command: SlashCommand): string =>
	`/${command.name}${command.params === '' ? '' : ` ${command.params}`}`;

function help(known: readonly SlashCommand[], name: string): string {
	const wanted = canonicalName(name.replace(/^\//, '').toLowerCase());
	if (wanted === '') return known.map(usageOf).join('\n');
	const command = known.find((candidate) => candidate.name === wanted);
	return command === undefined ? `There is no command /${wanted}. /help lists them all.` : usageOf(command);
}

export async function runSlash(
	core: Core,
	commandId: string,
	account: AccountId,
	conversationId: ConversationId | null,
	text: string,
): Promise<Result> {
	const stored = core.state.accounts.get(account) ?? fail('bad-input', 'no such account');
	const conversation =
		conversationId === null
			? null
			: (core.state.conversations.get(conversationId) ?? fail('bad-input', 'no such conversation'));
	if (conversation !== null && conversation.accountId !== account)
		fail('bad-input', 'the conversation is of another account');
	const parsed = parseSlash(text);
	const known = core.protocols.get(stored.protocol)?.describe().slashCommands ?? [];
	const line: Line = {
		core,
		commandId,
		account,
		conversation,
		known,
		args: parsed.kind === 'command' ? parsed.args : '',
	};
	if (parsed.kind === 'literal') {
		if (conversation === null) return refuse('There is no conversation to send this to.');
		await send(line, conversation.id, 'text', parsed.text);
		return quiet;
	}
	const name = canonicalName(parsed.name);
	const command =
		known.find((candidate) => candidate.name === parsed.name) ?? known.find((candidate) => candidate.name === name);
	if (command === undefined && name !== 'help')
		return refuse(
			`There is no command /${parsed.name} here. /help lists those that exist; //${parsed.name} sends it as text.`,
		);
	const run = command?.scope === 'own' ? undefined : common.get(name);
	try {
		if (run !== undefined) return await run(line);
		await act(core, account, {
			type: 'slash',
			name: command?.name ?? name,
			args: line.args,
			conversation: conversation?.remoteId ?? null,
		});
		return quiet;
	} catch (thrown) {
		if (thrown instanceof Usage && command !== undefined) return refuse(`Usage: ${usageOf(command)}`);
		throw thrown;
	}
}
