/** Connects to a running browser host the way its window does, and drives accounts the way a user does. */
import { WebSocket } from 'ws';
import * as z from 'zod';
import type { LoginProgress } from '../../engine/contract/commands.ts';
import type { Link } from '../../engine/contract/frames.ts';
import type { RpcClient } from '../../engine/transport/rpc-client.ts';
import type { AccountId } from '../../protocols/model/ids.ts';

const sessionSchema = z.object({ session: z.string() });

/** The ticket of a one-time address becomes a session, the session opens the link. */
export async function openWindowLink(url: string): Promise<Link> {
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

type Step = Exclude<LoginProgress['step'], { kind: 'done' }>;

/**
 * Runs a login flow by filling its forms from `values` and accepting certificates.
 * @throws with the form's complaint when a form comes back
 */
export async function logIn(
	client: RpcClient,
	protocol: string,
	values: Readonly<Record<string, string>>,
): Promise<AccountId> {
	const { protocols } = await client.query('boot', {});
	const flow = protocols.find((one) => one.name === protocol)?.loginFlows.find((one) => one.purpose === 'login');
	if (flow === undefined) throw new Error(`Parley does not speak ${protocol}`);
	const answered = new Set<string>();
	let progress = await client.command('account.loginStart', { protocol, flow: flow.id });
	while (!('accountId' in progress)) {
		const { loginId, step } = progress;
		// A form that comes back was not accepted; asking again would only go round in circles.
		if (answered.has(step.id)) throw new Error(`${protocol}: ${complaint(step)}`);
		answered.add(step.id);
		const answer = step.kind === 'question' ? { accept: 'true' } : fill(step, values);
		progress = await client.command('account.loginSubmit', { loginId, values: answer });
	}
	return progress.accountId;
}

function fill(
	step: Extract<Step, { kind: 'input' }>,
	values: Readonly<Record<string, string>>,
): Record<string, string> {
	return Object.fromEntries(step.fields.map((field) => [field.id, values[field.id] ?? field.value]));
}

function complaint(step: Step): string {
	if (step.kind === 'question') return 'the certificate was not accepted';
	const wrong = step.fields.find((field) => field.error !== null);
	const error = wrong?.error ?? step.error;
	return `${wrong?.id ?? step.id}: ${error?.code ?? 'not accepted'} ${error?.detail ?? ''}`;
}
