/** IRC for Parley: what the registry needs to know. */
import type { ProtocolDescription, ProtocolFactory } from '../adapter/adapter.ts';
import { IrcAdapter } from './adapter.ts';
import { slashCommands } from './commands.ts';
import { accountCapabilities, bestCapabilities } from './features.ts';
import { startIrcLogin } from './login.ts';

const description: ProtocolDescription = {
	name: 'irc',
	title: 'IRC',
	glyph: 'irc',
	blurb: 'irc',
	loginFlows: [{ id: 'login', purpose: 'login', label: 'irc' }],
	slashCommands,
	bestCapabilities,
	accountCapabilities: accountCapabilities(null, true),
	joinPlaceholder: '#channel',
	directPlaceholder: 'nick',
};

export const ircFactory: ProtocolFactory = {
	describe: () => description,
	startLogin: startIrcLogin,
	create: (context) => new IrcAdapter(context),
};
