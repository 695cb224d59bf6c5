import { expect, test } from 'vitest';
import { ircFactory } from '../../protocols/irc/index.ts';
import { matrixFactory } from '../../protocols/matrix/index.ts';
import { xmppFactory } from '../../protocols/xmpp/index.ts';
import { english } from './resources.ts';

test('every slash command of every protocol has its help', () => {
	const missing = [ircFactory, xmppFactory, matrixFactory]
		.flatMap((factory) => factory.describe().slashCommands)
		.filter((command) => !(command.help in english.slash))
		.map((command) => command.help);
	expect(missing).toEqual([]);
});
