/** Takes secrets out of lines before they reach the account's log. */

const hidden = '<secret>';

/** Services that take passwords as commands, by any way of calling them. */
const services = /^(?:(?:nick|auth|user|chan)serv|ns|cs|as|us|q|x|authserv)(?:@|$)/i;
const secretVerbs =
	/^(?:identify|id|auth|login|register|ghost|release|recover|regain|set|group|password|resetpass|setpass|sendpass|confirm|verify|cert|oper|drop)\b/i;

/** Is this text, said to this target, a command to services that holds a password? */
export const carriesSecret = (target: string, text: string): boolean => services.test(target) && secretVerbs.test(text);

/** Arguments of AUTHENTICATE that are protocol, not data. */
const notSecret = /^(?:[+*]|PLAIN|EXTERNAL|SCRAM-SHA-(?:1|256|512)(?:-PLUS)?|OAUTHBEARER|ECDSA-NIST256P-CHALLENGE)$/;

/**
 * @param line one line in either direction
 * @returns the line with passwords, SASL data, keys and tokens replaced
 */
export function redact(line: string): string {
	const at = /^(?:@\S+ +)?(?::\S+ +)?/.exec(line)?.[0].length ?? 0;
	const head = line.slice(0, at);
	const rest = line.slice(at);
	/** Lines of the server name their source; ours never do. */
	const ours = !/(?:^| ):\S+ +$/.test(head);
	const [command = '', ...words] = rest.split(' ');
	const first = words[0] ?? '';
	switch (command.toUpperCase()) {
		case 'PASS':
		case 'IDENTIFY':
		case 'REGISTER':
		case 'VERIFY':
		case 'NICKSERV':
		case 'NS':
		case 'CHANSERV':
		case 'CS':
		case 'OPER':
		case 'WEBIRC':
		case 'SQUERY':
			return `${head}${command} ${hidden}`;
		case 'AUTHENTICATE':
			return words.length === 1 && notSecret.test(first) ? line : `${head}${command} ${hidden}`;
		case 'JOIN':
			return words.length > 1 && ours ? `${head}${command} ${first} ${hidden}` : line;
		case 'MODE':
			return /^[+-]?[A-Za-z+-]*k/.test(words[1] ?? '')
				? `${head}${command} ${first} ${words[1] ?? ''} ${hidden}`
				: line;
		case '324':
			return /k/.test(words[2] ?? '') ? `${head}${command} ${words.slice(0, 3).join(' ')} ${hidden}` : line;
		case 'PRIVMSG':
		case 'NOTICE': {
			const text = words.slice(1).join(' ').replace(/^:/, '');
			const word = text.split(' ')[0] ?? '';
			// Mistyped `/msg NickServ` lines go elsewhere, so the verb alone is enough.
			const secret = services.test(first)
				? carriesSecret(first, text)
				: /^\W?(?:identify|ghost|regain|recover)\s/i.test(text);
			return secret ? `${head}${command} ${first} :${word} ${hidden}` : line;
		}
		default:
			return line;
	}
}
