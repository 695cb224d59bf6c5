/** 1,000 changes a second for ten seconds into the conversation that is open: frames, their length, and memory. */
import { join } from 'node:path';
import type { Page } from 'playwright';
import { saidIn } from './bench-engine.ts';
import { openBenchWindow, toEnd } from './bench-window.ts';
import { lines } from './corpus.ts';
import { atLeast, atMost, inFolder, runBench, single, spread } from './measure.ts';
import type { Figure } from './measure.ts';

const seconds = 10;
const perTick = 10;
const tickMs = 10;

/** In the page: notes each frame's time and how far below its lower edge the newest message stood. */
const watchFrames = `(() => {
	const log = document.querySelector('[role=log]');
	const frames = globalThis.benchFrames = [];
	// The task after a frame sees what was painted: layout and the observers' corrections are done by then.
	const { port1, port2 } = new MessageChannel();
	port1.onmessage = () => frames.push([performance.now(), log.scrollHeight - log.clientHeight - log.scrollTop]);
	const note = () => {
		port2.postMessage(0);
		globalThis.benchFrame = requestAnimationFrame(note);
	};
	note();
})()`;

async function memory(page: Page): Promise<number> {
	return page.evaluate<number>('(globalThis.gc?.(), performance.memory.usedJSHeapSize / 1048576)');
}

await runBench(() =>
	inFolder(async (folder): Promise<readonly Figure[]> => {
		const window = await openBenchWindow(join(folder, 'parley.db'), 5);
		const text = lines(11);
		let n = 0;
		const say = (count: number): Promise<void> =>
			window.script.adapter.live(...Array.from({ length: count }, () => saidIn(0, n++, text())));
		await say(200);
		await window.openRoom('Room 0');
		await toEnd(window.page);
		// The first storm fills the window up to its bound; memory is compared from there.
		const storm = async (length: number): Promise<void> => {
			const from = performance.now();
			const end = n + length * 1000;
			let stored = Promise.resolve();
			while (n < end) {
				const due = Math.floor((performance.now() - from) / tickMs) * perTick;
				const behind = Math.min(end, end - length * 1000 + due) - n;
				if (behind > 0) stored = say(behind);
				await new Promise((resolve) => setTimeout(resolve, tickMs));
			}
			await stored;
		};
		await storm(5);
		const before = await memory(window.page);
		await window.page.evaluate(watchFrames);
		await storm(seconds);
		const frames = await window.page.evaluate<[number, number][]>('(cancelAnimationFrame(benchFrame), benchFrames)');
		const after = await memory(window.page);
		await window.close();
		const times = frames.slice(1).map(([at], i) => at - (frames[i]?.[0] ?? at));
		const span = ((frames.at(-1)?.[0] ?? 0) - (frames[0]?.[0] ?? 0)) / 1000;
		return [
			single('frames per second', frames.length / span, { unit: 'frames/s', target: atLeast(55), reference: null }),
			spread('time of a frame', times),
			spread(
				'newest message below the lower edge',
				frames.map(([, below]) => below),
				{ unit: 'px', reference: null },
			),
			single('growth of the window in 10,000 messages', after - before, {
				unit: 'MB',
				target: atMost(5),
				reference: null,
			}),
		];
	}),
);
