/**
 * What may be said about an unexpected error. Its message may quote anything that the program was working on (a password,
 * a message, an address), so only its kind and the places in the code are told.
 */

const maxPlaces = 5;
const plainName = /^[A-Za-z]{1,40}$/;
const plainCode = /^[A-Z][A-Z0-9_]{1,60}$/;
/** The end of a stack line: a file of code, line and column. Only the file's own name is kept. */
const frame = /^ {4}at .*?(?:[/\\]|node:)([\w.@-]{1,80}\.(?:ts|js|mjs|cjs)|[a-z_/]{1,60}):(\d{1,7}):\d{1,7}\)?$/;

export interface CrashReport {
	readonly name: string;
	/** The code of a system error or of Node's. */
	readonly code?: string;
	/** `file:line`, innermost first. */
	readonly at: readonly string[];
}

export function crashReport(thrown: unknown): CrashReport {
	if (!(thrown instanceof Error)) return { name: typeof thrown, at: [] };
	const name = plainName.test(thrown.name) ? thrown.name : 'Error';
	const code = (thrown as NodeJS.ErrnoException).code;
	return {
		name,
		...(typeof code === 'string' && plainCode.test(code) && { code }),
		at: places(thrown),
	};
}

/** The message stands above the frames and may have lines that look like them: they are cut off first. */
function places({ stack = '', message }: Error): string[] {
	const quoted = stack.indexOf(message);
	const frames = quoted < 0 ? '' : stack.slice(quoted + message.length);
	const found: string[] = [];
	for (const line of frames.split('\n')) {
		const [, file, at] = frame.exec(line) ?? [];
		if (file !== undefined && at !== undefined && found.length < maxPlaces) found.push(`${file}:${at}`);
	}
	return found;
}

/** The report in one line, for the detail of a `ChatError`. */
export function describeCrash(thrown: unknown): string {
	const { name, code, at } = crashReport(thrown);
	return [name, code, at[0] === undefined ? undefined : `at ${at[0]}`].filter((part) => part !== undefined).join(' ');
}
