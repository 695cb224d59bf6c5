/** Every key that a protocol makes for the window has words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFakeFactory } from '../protocols/testkit/fake-factory.ts';
import { FakeClock } from '../protocols/testkit/fake-clock.ts';
import { FakeNetwork } from '../protocols/testkit/fake-network.ts';
import { protocolFactories } from '../protocols/registry.ts';
import words from '../renderer/i18n/en-setup.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');
const factories = [...protocolFactories(), createFakeFactory(new FakeNetwork(new FakeClock()))];
const descriptions = factories.map((factory) => factory.describe());

/** The string at a path such as `login.field.irc.nick`; undefined when there is none. */
function lookUp(path: string): unknown {
	let at: unknown = words;
	for (const part of path.split('.')) at = typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined;
	return at;
}

test.each(descriptions)('$name is introduced, and its flows and commands have names', (description) => {
	const keys = [
		`protocol.${description.blurb}`,
		...description.loginFlows.map((flow) => `login.flow.${flow.label}`),
		...description.slashCommands.map((command) => `slash.${command.help}`),
	];
	expect(keys.filter((key) => typeof lookUp(key) !== 'string')).toEqual([]);
});

/** Keys in the sources of a login: later steps need a server, so they are read instead of run. */
function keysOf(protocol: string): { fields: string[]; titles: string[]; progress: string[] } {
	const folder = join(root, 'protocols', protocol);
	const source = readFileSync(join(folder, 'login.ts'), 'utf8');
	const all = (pattern: RegExp): string[] => [...source.matchAll(pattern)].map((match) => match[1] ?? '');
	/** `title: 'a'` and `title: condition ? 'a' : 'b'`. */
	const named = (name: string): string[] =>
		[...source.matchAll(new RegExp(`${name}: (?:[^\\n]*\\? )?'([^']+)'(?: : '([^']+)')?`, 'gu'))].flatMap((match) =>
			[match[1], match[2]].filter((key) => key !== undefined),
		);
	const planned = all(/\{\s*id: '([^']+)',\s*kind:/gu).map((id) => `${protocol}.${id}`);
	const fields = [...planned, ...all(/field\('([^']+)', '/gu), ...named('label')].filter((key) => key !== 'auto');
	return { fields, titles: named('title'), progress: all(/progress\('([^']+)'\)/gu) };
}

test.each(['irc', 'xmpp', 'matrix'])('the login of %s has words for its fields, titles and progress', (protocol) => {
	const { fields, titles, progress } = keysOf(protocol);
	expect(fields.length).toBeGreaterThan(3);
	expect(titles.length).toBeGreaterThan(0);
	expect(progress.length).toBeGreaterThan(0);
	const keys = [
		...fields.map((key) => `login.field.${key}`),
		...titles.map((key) => `login.title.${key}`),
		...progress.map((key) => `login.progress.${key}`),
	];
	expect(keys.filter((key) => typeof lookUp(key) !== 'string')).toEqual([]);
});
