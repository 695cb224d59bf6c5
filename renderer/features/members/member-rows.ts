/** The rows of a member list: headings by role with counts, members by name. Pure. */
import type { Member, Role } from '../../../protocols/model/entities.ts';
import { roles } from '../../../protocols/model/entities.ts';

export type MemberRow =
	| { readonly kind: 'heading'; readonly key: string; readonly role: Role; readonly count: number }
	| { readonly kind: 'member'; readonly key: string; readonly member: Member };

const collator = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

/** Here before away before gone; unknown presence counts as here, because most networks do not tell. */
const isAway = (member: Member): number => (member.availability === 'offline' ? 1 : 0);

export function filterMembers(members: Iterable<Member>, filter: string): readonly Member[] {
	const wanted = filter.trim().toLowerCase();
	const all = [...members];
	if (wanted === '') return all;
	return all.filter(
		(member) => member.name.toLowerCase().includes(wanted) || (member.address ?? '').toLowerCase().includes(wanted),
	);
}

export function memberRows(members: readonly Member[]): readonly MemberRow[] {
	const byRole = new Map<Role, Member[]>();
	for (const member of members) {
		const group = byRole.get(member.role);
		if (group === undefined) byRole.set(member.role, [member]);
		else group.push(member);
	}
	return roles.flatMap((role): MemberRow[] => {
		const group = byRole.get(role);
		if (group === undefined) return [];
		group.sort(
			(a, b) => isAway(a) - isAway(b) || collator.compare(a.name, b.name) || (a.remoteId < b.remoteId ? -1 : 1),
		);
		return [
			{ kind: 'heading', key: `role ${role}`, role, count: group.length },
			...group.map((member): MemberRow => ({ kind: 'member', key: member.remoteId, member })),
		];
	});
}
