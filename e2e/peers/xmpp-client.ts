import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import xml, { type Element, Parser } from '@xmpp/xml';
import { Journal } from './journal.ts';
import type { Peer, PeerEvent } from './peer.ts';

/** For requests that a test makes up. */
export { xml };

const NS = {
	sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
	bind: 'urn:ietf:params:xml:ns:xmpp-bind',
	stream: 'http://etherx.jabber.org/streams',
	roster: 'jabber:iq:roster',
	muc: 'http://jabber.org/protocol/muc',
	mucUser: 'http://jabber.org/protocol/muc#user',
	mucOwner: 'http://jabber.org/protocol/muc#owner',
	chatStates: 'http://jabber.org/protocol/chatstates',
	receipts: 'urn:xmpp:receipts',
	delay: 'urn:xmpp:delay',
} as const;

export interface XmppClientOptions {
	/** A direct TLS port of 127.0.0.1. */
	readonly port: number;
	/** PEM of the CA that signed the server's certificate. */
	readonly ca: string;
	readonly domain: string;
	readonly user: string;
	readonly password: string;
	readonly resource?: string;
	/** Name used in rooms. Default: the user. */
	readonly nick?: string;
}

export type XmppShow = 'online' | 'away' | 'xa' | 'dnd' | 'chat';

/** A small XMPP client on a raw TLS socket, written independently of Parley's adapter. Accepts every subscription. */
export class XmppClient implements Peer {
	readonly name = 'xmpp-client';
	readonly address: string;
	private readonly socket: TLSSocket;
	private readonly domain: string;
	private readonly nick: string;
	private readonly journal: Journal;
	private readonly rooms = new Map<string, string>();
	private parser = new Parser();
	private readonly answers = new Map<string, (stanza: Element) => void>();
	private awaited: ((element: Element) => void) | undefined;

	private constructor(socket: TLSSocket, options: XmppClientOptions) {
		this.socket = socket;
		this.domain = options.domain;
		this.nick = options.nick ?? options.user;
		this.address = `${options.user}@${options.domain}`;
		this.journal = new Journal(`XMPP client ${this.address}`);
		socket.setEncoding('utf8');
		socket.on('data', (text: string) => this.parser.write(text));
		socket.on('error', (error) => this.journal.add({ kind: 'raw', line: `CLOSED ${error.message}` }));
		socket.on('close', () => this.journal.add({ kind: 'raw', line: 'CLOSED' }));
	}

	/** Connects, logs in and becomes available. */
	static async connect(options: XmppClientOptions): Promise<XmppClient> {
		const { port, ca, domain } = options;
		const socket = connect({ host: '127.0.0.1', port, ca, servername: domain, ALPNProtocols: ['xmpp-client'] });
		await once(socket, 'secureConnect');
		const client = new XmppClient(socket, options);
		await client.openStream();
		const secret = Buffer.from(`\0${options.user}\0${options.password}`, 'utf8').toString('base64');
		const result = await client.exchange(xml('auth', { xmlns: NS.sasl, mechanism: 'PLAIN' }, secret));
		if (!result.is('success')) throw new Error(`the server refused ${client.address}: ${result.toString()}`);
		await client.openStream();
		const resource = xml('resource', {}, options.resource ?? 'peer');
		await client.request('set', xml('bind', { xmlns: NS.bind }, resource));
		await client.request('get', xml('query', { xmlns: NS.roster }));
		client.setPresence('online', '');
		return client;
	}

	/** Enters a room, creating it with its defaults if it does not exist. */
	async join(room: string): Promise<void> {
		this.rooms.set(room, this.nick);
		const history = xml('history', { maxstanzas: '0' });
		this.send(xml('presence', { to: `${room}/${this.nick}` }, xml('x', { xmlns: NS.muc }, history)));
		await this.waitFor((event) => event.kind === 'joined' && event.where === room && event.from === this.nick);
	}

	/** Makes a room of ours usable by others and keeps it after the last one leaves. */
	async configureRoom(room: string, name: string): Promise<void> {
		const field = (key: string, value: string): Element => xml('field', { var: key }, xml('value', {}, value));
		const form = xml(
			'x',
			{ xmlns: 'jabber:x:data', type: 'submit' },
			field('FORM_TYPE', 'http://jabber.org/protocol/muc#roomconfig'),
			field('muc#roomconfig_roomname', name),
			field('muc#roomconfig_persistentroom', '1'),
			field('muc#roomconfig_publicroom', '1'),
		);
		await this.request('set', xml('query', { xmlns: NS.mucOwner }, form), room);
	}

	setTopic(room: string, topic: string): void {
		this.send(xml('message', { to: room, type: 'groupchat', id: randomUUID() }, xml('subject', {}, topic)));
	}

	async say(target: string, text: string): Promise<void> {
		const type = this.rooms.has(target) ? 'groupchat' : 'chat';
		const extras = type === 'chat' ? [xml('request', { xmlns: NS.receipts })] : [];
		const active = xml('active', { xmlns: NS.chatStates });
		this.send(xml('message', { to: target, type, id: randomUUID() }, xml('body', {}, text), active, ...extras));
	}

	async typing(target: string, active: boolean): Promise<void> {
		const type = this.rooms.has(target) ? 'groupchat' : 'chat';
		const state = xml(active ? 'composing' : 'paused', { xmlns: NS.chatStates });
		this.send(xml('message', { to: target, type }, state));
	}

	setPresence(show: XmppShow, status: string): void {
		const children = [
			...(show === 'online' ? [] : [xml('show', {}, show)]),
			...(status === '' ? [] : [xml('status', {}, status)]),
		];
		this.send(xml('presence', {}, ...children));
		for (const [room, nick] of this.rooms) this.send(xml('presence', { to: `${room}/${nick}` }, ...children));
	}

	/** Adds a contact and asks to see its presence. */
	async addContact(address: string, name?: string): Promise<void> {
		const item = xml('item', { jid: address, ...(name === undefined ? {} : { name }) });
		await this.request('set', xml('query', { xmlns: NS.roster }, item));
		this.send(xml('presence', { to: address, type: 'subscribe' }));
	}

	send(stanza: Element): void {
		if (this.socket.writable) this.socket.write(stanza.toString());
	}

	waitFor<E extends PeerEvent>(matches: (event: PeerEvent) => event is E, timeout?: number): Promise<E>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent> {
		return this.journal.waitFor(matches, timeout);
	}

	listen(listener: (event: PeerEvent) => void): () => void {
		return this.journal.listen(listener);
	}

	async close(): Promise<void> {
		if (this.socket.destroyed) return;
		// Not events.once(), which would reject when the server resets the connection.
		const closed = new Promise((resolve) => this.socket.once('close', resolve));
		this.socket.end('<presence type="unavailable"/></stream:stream>');
		const timer = setTimeout(() => this.socket.destroy(), 2000);
		await closed;
		clearTimeout(timer);
	}

	/** An IQ request and its result; an error answer rejects. */
	async request(type: 'get' | 'set', child: Element, to?: string): Promise<Element> {
		const id = randomUUID();
		const { promise, resolve } = Promise.withResolvers<Element>();
		this.answers.set(id, resolve);
		this.send(xml('iq', { type, id, ...(to === undefined ? {} : { to }) }, child));
		const answer = await promise;
		if (answer.attrs['type'] === 'error') throw new Error(`${this.address} was refused: ${answer.toString()}`);
		return answer;
	}

	private async openStream(): Promise<Element> {
		this.parser = new Parser();
		this.parser.on('element', (element: Element) => this.handle(element));
		this.parser.on('error', (error: Error) => this.socket.destroy(error));
		const features = this.next();
		this.socket.write(
			`<?xml version='1.0'?><stream:stream to='${this.domain}' version='1.0' xmlns='jabber:client' xmlns:stream='${NS.stream}'>`,
		);
		return features;
	}

	private next(): Promise<Element> {
		return new Promise((resolve) => {
			this.awaited = resolve;
		});
	}

	private exchange(element: Element): Promise<Element> {
		const answer = this.next();
		this.send(element);
		return answer;
	}

	private handle(element: Element): void {
		const { awaited } = this;
		if (awaited !== undefined) {
			this.awaited = undefined;
			awaited(element);
			return;
		}
		this.journal.add({ kind: 'raw', line: element.toString() });
		if (element.is('iq')) this.handleIq(element);
		else if (element.is('message')) this.handleMessage(element);
		else if (element.is('presence')) this.handlePresence(element);
	}

	private handleIq(iq: Element): void {
		const { id, type, from } = attributes(iq);
		if (type === 'result' || type === 'error') {
			this.answers.get(id)?.(iq);
			this.answers.delete(id);
			return;
		}
		const to = from === '' ? {} : { to: from };
		if (iq.getChild('ping', 'urn:xmpp:ping') !== undefined || iq.getChild('query', NS.roster) !== undefined) {
			this.send(xml('iq', { type: 'result', id, ...to }));
			return;
		}
		const condition = xml('service-unavailable', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' });
		this.send(xml('iq', { type: 'error', id, ...to }, xml('error', { type: 'cancel' }, condition)));
	}

	private handleMessage(message: Element): void {
		const { from: full, type, id } = attributes(message);
		const [bare, resource] = splitAddress(full);
		const inRoom = type === 'groupchat';
		const from = inRoom ? resource : bare;
		if (type === 'error' || (inRoom && (resource === this.rooms.get(bare) || resource === ''))) return;
		if (message.getChild('delay', NS.delay) !== undefined) return;
		const receipt = message.getChild('received', NS.receipts)?.attrs['id'];
		if (typeof receipt === 'string') this.journal.add({ kind: 'receipt', from, where: bare, id: receipt });
		const composing = message.getChild('composing', NS.chatStates) !== undefined;
		const paused = ['paused', 'active', 'inactive', 'gone'].some((one) => message.getChild(one, NS.chatStates));
		if (composing || paused) this.journal.add({ kind: 'typing', from, where: bare, active: composing });
		const text = message.getChildText('body');
		if (text === null || text === '') return;
		this.journal.add({ kind: 'message', from, where: bare, inRoom, text, id: id === '' ? undefined : id });
		if (!inRoom && id !== '' && message.getChild('request', NS.receipts) !== undefined) {
			this.send(xml('message', { to: full, type: 'chat' }, xml('received', { xmlns: NS.receipts, id })));
		}
	}

	private handlePresence(presence: Element): void {
		const { from, type } = attributes(presence);
		const [bare, resource] = splitAddress(from);
		if (type === 'subscribe') {
			this.send(xml('presence', { to: bare, type: 'subscribed' }));
			return;
		}
		if (type !== '' && type !== 'unavailable') return;
		const inRoom = this.rooms.has(bare);
		if (inRoom && presence.getChild('x', NS.mucUser) !== undefined) {
			this.journal.add({ kind: type === '' ? 'joined' : 'left', from: resource, where: bare });
		}
		const status = presence.getChildText('status') ?? '';
		const available = type === '' && presence.getChild('show') === undefined;
		this.journal.add({ kind: 'presence', from: inRoom ? resource : bare, available, status });
	}
}

function attributes(element: Element): { readonly from: string; readonly type: string; readonly id: string } {
	const read = (name: string): string => {
		const value: unknown = element.attrs[name];
		return typeof value === 'string' ? value : '';
	};
	return { from: read('from'), type: read('type'), id: read('id') };
}

/** Bare address and resource. */
function splitAddress(full: string): readonly [string, string] {
	const slash = full.indexOf('/');
	return slash === -1 ? [full, ''] : [full.slice(0, slash), full.slice(slash + 1)];
}
