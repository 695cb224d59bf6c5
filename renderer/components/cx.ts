/** Joins class names, leaving out what is false or missing. */
export function cx(...names: readonly (string | false | null | undefined)[]): string {
	return names.filter((name) => typeof name === 'string' && name !== '').join(' ');
}
