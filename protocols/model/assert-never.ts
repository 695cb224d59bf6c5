/** Makes a switch over a union exhaustive at compile time; throws if a value slipped past the types at run time. */
export function assertNever(value: never): never {
	throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
