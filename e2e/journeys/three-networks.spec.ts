/**
 * A user adds an account on each network through the window and talks to people who use other programs: WeeChat on IRC,
 * slixmpp on XMPP, matrix-nio on Matrix.
 */
import { messageWith, type Peer } from '../peers/peer.ts';
import { nio, PythonPeer, slixmpp } from '../peers/python-peer.ts';
import { weechat, WeechatPeer } from '../peers/weechat.ts';
import { openAll } from './all-networks.ts';
import { expect, type RunningParley, test } from './fixture.ts';
import {
	type IrcNetwork,
	ircLabel,
	logInToIrc,
	logInToMatrix,
	logInToXmpp,
	type MatrixNetwork,
	matrixLabel,
	type XmppNetwork,
	xmppLabel,
} from './networks.ts';
import { ParleyWindow } from './window.ts';
import { Stops } from './with-servers.ts';

test.describe.configure({ mode: 'serial' });

const stops = new Stops();
let parley: RunningParley;
let window: ParleyWindow;
let irc: IrcNetwork;
let xmpp: XmppNetwork;
let matrix: MatrixNetwork;
let ircOwner: Awaited<ReturnType<IrcNetwork['connect']>>;
let xmppOwner: Awaited<ReturnType<XmppNetwork['connect']>>;

interface Place {
	/** As the navigator shows it. */
	readonly name: string;
	/** Somebody with another program, and where to say things so that the user sees them there. */
	readonly peer: Peer;
	readonly target: string;
	readonly typist: string;
}
const places = new Map<string, Place>();
function place(key: string): Place {
	const found = places.get(key);
	if (found === undefined) throw new Error(`no place ${key}`);
	return found;
}

test.beforeAll(async ({ browser, hostKind }) => {
	test.setTimeout(180_000);
	const networks = await openAll({ browser, hostKind }, stops, { needs: [weechat, slixmpp, nio] });
	({ irc, xmpp, matrix } = networks);
	parley = await networks.start();
	window = new ParleyWindow(parley.page);
});

test.beforeAll(async () => {
	test.setTimeout(180_000);
	[ircOwner, xmppOwner] = await Promise.all([irc.connect(), xmpp.connect()]);
	await xmpp.server.createUser('nora', 'nora-secret');
	await matrix.server.createUser('nora', 'nora-secret');
	const [onIrc, onXmpp, onMatrix] = await Promise.all([
		WeechatPeer.connect({ port: irc.server.ports.plain, nick: 'nora' }),
		PythonPeer.slixmpp({
			port: xmpp.server.ports.client,
			domain: xmpp.server.domain,
			user: 'nora',
			password: 'nora-secret',
			caFile: xmpp.server.certs.caFile,
		}),
		PythonPeer.nio({ url: matrix.server.url, user: 'nora', password: 'nora-secret' }),
	]);
	for (const peer of [onIrc, onXmpp, onMatrix]) stops.add(() => peer.close());
	await onIrc.join(irc.channel);
	await onXmpp.join(xmpp.room);
	await onMatrix.join(matrix.alias);
	places.set('irc', { name: irc.channel, peer: onIrc, target: irc.channel, typist: 'nora' });
	places.set('xmpp', { name: xmpp.roomName, peer: onXmpp, target: xmpp.room, typist: 'nora' });
	places.set('direct', { name: 'nora', peer: onXmpp, target: xmpp.address, typist: 'nora' });
	places.set('matrix', { name: matrix.roomName, peer: onMatrix, target: matrix.roomId, typist: 'nora' });
});

test.afterAll(async () => {
	test.setTimeout(60_000);
	await stops.stop();
});

test('an account on each network is added through the window', async () => {
	await logInToIrc(window, irc);
	await window.connected(ircLabel);
	await logInToXmpp(window, xmpp);
	await window.connected(xmppLabel);
	await logInToMatrix(window, matrix);
	await window.connected(matrixLabel);
	await expect(window.row(irc.channel)).toBeVisible();
	await window.page.getByRole('button', { name: 'Got it' }).click();
});

test('rooms are joined and a chat is begun', async () => {
	await window.join(xmpp.address, xmpp.room);
	await expect(window.heading).toHaveText(xmpp.roomName);
	await window.join(matrix.address, matrix.alias);
	await expect(window.heading).toHaveText(matrix.roomName);
	await window.chat(xmpp.address, `nora@${xmpp.server.domain}`);
	await expect(window.heading).toContainText('nora');
});

for (const key of ['irc', 'xmpp', 'direct', 'matrix']) {
	test(`what is typed reaches the other program and its answer appears: ${key}`, async () => {
		const { name, peer, target } = place(key);
		await window.open(name);
		const hello = `hello over ${key} — größe 👋`;
		await window.say(hello);
		await peer.waitFor(messageWith(hello));
		await window.isSent(hello);
		await peer.say(target, `answer over ${key}`);
		await expect(window.message(`answer over ${key}`)).toHaveCount(1);
	});

	test(`somebody typing is shown: ${key}`, async () => {
		const { name, peer, target, typist } = place(key);
		await window.open(name);
		await peer.typing(target, true);
		await expect(window.page.getByText(`${typist} is typing…`)).toBeVisible();
		await peer.say(target, `typed over ${key}`);
		await expect(window.message(`typed over ${key}`)).toHaveCount(1);
		await expect(window.page.getByText(`${typist} is typing…`)).toBeHidden();
	});

	test(`what nobody looked at is counted until it is read: ${key}`, async () => {
		const { name, peer, target } = place(key);
		await window.open(key === 'irc' ? matrix.roomName : irc.channel);
		await peer.say(target, `unread one ${key}`);
		await peer.say(target, `unread two ${key}`);
		await expect(window.row(name)).toContainText(/2 (unread messages|mentions)/);
		await window.open(name);
		await expect(window.message(`unread two ${key}`)).toBeVisible();
		await expect(window.row(name)).not.toContainText(/unread message|mention/);
	});
}

test('the topic follows changes of others and of ours', async () => {
	const topics = new Map<string, (topic: string) => unknown>([
		[irc.channel, (topic) => ircOwner.setTopic(irc.channel, topic)],
		[xmpp.roomName, (topic) => xmppOwner.setTopic(xmpp.room, topic)],
		[matrix.roomName, (topic) => matrix.friend.setTopic(matrix.roomId, topic)],
	]);
	for (const [room, setTopic] of topics) {
		await window.open(room);
		await setTopic(`Pruning season in ${room}`);
		await expect(window.page.getByRole('button', { name: `Pruning season in ${room}` })).toBeVisible();
	}
});

test('the member list tells who may do what', async () => {
	const expected = new Map([
		[irc.channel, /^(Owners|Moderators) · 1$/],
		[xmpp.roomName, /^Owners · 1$/],
		[matrix.roomName, /^(Owners|Administrators) · 1$/],
	]);
	for (const [room, group] of expected) {
		await window.open(room);
		const members = (await window.details()).getByRole('region', { name: 'Members' });
		await expect(members.getByText(group)).toBeVisible();
		for (const name of [/^wim$/i, /^nora$/, /^vera/]) await expect(members.getByText(name).first()).toBeVisible();
	}
});

test('presence and status of a contact are followed', async () => {
	const { name, peer } = place('direct');
	if (!(peer instanceof PythonPeer)) throw new Error('not slixmpp');
	await window.open(name);
	const card = await window.details();
	await card.getByRole('button', { name: 'Add to contacts' }).click();
	const header = window.page.getByRole('banner').or(window.page.locator('header')).filter({ has: window.heading });
	await expect(header).toContainText('Available');
	await peer.setPresence('away', 'watering the roses');
	await expect(header).toContainText('Away · watering the roses');
	await peer.setPresence('', '');
	await expect(header).toContainText('Available');
});

test('nothing went wrong in the page', () => {
	expect(parley.problems).toEqual([]);
});
