/** `node scripts/icons.ts`: draws the icons of `assets/` with Chromium, when the drawings have changed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright';
import { installedChromium } from './chromium.ts';
import { projectRoot } from './child.ts';
import { icnsOf, icoOf, pngSize } from './icon-files.ts';
import { areIconsFresh, containers, drawings, drawingsDigest, icoSizes, pictures, sourceRecord } from './icon-set.ts';

async function draw(executablePath: string): Promise<ReadonlyMap<string, Buffer>> {
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
	try {
		const page = await browser.newPage();
		const drawn = new Map<string, Buffer>();
		for (const { drawing, size, path } of pictures) {
			const svg = readFileSync(join(projectRoot, drawings[drawing])).toString('base64');
			await page.setViewportSize({ width: size, height: size });
			await page.setContent(
				`<style>body{margin:0}img{display:block}</style><img width="${size}" height="${size}" src="data:image/svg+xml;base64,${svg}">`,
			);
			await page.evaluate('document.images[0].decode()');
			drawn.set(path, await page.screenshot({ omitBackground: true }));
		}
		return drawn;
	} finally {
		await browser.close();
	}
}

function write(path: string, content: Uint8Array | string): void {
	const full = join(projectRoot, path);
	mkdirSync(dirname(full), { recursive: true });
	writeFileSync(full, content);
}

if (!areIconsFresh(projectRoot)) {
	const executablePath = installedChromium();
	if (executablePath === undefined) {
		console.error('The icons in assets/ are older than their drawings, and there is no Chromium to draw them with.');
		process.exitCode = 1;
	} else {
		const drawn = await draw(executablePath);
		for (const [path, png] of drawn) write(path, png);
		const app = [...drawn].flatMap(([path, png]) => (path.startsWith('assets/icons/') ? [png] : []));
		write(containers.ico, icoOf(app.filter((png) => icoSizes.includes(pngSize(png).width))));
		write(containers.icns, icnsOf(app));
		write(sourceRecord, `${JSON.stringify({ digest: drawingsDigest(projectRoot) }, null, '\t')}\n`);
		console.log(`Icons drawn: ${drawn.size} pictures.`);
	}
}
