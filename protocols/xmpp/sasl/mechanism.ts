/** What one authentication exchange does; made anew for each attempt. */
export interface SaslExchange {
	readonly name: string;
	/** First message of the client, or null when the server speaks first. */
	initial(): Buffer | null;
	/** Answer to a challenge. Throws `ChatException` when the server misbehaves. */
	respond(challenge: Buffer): Promise<Buffer>;
	/**
	 * Must be called with the data of `<success/>` (null when it had none) before the login counts. Throws
	 * `auth-server-unverified` when a mechanism that proves the server's knowledge of the secret did not do so.
	 */
	finish(data: Buffer | null): void;
}

export interface Credentials {
	/** Prepared local part. */
	readonly username: string;
	readonly password: string;
}
