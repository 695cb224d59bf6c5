/** The fake protocol as the registry sees it: description, login, creation. */
import type { ProtocolFactory } from '../adapter/adapter.ts';
import type { LoginSession, LoginStep } from '../adapter/login.ts';
import { full } from '../model/capabilities.ts';
import { chatError, ChatException } from '../model/errors.ts';
import type { ErrorCode } from '../model/errors.ts';
import { FakeAdapter } from './fake-adapter.ts';
import { fakeAccount, fakeDirect, fakeGroup } from './fake-capabilities.ts';
import type { FakeNetwork } from './fake-network.ts';

/** A factory whose accounts all live on one network. */
export function createFakeFactory(network: FakeNetwork): ProtocolFactory {
	return {
		describe: () => ({
			name: 'fake',
			title: 'Fake',
			glyph: 'fake',
			blurb: 'fake',
			loginFlows: [{ id: 'password', purpose: 'login', label: 'password' }],
			slashCommands: ['join', 'part', 'msg', 'me', 'topic', 'invite', 'kick', 'away', 'nick'].map((name) => ({
				name,
				params: '',
				help: name,
				scope: 'common' as const,
			})),
			bestCapabilities: { direct: fakeDirect, group: { ...fakeGroup, kick: full, ban: full, removeAny: full } },
			accountCapabilities: fakeAccount,
			joinPlaceholder: 'fake',
			directPlaceholder: 'fake',
		}),
		startLogin: (flow) => {
			if (flow !== 'password') throw new ChatException(chatError('bad-input', 'unknown login flow'));
			return new FakeLogin(network);
		},
		create: (context) => new FakeAdapter(network, context),
	};
}

class FakeLogin implements LoginSession {
	readonly #network: FakeNetwork;
	constructor(network: FakeNetwork) {
		this.#network = network;
	}
	begin(): LoginStep {
		return this.#form('', null);
	}
	submit(values: Readonly<Record<string, string>>): Promise<LoginStep> {
		const address = values['address'] ?? '';
		const user = this.#network.users.get(address);
		if (user === undefined) return Promise.resolve(this.#form(address, 'no-such-user'));
		if (user.password !== values['password']) return Promise.resolve(this.#form(address, 'auth-failed'));
		return Promise.resolve({
			kind: 'done',
			account: { address, label: user.name, settings: {}, secrets: { password: user.password } },
		});
	}
	validate(): Promise<null> {
		return Promise.resolve(null);
	}
	close(): void {
		// Nothing is open.
	}
	#form(address: string, code: ErrorCode | null): LoginStep {
		const field = { required: true, advanced: false, placeholder: '', choices: [], error: null };
		return {
			kind: 'input',
			id: 'credentials',
			title: 'credentials',
			fields: [
				{
					...field,
					id: 'address',
					label: 'address',
					kind: 'address',
					value: address,
					error: code === 'no-such-user' ? chatError(code) : null,
				},
				{
					...field,
					id: 'password',
					label: 'password',
					kind: 'password',
					value: '',
					error: code === 'auth-failed' ? chatError(code) : null,
				},
			],
			error: null,
		};
	}
}
