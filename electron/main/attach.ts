/** The profile is open in the browser host: a window of that Parley is opened in the browser instead. */
import { writeRedirectFile } from '../../host/browser/redirect-file.ts';

/** How long the browser has to read the page that leads to the address, in milliseconds. */
const readingMs = 15_000;

export interface AttachTools {
	/** `shell.openExternal`; its argument stands on a command line that other users can read. */
	readonly openExternal: (url: string) => Promise<void>;
	readonly wait: (ms: number) => Promise<void>;
}

/**
 * Opens `url`, which carries a one-time ticket, without showing it to anybody: through a short-lived page in `dir`, which
 * is ours alone. Resolves when the page is gone again.
 */
export async function openRunningParley(url: string, dir: string, tools: AttachTools): Promise<void> {
	const redirect = writeRedirectFile(dir, url);
	const remove = (): void => redirect.remove();
	process.once('exit', remove);
	try {
		await tools.openExternal(redirect.url);
		await tools.wait(readingMs);
	} finally {
		process.off('exit', remove);
		redirect.remove();
	}
}
