/** XMPP for Parley: what it is, how to log in, and the adapter. Loaded when an account or a login needs it. */
import type { ProtocolFactory } from '../adapter/adapter.ts';
import { fail } from '../model/errors.ts';
import { XmppAdapter } from './adapter.ts';
import { description } from './description.ts';
import { parseJid } from './jid.ts';
import { XmppLogin } from './login.ts';
import { readSettings } from './settings.ts';

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
