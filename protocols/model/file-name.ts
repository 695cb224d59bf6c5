/** Names of files, from strangers and from the user's disk, made safe to show, to send and to save. */

const maxLength = 120;

/** Path separators, characters that Windows refuses, controls, and everything that reorders or hides text. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const unsafe =
	/[\\/:*?"<>|\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\uffff]/g;

/** Device names of Windows, with any extension. */
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * A name without a path, without characters that deceive, never hidden, never empty, at most 120 characters; the
 * extension survives. `photo\u202Egpj.exe` becomes `photo_gpj.exe`.
 */
export function safeFileName(name: string): string {
	const clean = name
		.toWellFormed()
		.normalize('NFC')
		.replace(unsafe, '_')
		.replace(/\s+/g, ' ')
		.replace(/^[. ]+|[. ]+$/g, '');
	const usable = clean === '' ? 'file' : reserved.test(clean) ? `_${clean}` : clean;
	if (usable.length <= maxLength) return usable;
	const dot = usable.lastIndexOf('.');
	const extension = dot > 0 && usable.length - dot <= 16 ? usable.slice(dot) : '';
	return `${usable
		.slice(0, maxLength - extension.length)
		.toWellFormed()
		.replace(/\ufffd$/, '')}${extension}`;
}
