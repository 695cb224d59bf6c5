/**
 * What goes wrong is said in words with a way out, and nothing that was typed is lost: logins, certificates, rooms that
 * do not let one in, messages that are too long, passwords that were changed. In the window, on real servers.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Locator } from '@playwright/test';
import { messageWith } from '../peers/peer.ts';
import { IrcClient } from '../peers/irc-client.ts';
import { MatrixClient } from '../peers/matrix-client.ts';
import { xml, type XmppClient } from '../peers/xmpp-client.ts';
import { reservePorts } from '../servers/ports.ts';
import { startTlsFront, type TlsFront } from '../servers/tls-front.ts';
import { openAll } from './all-networks.ts';
import { expect, type RunningParley, test } from './fixture.ts';
import {
	type IrcNetwork,
	ircForm,
	ircLabel,
	type MatrixNetwork,
	matrixForm,
	matrixLabel,
	user,
	type XmppNetwork,
	xmppForm,
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
let ircFront: TlsFront;
let matrixFront: TlsFront;
let ircPeer: IrcClient;
let xmppPeer: XmppClient;
/** A port where somebody accepts, listens and hangs up; and one where nobody is. */
let rudePort: number;
let deadPort: number;

const form = (): Locator => window.page.locator('form');
const field = (label: string): Locator =>
	form()
		.getByLabel(label, { exact: true })
		.or(form().getByLabel(`${label} (optional)`, { exact: true }));

/** The field is marked, and the sentence stands with it. */
async function faulty(label: string, sentence: string | RegExp): Promise<void> {
	await expect(field(label)).toHaveAttribute('aria-invalid', 'true');
	await expect(form().getByText(sentence)).toBeVisible();
}

/** Back to where a protocol is chosen. */
async function leaveForm(): Promise<void> {
	const card = window.page.getByRole('button', { name: 'Add account (IRC)' });
	await expect(async () => {
		if (!(await card.isVisible())) await window.page.getByRole('button', { name: 'Back' }).click({ timeout: 500 });
		await expect(card).toBeVisible({ timeout: 500 });
	}).toPass();
}

async function submit(protocol: string, values: Readonly<Record<string, string>>): Promise<void> {
	await window.openLogin(protocol);
	await window.fill(values);
	await window.next();
}

test.beforeAll(async ({ browser, hostKind }) => {
	test.setTimeout(180_000);
	const networks = await openAll({ browser, hostKind }, stops);
	({ irc, xmpp, matrix } = networks);
	const rude = createServer((socket) => {
		socket.on('error', () => undefined);
		socket.once('data', () => socket.destroy());
	});
	await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
	stops.add(() => new Promise((resolve) => rude.close(resolve)));
	rudePort = (rude.address() as AddressInfo).port;
	deadPort = (await reservePorts(['dead'])).dead;
	ircFront = await startTlsFront(irc.server.ports.plain, irc.server.certs.expired);
	stops.add(() => ircFront.stop());
	matrixFront = await startTlsFront(matrix.server.ports.client, matrix.server.certs.expired);
	stops.add(() => matrixFront.stop());
	parley = await networks.start();
	window = new ParleyWindow(parley.page);
	[ircPeer, xmppPeer] = await Promise.all([irc.connect(), xmpp.connect()]);
});

test.afterAll(async () => {
	test.setTimeout(60_000);
	await stops.stop();
});

test.afterEach(() => {
	expect(parley.problems).toEqual([]);
});

const refused = /^The server did not accept the name or the password\./;

test('a wrong password stands at its field: IRC', async () => {
	await submit('IRC', ircForm(irc, { 'Account password': 'wrong' }));
	await faulty('Account password', refused);
	await expect(field('Nickname')).toHaveValue(user.name);
	await leaveForm();
});

test('a wrong password stands at its field: XMPP', async () => {
	await submit('XMPP', xmppForm(xmpp));
	await window.fillPassword('wrong', null);
	await faulty('Password', refused);
	await leaveForm();
});

test('a wrong password stands at its field: Matrix', async () => {
	await submit('Matrix', matrixForm(matrix));
	await window.fillPassword('wrong', null);
	await faulty('Password', refused);
	await expect(field('User name')).toHaveValue(matrix.address);
	await leaveForm();
});

test('a host nobody knows', async () => {
	await submit('IRC', ircForm(irc, { Server: 'ircs://nowhere.invalid' }));
	await faulty('Server', /^The server's name is not known\./);
	await expect(field('Server')).toHaveValue('ircs://nowhere.invalid');
	await leaveForm();
	await submit('XMPP', { Address: 'vera@nowhere.invalid' });
	await faulty('Address', /^The server's name is not known\./);
	await expect(field('Address')).toHaveValue('vera@nowhere.invalid');
	await leaveForm();
	await submit('Matrix', { 'Matrix address or server': '@vera:nowhere.invalid' });
	await faulty('Matrix address or server', /^The server's name is not known\./);
	await expect(field('Matrix address or server')).toHaveValue('@vera:nowhere.invalid');
	await leaveForm();
});

test('a port where nobody listens', async () => {
	const sentence = /^The server refused the connection\./;
	await submit('IRC', ircForm(irc, { Server: `ircs://localhost:${deadPort}` }));
	await faulty('Server', sentence);
	await leaveForm();
	await submit('XMPP', xmppForm(xmpp, { Port: String(deadPort) }));
	await faulty('Connect to host', sentence);
	await expect(field('Port')).toHaveValue(String(deadPort));
	await leaveForm();
	await submit('Matrix', matrixForm(matrix, { 'Homeserver URL': `http://127.0.0.1:${deadPort}` }));
	await faulty('Homeserver URL', sentence);
	await expect(field('Matrix address or server')).toHaveValue(matrix.address);
	await leaveForm();
});

test('a server that hangs up in the middle of the login', async () => {
	const sentence = /^(The server closed the connection|The connection was lost)\./;
	await submit(
		'IRC',
		ircForm(irc, { Server: `irc://localhost:${rudePort}`, 'Account password': '', 'Account name': '' }),
	);
	await expect(form().getByText(sentence)).toBeVisible();
	await expect(field('Nickname')).toHaveValue(user.name);
	await leaveForm();
	await submit('XMPP', xmppForm(xmpp, { Port: String(rudePort) }));
	await expect(form().getByText(sentence)).toBeVisible();
	await expect(field('Address')).toHaveValue(xmpp.address);
	await leaveForm();
	await submit('Matrix', matrixForm(matrix, { 'Homeserver URL': `http://127.0.0.1:${rudePort}` }));
	await expect(form().getByText(sentence)).toBeVisible();
	await expect(field('Matrix address or server')).toHaveValue(matrix.address);
	await leaveForm();
});

test('names that the protocol refuses', async () => {
	await submit('IRC', ircForm(irc, { Nickname: '9 lives' }));
	await faulty('Nickname', /^The server does not allow this name\./);
	await expect(field('Nickname')).toHaveValue('9 lives');
	await leaveForm();
	await submit('XMPP', { Address: 'no address at all' });
	await faulty('Address', /^This is not a valid address\./);
	await expect(field('Address')).toHaveValue('no address at all');
	await leaveForm();
	await submit('Matrix', { 'Matrix address or server': '@:' });
	await faulty('Matrix address or server', /^This is not a valid address\./);
	await leaveForm();
});

test('a nick that somebody else has', async () => {
	const taken = await IrcClient.connect({ port: irc.server.ports.plain, nick: 'squatter' });
	await submit('IRC', ircForm(irc, { Nickname: 'squatter', 'Account name': '', 'Account password': '' }));
	await faulty('Nickname', /^The name is in use\./);
	await expect(field('Nickname')).toHaveValue('squatter');
	await taken.close();
	await leaveForm();
});

test('an expired certificate is a question; refused, the form says why and keeps what was typed', async () => {
	const question = window.page.getByText(/^The certificate of \S+ has expired\.$/);
	const refuse = window.page.getByRole('button', { name: 'Do not connect' });
	const sentence = /^The server's certificate has expired\. Look at the certificate\./;
	await submit('IRC', ircForm(irc, { Server: `ircs://localhost:${ircFront.port}` }));
	await expect(question).toBeVisible();
	await refuse.click();
	await faulty('Server', /^The server's certificate has expired\./);
	await expect(field('Server')).toHaveValue(`ircs://localhost:${ircFront.port}`);
	await leaveForm();
	await submit('Matrix', matrixForm(matrix, { 'Homeserver URL': `https://localhost:${matrixFront.port}` }));
	await expect(question).toBeVisible();
	await refuse.click();
	await expect(form().getByText(sentence)).toBeVisible();
	await expect(field('Homeserver URL')).toHaveValue(`https://localhost:${matrixFront.port}`);
	await leaveForm();
});

test('a self-signed certificate is accepted by its fingerprint', async () => {
	const { selfSigned } = irc.server.certs;
	ircFront.show(selfSigned);
	await submit(
		'IRC',
		ircForm(irc, { Server: `ircs://localhost:${ircFront.port}`, 'Additional certificate authority (PEM)': '' }),
	);
	await expect(window.page.getByText(/^No authority that this computer trusts vouches for localhost\.$/)).toBeVisible();
	await window.trust(selfSigned.fingerprint);
	await window.connected(ircLabel);
	const { selfSigned: ofMatrix } = matrix.server.certs;
	matrixFront.show(ofMatrix);
	await submit('Matrix', matrixForm(matrix, { 'Homeserver URL': `https://localhost:${matrixFront.port}` }));
	await window.fillPassword(user.password, ofMatrix.fingerprint);
	await window.connected(matrixLabel);
	await submit('XMPP', xmppForm(xmpp, { 'Additional certificate authority (PEM)': '' }));
	await window.fillPassword(user.password, xmpp.server.certs.server.fingerprint);
	await window.connected(xmppLabel);
	await window.page.getByRole('button', { name: 'Got it' }).click();
});

test('a certificate that changed stops the account until the user has looked at it', async () => {
	for (const [label, front, { selfSigned, expired }] of [
		[ircLabel, ircFront, irc.server.certs],
		[matrixLabel, matrixFront, matrix.server.certs],
	] as const) {
		front.show(expired);
		await expect(window.account(label)).toHaveAccessibleName(/, Waits for your answer$/);
		const state = await window.openState(label);
		await expect(state.getByText('Not connected, and not tried again until you act.')).toBeVisible();
		await expect(
			state.getByText('The server shows another certificate than the one you accepted. Look at the certificate.'),
		).toBeVisible();
		await state.getByRole('button', { name: 'Review certificate' }).click();
		const question = window.page.getByRole('alertdialog');
		await expect(question.getByText('localhost shows another certificate than the one you accepted.')).toBeVisible();
		const prints = (await question.locator('code').allTextContents()).map((text) =>
			text.replaceAll(/[^0-9a-f]/giu, '').toLowerCase(),
		);
		expect(prints).toEqual([expired.fingerprint, selfSigned.fingerprint]);
		await question.getByRole('button', { name: 'Do not connect' }).click();
		await expect(question).toBeHidden();
		await expect(window.account(label)).toHaveAccessibleName(
			/, The server shows another certificate than the one you accepted\.$/,
		);
		// Asked again when the user tries again; this time it is right.
		const again = await window.openState(label);
		await again.getByRole('button', { name: 'Try now' }).click();
		await again.getByRole('button', { name: 'Review certificate' }).click();
		await question.getByRole('button', { name: 'Trust and connect' }).click();
		await window.connected(label);
	}
});

/** Tries to join and expects a refusal at the name. */
async function joinRefused(account: string, room: string, sentence: string): Promise<void> {
	await window.join(account, room);
	const dialog = window.page.getByRole('dialog', { name: 'Join a room' });
	await expect(dialog.getByText(sentence)).toBeVisible();
	await expect(dialog.getByLabel('Room name')).toHaveAttribute('aria-invalid', 'true');
	await expect(dialog.getByLabel('Room name')).toHaveValue(room);
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await expect(window.row(room)).toBeHidden();
}

const MUC = 'http://jabber.org/protocol/muc';

test('rooms that one is banned from', async () => {
	const sentence = 'You are banned. Ask the people who run the server.';
	await ircPeer.join('#fortress');
	ircPeer.send(`MODE #fortress +b ${user.name}!*@*`);
	await ircPeer.line(/ MODE #fortress \+b /);
	await joinRefused('ErgoTest', '#fortress', sentence);
	const castle = `castle@${xmpp.server.rooms}`;
	await xmppPeer.join(castle);
	await xmppPeer.configureRoom(castle, 'Castle');
	const outcast = xml('item', { affiliation: 'outcast', jid: xmpp.address });
	await xmppPeer.request('set', xml('query', { xmlns: `${MUC}#admin` }, outcast), castle);
	await joinRefused(xmpp.address, castle, sentence);
	const room = await matrix.friend.createRoom({ name: 'Tower', alias: 'tower' });
	await matrix.friend.call('POST', `v3/rooms/${encodeURIComponent(room)}/ban`, { user_id: matrix.address });
	await joinRefused(matrix.address, `#tower:${matrix.server.serverName}`, sentence);
});

test('rooms for members or invited people only', async () => {
	const invited = 'The room is by invitation only. Ask somebody there for access.';
	await ircPeer.join('#club');
	ircPeer.send('MODE #club +i');
	await ircPeer.line(/ MODE #club \+i/);
	await joinRefused('ErgoTest', '#club', invited);
	const lodge = `lodge@${xmpp.server.rooms}`;
	await xmppPeer.join(lodge);
	const value = (name: string, text: string) => xml('field', { var: name }, xml('value', {}, text));
	const config = xml(
		'x',
		{ xmlns: 'jabber:x:data', type: 'submit' },
		value('FORM_TYPE', `${MUC}#roomconfig`),
		value('muc#roomconfig_membersonly', '1'),
	);
	await xmppPeer.request('set', xml('query', { xmlns: `${MUC}#owner` }, config), lodge);
	await joinRefused(xmpp.address, lodge, 'The room is for members only. Ask somebody there for access.');
	const room = await matrix.friend.createRoom({ name: 'Cellar' });
	await joinRefused(matrix.address, room, invited);
});

test('being banned while one is in: the conversation says so and keeps what was said', async () => {
	await window.join('ErgoTest', irc.channel);
	await expect(window.heading).toHaveText(irc.channel);
	await window.say('a last word');
	await window.isSent('a last word');
	await window.composer.fill('half a thought');
	ircPeer.send(`MODE ${irc.channel} +b ${user.name}!*@*`, `KICK ${irc.channel} ${user.name} :enough`);
	await expect(window.page.getByText(`You are not in ${irc.channel} any more`)).toBeVisible();
	await expect(window.message('a last word')).toBeVisible();
	await window.page.getByRole('button', { name: 'Join again' }).click();
	await expect(window.page.getByText(/^You are banned\./).first()).toBeVisible();
	ircPeer.send(`MODE ${irc.channel} -b ${user.name}!*@*`);
	await ircPeer.line(new RegExp(` MODE ${irc.channel} -b `));
	await window.page.getByRole('button', { name: 'Join again' }).click();
	await expect(window.composer).toHaveValue('half a thought');
	await window.composer.press('Enter');
	await ircPeer.waitFor(messageWith('half a thought'));
});

test('a message that is too long is not sent and not lost', async () => {
	for (const [account, room, name, times] of [
		[matrix.address, matrix.alias, matrix.roomName, 6000],
		[xmpp.address, xmpp.room, xmpp.roomName, 24_000],
	] as const) {
		await window.join(account, room);
		await expect(window.heading).toHaveText(name);
		const long = 'far too long '.repeat(times).trimEnd();
		await window.composer.fill(long);
		await expect(window.page.getByText(/^Too long: .+ over the limit$/)).toBeVisible();
		await expect(window.page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
		await window.composer.press('Enter');
		await expect(window.composer).toHaveValue(long);
		await window.composer.fill('shorter');
		await window.composer.press('Enter');
		await window.isSent('shorter');
	}
});

test('a password changed on the server: the account asks for the new one', async () => {
	const session = await MatrixClient.connect({ url: matrix.server.url, user: user.name, password: user.password });
	const auth = {
		type: 'm.login.password',
		identifier: { type: 'm.id.user', user: user.name },
		password: user.password,
	};
	await session.call('POST', 'v3/account/password', { auth, new_password: 'newer-secret', logout_devices: true });
	await session.close();
	await expect(window.account(matrixLabel)).toHaveAccessibleName(/, Waits for your answer$/);
	await window.account(matrixLabel).click();
	await window.page.getByRole('menuitem', { name: 'Answer its question…' }).click();
	const dialog = window.page.getByRole('dialog', { name: /^Log in to .+ again$/ });
	await expect(dialog.getByText('The session has ended. Log in again.')).toBeVisible();
	await dialog.getByLabel('Password', { exact: true }).fill(user.password);
	await dialog.getByRole('button', { name: 'Log in' }).click();
	await expect(dialog).toBeHidden();
	await expect(window.account(matrixLabel)).toHaveAccessibleName(/, Waits for your answer$/);
	await window.account(matrixLabel).click();
	await window.page.getByRole('menuitem', { name: 'Answer its question…' }).click();
	await expect(dialog.getByText(refused)).toBeVisible();
	await dialog.getByLabel('Password', { exact: true }).fill('newer-secret');
	await dialog.getByRole('button', { name: 'Log in' }).click();
	await window.connected(matrixLabel);

	await xmpp.server.createUser(user.name, 'newer-secret');
	await xmpp.server.restart();
	await expect(window.account(xmppLabel)).toHaveAccessibleName(
		/, The server did not accept the name or the password\.$/,
	);
	const state = await window.openState(xmppLabel);
	await expect(
		state.getByText('The server did not accept the name or the password. Check the password.'),
	).toBeVisible();
	await state.getByLabel('Password', { exact: true }).fill('newer-secret');
	await state.getByRole('button', { name: 'Log in' }).click();
	await expect(state.getByText(/^Connected since /)).toBeVisible();
	await window.page.keyboard.press('Escape');
	await window.connected(xmppLabel);

	const owner = await IrcClient.connect({
		port: irc.server.ports.plain,
		nick: 'other',
		password: user.password,
		account: user.name,
	});
	owner.send(`NS PASSWD ${user.password} newer-secret newer-secret`);
	await owner.line(/ :Password changed/);
	await owner.close();
	ircFront.cut();
	await expect(window.account(ircLabel)).toHaveAccessibleName(/, Waits for your answer$/);
	await window.account(ircLabel).click();
	await window.page.getByRole('menuitem', { name: 'Answer its question…' }).click();
	await expect(dialog.getByText(refused)).toBeVisible();
	await dialog.getByLabel('Password', { exact: true }).fill('newer-secret');
	await dialog.getByRole('button', { name: 'Log in' }).click();
	await window.connected(ircLabel);
});
