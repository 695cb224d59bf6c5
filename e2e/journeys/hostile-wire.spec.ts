/**
 * Hostile content as it really travels: independent clients send it over real servers, each in its protocol's own rich
 * dialect. What a server refuses is not proven here; `hostile.spec.ts` shows every text to the window directly.
 */
import { xml } from '../peers/xmpp-client.ts';
import { type AllNetworks, logInToAll, openAll } from './all-networks.ts';
import { expect, type RunningParley, test } from './fixture.ts';
import { hostileTexts } from './hostile-corpus.ts';
import { layoutBreaks, Tripwire } from './tripwire.ts';
import { ParleyWindow } from './window.ts';
import { Stops } from './with-servers.ts';

test.describe.configure({ mode: 'serial' });

const stops = new Stops();
let networks: AllNetworks;
let parley: RunningParley;
let window: ParleyWindow;
let wire: Tripwire;

/** Fits into one line of IRC and one event of Matrix, and servers accept it as UTF-8. */
const texts = hostileTexts.map(({ text }) => text.slice(0, 350).toWellFormed());
/** What XML 1.0 can say at all. */
const inXml = (text: string): string =>
	text.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
const inIrc = (text: string): string => text.replaceAll(/[\r\n\0]/g, ' ').slice(0, 120);
const last = 'the last word';

test.beforeAll(async ({ browser, hostKind }) => {
	test.setTimeout(120_000);
	networks = await openAll({ browser, hostKind }, stops);
	const { xmpp, matrix } = networks;
	parley = await networks.start();
	window = new ParleyWindow(parley.page);
	await logInToAll(window, networks);
	wire = await Tripwire.set(parley.page.context(), parley.page, parley.url);
	await parley.page.reload();
	const onXmpp = await xmpp.connect();
	await window.join(xmpp.address, xmpp.room);
	await expect(window.heading).toHaveText(xmpp.roomName);
	await window.join(matrix.address, matrix.alias);
	await expect(window.heading).toHaveText(matrix.roomName);
	await Promise.all([attackIrc(), attackXmpp(onXmpp), attackMatrix()]);
});

test.afterAll(async () => {
	test.setTimeout(60_000);
	await stops.stop();
});

async function attackIrc(): Promise<void> {
	const { irc } = networks;
	const peer = await irc.connect();
	for (const text of texts.map(inIrc)) {
		const tag = text.replaceAll(/[;\s\\]/g, '').slice(0, 60);
		peer.send(
			`@+draft/react=${tag};+draft/reply=${tag};+typing=${tag} PRIVMSG ${irc.channel} :\u0002\u001f\u000304,99${text}\u0016\u0011\u0004ff00ff${text}`,
			`PRIVMSG ${irc.channel} :\u0001ACTION ${text}\u0001`,
			`PRIVMSG ${irc.channel} :\u0001${text}`,
			`NOTICE ${irc.channel} :${text}`,
			`@+draft/react=${tag} TAGMSG ${irc.channel}`,
		);
		peer.setTopic(irc.channel, text);
		peer.setAway(text);
	}
	peer.send(`PART ${irc.channel} :${inIrc(texts[0] ?? '')}`, `JOIN ${irc.channel}`);
	await peer.say(irc.channel, last);
}

async function attackXmpp(peer: Awaited<ReturnType<AllNetworks['xmpp']['connect']>>): Promise<void> {
	const { xmpp } = networks;
	for (const [index, text] of texts.map(inXml).entries()) {
		const html = xml(
			'html',
			{ xmlns: 'http://jabber.org/protocol/xhtml-im' },
			xml(
				'body',
				{ xmlns: 'http://www.w3.org/1999/xhtml' },
				xml('script', {}, 'tripwire(1)'),
				xml('p', { style: `background:url(http://trap.invalid/x)`, onclick: 'tripwire(2)' }, text),
				xml('a', { href: `javascript:tripwire(3)//${text}` }, text),
				xml('img', { src: 'http://trap.invalid/i.png', onerror: 'tripwire(4)', alt: text }),
			),
		);
		const oob = xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, text), xml('desc', {}, text));
		const reply = xml('reply', { xmlns: 'urn:xmpp:reply:0', to: `${xmpp.room}/${text}`, id: text });
		const fallback = xml(
			'fallback',
			{ xmlns: 'urn:xmpp:fallback:0', for: 'urn:xmpp:reply:0' },
			xml('body', { start: '-5', end: '99999999' }),
		);
		const react = xml('reactions', { xmlns: 'urn:xmpp:reactions:0', id: text }, xml('reaction', {}, text));
		const nick = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, text);
		const id = `w${index}`;
		const body = xml('body', {}, text);
		peer.send(xml('message', { to: xmpp.room, type: 'groupchat', id }, body, html, reply, fallback, nick));
		peer.send(xml('message', { to: xmpp.room, type: 'groupchat', id: `o${index}` }, body, oob));
		peer.send(xml('message', { to: xmpp.room, type: 'groupchat', id: `r${index}` }, react));
		peer.send(xml('message', { to: xmpp.address, type: 'chat', id: `c${index}` }, body, html, nick));
		peer.setTopic(xmpp.room, text);
		peer.setPresence('away', text);
	}
	await peer.say(xmpp.room, last);
	await peer.say(xmpp.address, last);
}

async function attackMatrix(): Promise<void> {
	const { matrix } = networks;
	const { friend } = matrix;
	const room = `v3/rooms/${encodeURIComponent(matrix.roomId)}`;
	const send = (id: string, content: object, type = 'm.room.message'): Promise<unknown> =>
		friend.call('PUT', `${room}/send/${type}/${id}`, content);
	for (const [index, text] of texts.entries()) {
		const formatted = `${text}<script>tripwire(1)</script><img src="http://trap.invalid/${index}" onerror="tripwire(2)"><a href="javascript:tripwire(3)">${text}</a><font data-mx-color="url(http://trap.invalid)">x</font><mx-reply>${text}`;
		await Promise.all([
			send(`t${index}`, { msgtype: 'm.text', body: text, format: 'org.matrix.custom.html', formatted_body: formatted }),
			send(`f${index}`, {
				msgtype: index % 2 === 0 ? 'm.file' : 'm.image',
				body: text,
				filename: text,
				url: `mxc://${text}/../x`,
				info: { mimetype: text, size: -1, w: 1e9, h: 1e9, thumbnail_url: 'http://trap.invalid/t' },
			}),
			send(`u${index}`, { msgtype: text, body: text }),
		]);
	}
	for (const [index, text] of texts.filter((_, at) => at % 8 === 0).entries()) {
		await friend.call('PUT', `${room}/state/m.room.topic`, { topic: text });
		await friend.call('PUT', `${room}/state/m.room.name`, { name: text });
		const profile = `v3/profile/${encodeURIComponent(friend.address)}/displayname`;
		await friend.call('PUT', profile, { displayname: text.slice(0, 200) });
		await send(`n${index}`, { msgtype: 'm.emote', body: text });
	}
	await friend.call('PUT', `${room}/state/m.room.name`, { name: matrix.roomName });
	await friend.say(matrix.roomId, last);
}

for (const key of ['irc', 'xmpp', 'direct', 'matrix'] as const) {
	test(`what came is shown as text, and does nothing: ${key}`, async () => {
		const { irc, xmpp, matrix } = networks;
		const name = { irc: irc.channel, xmpp: xmpp.roomName, direct: 'wim', matrix: matrix.roomName }[key];
		await window.row(name).first().click();
		const newest = window.page.getByRole('button', { name: /^(Jump to the newest message|\d+ new messages?)$/ });
		await expect(async () => {
			if (await newest.isVisible()) await newest.click({ timeout: 500 });
			await expect(window.message(last)).toBeInViewport({ timeout: 500 });
		}).toPass({ timeout: 30_000 });
		const wrong: string[] = [];
		for (let step = 0; step < 12; step++) {
			wrong.push(...(await layoutBreaks(window.page)), ...(await wire.problems()));
			await window.timeline.evaluate(async (log) => {
				log.scrollTop -= log.clientHeight * 0.8;
				// Rows that are drawn for the first time are measured before they are painted.
				for (let frame = 0; frame < 4; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
			});
		}
		expect([...new Set(wrong)]).toEqual([]);
		// Something of the attack did arrive, and stands there as it was typed.
		const rows = await window.allMessages();
		expect(rows.filter((row) => row.includes(`<script>tripwire('script')</script>`)).length).toBeGreaterThan(0);
		expect(await wire.problems()).toEqual([]);
	});
}

test('nothing went wrong in the page', () => {
	expect(parley.problems).toEqual([]);
});
