import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { poll } from '../../e2e/servers/poll.ts';
import type { LoginProgress } from '../../engine/contract/commands.ts';
import type { Link } from '../../engine/contract/frames.ts';
import { createRpcClient, type RpcClient } from '../../engine/transport/rpc-client.ts';
import { type RunResult, runBrowserHost } from '../../host/browser/run.ts';
import type { Account } from '../../protocols/model/entities.ts';
import type { AccountId } from '../../protocols/model/ids.ts';
import type { StageLogin } from './people/stage.ts';

/** Longest a login may take before the demo gives up on it, in milliseconds. */
const LOGIN_TIMEOUT = 30_000;

const sessionSchema = z.object({ session: z.string() });

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
		open: () => openLink(running.server.issueUrl()),
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

/** What the page does with its address: the ticket becomes a session, the session opens the link. */
async function openLink(url: string): Promise<Link> {
	const { origin, host, hash } = new URL(url);
	const response = await fetch(`${origin}/session`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', origin },
		body: JSON.stringify({ ticket: hash.replace('#t=', '') }),
	});
	if (!response.ok) throw new Error(`the browser host refused its own ticket: ${response.status}`);
	const { session } = sessionSchema.parse(await response.json());
	const socket = new WebSocket(`ws://${host}/link`, { origin });
	await new Promise<void>((resolve, reject) => {
		socket.once('open', () => resolve());
		socket.once('error', reject);
	});
	socket.on('error', () => undefined);
	socket.send(JSON.stringify({ session }));
	return {
		send: (frame) => {
			if (socket.readyState !== WebSocket.OPEN) return false;
			socket.send(JSON.stringify(frame));
			return true;
		},
		onMessage: (listener) => {
			socket.on('message', (data: Buffer) => listener(JSON.parse(data.toString('utf8'))));
		},
		onClose: (listener) => {
			socket.on('close', listener);
		},
		close: () => socket.close(),
	};
}

/** Adds an account as a user does, field by field, and waits until it is online and in its rooms. */
export async function addAccount(client: RpcClient, login: StageLogin): Promise<AccountId> {
	const { protocols } = await client.query('boot', {});
	const flow = protocols.find((one) => one.name === login.protocol)?.loginFlows.find((one) => one.purpose === 'login');
	if (flow === undefined) throw new Error(`Parley does not speak ${login.protocol}`);
	const started = await client.command('account.loginStart', { protocol: login.protocol, flow: flow.id });
	const accountId = await finishLogin(client, login, started);
	await untilOnline(client, accountId);
	for (const name of login.join) await client.command('conversation.join', { accountId, name, password: null });
	for (const { address, name } of login.contacts) {
		await client.command('contact.add', { accountId, user: address, name, groups: [], message: null });
	}
	return accountId;
}

async function finishLogin(client: RpcClient, login: StageLogin, first: LoginProgress): Promise<AccountId> {
	const answered = new Set<string>();
	let progress = first;
	while (!('accountId' in progress)) {
		const { loginId, step } = progress;
		// A form that comes back was not accepted; asking again would only go round in circles.
		if (answered.has(step.id)) throw new Error(`${login.protocol}: ${complaint(step)}`);
		answered.add(step.id);
		// The only question so far is the certificate of our own throw-away authority.
		const values = step.kind === 'question' ? { accept: 'true' } : fill(step.fields, login.values);
		progress = await client.command('account.loginSubmit', { loginId, values });
	}
	return progress.accountId;
}

type Step = LoginProgress['step'];
type Fields = Extract<Step, { kind: 'input' }>['fields'];

function fill(fields: Fields, values: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(fields.map((field) => [field.id, values[field.id] ?? field.value]));
}

function complaint(step: Exclude<Step, { kind: 'done' }>): string {
	if (step.kind === 'question') return 'the certificate was not accepted';
	const wrong = step.fields.find((field) => field.error !== null);
	const error = wrong?.error ?? step.error;
	return `${wrong?.id ?? step.id}: ${error?.code ?? 'not accepted'} ${error?.detail ?? ''}`;
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
