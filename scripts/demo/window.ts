import { randomUUID } from 'node:crypto';
import { logIn, openWindowLink } from '../../e2e/app/window-link.ts';
import { poll } from '../../e2e/servers/poll.ts';
import { createRpcClient, type RpcClient } from '../../engine/transport/rpc-client.ts';
import { type RunResult, runBrowserHost } from '../../host/browser/run.ts';
import type { Account } from '../../protocols/model/entities.ts';
import type { AccountId } from '../../protocols/model/ids.ts';
import type { StageLogin } from './people/stage.ts';

/** Longest a login may take before the demo gives up on it, in milliseconds. */
const LOGIN_TIMEOUT = 30_000;

/** Parley in the browser host, with a client of its own that prepares it. */
export interface DemoWindow {
	/** A fresh address that opens the window once, within a minute. */
	url(): string;
	readonly client: RpcClient;
	stop(): Promise<void>;
}

/** Starts the browser host on a profile folder and connects to it as any window does. */
export async function openDemoWindow(profile: string, onFatal: (error: Error) => void): Promise<DemoWindow> {
	const host = await runBrowserHost({
		cli: { port: 0, profile, passphrase: false, allowHosts: [], protocols: 'real' },
		env: process.env,
		ask: () => Promise.reject(new Error('the demo profile needs no passphrase')),
		log: (message, fields) => console.error(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`),
		onFatal,
	});
	const running = expectRunning(host);
	const client = createRpcClient({
		open: () => openWindowLink(running.server.issueUrl()),
		clientId: randomUUID(),
		now: () => Date.now(),
		after: (ms, run) => {
			const timer = setTimeout(run, ms);
			return () => clearTimeout(timer);
		},
		uuid: randomUUID,
		onPatch: () => undefined,
		onState: () => undefined,
		validate: true,
	});
	return {
		url: () => running.server.issueUrl(),
		client,
		stop: async () => {
			client.close();
			await running.stop();
		},
	};
}

function expectRunning(host: RunResult): Extract<RunResult, { kind: 'running' }> {
	if (host.kind !== 'running') throw new Error('another Parley holds the demo profile');
	return host;
}

/** Adds an account as a user does, field by field, and waits until it is online and in its rooms. */
export async function addAccount(client: RpcClient, login: StageLogin): Promise<AccountId> {
	const accountId = await logIn(client, login.protocol, login.values);
	await untilOnline(client, accountId);
	for (const name of login.join) await client.command('conversation.join', { accountId, name, password: null });
	for (const { address, name } of login.contacts) {
		await client.command('contact.add', { accountId, user: address, name, groups: [], message: null });
	}
	return accountId;
}

async function untilOnline(client: RpcClient, accountId: AccountId): Promise<void> {
	let last: Account | undefined;
	const look = async (): Promise<boolean> => {
		last = (await client.query('boot', {})).accounts.find((one) => one.id === accountId);
		return last?.connection.kind === 'online';
	};
	await poll(look, { timeout: LOGIN_TIMEOUT, interval: 100, what: `account ${accountId}` }).catch((error: unknown) => {
		throw new Error(`${last?.address ?? accountId} did not come online: ${JSON.stringify(last?.connection)}`, {
			cause: error,
		});
	});
}
