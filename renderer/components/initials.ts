const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const letterOrDigit = /[\p{L}\p{N}]/u;
const emoji = /\p{Extended_Pictographic}/u;

function firstSign(word: string): string {
	for (const { segment } of segmenter.segment(word)) {
		if (letterOrDigit.test(segment) || emoji.test(segment)) return segment;
	}
	return '';
}

/** One or two signs that stand for a name: first letters of its first two words, whole graphemes, no punctuation. */
export function initials(name: string): string {
	const words = name
		.slice(0, 200)
		.split(/[\s._\-/|]+/u)
		.map(firstSign)
		.filter((sign) => sign !== '');
	const [first, second] = words;
	if (first === undefined) return '#';
	if (second === undefined || emoji.test(first)) return first.toLocaleUpperCase();
	return (first + second).toLocaleUpperCase();
}
