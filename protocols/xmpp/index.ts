/** XMPP for Parley: what it is, how to log in, and the adapter. The only file others import. */
import type { ProtocolDescription, ProtocolFactory, SlashCommand } from '../adapter/adapter.ts';
import { fail } from '../model/errors.ts';
import { XmppAdapter } from './adapter.ts';
import { accountCapabilities, bestRoom, bestServer, directCapabilities, roomCapabilities } from './capabilities.ts';
import { parseJid } from './jid.ts';
import { XmppLogin } from './login.ts';
import { readSettings } from './settings.ts';

const common = (name: string, params: string): SlashCommand => ({ name, params, help: name, scope: 'common' });

const everything: ReadonlySet<string> = new Set([
	'http://jabber.org/protocol/chatstates',
	'urn:xmpp:receipts',
	'urn:xmpp:chat-markers:0',
]);

const description: ProtocolDescription = {
	name: 'xmpp',
	title: 'XMPP',
	glyph: 'xmpp',
	blurb: 'xmpp',
	loginFlows: [
		{ id: 'password', purpose: 'login', label: 'xmpp-password' },
		{ id: 'register', purpose: 'register', label: 'xmpp-register' },
	],
	slashCommands: [
		common('join', 'room@service [password]'),
		common('part', '[reason]'),
		common('msg', 'name@server text'),
		common('me', 'text'),
		common('topic', 'text'),
		common('invite', 'name@server'),
		common('kick', 'nick [reason]'),
		common('ban', 'nick [reason]'),
		common('away', '[text]'),
		common('whois', 'name@server'),
	],
	bestCapabilities: {
		direct: directCapabilities(bestServer, everything),
		group: roomCapabilities(bestServer, bestRoom),
	},
	accountCapabilities: accountCapabilities(bestServer),
	joinPlaceholder: 'room@rooms.example.org',
	directPlaceholder: 'name@example.org',
};

export const xmppFactory: ProtocolFactory = {
	describe: () => description,
	startLogin(flowId, context) {
		if (flowId !== 'password' && flowId !== 'register') fail('bad-input', 'unknown login flow');
		return new XmppLogin(flowId === 'password' ? 'login' : 'register', context);
	},
	create(context) {
		const jid = parseJid(context.address);
		if (jid === null || jid.local === '' || jid.resource !== '') fail('bad-address', context.address.slice(0, 100));
		readSettings(context.settings);
		return new XmppAdapter(context, jid);
	},
};
