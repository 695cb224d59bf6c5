/** One numbered change of the schema. Never edited once released: a later change is a new file. */
export interface Migration {
	/** Value of `user_version` after it ran; 1, 2, 3… without holes. */
	readonly version: number;
	readonly name: string;
	/** Runs in one transaction with foreign keys off; keys are checked before it commits. */
	readonly sql: string;
}
