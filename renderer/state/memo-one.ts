/** Remembers the last call; for reads whose inputs keep their identity while nothing changed. */
export function memoOne<Args extends readonly unknown[], Result>(
	compute: (...args: Args) => Result,
): (...args: Args) => Result {
	let last: { readonly args: Args; readonly result: Result } | null = null;
	return (...args) => {
		if (last === null || args.some((arg, index) => !Object.is(arg, last?.args[index])))
			last = { args, result: compute(...args) };
		return last.result;
	};
}
