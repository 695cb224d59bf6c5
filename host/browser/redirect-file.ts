/**
 * A page that leads a browser to an address the command line must not show: every user of the machine can read the
 * arguments of a process, but only we can read a file of mode 0600.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface RedirectFile {
	/** `file:` address without anything secret. */
	readonly url: string;
	/** Takes the file away; it may be gone already. */
	remove(): void;
}

function escapeAttribute(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * Writes the page into `dir`, which is created when missing and is ours alone.
 * @throws Error of the file system
 */
export function writeRedirectFile(dir: string, target: string): RedirectFile {
	mkdirSync(dir, { recursive: true, mode: 0o700 });
	const path = join(dir, `open-${randomBytes(12).toString('hex')}.html`);
	const page =
		'<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Parley</title>' +
		`<meta http-equiv="refresh" content="0;url=${escapeAttribute(target)}">\n`;
	// Exclusive: never through a link that somebody else put there.
	writeFileSync(path, page, { mode: 0o600, flag: 'wx' });
	return { url: pathToFileURL(path).href, remove: () => rmSync(path, { force: true }) };
}
