/** All commands, by name. The type makes a missing one a compile error. */
import type { CommandName } from '../contract/commands.ts';
import { runSlash } from '../slash-commands.ts';
import { accountCommands } from './accounts.ts';
import { conversationCommands } from './conversations.ts';
import type { Handlers } from './env.ts';
import { messageCommands } from './messages.ts';
import { peopleCommands } from './people.ts';

export const commandHandlers: Handlers<CommandName> = {
	...accountCommands,
	...conversationCommands,
	...messageCommands,
	...peopleCommands,
	'slash.run': ({ core }, { commandId, accountId, conversationId, line }) =>
		runSlash(core, commandId, accountId, conversationId, line),
};
