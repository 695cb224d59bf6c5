/** Files as they cross the contract: by id only; their bytes travel through the host's `/media` and `/upload` routes. */
import * as z from 'zod';
import type { MediaState } from '../../protocols/model/entities.ts';
import type { MediaId } from '../../protocols/model/ids.ts';
import { mediaIdPattern } from '../../protocols/model/ids.ts';
import { chatErrorSchema, richTextSchema } from './entity-schemas.ts';

export const mediaIdSchema = z.string().regex(mediaIdPattern) as unknown as z.ZodType<MediaId, MediaId>;

export const mediaStateSchema: z.ZodType<MediaState> = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('absent') }),
	z.object({ kind: z.literal('moving'), done: z.number(), total: z.number().nullable() }),
	z.object({ kind: z.literal('ready'), size: z.number() }),
	z.object({ kind: z.literal('failed'), error: chatErrorSchema }),
]);

/** Which of a message's files. */
export const mediaPartSchema = z.enum(['file', 'thumbnail']);
export type MediaPart = z.infer<typeof mediaPartSchema>;

const count = z.number().int().nonnegative().nullable();

/** A file to be sent, already handed to the host, which answered its id. Its size is the engine's to know. */
export const outgoingFileSchema = z.object({
	id: mediaIdSchema,
	mediaKind: z.enum(['image', 'audio', 'video', 'file']),
	name: z.string().min(1).max(255),
	mime: z.string().max(127).nullable(),
	width: count,
	height: count,
	durationMs: count,
	waveform: z.array(z.number().int().min(0).max(1024)).max(256).nullable(),
	caption: richTextSchema.nullable(),
});

/** What a file of a message is, and how far it has come. */
export interface MediaProgress {
	readonly id: MediaId;
	readonly state: MediaState;
}
