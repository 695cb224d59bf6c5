/** Names of files towards the cache and the window. */
import { createHash } from 'node:crypto';
import type { MediaContent, MessageContent } from '../../protocols/model/content.ts';
import type { AccountId, MediaId } from '../../protocols/model/ids.ts';
import { mediaId } from '../../protocols/model/ids.ts';

/** A file that is still only ours: its `source` is this prefix and the id it has in the cache. */
const localPrefix = 'upload:';

export const localSource = (id: MediaId): string => `${localPrefix}${id}`;

/** The cache id of a file that no server has yet, else null. */
export function localId(source: string): MediaId | null {
	return source.startsWith(localPrefix) ? mediaId(source.slice(localPrefix.length)) : null;
}

/**
 * The id under which a reference is cached. Per account, because only that account may fetch it, and a digest, because
 * the reference may hold keys that the window must not see.
 */
export function mediaIdOf(account: AccountId, reference: string): MediaId {
	return (
		localId(reference) ?? mediaId(createHash('sha256').update(`${account}\n${reference}`).digest('hex').slice(0, 40))
	);
}

/** A message's content as the window may see it: ids in the place of references. */
export function withMediaIds(account: AccountId, content: MessageContent): MessageContent {
	if (content.kind !== 'media') return content;
	const shown: MediaContent = {
		...content,
		source: mediaIdOf(account, content.source),
		thumbnail: content.thumbnail === null ? null : mediaIdOf(account, content.thumbnail),
	};
	return shown;
}
