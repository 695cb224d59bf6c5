/** Watches a page for everything that hostile content must never achieve. */
import type { BrowserContext, Page } from '@playwright/test';

interface Tripped {
	readonly tripped: string[];
	/** Names that every object had before the page ran. */
	readonly names: readonly string[];
}

export class Tripwire {
	readonly #page: Page;
	readonly #seen: string[] = [];

	private constructor(page: Page) {
		this.#page = page;
	}

	/** Call before the page goes anywhere. `own` is the start of every address the page may ask for. */
	static async set(context: BrowserContext, page: Page, own: string): Promise<Tripwire> {
		const wire = new Tripwire(page);
		const note = (text: string): void => void wire.#seen.push(text);
		const { origin } = new URL(own);
		page.on('dialog', (dialog) => {
			note(`dialog: ${dialog.message()}`);
			void dialog.dismiss();
		});
		page.on('pageerror', (error) => note(`page error: ${error.message}`));
		page.on('console', (message) => {
			if (message.type() === 'error') note(`console error: ${message.text().slice(0, 400)}`);
		});
		page.on('crash', () => note('the page crashed'));
		page.on('framenavigated', (frame) => {
			if (frame !== page.mainFrame() || !frame.url().startsWith(origin)) note(`navigated to ${frame.url()}`);
		});
		context.on('page', (other) => {
			if (other !== page) note(`a page opened: ${other.url()}`);
		});
		await context.route(
			(url) => url.origin !== origin,
			async (route) => {
				note(`request: ${route.request().url().slice(0, 200)}`);
				await route.abort();
			},
		);
		// Routes do not see every scheme.
		context.on('request', (request) => {
			if (!request.url().startsWith(`${origin}/`)) note(`request: ${request.url().slice(0, 200)}`);
		});
		await page.addInitScript(() => {
			const state: Tripped = { tripped: [], names: Object.getOwnPropertyNames(Object.prototype) };
			const trip = (what: string) => (value?: unknown) => void state.tripped.push(`${what}: ${String(value)}`);
			Object.assign(globalThis, { parleyTripwire: state, tripwire: trip('script ran'), open: trip('window opened') });
			document.addEventListener('securitypolicyviolation', (event) => {
				state.tripped.push(`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
			});
		});
		return wire;
	}

	/** Everything that happened so far; empty when all is well. */
	async problems(): Promise<readonly string[]> {
		const inPage = await this.#page.evaluate(() => {
			const { tripped, names } = (globalThis as unknown as { readonly parleyTripwire: Tripped }).parleyTripwire;
			const added = Object.getOwnPropertyNames(Object.prototype).filter((name) => !names.includes(name));
			return [...tripped, ...added.map((name) => `prototype polluted: ${name}`)];
		});
		return [...this.#seen, ...inPage, ...(await this.#page.evaluate(forbiddenElements))];
	}
}

/** Elements and attributes that the window never makes from what it is sent. */
function forbiddenElements(): readonly string[] {
	const found = [...document.body.querySelectorAll('script:not([src]), iframe, object, embed, base, link, meta, style')]
		.filter((element) => element.closest('head') === null)
		.map((element) => `element: ${element.outerHTML.slice(0, 120)}`);
	const allowed = /^(https?|mailto|ircs?|xmpp|matrix):/u;
	for (const element of document.body.querySelectorAll('[href], [src], [action], [formaction], [srcdoc]')) {
		for (const name of ['href', 'src', 'action', 'formaction', 'srcdoc']) {
			const value = element.getAttribute(name);
			if (value === null || (value.startsWith('/') && !value.startsWith('//')) || value.startsWith('#')) continue;
			// Bytes that the window has; never an address of somebody.
			if (name === 'src' && element.matches('img, audio, video') && value.startsWith(`blob:${location.origin}/`))
				continue;
			if (name !== 'href' || !allowed.test(value)) found.push(`${name}: ${value.slice(0, 120)}`);
			else if (element.getAttribute('rel')?.includes('noopener') !== true) found.push(`opener: ${value.slice(0, 120)}`);
		}
	}
	for (const element of document.body.querySelectorAll('*')) {
		for (const { name, value } of element.attributes) {
			if (name.startsWith('on')) found.push(`handler: ${name}=${value.slice(0, 80)}`);
			const foreign = value.replaceAll(`url("${location.origin}/assets/`, '');
			if (name === 'style' && /url\(|expression|@import/iu.test(foreign)) found.push(`style: ${value.slice(0, 120)}`);
			// Signs that would turn the words around them; isolates that Parley puts around a name come in pairs.
			const isSpoken = name === 'title' || name.startsWith('aria-');
			const bare = value.replaceAll(/\u2068[^\u2066-\u2069]*\u2069/gu, '');
			if (isSpoken && /[\u202a-\u202e\u2066-\u2069]/u.test(bare))
				found.push(`turned around: ${name}=${JSON.stringify(value.slice(0, 120))}`);
		}
	}
	return found;
}

/** What stands outside its place; empty when the window has its shape. */
export function layoutBreaks(page: Page): Promise<readonly string[]> {
	return page.evaluate(() => {
		const root = document.documentElement;
		const found: string[] = [];
		const describe = (element: Element): string =>
			`${element.tagName.toLowerCase()}.${element.className.toString().split(' ')[0] ?? ''}`;
		if (root.scrollWidth > root.clientWidth) found.push(`the document is ${root.scrollWidth} px wide`);
		if (root.scrollHeight > root.clientHeight) found.push(`the document is ${root.scrollHeight} px high`);
		const clips = (element: Element): boolean => {
			const { overflowX, display } = getComputedStyle(element);
			return overflowX !== 'visible' && display !== 'inline';
		};
		const inside = (name: string, frame: Element): void => {
			const box = frame.getBoundingClientRect();
			const pending = [...frame.children];
			for (let element = pending.pop(); element !== undefined; element = pending.pop()) {
				const { left, right, width, height } = element.getBoundingClientRect();
				// What only screen readers see is one pixel large.
				const isSeen = width > 1 && height > 1;
				if (isSeen && (left < box.left - 1 || right > box.right + 1))
					found.push(`${name}: ${describe(element)} from ${Math.round(left)} to ${Math.round(right)}`);
				else if (!clips(element)) pending.push(...element.children);
			}
		};
		const frames = {
			timeline: '[role=log]',
			navigator: '[role=navigation], nav',
			header: 'header',
			details: '[role=region][aria-label=Details], [aria-label=Details]',
			dialog: '[role=dialog], [role=alertdialog]',
		};
		for (const [name, selector] of Object.entries(frames))
			for (const frame of document.querySelectorAll(selector)) {
				inside(name, frame);
				if (frame.scrollWidth > frame.clientWidth + 1 && !frame.matches('button'))
					found.push(`${name} scrolls sideways: ${frame.scrollWidth} in ${frame.clientWidth}`);
			}
		const rows = [...document.querySelectorAll('[role=log] [data-index]')]
			.map((row) => row.getBoundingClientRect())
			.sort((a, b) => a.top - b.top);
		rows.forEach((row, n) => {
			const next = rows[n + 1];
			if (next !== undefined && row.bottom > next.top + 1) found.push(`rows overlap at ${Math.round(row.bottom)}`);
		});
		return found.slice(0, 20);
	});
}

/** Those of `expected` that no row of the open timeline holds; walks from the newest message to the oldest. */
export function missingInTimeline(page: Page, expected: readonly string[]): Promise<readonly string[]> {
	// As JSON, because half signs do not survive the way into the page.
	return page.evaluate(async (json) => {
		const log = document.querySelector('[role=log]');
		if (log === null) return ['the timeline'];
		const missing = new Set(JSON.parse(json) as string[]);
		const painted = (): Promise<void> =>
			new Promise((resolve) => {
				requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
			});
		const look = (): void => {
			for (const row of log.querySelectorAll('[data-index]')) {
				const text = row.textContent.toWellFormed();
				for (const one of missing) if (text.includes(one)) missing.delete(one);
			}
		};
		log.scrollTop = log.scrollHeight;
		await painted();
		for (let still = 0; missing.size > 0 && still < 8; ) {
			look();
			const before = log.scrollTop;
			log.scrollTop = Math.max(0, before - log.clientHeight * 0.7);
			await painted();
			still = log.scrollTop >= before || log.scrollTop === 0 ? still + 1 : 0;
		}
		look();
		return [...missing].map((one) => one.slice(0, 200));
	}, JSON.stringify(expected));
}
