/** Asks the Parley that holds a profile for a window of its own. */
import * as z from 'zod';
import type { ProfileHolder } from '../profile-lock.ts';

const replySchema = z.object({ url: z.string().regex(/^http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]+$/) });
const attachTimeoutMs = 3_000;

/** Asks the holder of a profile for a new address; undefined when it does not answer. */
export async function askHolder(holder: ProfileHolder): Promise<string | undefined> {
	if (holder.control === null) return undefined;
	try {
		const response = await fetch(`http://127.0.0.1:${holder.control.port}/control/open`, {
			method: 'POST',
			headers: { authorization: `Bearer ${holder.control.token}` },
			signal: AbortSignal.timeout(attachTimeoutMs),
		});
		const reply = replySchema.safeParse(await response.json());
		return reply.success ? reply.data.url : undefined;
	} catch {
		return undefined;
	}
}
