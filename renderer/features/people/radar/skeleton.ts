/**
 * What a name looks like, whatever letters it is made of (UTS #39, section 4: skeletons of confusable strings). Loaded
 * when first asked for: its table is larger than most of the window's parts.
 */
import unhomoglyph from 'unhomoglyph';

/** Drawn as nothing, or only turning what follows around (default ignorables, bidirectional controls). */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** Longer names are compared by their beginning; nobody reads further before believing one. */
const maxCompared = 128;

/**
 * Two names with a skeleton in common can be taken for one another. There are two, because capitals have look-alikes
 * that their small letters do not have (`I` and `l`).
 */
export function skeletonsOf(name: string): readonly [asWritten: string, small: string] {
	const plain = name.slice(0, maxCompared).normalize('NFKC').replace(unseen, '').replaceAll(/\s+/gu, ' ').trim();
	return [reduce(plain), reduce(plain.toLowerCase())];
}

/** Replaced letters may themselves have accents, so it is taken apart before and after. */
const reduce = (text: string): string => unhomoglyph(text.normalize('NFD')).normalize('NFD').toLowerCase();
