/** What IRC is to Parley, without any of the code that speaks it. */
import type { ProtocolDescription } from '../adapter/adapter.ts';
import { slashCommands } from './commands.ts';
import { accountCapabilities, bestCapabilities } from './features.ts';

export const description: ProtocolDescription = {
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
