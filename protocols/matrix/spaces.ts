/**
 * Which space a room is shown under, pure (specification "Spaces"). A space names its rooms, and rooms name their
 * spaces; a room's word counts only where the space could have said the same.
 */

/** A joined space as the rooms of it are found. */
export interface SpaceFacts {
	readonly id: string;
	/** Room ids with a valid `m.space.child`. */
	readonly children: readonly string[];
	/** May this user say what belongs to the space? */
	mayAdopt(userId: string): boolean;
}

/** A room's own `m.space.parent`. */
export interface ParentClaim {
	readonly space: string;
	readonly sender: string;
	readonly canonical: boolean;
}

export interface ClaimingRoom {
	readonly id: string;
	readonly claims: readonly ParentClaim[];
}

/** Deeper nesting is shown flat; nobody builds it on purpose. */
const maxDepth = 32;

/**
 * Room → its space. Of several spaces the one the room itself calls canonical, else the one with the smallest id, so
 * that the place does not jump. Never a circle: who would close one stays without a parent.
 */
export function parentsOf(spaces: readonly SpaceFacts[], rooms: readonly ClaimingRoom[]): ReadonlyMap<string, string> {
	const candidates = new Map<string, Map<string, boolean>>();
	const add = (room: string, space: string, canonical: boolean): void => {
		if (room === space) return;
		const known = candidates.get(room) ?? new Map<string, boolean>();
		candidates.set(room, known.set(space, canonical || known.get(space) === true));
	};
	const byId = new Map(spaces.map((space) => [space.id, space]));
	for (const space of spaces) for (const child of space.children) add(child, space.id, false);
	for (const room of rooms)
		for (const claim of room.claims) {
			const space = byId.get(claim.space);
			if (space === undefined) continue;
			if (candidates.get(room.id)?.has(space.id) === true || space.mayAdopt(claim.sender))
				add(room.id, space.id, claim.canonical);
		}
	const parents = new Map<string, string>();
	for (const [room, offers] of [...candidates].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
		const ordered = [...offers].toSorted(
			([a, first], [b, second]) => Number(second) - Number(first) || (a < b ? -1 : 1),
		);
		const chosen = ordered.find(([space]) => !leadsTo(parents, space, room));
		if (chosen !== undefined) parents.set(room, chosen[0]);
	}
	return parents;
}

function leadsTo(parents: ReadonlyMap<string, string>, from: string, to: string): boolean {
	let at: string | undefined = from;
	for (let depth = 0; at !== undefined; depth++) {
		if (at === to || depth >= maxDepth) return true;
		at = parents.get(at);
	}
	return false;
}
