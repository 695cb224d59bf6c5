/**
 * Strings of the network inside our own sentences. Bidirectional controls are taken out, because they could rearrange
 * the words around them; right-to-left text is put between FSI and PDI (Unicode Bidirectional Algorithm, UAX #9).
 */
const controls = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/gu;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

export function withoutBidiControls(text: string): string {
	return text.replace(controls, '');
}

/** For interpolation into a sentence. */
export function isolate(text: string): string {
	const clean = withoutBidiControls(text);
	return rightToLeft.test(clean) ? `\u2068${clean}\u2069` : clean;
}
