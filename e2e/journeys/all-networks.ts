/** The three networks with Parley before them: how journeys over real servers begin. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from '@playwright/test';
import { ergo } from '../servers/ergo.ts';
import { prosody } from '../servers/prosody.ts';
import type { Fetchable } from '../servers/suite-need.ts';
import { synapse } from '../servers/synapse.ts';
import { type HostKind, launchParley, type RunningParley } from './fixture.ts';
import {
	type IrcNetwork,
	ircLabel,
	logInToIrc,
	logInToMatrix,
	logInToXmpp,
	type MatrixNetwork,
	matrixLabel,
	openIrc,
	openMatrix,
	openXmpp,
	type XmppNetwork,
	xmppLabel,
} from './networks.ts';
import type { ParleyWindow } from './window.ts';
import { needServers, type Stops } from './with-servers.ts';

export interface AllNetworks {
	/** A folder of this journey alone. */
	readonly dir: string;
	readonly irc: IrcNetwork;
	readonly xmpp: XmppNetwork;
	readonly matrix: MatrixNetwork;
	/** Parley on the journey's profile, in a new tab; each call is another start. */
	start(): Promise<RunningParley>;
}

export interface AllNetworksOptions {
	/** What the journey needs beside the three servers. */
	readonly needs?: readonly Fetchable[];
	/** Settings of Synapse, given the journey's folder. */
	readonly matrixConfig?: (dir: string) => Readonly<Record<string, unknown>>;
}

/** Call in `beforeAll`; the tests of the file are skipped where a server is not to be had. */
export async function openAll(
	{ browser, hostKind }: { readonly browser: Browser; readonly hostKind: HostKind },
	stops: Stops,
	options: AllNetworksOptions = {},
): Promise<AllNetworks> {
	await needServers([ergo, prosody, synapse, ...(options.needs ?? [])]);
	const dir = mkdtempSync(join(tmpdir(), 'parley-journey-'));
	stops.add(async () => Promise.resolve(rmSync(dir, { recursive: true, force: true, maxRetries: 5 })));
	const [irc, xmpp, matrix] = await Promise.all([
		openIrc(dir, stops),
		openXmpp(dir, stops),
		openMatrix(dir, stops, options.matrixConfig?.(dir)),
	]);
	const start = async (): Promise<RunningParley> => {
		const parley = await launchParley(hostKind, join(dir, 'profile'), () => browser.newPage(), { protocols: 'real' });
		stops.add(() => parley.stop());
		return parley;
	};
	return { dir, irc, xmpp, matrix, start };
}

/** Adds an account on each through the window, in the channel on IRC, and ends the welcome. */
export async function logInToAll(window: ParleyWindow, { irc, xmpp, matrix }: AllNetworks): Promise<void> {
	await logInToIrc(window, irc);
	await logInToXmpp(window, xmpp);
	await logInToMatrix(window, matrix);
	for (const label of [ircLabel, xmppLabel, matrixLabel]) await window.connected(label);
	await window.page.getByRole('button', { name: 'Got it' }).click();
}
