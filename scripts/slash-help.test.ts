import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { protocolFactories } from '../protocols/registry.ts';

const strings = JSON.parse(readFileSync(join(import.meta.dirname, '../renderer/i18n/en.json'), 'utf8')) as {
	readonly slash: Readonly<Record<string, string>>;
};

test('every slash command of every protocol has its help in the window', () => {
	const commands = protocolFactories().flatMap((factory) => factory.describe().slashCommands);
	expect(commands.length).toBeGreaterThan(0);
	expect(commands.filter((command) => !Object.hasOwn(strings.slash, command.help))).toEqual([]);
});
