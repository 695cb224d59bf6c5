/** Files that were chosen for the next messages, and how they become messages. */
import { can } from '../../../protocols/model/capabilities.ts';
import type { Conversation } from '../../../protocols/model/entities.ts';
import type { MessageId } from '../../../protocols/model/ids.ts';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';
import type { RichText } from '../../../protocols/model/rich-text.ts';
import type { App } from '../../app-context.ts';
import { uploadFile } from '../../link/host-files.ts';
import { uuid } from '../../platform/clock.ts';

export interface AttachedFile {
	readonly key: string;
	readonly file: File;
	/** Sent bytes while it goes to the host; null before. */
	readonly done: number | null;
	readonly error: ChatError | null;
	readonly abort: AbortController;
}

/** Files of one tray. */
const maxAttached = 20;

/** True when the network would not take it. */
export function isTooLarge(file: File, conversation: Conversation): boolean {
	const { maxBytes } = conversation.capabilities.attachments;
	return maxBytes !== null && file.size > maxBytes;
}

const listOf = (app: App, conversation: Conversation): readonly AttachedFile[] =>
	app.store.getState().ui.attached.get(conversation.id) ?? [];

export function attach(app: App, conversation: Conversation, files: readonly File[]): void {
	if (!can(conversation.capabilities.attachments)) return;
	const added = files.map((file) => ({
		key: uuid(),
		file,
		done: null,
		error: null,
		abort: new AbortController(),
	}));
	app.ui.setAttached(conversation.id, [...listOf(app, conversation), ...added].slice(0, maxAttached));
}

export function detach(app: App, conversation: Conversation, key: string): void {
	const list = listOf(app, conversation);
	list.find((one) => one.key === key)?.abort.abort();
	app.ui.setAttached(
		conversation.id,
		list.filter((one) => one.key !== key),
	);
}

function change(app: App, conversation: Conversation, key: string, changes: Partial<AttachedFile>): void {
	app.ui.setAttached(
		conversation.id,
		listOf(app, conversation).map((one) => (one.key === key ? { ...one, ...changes } : one)),
	);
}

/**
 * Sends the tray, one message a file, in its order; the words go with the first. What fails stays in the tray and says
 * why.
 * @returns true when the words are on their way
 */
export async function sendAttached(
	app: App,
	conversation: Conversation,
	caption: RichText | null,
	replyTo: MessageId | null,
): Promise<boolean> {
	let words = caption;
	let answered = replyTo;
	for (const entry of listOf(app, conversation)) {
		if (entry.done !== null || entry.abort.signal.aborted || isTooLarge(entry.file, conversation)) continue;
		change(app, conversation, entry.key, { done: 0, error: null });
		try {
			const size = await pictureSize(entry.file);
			const progress = (done: number): void => change(app, conversation, entry.key, { done });
			const id = await uploadFile(entry.file, progress, entry.abort.signal);
			if (entry.abort.signal.aborted) continue;
			await app.client.command('message.sendFile', {
				conversationId: conversation.id,
				file: {
					id,
					mediaKind: kindOf(entry.file.type, size !== null),
					name: entry.file.name.slice(0, 255) || 'file',
					mime: entry.file.type === '' ? null : entry.file.type.slice(0, 127),
					width: size?.width ?? null,
					height: size?.height ?? null,
					durationMs: null,
					waveform: null,
					caption: words,
				},
				replyTo: answered,
			});
			words = null;
			answered = null;
			detach(app, conversation, entry.key);
		} catch (thrown) {
			const error = toChatError(thrown);
			if (error.code !== 'cancelled') change(app, conversation, entry.key, { done: null, error });
		}
	}
	return words === null;
}

function kindOf(mime: string, isPicture: boolean): 'image' | 'audio' | 'video' | 'file' {
	if (isPicture) return 'image';
	if (mime.startsWith('audio/')) return 'audio';
	return mime.startsWith('video/') ? 'video' : 'file';
}

/** Of a picture that this window can show; null for everything else. */
async function pictureSize(file: File): Promise<{ readonly width: number; readonly height: number } | null> {
	if (!file.type.startsWith('image/') || file.type === 'image/svg+xml') return null;
	try {
		const picture = await createImageBitmap(file);
		const { width, height } = picture;
		picture.close();
		return { width, height };
	} catch {
		return null;
	}
}
