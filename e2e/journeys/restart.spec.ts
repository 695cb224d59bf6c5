/**
 * Nothing is lost and nothing is doubled: the window is reloaded, Parley ends politely and by force, and every server
 * goes away and comes back while the window is open.
 */
import type { Peer } from '../peers/peer.ts';
import type { TestServer } from '../servers/server.ts';
import { logInToAll, openAll } from './all-networks.ts';
import { expect, type RunningParley, test } from './fixture.ts';
import { ircLabel, matrixLabel, xmppLabel } from './networks.ts';
import { ParleyWindow } from './window.ts';
import { Witness } from './witness.ts';
import { Stops } from './with-servers.ts';

test.describe.configure({ mode: 'serial' });

const stops = new Stops();
let parley: RunningParley;
let window: ParleyWindow;
let start: () => Promise<void>;

interface Place {
	readonly label: RegExp;
	/** As the navigator shows the room. */
	readonly name: string;
	/** Where the other person says things. */
	readonly target: string;
	readonly server: TestServer;
	/** The other person's client; a new one where the old one does not come back by itself. */
	readonly connect: () => Promise<Peer>;
	peer: Peer;
	witness: Witness;
}
const places = new Map<string, Place>();
const keys = ['irc', 'xmpp', 'matrix'] as const;
function place(key: string): Place {
	const found = places.get(key);
	if (found === undefined) throw new Error(`no place ${key}`);
	return found;
}
async function addPlace(key: string, given: Omit<Place, 'peer' | 'witness'>): Promise<void> {
	const peer = await given.connect();
	places.set(key, { ...given, peer, witness: new Witness(peer) });
}
async function peerComesBack(here: Place): Promise<void> {
	const peer = await here.connect();
	if (peer === here.peer) return;
	here.peer = peer;
	here.witness = new Witness(peer);
}

/** Every message ever said, by place: all of them are looked for again after each restart. */
const said = new Map<string, string[]>(keys.map((key) => [key, []]));
const note = (key: string, ...texts: readonly string[]): void => void said.get(key)?.push(...texts);

/** Opens the place; everything that was ever said there is stored exactly once, in the order it was said. */
async function everythingOnce(key: string): Promise<void> {
	const { name } = place(key);
	await window.open(name);
	const texts = said.get(key) ?? [];
	const last = texts.at(-1);
	if (last !== undefined) await expect(window.message(last)).toHaveCount(1);
	const shown = await window.allMessages();
	for (const text of texts) expect(shown.filter((row) => row.includes(text)).length, text).toBe(1);
}

test.beforeAll(async ({ browser, hostKind }) => {
	test.setTimeout(180_000);
	const networks = await openAll({ browser, hostKind }, stops);
	const { irc, xmpp, matrix } = networks;
	await Promise.all([
		addPlace('irc', {
			label: ircLabel,
			name: irc.channel,
			target: irc.channel,
			server: irc.server,
			connect: () => irc.connect(),
		}),
		addPlace('xmpp', {
			label: xmppLabel,
			name: xmpp.roomName,
			target: xmpp.room,
			server: xmpp.server,
			connect: () => xmpp.connect(),
		}),
		addPlace('matrix', {
			label: matrixLabel,
			name: matrix.roomName,
			target: matrix.roomId,
			server: matrix.server,
			connect: () => Promise.resolve(matrix.friend),
		}),
	]);
	start = async () => {
		parley = await networks.start();
		window = new ParleyWindow(parley.page);
	};
	await start();
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

test('messages go both ways before anything happens', async () => {
	for (const key of keys) {
		const { name, peer, target, witness } = place(key);
		await window.open(name);
		await window.say(`mine before ${key}`);
		await window.isSent(`mine before ${key}`);
		await peer.say(target, `theirs before ${key}`);
		await expect(window.message(`theirs before ${key}`)).toHaveCount(1);
		await witness.heardOnce([`mine before ${key}`]);
		note(key, `mine before ${key}`, `theirs before ${key}`);
	}
});

test('a reload of the window keeps the conversation, the place in it and the drafts', async () => {
	const { name, peer, target } = place('irc');
	await window.open(place('xmpp').name);
	await window.composer.fill('a thought about pruning');
	await window.open(name);
	const lines = Array.from({ length: 60 }, (_, index) => `leaf ${index}`);
	await peer.say(target, lines.join('\n'));
	await expect(window.message('leaf 59')).toBeVisible();
	note('irc', ...lines.slice(10));
	await window.timeline.hover();
	await expect(async () => {
		await window.page.mouse.wheel(0, -300);
		await expect(window.message('leaf 20')).toBeInViewport({ timeout: 200 });
	}).toPass();
	const before = await window.message('leaf 20').boundingBox();
	// The reload follows at once: nothing may depend on having had the time to save it.
	await window.composer.fill('half a sentence');
	await window.page.reload();

	await expect(window.heading).toHaveText(name);
	await expect(window.message('leaf 20')).toBeInViewport();
	const after = await window.message('leaf 20').boundingBox();
	expect(Math.abs((after?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(40);
	await expect(window.composer).toHaveValue('half a sentence');
	// What one writes while reading further up is seen.
	await window.composer.press('Enter');
	await expect(window.message('half a sentence')).toBeInViewport();
	note('irc', 'half a sentence');
	await window.open(place('xmpp').name);
	await expect(window.composer).toHaveValue('a thought about pruning');
	await window.composer.fill('');
	for (const key of keys) await everythingOnce(key);
});

for (const way of ['politely', 'by force'] as const) {
	test(`Parley ends ${way}: every message is there once, also those said meanwhile`, async () => {
		test.setTimeout(120_000);
		for (const key of keys) {
			await window.open(place(key).name);
			const texts = ['one', 'two', 'three'].map((count) => `${count} before ending ${way}, ${key}`);
			for (const text of texts) await window.say(text);
			// Durable from the moment it is seen, whatever becomes of it on the way.
			await expect(window.message(texts[2] ?? '')).toHaveCount(1);
			note(key, ...texts);
		}
		await window.open(place('xmpp').name);
		await window.composer.fill(`unfinished (${way})`);
		await window.open(place('irc').name);
		await expect(window.row(place('xmpp').name)).toContainText(`Draft: unfinished (${way})`);
		await (way === 'politely' ? parley.stop() : parley.kill());
		for (const key of keys) {
			const { peer, target } = place(key);
			await peer.say(target, `while Parley was away (${way}), ${key}`);
			note(key, `while Parley was away (${way}), ${key}`);
		}
		await parley.page.close();
		await start();
		for (const key of keys) await window.connected(place(key).label);
		await window.open(place('xmpp').name);
		await expect(window.composer).toHaveValue(`unfinished (${way})`);
		await window.composer.fill('');
		for (const key of keys) {
			await everythingOnce(key);
			for (const count of ['one', 'two', 'three']) await window.isSent(`${count} before ending ${way}, ${key}`);
			await window.say(`after the start (${way}), ${key}`);
			await place(key).witness.heardOnce([
				...['one', 'two', 'three'].map((count) => `${count} before ending ${way}, ${key}`),
				`after the start (${way}), ${key}`,
			]);
			note(key, `after the start (${way}), ${key}`);
		}
	});
}

test('all servers go away: the window says so in words, and what is written waits', async () => {
	for (const key of keys) await place(key).server.kill();
	for (const key of keys) {
		const { label, name } = place(key);
		const dialog = await window.openState(label);
		await expect(dialog.getByText(/^Not connected\. Trying again in \d+ s \(attempt \d+\)\.$/)).toBeVisible();
		await expect(dialog.getByText(/^The server refused the connection\. Check the address\./)).toBeVisible();
		await expect(dialog.getByRole('button', { name: 'Try now' })).toBeVisible();
		await window.page.keyboard.press('Escape');
		await expect(dialog).toBeHidden();
		await expect(window.account(label)).toHaveAccessibleName(/, (The server refused the connection\.|Connecting…)$/);
		await window.open(name);
		for (const count of ['first', 'second']) {
			const text = `${count} in the dark, ${key}`;
			await window.say(text);
			await expect(window.message(text)).toHaveCount(1);
			await expect(window.message(text).getByRole('img', { name: 'Waiting to be sent' })).toBeVisible();
			note(key, text);
		}
	}
	const bar = window.page.getByText(/Trying again in \d+ s\.$/);
	await expect(bar).toBeVisible();
	await expect(window.page.getByRole('button', { name: 'Connect now' })).toBeVisible();
});

for (const key of keys) {
	test(`the server comes back: what waited is sent once, what was missed appears once: ${key}`, async () => {
		const here = place(key);
		const dialog = await window.openState(here.label);
		// Far enough from the next try that the other person is back before us.
		await expect(dialog.getByText(/Trying again in ([4-9]|\d\d+) s/)).toBeVisible({ timeout: 45_000 });
		await here.server.restart();
		await peerComesBack(here);
		const missed = `while we were away, ${key}`;
		await here.peer.say(here.target, missed);
		// A slow server may have been found by then.
		const now = dialog.getByRole('button', { name: 'Try now' });
		await now.click({ timeout: 2000 }).catch(() => undefined);
		await expect(dialog.getByText(/^Connected since /)).toBeVisible();
		await window.page.keyboard.press('Escape');
		await expect(dialog).toBeHidden();
		await window.connected(here.label);
		await window.open(here.name);
		await window.isSent(`first in the dark, ${key}`);
		await window.isSent(`second in the dark, ${key}`);
		await expect(window.message(missed)).toHaveCount(1);
		await window.say(`light again, ${key}`);
		await window.isSent(`light again, ${key}`);
		await here.witness.heardOnce([`first in the dark, ${key}`, `second in the dark, ${key}`, `light again, ${key}`]);
		note(key, missed, `light again, ${key}`);
		await everythingOnce(key);
	});

	test(`a server that restarts politely is back without a click: ${key}`, async () => {
		const here = place(key);
		await here.server.restart();
		await peerComesBack(here);
		await window.connected(here.label);
		await window.open(here.name);
		await here.peer.say(here.target, `theirs after the restart, ${key}`);
		await expect(window.message(`theirs after the restart, ${key}`)).toHaveCount(1);
		await window.say(`mine after the restart, ${key}`);
		await window.isSent(`mine after the restart, ${key}`);
		await here.witness.heardOnce([`mine after the restart, ${key}`]);
		note(key, `theirs after the restart, ${key}`, `mine after the restart, ${key}`);
		await everythingOnce(key);
	});
}

test('nothing went wrong in the page', () => {
	expect(parley.problems).toEqual([]);
});
