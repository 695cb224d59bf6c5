/**
 * Control characters, line and paragraph separators, and the directional signs of UAX #9 that would rearrange the words
 * around them.
 */
const unwanted = /[\s\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+/gu;

/** Text of the network as one bounded line, for places outside the window: notifications. */
export function oneLine(text: string, maxLength: number): string {
	// A huge text costs no more than a line; what is left of white space alone may be shorter than it could be.
	const line = text
		.slice(0, maxLength * 8)
		.replace(unwanted, ' ')
		.trim();
	if (line.length <= maxLength) return line;
	// Ends before a pair that would be cut.
	return `${line.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
