/** What XMPP is to Parley, without any of the code that speaks it. */
import type { ProtocolDescription, SlashCommand } from '../adapter/adapter.ts';
import { accountCapabilities, bestRoom, bestServer, directCapabilities, roomCapabilities } from './capabilities.ts';

const common = (name: string, params: string): SlashCommand => ({ name, params, help: name, scope: 'common' });

const everything: ReadonlySet<string> = new Set([
	'http://jabber.org/protocol/chatstates',
	'urn:xmpp:receipts',
	'urn:xmpp:chat-markers:0',
]);

export const description: ProtocolDescription = {
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
		common('unban', 'name@server'),
		common('away', '[text]'),
		common('back', ''),
		common('whois', 'name@server'),
		common('raw', 'stanza'),
	],
	bestCapabilities: {
		direct: directCapabilities(bestServer, everything),
		group: roomCapabilities(bestServer, bestRoom),
	},
	accountCapabilities: accountCapabilities(bestServer, true),
	joinPlaceholder: 'room@rooms.example.org',
	directPlaceholder: 'name@example.org',
};
