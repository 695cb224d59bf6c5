import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** What became of one server in a test run. */
const manifestEntrySchema = z.object({
	name: z.string(),
	/** Null when the server could not be fetched. */
	version: z.string().nullable(),
	/** Why it did not run; null when it did. */
	reason: z.string().nullable(),
});

export type ManifestEntry = z.infer<typeof manifestEntrySchema>;

/** The folder of the current test run, if one collects results. */
export function testRunFolder(): string | undefined {
	const folder = process.env['PARLEY_TEST_RUN_DIR'];
	if (folder !== undefined && folder !== '') return path.resolve(folder);
	const file = process.env['PARLEY_SERVER_MANIFEST'];
	return file === undefined || file === '' ? undefined : path.dirname(path.resolve(file));
}

function manifestFile(folder: string): string {
	const file = process.env['PARLEY_SERVER_MANIFEST'];
	return file === undefined || file === '' ? path.join(folder, 'servers.json') : path.resolve(file);
}

/**
 * Notes what became of a server in this test run. Does nothing outside one. Safe from several processes: each note is
 * one appended line, and the manifest is derived from all lines.
 */
export async function recordServer(entry: ManifestEntry): Promise<void> {
	const folder = testRunFolder();
	if (folder === undefined) return;
	const file = manifestFile(folder);
	await mkdir(path.dirname(file), { recursive: true });
	const journal = `${file}.journal`;
	await appendFile(journal, `${JSON.stringify(manifestEntrySchema.parse(entry))}\n`);
	for (let text = await readFile(journal, 'utf8'); ; ) {
		const draft = `${file}.${randomUUID()}`;
		await writeFile(draft, `${JSON.stringify(mergeEntries(parseJournal(text)), undefined, '\t')}\n`);
		await rename(draft, file);
		// Somebody may have noted more meanwhile, and our older view may have replaced theirs.
		const now = await readFile(journal, 'utf8');
		if (now === text) return;
		text = now;
	}
}

/** Lines that are not whole (a process was killed while writing) are left out. */
export function parseJournal(text: string): readonly ManifestEntry[] {
	const entries: ManifestEntry[] = [];
	for (const line of text.split('\n')) {
		if (line === '') continue;
		try {
			const parsed = manifestEntrySchema.safeParse(JSON.parse(line));
			if (parsed.success) entries.push(parsed.data);
		} catch {
			// Half a line.
		}
	}
	return entries;
}

/** One entry per name, by name; a server that ran once counts as run even if another suite skipped it. */
export function mergeEntries(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
	const merged = new Map<string, ManifestEntry>();
	for (const entry of entries) {
		if (merged.get(entry.name)?.reason === null && entry.reason !== null) continue;
		merged.set(entry.name, entry);
	}
	return [...merged.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
