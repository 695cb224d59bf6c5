/** Reading back: do the messages in sight stay where they are when older ones are put above, and how long is a frame. */
import { join } from 'node:path';
import { makeArchive } from './archive.ts';
import { openBenchWindow, toEnd } from './bench-window.ts';
import { atMost, inFolder, percentile, runBench, single } from './measure.ts';
import type { Figure } from './measure.ts';

const pages = 12;

/**
 * In the page: goes near the top, which asks for an older page, and watches the first message in sight until 20 frames
 * after the list has grown. Its greatest distance from where it was, in pixels.
 */
const prepend = `new Promise((resolve, reject) => {
	const log = document.querySelector('[role=log]');
	log.scrollTop = 400;
	const from = performance.now();
	requestAnimationFrame(() => requestAnimationFrame(() => {
		const top = log.getBoundingClientRect().top;
		const rows = [...log.querySelectorAll('[data-message]')];
		const anchor = rows.find((row) => row.getBoundingClientRect().top >= top + 100);
		const id = anchor.dataset.message;
		const place = anchor.getBoundingClientRect().top;
		const height = log.scrollHeight;
		let worst = 0;
		let grown = 0;
		const look = () => {
			const row = log.querySelector('[data-message="' + id + '"]');
			worst = Math.max(worst, row === null ? Infinity : Math.abs(row.getBoundingClientRect().top - place));
			if (log.scrollHeight > height + 100 && ++grown > 20) return resolve(worst);
			if (performance.now() - from > 5000) return reject(new Error('no older page came'));
			requestAnimationFrame(look);
		};
		look();
	}));
})`;

/** In the page: wheels up by 120 px a frame for two seconds; the times of the frames. */
const wheel = `new Promise((resolve) => {
	const log = document.querySelector('[role=log]');
	const times = [];
	let last = performance.now();
	const from = last;
	const step = () => {
		const now = performance.now();
		times.push(now - last);
		last = now;
		log.scrollBy(0, -120);
		if (now - from > 2000) resolve(times.slice(1));
		else requestAnimationFrame(step);
	};
	requestAnimationFrame(step);
})`;

await runBench(() =>
	inFolder(async (folder): Promise<readonly Figure[]> => {
		const file = join(folder, 'parley.db');
		await makeArchive(file, 10_000);
		const window = await openBenchWindow(file, 0, 150);
		await window.openRoom('Room 0');
		await toEnd(window.page);
		const shifts: number[] = [];
		for (let n = 0; n < pages; n++) shifts.push(await window.page.evaluate<number>(prepend));
		await toEnd(window.page);
		const frames = await window.page.evaluate<number[]>(wheel);
		await window.close();
		return [
			single('worst shift when a page is put above', Math.max(...shifts), {
				unit: 'px',
				target: atMost(1),
				reference: null,
			}),
			single('95th percentile of a frame while reading back', percentile(frames, 0.95), { target: atMost(50) }),
		];
	}),
);
