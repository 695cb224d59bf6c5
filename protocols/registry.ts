/** Which protocols Parley speaks, in the order they are offered. Imported only by the composition root. */
import type { ProtocolFactory } from './adapter/adapter.ts';
import { description as irc } from './irc/description.ts';
import { lazyFactory } from './lazy-factory.ts';
import { description as matrix } from './matrix/description.ts';
import { description as xmpp } from './xmpp/description.ts';

export function protocolFactories(): readonly ProtocolFactory[] {
	return [
		lazyFactory(irc, async () => (await import('./irc/index.ts')).ircFactory),
		lazyFactory(xmpp, async () => (await import('./xmpp/index.ts')).xmppFactory),
		lazyFactory(matrix, async () => (await import('./matrix/index.ts')).matrixFactory),
	];
}
