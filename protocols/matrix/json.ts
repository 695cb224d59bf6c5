/**
 * Readers for JSON from a homeserver. Nothing in it can be trusted to have its documented type, so every value is read
 * through one of these; a wrong type reads as absent. Own properties only, so `__proto__` and friends never resolve.
 */

export type JsonRecord = Readonly<Record<string, unknown>>;

const empty: JsonRecord = Object.freeze(Object.create(null) as Record<string, unknown>);

export function isRecord(value: unknown): value is JsonRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Property `key` of anything, or undefined. */
export function get(value: unknown, key: string): unknown {
	return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Property `key` as an object; an empty one if it is anything else. */
export function getRecord(value: unknown, key: string): JsonRecord {
	const found = get(value, key);
	return isRecord(found) ? found : empty;
}

/** Property `key` as an array of at most `max` entries; empty if it is anything else. */
export function getArray(value: unknown, key: string, max = 10_000): readonly unknown[] {
	const found = get(value, key);
	if (!Array.isArray(found)) return [];
	return found.length > max ? found.slice(0, max) : found;
}

/** Property `key` as a string not longer than `max` code units, else null. */
export function getString(value: unknown, key: string, max = 64 * 1024): string | null {
	const found = get(value, key);
	return typeof found === 'string' && found.length <= max ? found : null;
}

/** Property `key` as a safe non-negative integer (fractions are cut), else null. */
export function getCount(value: unknown, key: string): number | null {
	const found = get(value, key);
	if (typeof found !== 'number' || !Number.isFinite(found) || found < 0 || found > Number.MAX_SAFE_INTEGER) return null;
	return Math.trunc(found);
}

/** Property `key` as a boolean, `false` unless it is literally `true`. */
export function getFlag(value: unknown, key: string): boolean {
	return get(value, key) === true;
}

/** Own entries of an object, without keys that could reach a prototype when somebody copies them carelessly. */
export function entriesOf(value: unknown, max = 20_000): (readonly [string, unknown])[] {
	if (!isRecord(value)) return [];
	const out: (readonly [string, unknown])[] = [];
	for (const key of Object.keys(value)) {
		if (out.length >= max) break;
		if (!isUnsafeKey(key)) out.push([key, value[key]]);
	}
	return out;
}

/** Keys that change an object's prototype or constructor when assigned (compare matrix-js-sdk CVE-2022-36059). */
export function isUnsafeKey(key: string): boolean {
	return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

/**
 * Deep copy for code that is less careful than this folder: unsafe keys dropped, strings and collections capped,
 * everything below `depth` levels replaced by null.
 */
export function cleanJson(value: unknown, depth = 16): unknown {
	if (value === null || typeof value === 'boolean') return value;
	if (typeof value === 'number') return Number.isFinite(value) ? value : null;
	if (typeof value === 'string') return value.length > 64 * 1024 ? value.slice(0, 64 * 1024) : value;
	if (typeof value !== 'object' || depth <= 0) return null;
	if (Array.isArray(value)) return value.slice(0, 10_000).map((entry) => cleanJson(entry, depth - 1));
	return Object.fromEntries(entriesOf(value).map(([key, entry]) => [key, cleanJson(entry, depth - 1)]));
}

// C0 and C1 controls without line feed and tab, plus lone line and paragraph separators.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;
const nameControls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Message text: line breaks unified, other control characters removed. */
export function cleanText(text: string): string {
	return text.replace(/\r\n?/g, '\n').replace(controls, '');
}

/** One-line text such as a name or topic: control and bidi characters become spaces, trimmed, cut at `max`. */
export function cleanName(text: string, max = 256): string {
	const clean = text
		.slice(0, max * 4)
		.replace(nameControls, ' ')
		.trim();
	return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}
