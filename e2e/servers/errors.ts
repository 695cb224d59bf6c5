/** Why a test server can't be had on this machine. Each is a reason to skip a suite by name, never a test failure. */
export type UnavailableReason =
	| 'not-linux'
	| 'not-debian'
	| 'architecture'
	| 'missing-tool'
	| 'no-network'
	| 'no-package'
	| 'disabled';

/** The server can't be fetched here. `message` is one readable sentence for the test summary. */
export class ServerUnavailable extends Error {
	override readonly name = 'ServerUnavailable';
	readonly reason: UnavailableReason;

	constructor(reason: UnavailableReason, message: string, options?: ErrorOptions) {
		super(message, options);
		this.reason = reason;
	}
}

/** The server was fetched but did not start or died. `logTail` holds the last lines of its own log. */
export class ServerFailed extends Error {
	override readonly name = 'ServerFailed';
	readonly server: string;
	// Not a plain property: the text is in `message` already, and runtimes print all properties of an error.
	readonly #logTail: string;

	constructor(server: string, what: string, logTail: string, options?: ErrorOptions) {
		super(logTail === '' ? `${server}: ${what}` : `${server}: ${what}\n${logTail}`, options);
		this.server = server;
		this.#logTail = logTail;
	}

	get logTail(): string {
		return this.#logTail;
	}
}
