/** Playwright's global set-up: journeys write into a folder of the run, which goes at its end. */
import { tmpdir } from 'node:os';
import { enterRunFolder } from '../scripts/run-folder.ts';

/** Playwright takes the default export, and calls what it returns at the end. */
// oxlint-disable-next-line import/no-default-export -- what Playwright asks for
export default function setup(): () => void {
	const folder = enterRunFolder(tmpdir());
	return () => {
		const left = folder.leftovers();
		folder.remove();
		if (left.length > 0) console.log(`removed temporary files that journeys left behind: ${left.join(', ')}`);
	};
}
