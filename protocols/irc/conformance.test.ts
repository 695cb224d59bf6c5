/** The shared adapter suite over a scripted server: with and without the proofs of delivery. */
import { describe } from 'vitest';
import { describeConformance } from '../adapter/conformance.ts';
import { ircFactory } from './index.ts';
import { MiniIrcd, type MiniOptions } from './testing/mini-ircd.ts';

function over(title: string, options: MiniOptions): void {
	const server = new MiniIrcd({ ...options, password: 'secret-of-server' });
	let count = 0;
	describeConformance({
		title: `irc over a scripted server, ${title}`,
		factory: ircFactory,
		timeoutMs: 5000,
		catchesUp: false,
		setUp: async () => void (await server.start()),
		tearDown: () => server.stop(),
		newAccount: (tag) => {
			const nick = `${tag.slice(0, 5)}${count++}`;
			return Promise.resolve({
				address: `${nick}@127.0.0.1`,
				directName: nick,
				settings: { version: 1, host: '127.0.0.1', port: server.port, tls: false, nick, pace: 'none' },
				secrets: { 'server-password': 'secret-of-server' },
			});
		},
		roomName: (tag) => `#${tag}${count++}`,
		withWrongSecret: (account) => ({ ...account, secrets: { 'server-password': 'wrong-secret' } }),
		withDeadServer: (account) => ({ ...account, settings: { ...account.settings, port: 1 } }),
		cutLinks: async () => server.cut(),
	});
}

describe('conformance', () => {
	// A server without extensions makes every send wait for a refusal that may come; ngIRCd covers it.
	over('echo without labels', { caps: ['message-tags', 'server-time', 'echo-message'] });
	over('labels without echo', { caps: ['message-tags', 'server-time', 'batch', 'labeled-response'] });
	over('tags, echo, labels', {
		caps: ['message-tags', 'server-time', 'batch', 'echo-message', 'labeled-response', 'multi-prefix', 'cap-notify'],
	});
});
