/** How well a name fits what was typed: higher is better, null when it does not. Letters must appear in order. */
export function fuzzyScore(query: string, text: string): number | null {
	const wanted = fold(query);
	const given = fold(text);
	if (wanted === '') return 0;
	const at = given.indexOf(wanted);
	if (at === 0) return 1000 - given.length;
	if (at > 0) return (isWordStart(given, at) ? 800 : 600) - at - given.length / 10;
	return scattered(wanted, given);
}

/** Lower case without accents, and without the sign that rooms start with. */
function fold(text: string): string {
	return text
		.slice(0, 200)
		.normalize('NFKD')
		.replaceAll(/\p{M}/gu, '')
		.toLowerCase()
		.trim()
		.replace(/^[#&!@]+/u, '');
}

const isWordStart = (text: string, at: number): boolean => /[\s._\-#@:/]/u.test(text.charAt(at - 1));

function scattered(wanted: string, given: string): number | null {
	let from = 0;
	let score = 400;
	for (const letter of wanted) {
		const at = given.indexOf(letter, from);
		if (at < 0) return null;
		score -= at - from;
		if (at > 0 && isWordStart(given, at)) score += 10;
		from = at + letter.length;
	}
	return score;
}

/** The best `limit` items, best first; order of equals is kept. */
export function fuzzyFilter<T>(
	items: readonly T[],
	query: string,
	textsOf: (item: T) => readonly string[],
	limit: number,
): readonly T[] {
	const scored: { item: T; score: number }[] = [];
	for (const item of items) {
		const scores = textsOf(item)
			.map((text) => fuzzyScore(query, text))
			.filter((score) => score !== null);
		if (scores.length > 0) scored.push({ item, score: Math.max(...scores) });
	}
	return scored
		.sort((a, b) => b.score - a.score)
		.slice(0, limit)
		.map((entry) => entry.item);
}
