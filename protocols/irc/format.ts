/**
 * mIRC formatting codes ↔ spans. Reading never fails and never yields a control character; writing yields text that
 * reads back to the same spans. Codes: modern.ircdocs.horse/formatting.
 */
import { byteSize, cutLine, unsendable } from '../model/lines.ts';
import { type Mark, type RichText, type Span, richText } from '../model/rich-text.ts';

const code = {
	bold: '\x02',
	color: '\x03',
	hex: '\x04',
	reset: '\x0f',
	mono: '\x11',
	reverse: '\x16',
	italic: '\x1d',
	strike: '\x1e',
	underline: '\x1f',
} as const;

const toggles = new Map<string, Toggle>([
	[code.bold, 'bold'],
	[code.italic, 'italic'],
	[code.underline, 'underline'],
	[code.strike, 'strike'],
	[code.mono, 'code'],
]);
const toggleKinds = ['bold', 'italic', 'underline', 'strike', 'code'] as const;
type Toggle = (typeof toggleKinds)[number];
const toggleCodes = new Map([...toggles].map(([char, kind]) => [kind, char]));

const palette = /^(\d{1,2})(?:,(\d{1,2}))?/;
const rgb = /^([0-9a-fA-F]{6})(?:,([0-9a-fA-F]{6}))?/;

interface Style {
	readonly on: Set<Toggle>;
	fg: string | null;
	bg: string | null;
}

/** Text as it came from the wire. */
export function parseFormatting(wire: string): RichText {
	let text = '';
	const spans: Span[] = [];
	const style: Style = { on: new Set(), fg: null, bg: null };
	const since = new Map<string, number>();
	const closeMark = (key: string, mark: Mark): void => {
		const start = since.get(key);
		since.delete(key);
		if (start !== undefined && start < text.length) spans.push({ ...mark, start, end: text.length });
	};
	const flip = (kind: Toggle): void => {
		if (style.on.delete(kind)) closeMark(kind, { kind });
		else {
			style.on.add(kind);
			since.set(kind, text.length);
		}
	};
	const setColor = (fg: string | null, bg: string | null): void => {
		if (style.fg === fg && style.bg === bg) return;
		if (style.fg !== null || style.bg !== null) closeMark('color', colorMark(style));
		style.fg = fg;
		style.bg = bg;
		if (fg !== null || bg !== null) since.set('color', text.length);
	};

	for (let at = 0; at < wire.length; at++) {
		const char = wire.charAt(at);
		const toggle = toggles.get(char);
		if (toggle !== undefined) flip(toggle);
		else if (char === code.color || char === code.hex) {
			const match = (char === code.color ? palette : rgb).exec(wire.slice(at + 1, at + 14));
			if (match === null) setColor(null, null);
			else {
				const read = char === code.color ? paletteColor : hexColor;
				// A colour without background keeps the background that was set.
				setColor(read(match[1]), match[2] === undefined ? style.bg : read(match[2]));
				at += match[0].length;
			}
		} else if (char === code.reverse) setColor(style.bg, style.fg);
		else if (char === code.reset) {
			for (const kind of [...style.on]) flip(kind);
			setColor(null, null);
		} else if (char >= ' ' || char === '\t') text += char;
	}
	for (const kind of [...style.on]) flip(kind);
	setColor(null, null);
	return strip(text, spans);
}

/** C1 controls and DEL are rare, so they are cut out afterwards, moving the spans. */
function strip(text: string, spans: readonly Span[]): RichText {
	if (text.search(/[\x7f-\x9f]/) < 0) return richText(text, spans);
	const shift: number[] = [];
	let clean = '';
	for (let at = 0; at < text.length; at++) {
		shift.push(clean.length);
		const unit = text.charCodeAt(at);
		if (unit < 0x7f || unit > 0x9f) clean += text.charAt(at);
	}
	shift.push(clean.length);
	const at = (offset: number): number => shift[offset] ?? clean.length;
	return richText(
		clean,
		spans.map((span) => ({ ...span, start: at(span.start), end: at(span.end) })),
	);
}

/** 99 and unknown numbers mean the default colour. */
const paletteColor = (digits: string | undefined): string | null => {
	const value = Number(digits);
	return value >= 0 && value <= 98 ? String(value) : null;
};
const hexColor = (digits: string | undefined): string | null =>
	digits === undefined ? null : `#${digits.toLowerCase()}`;

/** Text in its own background colour is the network's way of hiding a spoiler. */
const colorMark = (style: Style): Mark =>
	style.fg !== null && style.fg === style.bg
		? { kind: 'spoiler', reason: null }
		: { kind: 'color', fg: style.fg, bg: style.bg };

interface Look {
	readonly on: ReadonlySet<Toggle>;
	readonly color: string;
}
const plainLook: Look = { on: new Set(), color: '' };

/** One line of rich text as wire text. Line breaks and control characters in the text are dropped. */
export function formatWire(rich: RichText): string {
	const text = rich.text;
	const cuts = new Set([0, text.length]);
	for (const span of rich.spans) cuts.add(span.start).add(span.end);
	const points = [...cuts].sort((a, b) => a - b);
	let out = '';
	let look = plainLook;
	points.forEach((from, index) => {
		const to = points[index + 1];
		if (to === undefined) return;
		const part = text.slice(from, to).replace(unsendable, '');
		if (part === '') return;
		const next = lookAt(rich.spans, from);
		out += change(look, next, part) + part;
		look = next;
	});
	return out;
}

function lookAt(spans: readonly Span[], at: number): Look {
	const on = new Set<Toggle>();
	let color = '';
	for (const span of spans) {
		if (span.start > at) break;
		if (span.end <= at) continue;
		if (span.kind === 'code-block') on.add('code');
		else if (span.kind === 'heading') on.add('bold');
		else if (span.kind === 'spoiler') color = `${code.color}01,01`;
		else if (span.kind === 'color') color = colorCode(span.fg, span.bg);
		else if (isToggle(span.kind)) on.add(span.kind);
	}
	return { on, color };
}

const isToggle = (kind: string): kind is Toggle => (toggleKinds as readonly string[]).includes(kind);

function colorCode(fg: string | null, bg: string | null): string {
	const hex = (value: string | null): value is string => value !== null && /^#[0-9a-f]{6}$/i.test(value);
	if (hex(fg)) return code.hex + fg.slice(1) + (hex(bg) ? `,${bg.slice(1)}` : '');
	const two = (value: string | null): string =>
		value !== null && /^\d{1,2}$/.test(value) ? value.padStart(2, '0') : '99';
	const [front, back] = [two(fg), two(bg)];
	if (front === '99' && back === '99') return '';
	return code.color + front + (back === '99' ? '' : `,${back}`);
}

/** Codes that turn one look into the next, guarded so that the text after them is not read as part of a colour. */
function change(from: Look, to: Look, text: string): string {
	let codes = '';
	for (const kind of toggleKinds) if (from.on.has(kind) !== to.on.has(kind)) codes += toggleCodes.get(kind) ?? '';
	if (from.color === to.color) return codes;
	// A new colour would inherit the old background, so the old one is closed first.
	const closing = from.color === '' ? '' : code.color;
	const color = closing + to.color;
	return codes + color + (/^[\d,a-fA-F]/.test(text) ? code.bold + code.bold : '');
}

/**
 * Cuts one line into pieces whose wire form takes at most `maxBytes`. Joined again, the pieces give the line back;
 * formatting continues in every piece.
 */
export const splitWire = (line: RichText, maxBytes: number): RichText[] =>
	cutLine(line, maxBytes, (piece) => byteSize(formatWire(piece)));
