/** Proof from the archive that a message of ours arrived, or did not. */
import type { ActionOutcome } from '../adapter/actions.ts';
import { type RemoteConversationId, remoteId, type TxnId } from '../model/ids.ts';
import type { Session } from './session.ts';
import { attr } from './stanza.ts';
import { senderId } from './xep/0359-stanza-ids.ts';

/** Clocks of server and client differ; a search starts this much earlier. */
const skewMs = 120_000;
const maxPages = 10;

/** @returns `unknown` when the archive cannot be read to its end */
export async function searchArchive(
	session: Session,
	conversation: RemoteConversationId,
	txn: TxnId,
	attemptedAt: number,
): Promise<ActionOutcome | 'not-sent' | 'unknown'> {
	const room = session.rooms.get(conversation);
	let after: string | undefined;
	for (let count = 0; count < maxPages; count++) {
		const page = await session.archive
			.fetch(
				{
					room: room?.jid ?? null,
					...(room === undefined ? { with: conversation } : {}),
					start: attemptedAt - skewMs,
					page: { max: 100, ...(after === undefined ? {} : { after }) },
				},
				session.signal,
			)
			.catch(() => null);
		if (page === null) return 'unknown';
		const found = page.items.find((item) => attr(item.message, 'id') === txn || senderId(item.message) === txn);
		if (found !== undefined)
			return {
				kind: 'accepted',
				ids: [remoteId('server', found.id), remoteId('origin', txn)],
				time: found.time,
			};
		if (page.complete || page.last === null) return 'not-sent';
		after = page.last;
	}
	return 'unknown';
}
