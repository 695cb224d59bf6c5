/** SASLprep (RFC 4013) for passwords and user names, as far as Unicode property classes can express its tables. */
import { ChatException, chatError } from '../../model/errors.ts';

// Tables C.1.2 (other spaces to SPACE) and B.1 (mapped to nothing).
const otherSpaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
const mappedToNothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;
const prohibited =
	/[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u0340\u0341\u200e\u200f\u202a-\u202e\u206a-\u206f\ufff9-\ufffd]/u;

/** Throws `bad-input` for text that no server can have stored. */
export function saslPrep(text: string): string {
	const prepared = text.replace(mappedToNothing, '').replace(otherSpaces, ' ').normalize('NFKC');
	if (prohibited.test(prepared))
		throw new ChatException(chatError('bad-input', 'the password has characters that cannot be used'));
	return prepared;
}
