/** INI files as WeeChat and old Gajim write them, and the flat `key = value` files of HexChat. */

export type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

const maxLines = 200_000;

/** Lines outside of a section belong to the section with the empty name. Later lines win, as they do when loading. */
export function readSections(text: string): Sections {
	const sections = new Map<string, Map<string, string>>();
	let current = new Map<string, string>();
	sections.set('', current);
	for (const line of text.split(/\r?\n/u, maxLines)) {
		const trimmed = line.trim();
		if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
		const heading = /^\[([^\]]*)\]$/u.exec(trimmed);
		if (heading !== null) {
			const name = heading[1] ?? '';
			current = sections.get(name) ?? new Map<string, string>();
			sections.set(name, current);
			continue;
		}
		const at = trimmed.indexOf('=');
		if (at > 0) current.set(trimmed.slice(0, at).trim(), trimmed.slice(at + 1).trim());
	}
	return sections;
}
