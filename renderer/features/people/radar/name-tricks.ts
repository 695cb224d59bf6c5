/** Tricks that a name plays by itself, without being compared to others. Pure. */

export type NameTrick =
	/** Characters that turn the order of what is read around. */
	| 'reordered'
	/** Characters that are not drawn. */
	| 'invisible'
	/** One word made of letters of scripts that nobody mixes. */
	| 'mixed-scripts';

/** Embeddings, overrides and isolates (UAX #9). The marks U+200E, U+200F and U+061C are merely invisible. */
const reordering = /[\u202a-\u202e\u2066-\u2069]/gu;
/** Variation selectors are left out: they choose how an emoji is drawn. */
const unseen = /(?![\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;
/** Joiners belong into emoji; between letters of scripts that join them they are spelling; tags spell flags. */
const spelling =
	/(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Mark}])[\u200c\u200d]|(?<=\p{Extended_Pictographic})[\u{e0020}-\u{e007f}]+/gu;

const words = /[\p{Letter}\p{Mark}]+/gu;
const scripts = [
	['latin', /\p{Script=Latin}/u],
	['greek', /\p{Script=Greek}/u],
	['cyrillic', /\p{Script=Cyrillic}/u],
	['armenian', /\p{Script=Armenian}/u],
	['cherokee', /\p{Script=Cherokee}/u],
	['han', /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}]/u],
	['other', /(?![\p{Script=Common}\p{Script=Inherited}])\p{Letter}/u],
] as const;

/** Chinese, Japanese and Korean are written with Latin letters in between (UTS #39, "highly restrictive"). */
const mixesWell = (found: ReadonlySet<string>): boolean =>
	found.size < 2 || (found.size === 2 && found.has('latin') && found.has('han'));

function scriptsOf(word: string): ReadonlySet<string> {
	const found = new Set<string>();
	for (const letter of word) {
		const script = scripts.find(([, letters]) => letters.test(letter));
		if (script !== undefined) found.add(script[0]);
	}
	return found;
}

/** Of a hostile length the beginning tells enough. */
const maxJudged = 512;

/** What is wrong with a name, the worst first; empty for most. */
export function tricksOf(name: string): readonly NameTrick[] {
	const judged = name.slice(0, maxJudged);
	const inOrder = judged.replaceAll(reordering, '');
	const rest = inOrder.replaceAll(spelling, '');
	const tricks: NameTrick[] = [];
	if (inOrder !== judged) tricks.push('reordered');
	if (unseen.test(rest)) tricks.push('invisible');
	if ([...rest.matchAll(words)].some(([word]) => !mixesWell(scriptsOf(word)))) tricks.push('mixed-scripts');
	return tricks;
}
