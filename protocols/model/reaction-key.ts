/**
 * One spelling for each reaction. Networks compare reactions as strings, but the same emoji travels with and without
 * variation selectors (Unicode UTS #51, "emoji presentation"), which people cannot see. The canonical form is the fully
 * qualified one: it shows as an emoji everywhere, and it is what MSC2677 and XEP-0444 ask senders to send.
 */

const selectors = /[\ufe0e\ufe0f]/g;
/** Characters that are text unless a selector or a skin tone says otherwise. */
const textByDefault = /(?=\p{Emoji})(?!\p{Emoji_Presentation})\p{Extended_Pictographic}(?!\p{Emoji_Modifier})/gu;
const keycap = /^([#*0-9])\u20e3$/;
const oneEmoji = /^\p{RGI_Emoji}$/v;

/** Keys of any network in the one spelling that is stored, shown, compared and sent. May be empty. */
export function reactionKey(text: string): string {
	const bare = text.replace(selectors, '').trim();
	const qualified = bare.replace(keycap, '$1\ufe0f\u20e3').replace(textByDefault, '$&\ufe0f');
	// Only a whole emoji gets selectors; "(c)" signs inside words stay letters.
	return oneEmoji.test(qualified) ? qualified : bare;
}
