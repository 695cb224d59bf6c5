import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMarkdown } from './markdown.ts';
import type { Span } from './rich-text.ts';

const show = (source: string): string => {
	const { text, spans } = parseMarkdown(source);
	const mark = (s: Span): string => `${s.kind}[${text.slice(s.start, s.end)}]`;
	return `${text} | ${spans.map(mark).join(' ')}`;
};

describe('parseMarkdown', () => {
	it.each([
		['plain', 'plain | '],
		['a **b** c', 'a b c | bold[b]'],
		['*i* and _j_', 'i and j | italic[i] italic[j]'],
		['~~gone~~', 'gone | strike[gone]'],
		['||secret||', 'secret | spoiler[secret]'],
		['use `x*y*z`', 'use x*y*z | code[x*y*z]'],
		['``a`b``', 'a`b | code[a`b]'],
		['**a *b* c**', 'a b c | bold[a b c] italic[b]'],
		['snake_case_name', 'snake_case_name | '],
		['2 * 3 * 4', '2 * 3 * 4 | '],
		['\\*not\\*', '*not* | '],
		['[site](https://example.org/a)', 'site | link[site]'],
		['[x](javascript:alert(1))', '[x](javascript:alert(1)) | '],
		['**open', '**open | '],
		['***', '*** | '],
		['> q1\n> q2\nrest', 'q1\nq2\nrest | quote[q1\nq2]'],
		['# Title', 'Title | heading[Title]'],
		['#channel', '#channel | '],
		['- one\n- two', 'one\ntwo | list-item[one] list-item[two]'],
		['3. three', 'three | list-item[three]'],
		['```ts\nlet a = **1**;\n```\nafter', 'let a = **1**;\nafter | code-block[let a = **1**;]'],
		['```\nopen fence', '```\nopen fence | '],
		['tail \n\n', 'tail | '],
	])('%j', (source, expected) => {
		expect(show(source)).toBe(expected);
	});

	it('keeps ordinals, languages and depth', () => {
		expect(parseMarkdown('```rust\nx\n```').spans[0]).toMatchObject({ kind: 'code-block', language: 'rust' });
		expect(parseMarkdown('7. x').spans[0]).toMatchObject({ kind: 'list-item', ordinal: 7 });
		expect(parseMarkdown('>> x').spans[0]).toMatchObject({ kind: 'quote', depth: 2 });
	});

	it('never throws, never grows the text, keeps every span inside it', () => {
		const piece = fc.oneof(
			fc.constantFrom('*', '**', '_', '`', '```', '[', '](', ')', '> ', '\n', '\\', '~~', '||', '# ', '- ', '1. '),
			fc.string({ maxLength: 4, unit: 'grapheme' }),
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
				const source = pieces.join('');
				const { text, spans } = parseMarkdown(source);
				expect(text.length).toBeLessThanOrEqual(source.length);
				for (const span of spans) {
					expect(span.start).toBeLessThan(span.end);
					expect(span.end).toBeLessThanOrEqual(text.length);
				}
			}),
		);
	});

	it('leaves text without markup characters untouched', () => {
		fc.assert(
			fc.property(fc.stringMatching(/^[a-z ,.!?äöü]{1,40}$/), (words) => {
				fc.pre(words.trimEnd() === words && words.length > 0);
				expect(parseMarkdown(words)).toEqual({ text: words, spans: [] });
			}),
		);
	});
});
