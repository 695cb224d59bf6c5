import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ServerUnavailable } from '../../e2e/servers/errors.ts';
import { type Progress, progressLine, withProgress } from '../../e2e/servers/progress.ts';
import type { DemoOptions, Network } from './options.ts';
import { type Pace, realPace } from './pace.ts';
import { openIrcStage } from './people/irc-stage.ts';
import { openMatrixStage } from './people/matrix-stage.ts';
import type { Stage } from './people/stage.ts';
import { Troupe } from './people/troupe.ts';
import { openXmppStage } from './people/xmpp-stage.ts';
import { ensureWebBuild } from './web-build.ts';
import { addAccount, type DemoWindow, openDemoWindow } from './window.ts';

const OPEN: Readonly<Record<Network, (dir: string, progress: Progress) => Promise<Stage>>> = {
	irc: openIrcStage,
	xmpp: openXmppStage,
	matrix: openMatrixStage,
};

export interface Show {
	readonly window: DemoWindow;
	readonly stages: readonly Stage[];
	/** Networks that this machine can't have, with the reason. */
	readonly missing: readonly string[];
	stop(): Promise<void>;
}

/** Everything of the demo, in `dir`. When it fails half-way it takes down what it had put up. */
export async function startShow(
	options: DemoOptions,
	dir: string,
	say: (line: string) => void,
	onFatal: (error: Error) => void,
	pace: Pace = realPace,
): Promise<Show> {
	const progress: Progress = (event) => say(progressLine(event));
	const ending = new AbortController();
	const stages: Stage[] = [];
	const missing: string[] = [];
	const performances: Promise<void>[] = [];
	let window: DemoWindow | undefined;
	const stop = async (): Promise<void> => {
		ending.abort();
		await Promise.all([window?.stop(), ...performances]);
		await Promise.all(stages.map((stage) => stage.stop()));
	};
	const openStage = async (network: Network): Promise<void> => {
		const folder = path.join(dir, network);
		await mkdir(folder, { recursive: true });
		try {
			const stage = await OPEN[network](folder, progress);
			stages.push(stage);
			const onError = (error: unknown): void => say(`${network}: ${String(error)}`);
			const { talkative } = options;
			const troupe = new Troupe({ stage, pace, signal: ending.signal, talkative, onError });
			await troupe.recallBacklog();
			performances.push(troupe.perform());
			say(`${stage.server.name} ${stage.server.version} is running, ${stage.people.length} people are on it`);
		} catch (error) {
			if (!(error instanceof ServerUnavailable)) throw error;
			missing.push(`${network}: ${error.message}`);
		}
	};
	try {
		await settled([
			...options.networks.map(openStage),
			withProgress(progress, 'Parley', 'building the window', ensureWebBuild),
		]);
		window = await withProgress(progress, 'Parley', 'starting', () =>
			openDemoWindow(path.join(dir, 'profile'), onFatal),
		);
		const { client } = window;
		await withProgress(progress, 'Parley', 'adding the accounts', () =>
			settled(stages.map((stage) => addAccount(client, stage.login))),
		);
		return { window, stages, missing, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** As `Promise.all`, but nothing is still at work when it rejects. */
async function settled(work: readonly Promise<unknown>[]): Promise<void> {
	const results = await Promise.allSettled(work);
	for (const result of results) if (result.status === 'rejected') throw result.reason;
}
