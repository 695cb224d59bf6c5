import { describe, expect, it } from 'vitest';
import { parseElement } from '../stanza-parser.ts';
import { htmlToRich, readXhtml } from './0071-xhtml-im.ts';

describe('XHTML-IM on receipt', () => {
	it.each([
		['<p>one <strong>two</strong></p><p>three</p>', 'one two\nthree', ['bold 4-7']],
		['<em>a</em><u>b</u><del>c</del><code>d</code>', 'abcd', ['italic 0-1', 'underline 1-2', 'strike 2-3', 'code 3-4']],
		['<a href="https://e.org/">x</a>', 'x', ['link 0-1']],
		['<blockquote>q</blockquote>a', 'q\na', ['quote 0-1']],
		['<pre>a\n  b</pre>', 'a\n  b', ['code-block 0-5']],
		['a<br/>b', 'a\nb', []],
		['<img src="https://evil.org/track.png" alt="cat"/>', 'cat', []],
	])('%s', (html, text, spans) => {
		const rich = htmlToRich(html);
		expect(rich.text).toBe(text);
		expect(rich.spans.map(({ kind, start, end }) => `${kind} ${start}-${end}`)).toEqual(spans);
	});
	it.each([
		['<a href="javascript:alert(1)">x</a>', 'x'],
		['<a href=" java\nscript:alert(1)">x</a>', 'x'],
		['<a href="data:text/html,x">x</a>', 'x'],
		['<a href="file:///etc/passwd">x</a>', 'x'],
		['<p style="position:fixed" onclick="x()">x</p>', 'x'],
		['<script>alert(1)</script>x', 'x'],
		['<style>p{}</style>x', 'x'],
		['<svg onload="x()"><text>x</text></svg>', 'x'],
		['<iframe src="https://evil.org">x</iframe>', 'x'],
		['<p>&lt;b&gt;x</p>', '<b>x'],
	])('nothing but text of %s (CVE-2018-10994 and XHTML-IM injection class)', (html, text) => {
		expect(htmlToRich(html)).toEqual({ text, spans: [] });
	});
	it('depth and number of elements are bounded', () => {
		const deep = `${'<blockquote>'.repeat(5000)}x${'</blockquote>'.repeat(5000)}`;
		expect(htmlToRich(deep).spans.length).toBeLessThanOrEqual(50);
		expect(htmlToRich('<b>x</b>'.repeat(10_000)).spans.length).toBeLessThanOrEqual(2000);
	});
	it('counts only in its own namespaces', () => {
		const message = (body: string) =>
			parseElement(`<message><html xmlns="http://jabber.org/protocol/xhtml-im">${body}</html></message>`);
		const read = (body: string) => {
			const parsed = message(body);
			return parsed === null ? null : readXhtml(parsed);
		};
		expect(read('<body xmlns="http://www.w3.org/1999/xhtml"><b>x</b></body>')?.spans).toHaveLength(1);
		expect(read('<body><b>x</b></body>')).toBeNull();
		expect(read('<body xmlns="http://www.w3.org/1999/xhtml"> </body>')).toBeNull();
	});
});
