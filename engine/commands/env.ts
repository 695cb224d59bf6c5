/** What command handlers work with, and the shape of a table of them. */
import type { Accounts } from '../accounts.ts';
import type { CommandBody, CommandName, CommandResult } from '../contract/commands.ts';
import type { Core } from '../core.ts';
import type { Imports } from '../imports/imports.ts';
import type { Logins } from '../logins.ts';
import type { Caller } from '../transport/rpc-server.ts';

export interface Env {
	readonly core: Core;
	readonly accounts: Accounts;
	readonly logins: Logins;
	readonly imports: Imports;
}

/** `raw` is the body before parsing, for the one command where an absent key must not become its default. */
export type Handler<N extends CommandName> = (
	env: Env,
	body: CommandBody<N>,
	caller: Caller,
	raw: unknown,
) => Promise<CommandResult<N>>;
export type Handlers<N extends CommandName> = { readonly [K in N]: Handler<K> };
