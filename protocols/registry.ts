/** Which protocols Parley speaks, in the order they are offered. Imported only by the composition root. */
import type { ProtocolFactory } from './adapter/adapter.ts';
import { ircFactory } from './irc/index.ts';
import { matrixFactory } from './matrix/index.ts';
import { xmppFactory } from './xmpp/index.ts';

export function protocolFactories(): readonly ProtocolFactory[] {
	return [ircFactory, xmppFactory, matrixFactory];
}
