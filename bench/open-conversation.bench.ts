/** From the click to the painted first page, in a conversation of about 100,000 messages, in a real browser. */
import { join } from 'node:path';
import { makeArchive } from './archive.ts';
import { openBenchWindow } from './bench-window.ts';
import { atMost, inFolder, runBench, spread } from './measure.ts';
import type { Figure } from './measure.ts';

await runBench(() =>
	inFolder(async (folder): Promise<readonly Figure[]> => {
		const file = join(folder, 'parley.db');
		await makeArchive(file, 100_000);
		const window = await openBenchWindow(file, 0);
		const samples: number[] = [];
		for (let n = 0; n < 60; n++) {
			const ms = await window.openRoom(n % 2 === 0 ? 'Room 0' : 'Room 1');
			if (n % 2 === 0) samples.push(ms);
		}
		await window.close();
		return [spread('click to painted page, 100,000 messages', samples, { target: atMost(80) })];
	}),
);
