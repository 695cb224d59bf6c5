import { CAST, type CastId, type CastMember } from './cast.ts';
import { oneOf, type Pace } from './pace.ts';

const GREETING = /^\W*(hi|hello|hey|ahoy|hallo|moin|good (morning|day|evening)|greetings)\b/i;
const THANKS = /\b(thanks|thank you|cheers|danke)\b/i;
const FAREWELL = /\b(bye|see you|good night|cya)\b/i;

/** Whom a remark in a room is addressed to, by first name; undefined when it is to nobody in particular. */
export function addressee(text: string): CastId | undefined {
	const words = text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
	return CAST.find((member) => new RegExp(`\\b${member.id}\\b`).test(words))?.id;
}

/** What somebody answers to a remark. `avoid` is what they said last, so that they do not repeat themselves. */
export function chooseAnswer(member: CastMember, text: string, pace: Pace, avoid?: string): string {
	return pick(candidates(member, text), pace, avoid);
}

function candidates(member: CastMember, text: string): readonly string[] {
	const topic = member.topics.find((one) => one.about.test(text));
	if (topic !== undefined) return topic.say;
	if (GREETING.test(text)) return [member.hello];
	if (THANKS.test(text)) return ['Any time!', 'You are welcome.', 'The pleasure is all mine.'];
	if (FAREWELL.test(text)) return ['Fair winds!', 'See you at the harbour.'];
	return member.musings;
}

function pick(from: readonly string[], pace: Pace, avoid: string | undefined): string {
	const fresh = from.filter((one) => one !== avoid);
	return oneOf(pace, fresh.length === 0 ? from : fresh) ?? '…';
}
