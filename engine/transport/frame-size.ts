/**
 * Rough size of a decoded frame in characters, without encoding it again. Stops as soon as the limit is passed, and
 * bounds depth, so a hostile frame costs no more than the limit.
 */
const maxDepth = 32;

export function exceeds(value: unknown, limit: number): boolean {
	return measure(value, limit, 0) > limit;
}

function measure(value: unknown, limit: number, depth: number): number {
	if (typeof value === 'string') return value.length + 2;
	if (typeof value !== 'object' || value === null) return 8;
	if (depth >= maxDepth) return limit + 1;
	let size = 2;
	if (Array.isArray(value)) {
		for (const item of value) {
			size += 1 + measure(item, limit - size, depth + 1);
			if (size > limit) return size;
		}
		return size;
	}
	for (const [key, item] of Object.entries(value)) {
		size += key.length + 4 + measure(item, limit - size, depth + 1);
		if (size > limit) return size;
	}
	return size;
}
