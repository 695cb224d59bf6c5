import { ejabberd } from './ejabberd.ts';
import { ergo } from './ergo.ts';
import { inspircd } from './inspircd.ts';
import { ngircd } from './ngircd.ts';
import { prosody } from './prosody.ts';
import { prosodyClassic } from './prosody-classic.ts';
import type { Progress } from './progress.ts';
import type { TestServer } from './server.ts';
import { soju } from './soju.ts';
import { synapse } from './synapse.ts';

/** What all definitions have in common, whatever options they take. */
export interface ServerEntry {
	readonly name: string;
	readonly fetch: (progress?: Progress) => Promise<{ readonly version: string }>;
	readonly start: (options?: { readonly dir?: string; readonly progress?: Progress }) => Promise<TestServer>;
}

/** Every test server there is. */
export const ALL_SERVERS: readonly ServerEntry[] = [
	ergo,
	inspircd,
	ngircd,
	soju,
	prosody,
	prosodyClassic,
	ejabberd,
	synapse,
];
