/**
 * Much was said before one came and while one was away, on real servers: paging, gaps, what is in sight
 * and counts. Days are proven on Matrix, where an application service may say when something was said; what
 * Ergo and Prosody keep is of today.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import type { Peer } from '../peers/peer.ts';
import { type AllNetworks, logInToAll, openAll } from './all-networks.ts';
import { expect, type RunningParley, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { ircLabel, matrixLabel, xmppLabel } from './networks.ts';
import { ParleyWindow } from './window.ts';
import { Stops } from './with-servers.ts';

test.describe.configure({ mode: 'serial' });

const stops = new Stops();
let networks: AllNetworks;
let parley: RunningParley;
let window: ParleyWindow;

const keys = ['irc', 'xmpp', 'matrix'] as const;
type Key = (typeof keys)[number];
interface Place {
	readonly label: RegExp;
	readonly name: string;
	readonly target: string;
	readonly peer: Peer;
	/** Everything ever said, in order. */
	readonly said: string[];
}
const places = new Map<Key, Place>();
function place(key: Key): Place {
	const found = places.get(key);
	if (found === undefined) throw new Error(`no place ${key}`);
	return found;
}

const before = 220;
/** Less than one page of catching up on IRC, more on XMPP, and a gap on Matrix. */
const away = { irc: 80, xmpp: 130, matrix: 130 } as const;
const calendarToken = 'calendar-as-token';
const day = 86_400_000;

/** Says it in order; the servers keep the order of one connection. */
async function say(key: Key, texts: readonly string[]): Promise<void> {
	const { peer, target, said } = place(key);
	for (const text of texts) await peer.say(target, text);
	said.push(...texts);
}

/** What was said on earlier days, oldest first: three messages on each. */
const earlierDays = [40, 7, 2, 1].map((daysAgo) => ({
	daysAgo,
	texts: ['morning', 'noon', 'night'].map((time) => `${time}, ${daysAgo} days ago`),
}));

async function sayOnEarlierDays(): Promise<void> {
	const { server, alias, roomId } = networks.matrix;
	const call = async (method: string, path: string, body: object): Promise<void> => {
		const response = await fetch(`${server.url}/_matrix/client/v3/${path}`, {
			method,
			headers: { authorization: `Bearer ${calendarToken}` },
			body: JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
	};
	await call('POST', 'register', { type: 'm.login.application_service', username: 'calendar' });
	await call('POST', `join/${encodeURIComponent(alias)}`, {});
	const noon = new Date().setHours(12, 0, 0, 0);
	for (const { daysAgo, texts } of earlierDays) {
		for (const [index, body] of texts.entries()) {
			const ts = noon - daysAgo * day + index * 60_000;
			const path = `rooms/${encodeURIComponent(roomId)}/send/m.room.message/${daysAgo}-${index}?ts=${ts}`;
			await call('PUT', path, { msgtype: 'm.text', body });
		}
	}
}

test.beforeAll(async ({ browser, hostKind }) => {
	test.setTimeout(180_000);
	networks = await openAll({ browser, hostKind }, stops, {
		matrixConfig: (dir) => {
			const file = join(dir, 'calendar.yaml');
			const registration = {
				id: 'calendar',
				url: null,
				as_token: calendarToken,
				hs_token: 'calendar-hs-token',
				sender_localpart: 'calendar',
				namespaces: { users: [], rooms: [], aliases: [] },
			};
			writeFileSync(file, JSON.stringify(registration));
			return { app_service_config_files: [file] };
		},
	});
	const { irc, xmpp, matrix } = networks;
	const [onIrc, onXmpp] = await Promise.all([irc.connect(), xmpp.connect()]);
	places.set('irc', { label: ircLabel, name: irc.channel, target: irc.channel, peer: onIrc, said: [] });
	places.set('xmpp', { label: xmppLabel, name: xmpp.roomName, target: xmpp.room, peer: onXmpp, said: [] });
	places.set('matrix', {
		label: matrixLabel,
		name: matrix.roomName,
		target: matrix.roomId,
		peer: matrix.friend,
		said: earlierDays.flatMap(({ texts }) => texts),
	});
	await sayOnEarlierDays();
	await Promise.all(keys.map((key) => say(key, numbered('early', before, key))));
	parley = await networks.start();
	window = new ParleyWindow(parley.page);
	await logInToAll(window, networks);
	await window.join(xmpp.address, xmpp.room);
	await expect(window.heading).toHaveText(xmpp.roomName);
	await window.join(matrix.address, matrix.alias);
	await expect(window.heading).toHaveText(matrix.roomName);
});

test.afterAll(async () => {
	test.setTimeout(60_000);
	await stops.stop();
});

const numbered = (word: string, count: number, key: Key): string[] =>
	Array.from({ length: count }, (_, index) => `${word} ${index} ${key}`);

const gapButtons = (): Locator =>
	window.timeline.getByRole('button', { name: /^Load (older messages|what is missing)$/ });
const line = (): Locator => window.timeline.getByRole('separator').filter({ hasText: 'New messages' });
const badge = (key: Key): Locator => window.row(place(key).name).getByText(/(unread messages?|mentions?)$/);

/**
 * Scrolls up through all that is loaded and all that the store has, and waits at every step for what is loaded above.
 * @returns how far (pixels) a message in sight moved by itself at worst
 */
function climb(): Promise<number> {
	return window.timeline.evaluate(async (log) => {
		const painted = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));
		const rows = (): HTMLElement[] => [...log.querySelectorAll<HTMLElement>('[data-message]')];
		const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
		let worst = 0;
		for (let idle = 0; idle < 3; ) {
			log.scrollTop -= log.clientHeight * 0.6;
			await painted();
			await painted();
			const seen = rows().find((row) => row.getBoundingClientRect().top > middle) ?? rows().at(-1);
			const place = seen?.getBoundingClientRect().top ?? 0;
			for (let frame = 0; frame < 8 && seen !== undefined; frame++) {
				await painted();
				const again = rows().find((row) => row.dataset['message'] === seen.dataset['message']);
				worst = Math.max(worst, Math.abs((again?.getBoundingClientRect().top ?? 1e6) - place));
			}
			idle = log.scrollTop === 0 ? idle + 1 : 0;
		}
		return worst;
	});
}

/** Presses the button of a gap without a pointer, and measures the message below it. */
async function fillByKeyboard(): Promise<void> {
	const button = gapButtons().first();
	await button.scrollIntoViewIfNeeded();
	await window.composer.focus();
	await tabTo(window.page, button, 'Shift+Tab');
	const below = await button.evaluate((element) => {
		const end = element.getBoundingClientRect().bottom;
		const rows = [...document.querySelectorAll<HTMLElement>('[data-message]')];
		const next = rows.find((row) => row.getBoundingClientRect().top >= end);
		const log = element.closest('[role=log]');
		return {
			id: next?.dataset['message'] ?? '',
			index: Number(next?.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1),
			bottom: next?.getBoundingClientRect().bottom ?? 0,
			scrolls: log !== null && log.scrollHeight > log.clientHeight * 1.5,
		};
	});
	await window.page.keyboard.press('Enter');
	if (below.id === '') return expect(window.timeline.locator('[data-message]')).not.toHaveCount(0);
	const row = window.timeline.locator(`[data-message="${below.id}"]`);
	const index = (): Promise<number> =>
		row.evaluate((element) => Number(element.closest<HTMLElement>('[data-index]')?.dataset['index']));
	await expect.poll(index).not.toBe(below.index);
	if (below.scrolls) {
		await expect
			.poll(async () => {
				const box = await row.boundingBox();
				return box === null ? 1e6 : Math.abs(box.y + box.height - below.bottom);
			})
			.toBeLessThan(2);
	}
	// Whoever works without a pointer is not thrown back to the start of the window.
	expect(await window.page.evaluate(() => document.activeElement === document.body)).toBe(false);
}

/** Every text that was said stands in the timeline once; looked at after all of it was loaded, as rows move until then. */
async function everythingOnce(key: Key): Promise<void> {
	await climb();
	const shown = await window.allMessages();
	const { said } = place(key);
	const found = shown.flatMap((row) => said.filter((text) => row.split('\n').includes(text)));
	expect(found.toSorted()).toEqual(said.toSorted());
}

const isAtFirst = async (key: Key): Promise<boolean> => (await window.message(place(key).said[0] ?? '').count()) > 0;

for (const key of keys) {
	test(`what was said before one came is loaded page by page, and what is in sight stays: ${key}`, async () => {
		const { name } = place(key);
		await window.open(name);
		await expect(badge(key)).toHaveCount(0);
		for (let pages = 0; pages < 8; pages++) {
			expect(await climb()).toBeLessThan(2);
			if ((await gapButtons().count()) === 0 || (await isAtFirst(key))) break;
			await fillByKeyboard();
		}
		await expect(line()).toHaveCount(0);
		await everythingOnce(key);
		await expect(badge(key)).toHaveCount(0);
	});
}

test('days are separated as they were: earlier ones by an application service on Matrix', async () => {
	await window.open(place('matrix').name);
	await climb();
	const days = await window.timeline.evaluate(async (log) => {
		const found: string[] = [];
		const painted = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));
		log.scrollTop = 0;
		for (let last = -1; log.scrollTop !== last; ) {
			last = log.scrollTop;
			await painted();
			await painted();
			const rows = [...log.querySelectorAll<HTMLElement>('[data-index]')];
			rows.sort((a, b) => Number(a.dataset['index']) - Number(b.dataset['index']));
			for (const row of rows) {
				const words = row.querySelector('[role=separator]')?.textContent ?? null;
				const text = /(morning|noon|night), \d+ days ago/.exec(row.textContent)?.[0] ?? null;
				for (const one of [words, text]) if (one !== null && !found.includes(one)) found.push(one);
			}
			log.scrollTop += log.clientHeight / 2;
		}
		return found;
	});
	const noon = new Date().setHours(12, 0, 0, 0);
	const expected = earlierDays.flatMap(({ daysAgo, texts }) => [daysAgo, ...texts]);
	expect(days.filter((one) => one !== 'Today')).toHaveLength(expected.length);
	for (const [index, one] of expected.entries()) {
		const heading = days.filter((words) => words !== 'Today')[index] ?? '';
		if (typeof one === 'string') expect(heading).toBe(one);
		else if (one === 1) expect(heading).toBe('Yesterday');
		else expect(heading).toContain(String(new Date(noon - one * day).getDate()));
	}
});

test('said while one was away: counted, and there once', async () => {
	test.setTimeout(120_000);
	for (const key of keys) await window.open(place(key).name);
	await parley.stop();
	await parley.page.close();
	const texts = (key: Key): string[] => numbered('away', away[key], key);
	await Promise.all(keys.map((key) => say(key, texts(key))));
	parley = await networks.start();
	window = new ParleyWindow(parley.page);
	for (const key of keys) await window.connected(place(key).label);
	for (const key of ['irc', 'xmpp'] as const) {
		await expect(badge(key)).toHaveText(`${away[key]} unread messages`);
		await say(key, [`vera: a question, ${key}`, `vera: and another one, ${key}`]);
		await expect(badge(key)).toHaveText('2 mentions');
		await window.open(place(key).name);
		const above = window.page.getByRole('button', { name: `${away[key] + 2} unread messages above` });
		await expect(above).toBeVisible();
		await everythingOnce(key);
	}
});

test('nothing went wrong in the page', () => {
	expect(parley.problems).toEqual([]);
});
