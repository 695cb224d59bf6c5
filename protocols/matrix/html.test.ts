import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { remoteUserId } from '../model/ids.ts';
import { type RichText, richText, type Span } from '../model/rich-text.ts';
import { htmlLimits, htmlToRich } from './html.ts';
import { escapeHtml, mentionsOf, richToHtml, writeBody } from './html-write.ts';

const marked = (rich: RichText): string[] =>
	rich.spans.map((span) => {
		const { start, end, kind, ...rest } = span;
		return `${kind}${Object.keys(rest).length > 0 ? JSON.stringify(rest) : ''}:${rich.text.slice(start, end)}`;
	});

describe('htmlToRich', () => {
	test.each([
		['plain', 'a &amp; b &lt;c&gt;', 'a & b <c>', []],
		['bold and italic', '<b>a</b> <em>b</em>', 'a b', ['bold:a', 'italic:b']],
		['strike and underline', '<del>x</del><u>y</u>', 'xy', ['strike:x', 'underline:y']],
		['white space collapses', ' a \n\t b ', 'a b', []],
		['line breaks', 'a<br>b<br/>c', 'a\nb\nc', []],
		['paragraphs', '<p>a</p>\n<p>b</p>', 'a\n\nb', []],
		['code', 'run <code>a  b</code>', 'run a b', ['code:a b']],
		[
			'code block',
			'<pre><code class="language-rust">fn a() {\n  1\n}\n</code></pre>',
			'fn a() {\n  1\n}',
			['code-block{"language":"rust"}:fn a() {\n  1\n}'],
		],
		['text after a code block', '<pre><code>x\n</code></pre>y', 'x\ny', ['code-block{"language":null}:x']],
		['quote', '<blockquote><p>a</p></blockquote><p>b</p>', 'a\n\nb', ['quote{"depth":1}:a']],
		[
			'nested quote',
			'<blockquote>a<blockquote>b</blockquote></blockquote>',
			'a\nb',
			['quote{"depth":1}:a\nb', 'quote{"depth":2}:b'],
		],
		[
			'list',
			'<ul><li>a</li><li>b</li></ul>',
			'a\nb',
			['list-item{"ordinal":null,"depth":0}:a', 'list-item{"ordinal":null,"depth":0}:b'],
		],
		[
			'ordered list',
			'<ol start="3"><li>a</li><li>b</li></ol>',
			'a\nb',
			['list-item{"ordinal":3,"depth":0}:a', 'list-item{"ordinal":4,"depth":0}:b'],
		],
		['heading', '<h2>T</h2>x', 'T\nx', ['heading{"level":2}:T']],
		['table', '<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>', 'a | b\n1 | 2', []],
		['link', '<a href="https://example.org/?a=1&amp;b=2">x</a>', 'x', ['link{"url":"https://example.org/?a=1&b=2"}:x']],
		[
			'mention',
			'<a href="https://matrix.to/#/@bob:example.org">Bob</a>: hi',
			'Bob: hi',
			['mention{"user":"@bob:example.org","room":false}:Bob'],
		],
		[
			'encoded mention',
			'<a href="https://matrix.to/#/%40bob%3Aexample.org">Bob</a>',
			'Bob',
			['mention{"user":"@bob:example.org","room":false}:Bob'],
		],
		[
			'matrix uri',
			'<a href="matrix:u/bob:example.org">Bob</a>',
			'Bob',
			['mention{"user":"@bob:example.org","room":false}:Bob'],
		],
		[
			'room link stays a link',
			'<a href="https://matrix.to/#/#a:b.c">r</a>',
			'r',
			['link{"url":"https://matrix.to/#/#a:b.c"}:r'],
		],
		['spoiler', '<span data-mx-spoiler="plot">x</span>', 'x', ['spoiler{"reason":"plot"}:x']],
		['colour', '<span data-mx-color="#FF0000">x</span>', 'x', ['color{"fg":"#ff0000","bg":null}:x']],
		['reply fallback is dropped', '<mx-reply><blockquote>old</blockquote></mx-reply>new', 'new', []],
		['custom emoji is its text', 'a <img data-mx-emoticon src="mxc://a/b" alt=":cat:">', 'a :cat:', []],
		['unclosed', '<b>a<i>b', 'ab', ['bold:ab', 'italic:b']],
		['misnested', '<b>a<i>b</b>c</i>', 'abc', ['bold:ab', 'italic:b']],
	])('%s', (_name, html, text, spans) => {
		const rich = htmlToRich(html);
		expect(rich.text).toBe(text);
		expect(marked(rich)).toEqual(spans);
	});

	test.each([
		'<script>alert(1)</script>',
		'<img src=x onerror=alert(1)>',
		'<svg onload=alert(1)><script>alert(1)</script></svg>',
		'<svg><a href="javascript:alert(1)">x</a></svg>',
		'<a href="javascript:alert(1)">x</a>',
		'<a href=" java\nscript:alert(1)">x</a>',
		'<a href="&#106;avascript:alert(1)">x</a>',
		'<a href="JaVaScRiPt:alert(1)">x</a>',
		'<a href="data:text/html,<script>alert(1)</script>">x</a>',
		'<a href="vbscript:x">x</a>',
		'<a href="file:///etc/passwd">x</a>',
		'<a href="//example.org">x</a>',
		'<iframe srcdoc="<script>alert(1)</script>"></iframe>',
		'<math><mtext></table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
		'<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
		'<style>@import "https://example.org"</style>',
		'<span style="background:url(https://example.org)" data-mx-color="red;}">x</span>',
		'<object data="x"></object><embed src="x">',
		'<b <script>alert(1)</script>x',
		'<template><script>alert(1)</script></template>',
		'<a href="https://matrix.to/#/@%E0%A4%A">x</a>',
	])('hostile markup leaves no active part: %s', (html) => {
		const rich = htmlToRich(html);
		for (const span of rich.spans) {
			if (span.kind === 'link') expect(span.url).toMatch(/^(https?|ftp|mailto|magnet|matrix|xmpp|ircs?):/);
			expect(['link', 'mention', 'bold', 'color'].includes(span.kind)).toBe(true);
		}
		// Whatever text survives can only ever leave again as text.
		const again = richToHtml(rich);
		expect(again).not.toMatch(/<(script|img|svg|iframe|style|object|embed|template)/i);
		expect(again).not.toMatch(/javascript:|vbscript:|data:text/i);
	});

	test('depth and tag floods cost bounded work and keep the text', () => {
		const deep = htmlToRich(`${'<b>'.repeat(50_000)}x${'</b>'.repeat(50_000)}`);
		expect(deep.text).toBe('x');
		expect(deep.spans.length).toBeLessThanOrEqual(htmlLimits.maxDepth);
		const wide = htmlToRich('<i>y</i>'.repeat(30_000));
		expect(wide.text).toBe('y'.repeat(30_000));
		expect(wide.spans.length).toBeLessThanOrEqual(2000);
		expect(htmlToRich('<ol>'.repeat(20_000)).text).toBe('');
	});

	test('never throws and always gives canonical spans', () => {
		const fragment = fc.oneof(
			fc.string(),
			fc.constantFrom(
				'<b>',
				'</b>',
				'<pre>',
				'</pre>',
				'<blockquote>',
				'</blockquote>',
				'<li>',
				'<ul>',
				'</ul>',
				'<a href="https://a.b">',
				'</a>',
				'<br>',
				'<p>',
				'</p>',
				'<mx-reply>',
				'</mx-reply>',
				'<!--',
				'-->',
				'<![CDATA[',
				'&#x1f600;',
				'&',
				'<td>',
				'\u0000',
				'\ud800',
			),
		);
		fc.assert(
			fc.property(fc.array(fragment, { maxLength: 60 }), (parts) => {
				const rich = htmlToRich(parts.join(''));
				expect(richText(rich.text, rich.spans)).toEqual(rich);
				expect(rich.text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
			}),
			{ numRuns: 300 },
		);
	});
});

describe('richToHtml', () => {
	const span = (kind: Span): Span => kind;
	test.each([
		['text is escaped', richText(`<b>&"'`), '&lt;b&gt;&amp;&quot;&#39;'],
		['bold', richText('ab c', [{ kind: 'bold', start: 0, end: 2 }]), '<strong>ab</strong> c'],
		[
			'overlap nests',
			richText('abc', [span({ kind: 'bold', start: 0, end: 2 }), span({ kind: 'italic', start: 1, end: 3 })]),
			'<strong>a<em>b</em></strong><em>c</em>',
		],
		['lines', richText('a\nb'), 'a<br>b'],
		['quote', richText('a\nb', [{ kind: 'quote', depth: 1, start: 0, end: 1 }]), '<blockquote>a</blockquote>b'],
		[
			'code block',
			richText('a\n\nb\nc', [{ kind: 'code-block', language: 'js', start: 0, end: 4 }]),
			'<pre><code class="language-js">a\n\nb</code></pre>c',
		],
		[
			'list',
			richText('a\nb\nc', [
				{ kind: 'list-item', ordinal: 1, depth: 0, start: 0, end: 1 },
				{ kind: 'list-item', ordinal: 2, depth: 0, start: 2, end: 3 },
			]),
			'<ol><li>a</li><li>b</li></ol>c',
		],
		[
			'link',
			richText('x', [{ kind: 'link', url: 'https://a.b/"><script>', start: 0, end: 1 }]),
			'<a href="https://a.b/&quot;&gt;&lt;script&gt;">x</a>',
		],
		[
			'mention',
			richText('Bob', [{ kind: 'mention', user: remoteUserId('@b:c.d'), room: false, start: 0, end: 3 }]),
			'<a href="https://matrix.to/#/%40b%3Ac.d">Bob</a>',
		],
		[
			'language is checked',
			richText('x', [{ kind: 'code-block', language: '"><script>', start: 0, end: 1 }]),
			'<pre><code>x</code></pre>',
		],
	])('%s', (_name, rich, html) => expect(richToHtml(rich)).toBe(html));

	test('plain text and bare links need no HTML', () => {
		expect(writeBody(richText('hi'))).toEqual({ body: 'hi', html: null });
		expect(
			writeBody(richText('https://a.b/', [{ kind: 'link', url: 'https://a.b/', start: 0, end: 12 }])).html,
		).toBeNull();
	});

	test('the plain body keeps quotes and lists readable', () => {
		const rich = richText('q\na\nb', [
			{ kind: 'quote', depth: 1, start: 0, end: 1 },
			{ kind: 'list-item', ordinal: null, depth: 0, start: 2, end: 3 },
			{ kind: 'list-item', ordinal: 2, depth: 1, start: 4, end: 5 },
		]);
		expect(writeBody(rich).body).toBe('> q\n- a\n  2. b');
	});

	test('the plain body warns of spoilers', () => {
		const rich = richText('it was the butler, here', [
			{ kind: 'spoiler', reason: null, start: 7, end: 17 },
			{ kind: 'spoiler', reason: 'place', start: 19, end: 23 },
		]);
		expect(writeBody(rich).body).toBe('it was ||the butler||, (place) ||here||');
	});

	test('mentions', () => {
		const rich = richText('Bob @room', [
			{ kind: 'mention', user: remoteUserId('@b:c'), room: false, start: 0, end: 3 },
			{ kind: 'mention', user: null, room: true, start: 4, end: 9 },
		]);
		expect(mentionsOf(rich)).toEqual({ user_ids: ['@b:c'], room: true });
		expect(mentionsOf(richText('x'))).toEqual({});
	});

	test('inline formatting survives the round trip', () => {
		const word = fc.stringMatching(/^[a-z<>&"'é😀]{1,6}$/u);
		const mark = fc.constantFrom('bold', 'italic', 'underline', 'strike', 'code' as const);
		fc.assert(
			fc.property(
				fc.array(word, { minLength: 1, maxLength: 8 }),
				fc.array(fc.tuple(mark, fc.nat(60), fc.nat(60)), { maxLength: 6 }),
				(words, marks) => {
					const text = words.join(' ');
					const rich = richText(
						text,
						marks.map(([kind, a, b]) => ({ kind: kind as 'bold', start: Math.min(a, b), end: Math.max(a, b) })),
					);
					const back = htmlToRich(richToHtml(rich));
					expect(back.text).toBe(text);
					const covered = (value: RichText, kind: string): boolean[] =>
						Array.from(value.text, (_c, at) =>
							value.spans.some((s) => s.kind === kind && s.start <= at && at < s.end && value.text[at] !== ' '),
						);
					for (const kind of ['bold', 'italic', 'underline', 'strike', 'code'])
						expect(covered(back, kind)).toEqual(covered(rich, kind));
				},
			),
			{ numRuns: 200 },
		);
	});

	test('arbitrary text is never markup', () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				expect(htmlToRich(`<p>${escapeHtml(text)}</p>`).spans).toEqual([]);
			}),
		);
	});
});
