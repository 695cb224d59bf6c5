/** `m.reaction` (specification "Event annotations and reactions") ⇄ target and key, pure. */
import { reactionKey } from '../model/reaction-key.ts';
import { cleanName, get, getRecord, getString, type JsonRecord } from './json.ts';
import { isEventId } from './matrix-id.ts';

/** UTF-16 code units; longer keys are no reactions but somebody writing a letter. */
const maxKey = 64;

/** Null when the content is no usable reaction. */
export function reactionOf(content: JsonRecord): { readonly target: string; readonly key: string } | null {
	const relation = getRecord(content, 'm.relates_to');
	const target = get(relation, 'event_id');
	if (getString(relation, 'rel_type') !== 'm.annotation' || !isEventId(target)) return null;
	const raw = getString(relation, 'key', 1024) ?? '';
	const key = raw.startsWith('mxc://') ? shortcodeOf(content) : reactionKey(cleanName(raw, 1024));
	return key === '' || key.length > maxKey ? null : { target, key };
}

/** Custom emoji: the key is the address of an image, which is not fetched; its short name stands for it. */
function shortcodeOf(content: JsonRecord): string {
	const name = getString(content, 'shortcode', 100) ?? getString(content, 'com.beeper.reaction.shortcode', 100) ?? '';
	const bare = cleanName(name, 100).replace(/^:+|:+$/g, '');
	return bare === '' ? '' : `:${bare}:`;
}
