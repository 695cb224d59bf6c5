/** What a message says. Adapters produce it, the engine stores it as JSON, the renderer draws it. */
import type { RemoteUserId } from './ids.ts';
import type { RichText } from './rich-text.ts';

/**
 * A file, image, audio or video offered by a message. `source` and `thumbnail` are the adapter's opaque references and
 * may hold keys; towards the renderer the engine replaces both by media ids (`engine/media`).
 */
export interface MediaContent {
	readonly kind: 'media';
	readonly mediaKind: 'image' | 'audio' | 'video' | 'file' | 'sticker';
	readonly name: string;
	readonly mime: string | null;
	/** Bytes. */
	readonly size: number | null;
	readonly width: number | null;
	readonly height: number | null;
	/** Milliseconds. */
	readonly durationMs: number | null;
	readonly source: string;
	/** Reference of a smaller picture, when there is one. */
	readonly thumbnail: string | null;
	/**
	 * Host that learns of a download, when it is not the account's own server: such media load only when the user asks
	 * or has allowed it. Null: nobody but the own server.
	 */
	readonly host: string | null;
	/** Loudness of a voice message, 0 to 1024 (MSC1767 `waveform`); null: not a voice message. */
	readonly waveform: readonly number[] | null;
	readonly caption: RichText | null;
}

/** Things that happen to a room; texts are made by the UI, so they can be folded and translated. */
export type SystemEvent =
	| {
			readonly event: 'join' | 'leave' | 'quit';
			readonly user: RemoteUserId;
			readonly name: string;
			readonly reason: string | null;
	  }
	| {
			readonly event: 'kick' | 'ban' | 'unban' | 'invite';
			readonly user: RemoteUserId;
			readonly name: string;
			readonly by: string | null;
			readonly reason: string | null;
	  }
	| { readonly event: 'rename'; readonly user: RemoteUserId; readonly name: string; readonly newName: string }
	| { readonly event: 'topic'; readonly by: string | null; readonly topic: string }
	| { readonly event: 'room-name'; readonly by: string | null; readonly name: string }
	| {
			readonly event: 'role';
			readonly user: RemoteUserId;
			readonly name: string;
			readonly by: string | null;
			readonly role: string;
	  }
	| { readonly event: 'mode'; readonly by: string | null; readonly text: string }
	| { readonly event: 'encryption-enabled'; readonly by: string | null }
	| { readonly event: 'created'; readonly by: string | null }
	| { readonly event: 'upgraded'; readonly by: string | null; readonly reason: string | null }
	| { readonly event: 'info'; readonly text: string };

export type MessageContent =
	| { readonly kind: 'text'; readonly body: RichText }
	/** `/me`: CTCP ACTION, XEP-0245, m.emote. The body leaves out the name. */
	| { readonly kind: 'emote'; readonly body: RichText }
	/** Automatic text that must not be answered automatically: NOTICE, m.notice. */
	| { readonly kind: 'notice'; readonly body: RichText }
	| MediaContent
	| { readonly kind: 'system'; readonly system: SystemEvent }
	/** Ciphertext without a key; `reason` in the protocol's words. Never holds fallback text of the network. */
	| { readonly kind: 'undecryptable'; readonly reason: string | null }
	/** Something valid that Parley cannot show; `description` names it, `fallback` is the sender's own plain text. */
	| { readonly kind: 'unsupported'; readonly description: string; readonly fallback: string | null };

/** What the user may write. */
export type OutgoingContent = Extract<MessageContent, { kind: 'text' | 'emote' | 'notice' }>;

/** A message after its author changed its words: the words of a file are its caption, the file stays. */
export const withNewWords = (before: MessageContent, words: OutgoingContent): MessageContent =>
	before.kind === 'media' ? { ...before, caption: words.body } : words;

/** The searchable, quotable plain text of a message; empty for system events and ciphertext. */
export function plainBody(content: MessageContent): string {
	switch (content.kind) {
		case 'text':
		case 'emote':
		case 'notice':
			return content.body.text;
		case 'media':
			return content.caption === null ? content.name : `${content.name}\n${content.caption.text}`;
		case 'unsupported':
			return content.fallback ?? '';
		case 'system':
		case 'undecryptable':
			return '';
	}
}
