/** The built window, read into memory once: what is not in this table does not exist, whatever a request says. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export type WebFile = { readonly body: Buffer; readonly type: string };

const types: ReadonlyMap<string, string> = new Map([
	['.html', 'text/html; charset=utf-8'],
	['.js', 'text/javascript; charset=utf-8'],
	['.css', 'text/css; charset=utf-8'],
	['.json', 'application/json; charset=utf-8'],
	['.webmanifest', 'application/manifest+json; charset=utf-8'],
	['.svg', 'image/svg+xml'],
	['.png', 'image/png'],
	['.ico', 'image/x-icon'],
	['.woff2', 'font/woff2'],
	['.txt', 'text/plain; charset=utf-8'],
]);

/** All files under `dir` by their path in an address, such as `/index.html`. Throws when there is no index.html. */
export function readWebFiles(dir: string): ReadonlyMap<string, WebFile> {
	const files = new Map<string, WebFile>();
	for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile()) continue;
		const type = types.get(extname(entry.name));
		// Source maps and the like are not served.
		if (type === undefined) continue;
		const path = join(entry.parentPath, entry.name);
		files.set(`/${relative(dir, path).split(sep).join('/')}`, { body: readFileSync(path), type });
	}
	if (!files.has('/index.html')) throw new Error(`${dir} holds no built window (index.html)`);
	return files;
}

/** The file for the path of an address, or undefined. */
export function webFile(files: ReadonlyMap<string, WebFile>, pathname: string): WebFile | undefined {
	return files.get(pathname === '/' ? '/index.html' : pathname);
}
