/** PLAIN (RFC 4616). The caller has made sure that the link is encrypted and that this is no downgrade. */
import type { Credentials, SaslExchange } from './mechanism.ts';

export function plainMechanism(credentials: Credentials): SaslExchange {
	return {
		name: 'PLAIN',
		initial: () => Buffer.from(`\0${credentials.username}\0${credentials.password}`, 'utf8'),
		respond: () => Promise.resolve(Buffer.alloc(0)),
		finish: () => undefined,
	};
}
