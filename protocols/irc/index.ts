/** IRC for Parley: what it is, how to log in, and the adapter. Loaded when an account or a login needs it. */
import type { ProtocolFactory } from '../adapter/adapter.ts';
import { IrcAdapter } from './adapter.ts';
import { description } from './description.ts';
import { startIrcLogin } from './login.ts';

export const ircFactory: ProtocolFactory = {
	describe: () => description,
	startLogin: startIrcLogin,
	create: (context) => new IrcAdapter(context),
};
