/** Where a worker's entry file is: the TypeScript source beside the caller, or its bundled file beside the bundle. */
export function workerEntry(name: string, callerUrl: string): URL {
	const extension = callerUrl.endsWith('.ts') ? 'ts' : 'js';
	return new URL(`./${name}.${extension}`, callerUrl);
}
