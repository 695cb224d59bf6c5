/**
 * What travels over a {@link Link} between the renderer (client) and the engine: the same JSON frames over a
 * MessagePort, a WebSocket or memory. The version changes whenever a frame, command, query or patch changes shape.
 */
import * as z from 'zod';
import type { ChatError } from '../../protocols/model/errors.ts';
import type { PatchOp } from './patches.ts';

export const contractVersion = 2;

/** Limits of one frame; larger ones are refused with a typed error, the link stays open. */
export const frameLimits = { maxInboundChars: 1024 * 1024, maxIdLength: 64, maxInFlight: 256 } as const;

const id = z.string().min(1).max(frameLimits.maxIdLength);

/** Frames a client sends. Unknown keys are stripped. */
export const clientFrameSchema = z.discriminatedUnion('t', [
	/** First frame. `lastSeq` asks for the patches missed since; the answer is `welcome`. */
	z.object({
		t: z.literal('hello'),
		contractVersion: z.number().int(),
		clientId: id,
		lastSeq: z.number().int().nonnegative().nullable(),
	}),
	z.object({ t: z.literal('req'), id, name: z.string().max(64), body: z.unknown() }),
	/** Highest patch frame applied; lets the engine bound what it buffers for this client. */
	z.object({ t: z.literal('ack'), seq: z.number().int().nonnegative() }),
	z.object({ t: z.literal('ping'), n: z.number().int() }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;

/** Frames the engine sends. */
export type EngineFrame =
	/** `resumed`: patches after `lastSeq` follow; otherwise the client must boot anew. */
	| {
			readonly t: 'welcome';
			readonly contractVersion: number;
			readonly seq: number;
			readonly resumed: boolean;
			readonly engineVersion: string;
	  }
	| { readonly t: 'res'; readonly id: string; readonly ok: true; readonly body: unknown }
	| { readonly t: 'res'; readonly id: string; readonly ok: false; readonly error: ChatError }
	| { readonly t: 'patch'; readonly seq: number; readonly ops: readonly PatchOp[] }
	| { readonly t: 'pong'; readonly n: number }
	/** The link is about to be closed by the engine. */
	| { readonly t: 'bye'; readonly error: ChatError };

/** A bidirectional channel of JSON values; the transport decides on encoding. */
export interface Link {
	/** False when the channel cannot take more now (slow client); the frame was not sent. */
	send(frame: EngineFrame | ClientFrame): boolean;
	onMessage(listener: (frame: unknown) => void): void;
	onClose(listener: () => void): void;
	close(): void;
}
