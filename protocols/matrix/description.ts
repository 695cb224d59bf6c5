/** What Matrix is to Parley, without any of the code that speaks it. */
import type { ProtocolDescription, SlashCommand } from '../adapter/adapter.ts';
import { matrixAccountCapabilities } from './account-capabilities.ts';
import { matrixRoomCapabilities } from './power-levels.ts';

const common = (name: string, params: string): SlashCommand => ({ name, params, help: name, scope: 'common' });

export const description: ProtocolDescription = {
	name: 'matrix',
	title: 'Matrix',
	glyph: 'matrix',
	blurb: 'matrix',
	loginFlows: [
		{ id: 'password', purpose: 'login', label: 'matrixPassword' },
		{ id: 'register', purpose: 'register', label: 'matrixRegister' },
	],
	slashCommands: [
		common('join', '#room:example.org'),
		common('part', '[reason]'),
		common('msg', '@user:example.org [text]'),
		common('me', 'text'),
		common('nick', 'name'),
		common('topic', 'text'),
		common('away', '[text]'),
		common('invite', '@user:example.org'),
		common('kick', '@user:example.org [reason]'),
		common('ban', '@user:example.org [reason]'),
		common('unban', '@user:example.org'),
		common('whois', '@user:example.org'),
		{ name: 'knock', params: '#room:example.org [reason]', help: 'knock', scope: 'own' },
		{ name: 'roomnick', params: 'name', help: 'roomnick', scope: 'own' },
	],
	bestCapabilities: { direct: matrixRoomCapabilities, group: matrixRoomCapabilities },
	accountCapabilities: matrixAccountCapabilities(true),
	joinPlaceholder: '#room:example.org',
	directPlaceholder: '@user:example.org',
};
