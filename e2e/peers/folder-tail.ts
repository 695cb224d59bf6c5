import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL = 25;
const CHUNK = 64 * 1024;

/** Follows all text files below a folder, also those that appear later, and tells every complete new line. */
export class FolderTail {
	private readonly folder: string;
	private readonly tell: (file: string, line: string) => void;
	private readonly offsets = new Map<string, number>();
	private readonly stopping = new AbortController();
	private readonly done: Promise<void>;

	/** `file` in `tell` is relative to the folder. `include` picks files by that relative name. */
	constructor(folder: string, include: (file: string) => boolean, tell: (file: string, line: string) => void) {
		this.folder = folder;
		this.tell = tell;
		this.done = this.follow(include);
	}

	async stop(): Promise<void> {
		this.stopping.abort();
		await this.done;
	}

	private async follow(include: (file: string) => boolean): Promise<void> {
		while (!this.stopping.signal.aborted) {
			const entries = await readdir(this.folder, { recursive: true, withFileTypes: true }).catch(() => []);
			for (const entry of entries) {
				if (!entry.isFile()) continue;
				const file = path.relative(this.folder, path.join(entry.parentPath, entry.name));
				if (include(file)) await this.read(file);
			}
			await delay(INTERVAL, undefined, { signal: this.stopping.signal }).catch(() => undefined);
		}
	}

	private async read(file: string): Promise<void> {
		const handle = await open(path.join(this.folder, file), 'r');
		try {
			const offset = this.offsets.get(file) ?? 0;
			const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, offset);
			const end = buffer.lastIndexOf(10, bytesRead - 1);
			if (bytesRead === 0 || end === -1) return;
			this.offsets.set(file, offset + end + 1);
			for (const line of buffer.toString('utf8', 0, end).split('\n')) this.tell(file, line);
		} finally {
			await handle.close();
		}
	}
}
