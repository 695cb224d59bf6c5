/** Files of the whole engine: what the window asks for, what the outbox uploads, and the bound on what is kept. */
import type { MediaContent } from '../../protocols/model/content.ts';
import { fail, toChatError } from '../../protocols/model/errors.ts';
import type { MediaId, MessageId } from '../../protocols/model/ids.ts';
import type { MediaPart, MediaProgress } from '../contract/media.ts';
import type { Core } from '../core.ts';
import { Downloads } from './downloads.ts';
import { localId, mediaIdOf } from './media-id.ts';
import { pendingUpload, Uploads } from './uploads.ts';

export class Media {
	readonly uploads: Uploads;
	readonly #core: () => Core;
	readonly #downloads: Downloads;

	/** `core` is read later: the parts of the engine need each other. */
	constructor(core: () => Core, deps: Pick<Core, 'clock' | 'media' | 'patches'>) {
		this.#core = core;
		const tell = (id: MediaId, state: MediaProgress['state']): void =>
			deps.patches.push({ op: 'media.put', media: { id, state } });
		this.uploads = new Uploads({ cache: deps.media, clock: deps.clock, tell });
		this.#downloads = new Downloads({
			cache: deps.media,
			clock: deps.clock,
			tell,
			stored: () => void this.trim(),
		});
	}

	/** @throws ChatException `bad-input` for a message without such a file */
	async fetch(messageId: MessageId, part: MediaPart): Promise<MediaProgress> {
		const core = this.#core();
		const { reference, account } = await this.#find(messageId, part);
		const id = mediaIdOf(account, reference);
		// A file that no server has cannot be fetched from one.
		if (localId(reference) !== null) return { id, state: await this.#downloads.state(id) };
		const facet = () => {
			const link = core.runners.get(account);
			return link?.online === true ? (link.adapter?.media ?? null) : null;
		};
		return { id, state: await this.#downloads.fetch({ id, reference, facet }) };
	}

	async cancel(messageId: MessageId, part: MediaPart): Promise<void> {
		const { reference, account } = await this.#find(messageId, part);
		this.#downloads.cancel(mediaIdOf(account, reference));
	}

	async #find(messageId: MessageId, part: MediaPart) {
		const { store, state } = this.#core();
		const [row] = await store.getMessages([messageId]);
		const content = row?.message.content;
		const conversation = row === undefined ? undefined : state.conversations.get(row.message.conversationId);
		if (content?.kind !== 'media' || conversation === undefined) fail('bad-input', 'no file');
		return {
			reference: referenceOf(content, part) ?? fail('bad-input', 'no thumbnail'),
			account: conversation.accountId,
		};
	}

	/** Makes room; what is still to be sent stays. */
	async trim(): Promise<void> {
		const { state, media, log } = this.#core();
		const keep = new Set<MediaId>();
		for (const job of state.outbox.values()) {
			const id = pendingUpload(job.action);
			if (id !== null) keep.add(id);
		}
		try {
			await media.trim(keep);
		} catch (thrown) {
			log.warn('media cache not trimmed', { code: toChatError(thrown).code });
		}
	}

	close(): void {
		this.#downloads.close();
		this.uploads.close();
	}
}

function referenceOf(content: MediaContent, part: MediaPart): string | null {
	return part === 'file' ? content.source : content.thumbnail;
}
