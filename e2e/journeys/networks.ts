/** The three networks of the journeys: a real server each, people with independent clients, and how a user logs in. */
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { IrcClient } from '../peers/irc-client.ts';
import { MatrixClient } from '../peers/matrix-client.ts';
import { XmppClient } from '../peers/xmpp-client.ts';
import { ergo } from '../servers/ergo.ts';
import { prosody } from '../servers/prosody.ts';
import { synapse } from '../servers/synapse.ts';
import type { ParleyWindow } from './window.ts';
import type { Stops } from './with-servers.ts';

export const user = { name: 'vera', password: 'vera-secret' } as const;
const friend = { name: 'wim', password: 'wim-secret' } as const;

type Ergo = Awaited<ReturnType<typeof ergo.start>>;
type Prosody = Awaited<ReturnType<typeof prosody.start>>;
type Synapse = Awaited<ReturnType<typeof synapse.start>>;

export interface IrcNetwork {
	readonly server: Ergo;
	readonly channel: string;
	/** A client of the friend, in the channel. */
	connect(): Promise<IrcClient>;
}

export async function openIrc(dir: string, stops: Stops): Promise<IrcNetwork> {
	const server = await ergo.start({ dir: join(dir, 'ergo') });
	stops.add(() => server.stop());
	await server.createUser(user.name, user.password);
	const channel = '#garden';
	const connect = async (): Promise<IrcClient> => {
		const peer = await IrcClient.connect({ port: server.ports.tls, ca: server.certs.ca, nick: friend.name });
		stops.add(() => peer.close());
		await peer.join(channel);
		return peer;
	};
	return { server, channel, connect };
}

/** Adds the account with the server's own authority, as its users would be told to. */
export async function logInToIrc(window: ParleyWindow, network: IrcNetwork): Promise<void> {
	await window.openLogin('IRC');
	await window.fill(ircForm(network, { 'Channels to join': network.channel }));
	await window.next();
	await expect(window.account(ircLabel)).toBeVisible();
}

export const ircLabel = /, IRC,/;
export const xmppLabel = /, XMPP,/;
export const matrixLabel = /, Matrix,/;

export interface XmppNetwork {
	readonly server: Prosody;
	readonly room: string;
	readonly roomName: string;
	readonly address: string;
	readonly friend: string;
	/** A client of the friend, in the room and its owner. */
	connect(): Promise<XmppClient>;
}

export async function openXmpp(dir: string, stops: Stops): Promise<XmppNetwork> {
	const server = await prosody.start({ dir: join(dir, 'prosody') });
	stops.add(() => server.stop());
	await server.createUser(user.name, user.password);
	await server.createUser(friend.name, friend.password);
	const room = `orchard@${server.rooms}`;
	const roomName = 'Orchard';
	let configured = false;
	const connect = async (): Promise<XmppClient> => {
		const peer = await XmppClient.connect({
			domain: server.domain,
			port: server.ports.clientTls,
			ca: server.certs.ca,
			user: friend.name,
			password: friend.password,
		});
		stops.add(() => peer.close());
		await peer.join(room);
		if (!configured) await peer.configureRoom(room, roomName);
		configured = true;
		return peer;
	};
	const at = (name: string): string => `${name}@${server.domain}`;
	return { server, room, roomName, address: at(user.name), friend: at(friend.name), connect };
}

/** Adds the account by hand-given host; the certificate of the server's own authority is accepted by its fingerprint. */
export async function logInToXmpp(window: ParleyWindow, { server, address }: XmppNetwork): Promise<void> {
	await window.openLogin('XMPP');
	await window.fill({ Address: address, 'Connect to host': '127.0.0.1', Port: String(server.ports.client) });
	await window.next();
	await window.fillPassword(user.password, server.certs.server.fingerprint);
	await expect(window.account(xmppLabel)).toBeVisible();
}

export interface MatrixNetwork {
	readonly server: Synapse;
	readonly alias: string;
	readonly roomName: string;
	readonly roomId: string;
	readonly address: string;
	readonly friend: MatrixClient;
}

/** @param extraConfig settings of the server beside the usual ones */
export async function openMatrix(
	dir: string,
	stops: Stops,
	extraConfig: Readonly<Record<string, unknown>> = {},
): Promise<MatrixNetwork> {
	const server = await synapse.start({ dir: join(dir, 'synapse'), extraConfig });
	stops.add(() => server.stop());
	await server.createUser(user.name, user.password);
	await server.createUser(friend.name, friend.password);
	const peer = await MatrixClient.connect({
		url: server.url,
		user: friend.name,
		password: friend.password,
		displayName: 'Wim',
	});
	stops.add(() => peer.close());
	const roomName = 'Greenhouse';
	const roomId = await peer.createRoom({ name: roomName, topic: '', alias: 'greenhouse' });
	return {
		server,
		alias: `#greenhouse:${server.serverName}`,
		roomName,
		roomId,
		address: `@${user.name}:${server.serverName}`,
		friend: peer,
	};
}

export async function logInToMatrix(window: ParleyWindow, { server, address }: MatrixNetwork): Promise<void> {
	await window.openLogin('Matrix');
	await window.fill({ 'Matrix address or server': address, 'Homeserver URL': server.url });
	await window.next();
	await window.fillPassword(user.password, null);
	await expect(window.account(matrixLabel)).toBeVisible();
}

type Fields = Readonly<Record<string, string>>;

/** What the user of the journeys fills in, with some of it replaced. */
export const ircForm = ({ server }: IrcNetwork, over: Fields = {}): Fields => ({
	Server: `ircs://localhost:${server.ports.tls}`,
	Nickname: user.name,
	'Account name': user.name,
	'Account password': user.password,
	'Additional certificate authority (PEM)': server.certs.ca,
	...over,
});

/** As {@link ircForm}; the password is asked for later. */
export const xmppForm = ({ server, address }: XmppNetwork, over: Fields = {}): Fields => ({
	Address: address,
	'Connect to host': '127.0.0.1',
	Port: String(server.ports.client),
	'Additional certificate authority (PEM)': server.certs.ca,
	...over,
});

/** As {@link ircForm}; the password is asked for later. */
export const matrixForm = ({ server, address }: MatrixNetwork, over: Fields = {}): Fields => ({
	'Matrix address or server': address,
	'Homeserver URL': server.url,
	...over,
});
