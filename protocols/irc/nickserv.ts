/** Logging in by a message to NickServ, where the server has no SASL. */
import { type ChatError, chatError } from '../model/errors.ts';
import { param, trailing } from './line.ts';
import type { Verdict } from './requests.ts';
import type { Runtime } from './runtime.ts';
import type { SaslOptions } from './sasl.ts';

const good =
	/you are now (?:identified|logged in|recognized)|password accepted|you are successfully identified|identified (?:for|as)|already (?:identified|logged in)/i;
const bad =
	/(?:invalid|incorrect|wrong|bad)\b.*\b(?:password|credentials)|password (?:incorrect|invalid|authentication failed)|authentication failed|(?:isn't|is not|not) (?:a )?registered|access denied/i;

/** @returns the error if NickServ refused the password; null if it accepted or never answered */
export async function identify(runtime: Runtime, sasl: SaslOptions | null): Promise<ChatError | null> {
	if (sasl === null || sasl.password === null || /[\r\n\0 ]/.test(sasl.password)) return null;
	const { requests, session } = runtime;
	const verdict: Verdict = (line) => {
		if (line.command === '900') return { kind: 'accepted', ids: [], time: null };
		const nobody = (line.command === '401' || line.command === '402') && session.same(param(line, 1), 'NickServ');
		if (nobody) return { kind: 'unconfirmed', ids: [] };
		if (line.command !== 'NOTICE' || line.source === null || !session.same(line.source.nick, 'NickServ')) return null;
		const words = trailing(line);
		if (good.test(words)) return { kind: 'accepted', ids: [], time: null };
		return bad.test(words) ? { kind: 'rejected', error: chatError('auth-failed', words) } : null;
	};
	const silence = { kind: 'unconfirmed', ids: [] } as const;
	const answered = requests.expect(verdict, 10_000, silence);
	requests.send('PRIVMSG', ['NickServ', `IDENTIFY ${sasl.account} ${sasl.password}`]);
	const outcome = await answered;
	return outcome.kind === 'rejected' ? outcome.error : null;
}
