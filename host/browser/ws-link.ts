/**
 * One window's WebSocket. The first message must carry the session key within three seconds; then every text message is
 * one frame. A client that reads too slowly first stops the engine's sending and, past a hard limit, is cut off.
 */
import type { WebSocket } from 'ws';
import * as z from 'zod';
import type { ClientChannel, EngineChannel } from '../engine-thread.ts';

/** Close codes of the private range that the window understands. */
const closeCodes = { refused: 4401, badMessage: 4400, tooSlow: 4408, goingAway: 1001 } as const;

const limits = {
	authenticateMs: 3_000,
	pingEveryMs: 30_000,
	/** Bytes waiting in the socket: above `full` the engine is told to stop, below `resume` to go on. */
	full: 2 * 1024 * 1024,
	resume: 256 * 1024,
	cutOff: 16 * 1024 * 1024,
	drainCheckMs: 50,
} as const;

const authenticationSchema = z.object({ session: z.string().max(128) });

export interface WsLinkOptions {
	readonly isSession: (session: string) => boolean;
	readonly connect: (client: ClientChannel) => EngineChannel;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Takes over an accepted socket until it closes. */
export function serveSocket(socket: WebSocket, options: WsLinkOptions): void {
	let engine: EngineChannel | undefined;
	let drainTimer: NodeJS.Timeout | undefined;
	let alive = true;

	const watchDrain = (): void => {
		if (drainTimer !== undefined) return;
		engine?.setFull(true);
		drainTimer = setInterval(() => {
			if (socket.bufferedAmount > limits.resume) return;
			clearInterval(drainTimer);
			drainTimer = undefined;
			engine?.setFull(false);
		}, limits.drainCheckMs);
	};

	const client: ClientChannel = {
		deliver: (json) => {
			if (socket.readyState !== socket.OPEN) return;
			socket.send(json);
			if (socket.bufferedAmount > limits.cutOff) socket.terminate();
			else if (socket.bufferedAmount > limits.full) watchDrain();
		},
		close: () => socket.close(closeCodes.goingAway),
	};

	const authenticate = (text: string): void => {
		clearTimeout(authenticationTimer);
		const message = authenticationSchema.safeParse(parse(text));
		if (!message.success) socket.close(closeCodes.badMessage);
		else if (!options.isSession(message.data.session)) socket.close(closeCodes.refused);
		else engine = options.connect(client);
	};

	const authenticationTimer = setTimeout(() => socket.close(closeCodes.refused), limits.authenticateMs);
	const pingTimer = setInterval(() => {
		if (!alive) return socket.terminate();
		alive = false;
		socket.ping();
		return undefined;
	}, limits.pingEveryMs);

	socket.on('message', (data, isBinary) => {
		alive = true;
		if (isBinary || !Buffer.isBuffer(data)) socket.close(closeCodes.badMessage);
		else if (engine === undefined) authenticate(data.toString('utf8'));
		else engine.receive(data.toString('utf8'));
	});
	socket.on('pong', () => {
		alive = true;
	});
	socket.on('error', () => socket.terminate());
	socket.on('close', () => {
		clearTimeout(authenticationTimer);
		clearInterval(pingTimer);
		clearInterval(drainTimer);
		engine?.closed();
	});
}
