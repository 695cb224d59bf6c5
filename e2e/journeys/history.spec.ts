/**
 * Much was said before one came and while one was away, on real servers: paging, gaps, what is in sight, counts, the
 * unread line, jumps and the search. Days are proven on Matrix, where an application service may say when something was said; what
 * Ergo and Prosody keep is of today.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { MatrixClient } from '../peers/matrix-client.ts';
import { messageWith, type Peer } from '../peers/peer.ts';
import { type AllNetworks, logInToAll, openAll } from './all-networks.ts';
import { climb, fillByKeyboard, gapButtons } from './climbing.ts';
import { expect, type RunningParley, test } from './fixture.ts';
import { ircLabel, matrixLabel, user, xmppLabel } from './networks.ts';
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

const line = (): Locator => window.timeline.getByRole('separator').filter({ hasText: 'New messages' });
const badge = (key: Key): Locator => window.row(place(key).name).getByText(/(unread messages?|mentions?)$/);

/** Every text that was said stands in the timeline once; looked at after all of it was loaded, as rows move until then. */
async function everythingOnce(key: Key): Promise<void> {
	await climb(window);
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
			expect(await climb(window)).toBeLessThan(2);
			if ((await gapButtons(window).count()) === 0 || (await isAtFirst(key))) break;
			await fillByKeyboard(window);
		}
		await expect(line()).toHaveCount(0);
		await everythingOnce(key);
		await expect(badge(key)).toHaveCount(0);
	});
}

test('days are separated as they were: earlier ones by an application service on Matrix', async () => {
	await window.open(place('matrix').name);
	await climb(window);
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

test('said while one was away: counted, the line stands before the first of it, and all is there once', async () => {
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
		await above.click();
		await expect(line()).toBeInViewport();
		const first = await window.message(`away 0 ${key}`).boundingBox();
		const last = await window.message(`early ${before - 1} ${key}`).boundingBox();
		const at = await line().boundingBox();
		expect(at?.y ?? 0).toBeGreaterThan(last?.y ?? 1e6);
		expect(at?.y ?? 1e6).toBeLessThan((first?.y ?? 0) + 1);
		await window.page.getByRole('button', { name: /^(Jump to the newest message|\d+ new messages?)$/ }).click();
		await expect(window.message(`vera: and another one, ${key}`)).toBeInViewport();
		await expect(badge(key)).toHaveCount(0);
		await everythingOnce(key);
	}
});

test('a gap between then and now is filled by keyboard, and a kill in the middle doubles nothing: Matrix', async () => {
	test.setTimeout(120_000);
	const { name } = place('matrix');
	await window.open(name);
	await climb(window, 'gap');
	await expect(window.timeline.getByText('Messages are missing here')).toBeVisible();
	await fillByKeyboard(window);
	await climb(window, 'gap');
	await gapButtons(window).first().click();
	await parley.kill();
	await parley.page.close();
	parley = await networks.start();
	window = new ParleyWindow(parley.page);
	await window.connected(matrixLabel);
	await window.open(name);
	for (let pages = 0; pages < 8; pages++) {
		await climb(window, 'gap');
		if ((await gapButtons(window).count()) === 0) break;
		await fillByKeyboard(window);
	}
	await everythingOnce('matrix');
});

test('the message that a reply is about is gone to, wherever it is: Matrix', async () => {
	const { matrix } = networks;
	const context = (await matrix.friend.call(
		'GET',
		`v3/rooms/${encodeURIComponent(matrix.roomId)}/messages?dir=f&limit=40`,
	)) as { readonly chunk: readonly { readonly event_id: string; readonly content: { readonly body?: string } }[] };
	const target = context.chunk.find(({ content }) => content.body === 'early 5 matrix');
	if (target === undefined) throw new Error('the early message is not there');
	await matrix.friend.call('PUT', `v3/rooms/${encodeURIComponent(matrix.roomId)}/send/m.room.message/reply-1`, {
		msgtype: 'm.text',
		body: 'about that',
		'm.relates_to': { 'm.in_reply_to': { event_id: target.event_id } },
	});
	place('matrix').said.push('about that');
	await window.page.reload();
	await window.open(place('matrix').name);
	await expect(window.message('about that')).toBeInViewport();
	// The reply quotes it, so what stood around it tells whether it is there.
	await expect(window.message('early 6 matrix')).toHaveCount(0);
	await window.message('about that').getByTitle('Go to the message').click();
	for (const text of ['early 4 matrix', 'early 5 matrix', 'early 6 matrix'])
		await expect(window.message(text)).toBeInViewport();
	await window.page.getByRole('button', { name: 'Jump to the newest message' }).click();
	await expect(window.message('about that')).toBeInViewport();
});

for (const key of keys) {
	test(`a search hit that is far back opens in its place: ${key}`, async () => {
		await window.page.keyboard.press('Control+Shift+f');
		const search = window.page.getByRole('dialog');
		await search.getByRole('textbox').fill(`early 17 ${key}`);
		const hit = search
			.getByRole('listitem')
			.filter({ hasText: `early 17 ${key}` })
			.first();
		await hit.getByRole('button').click();
		await expect(search).toBeHidden();
		await expect(window.heading).toHaveText(place(key).name);
		for (const text of ['early 16', 'early 17', 'early 18'])
			await expect(window.message(`${text} ${key}`)).toBeInViewport();
		await window.page.getByRole('button', { name: 'Jump to the newest message' }).click();
		await expect(window.message(place(key).said.at(-1) ?? '')).toBeInViewport();
	});
}

test('what is read on another device is read here: Matrix', async () => {
	const { matrix } = networks;
	const phone = await MatrixClient.connect({ url: matrix.server.url, user: user.name, password: user.password });
	stops.add(() => phone.close());
	await window.open(place('irc').name);
	await say('matrix', ['for the phone']);
	await expect(badge('matrix')).toHaveText('1 unread message');
	const { id } = await phone.waitFor(messageWith('for the phone'));
	await phone.markRead(matrix.roomId, id ?? '');
	await expect(badge('matrix')).toHaveCount(0);
});

test('nothing went wrong in the page', () => {
	expect(parley.problems).toEqual([]);
});
