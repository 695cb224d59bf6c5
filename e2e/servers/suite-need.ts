import type { Progress } from './progress.ts';

/** Anything that is fetched before a suite can run: a server or a peer. */
export interface Fetchable {
	readonly name: string;
	readonly fetch: (progress?: Progress) => Promise<{ readonly version: string }>;
}
