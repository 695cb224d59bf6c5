import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { ircLineParser } from 'irc-framework';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ChatException } from '../model/errors.ts';
import { toLine } from './client.ts';
import { formatLine, formatSource, matchesMask, parseSource, timeOf } from './line.ts';

const vectors = <T>(name: string): T[] =>
	(parse(readFileSync(new URL(`./testdata/parser-tests/${name}.yaml`, import.meta.url), 'utf8')) as { tests: T[] })
		.tests;

interface Atoms {
	readonly tags?: Record<string, string>;
	readonly source?: string;
	readonly verb: string;
	readonly params?: string[];
}

const read = (text: string) => {
	const message = ircLineParser(text);
	if (message === undefined) throw new Error('not parsed');
	return toLine(message);
};

describe('ircdocs parser vectors', () => {
	it.each(vectors<{ input: string; atoms: Atoms }>('msg-split').map((v) => [v.input, v.atoms] as const))(
		'reads %j',
		(input, atoms) => {
			const line = read(input);
			expect(line.command).toBe(atoms.verb.toUpperCase());
			expect(line.params).toEqual(atoms.params ?? []);
			expect(Object.fromEntries(line.tags)).toEqual(atoms.tags ?? {});
			expect(line.source === null ? undefined : formatSource(line.source)).toBe(atoms.source);
		},
	);

	it.each(vectors<{ desc: string; atoms: Atoms; matches: string[] }>('msg-join').map((v) => [v.desc, v] as const))(
		'writes: %s',
		(_desc, { atoms, matches }) => {
			const text = formatLine(atoms.verb, atoms.params ?? [], atoms.tags);
			// Clients never send a source, so it is put where the vectors expect it.
			const source = atoms.source === undefined ? '' : `:${atoms.source} `;
			const whole = text.startsWith('@') ? text.replace(' ', ` ${source}`) : source + text;
			expect(matches).toContain(whole);
		},
	);

	it.each(
		vectors<{ source: string; atoms: { nick?: string; user?: string; host?: string } }>('userhost-split').map(
			(v) => [v.source, v.atoms] as const,
		),
	)('splits %j', (source, atoms) => {
		expect(parseSource(source)).toEqual({ nick: '', user: '', host: '', ...atoms });
	});

	it.each(vectors<{ mask: string; matches: string[]; fails: string[] }>('mask-match').map((v) => [v.mask, v] as const))(
		'matches mask %j',
		(mask, { matches, fails }) => {
			for (const text of matches) expect(matchesMask(mask, text)).toBe(true);
			for (const text of fails) expect(matchesMask(mask, text)).toBe(false);
		},
	);
});

describe('formatLine', () => {
	const hostile = fc.string({
		unit: fc.constantFrom('\r', '\n', '\0', ' ', ':', ';', '\\', '@', 'a', 'é', '😀', '\x01', '\x03'),
	});

	it('emits exactly one line or throws a typed error, whatever it is given', () => {
		fc.assert(
			fc.property(
				fc.array(hostile, { maxLength: 5 }),
				fc.dictionary(fc.oneof(hostile, fc.constant('+draft/reply')), hostile),
				(params, tags) => {
					try {
						const text = formatLine('PRIVMSG', params, tags);
						expect(text).not.toMatch(/[\r\n\0]/);
						const line = read(text);
						expect(line.command).toBe('PRIVMSG');
						expect(line.params).toEqual(params);
					} catch (thrown) {
						expect(thrown).toBeInstanceOf(ChatException);
						if (thrown instanceof ChatException) expect(['bad-input', 'message-too-long']).toContain(thrown.error.code);
					}
				},
			),
			{ numRuns: 2000 },
		);
	});

	it('brings tag values back unchanged', () => {
		fc.assert(
			fc.property(
				hostile.filter((text) => !text.includes('\0')),
				(value) => {
					expect(read(formatLine('TAGMSG', ['#a'], { label: 'x', '+typing': value })).tags.get('+typing')).toBe(value);
				},
			),
		);
	});

	it('refuses lines over the limit of the wire', () => {
		expect(() => formatLine('PRIVMSG', ['#a', 'x'.repeat(510)])).toThrow(ChatException);
		expect(formatLine('PRIVMSG', ['#a', 'x'.repeat(510 - 'PRIVMSG #a '.length)])).toHaveLength(510);
	});
});

describe('reading hostile lines', () => {
	it('never throws and keeps commands non-empty', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
				const message = ircLineParser(text);
				if (message !== undefined) toLine(message);
			}),
			{ numRuns: 2000 },
		);
	});

	it.each([
		['@time=2026-01-02T03:04:05.678Z PING', Date.UTC(2026, 0, 2, 3, 4, 5, 678)],
		['@time=1700000000.5 PING', 1_700_000_000_500],
		['@time=9999-12-31T23:59:59.999Z PING', null],
		['@time=-5 PING', null],
		['@time=NaN PING', null],
		['@time= PING', null],
		['PING', null],
	])('server time of %j is %j', (text, time) => {
		expect(timeOf(read(text))).toBe(time);
	});

	it('keeps prototype names apart as tag keys', () => {
		expect(read('@__proto__=a;constructor=b PING').tags.get('__proto__')).toBe('a');
		expect(read('PING').tags.get('constructor')).toBeUndefined();
	});
});
