/** Log of a login flow: there is no account yet whose log could take the wire lines. */
import type { Logger } from '../protocols/adapter/context.ts';
import type { Core } from './core.ts';

export function adapterlessLogger(core: Core, loginId: string): Logger {
	const tag = (fields?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
		login: loginId,
		...fields,
	});
	return {
		debug: (message, fields) => core.log.debug(message, tag(fields)),
		info: (message, fields) => core.log.info(message, tag(fields)),
		warn: (message, fields) => core.log.warn(message, tag(fields)),
		error: (message, fields) => core.log.error(message, tag(fields)),
		wire: () => undefined,
	};
}
