/**
 * The media cache on disk: one file per id, encrypted like everything else of the profile. Used by the engine's thread
 * (downloads, uploads) and by the host's routes at the same time; a file appears complete or not at all.
 *
 * Format: `PMC1`, 16 bytes of salt, then chunks of 64 KiB, each AES-256-GCM with its tag behind it. The key of a file
 * is derived from the profile's media key and the salt. The nonce of a chunk is its number and whether it is the last
 * one, so chunks cannot be reordered, repeated or cut off.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MediaCache, MediaWriter } from '../engine/media/cache.ts';
import { ChatException, chatError, fail } from '../protocols/model/errors.ts';
import type { MediaId } from '../protocols/model/ids.ts';
import { isMediaId, mediaId } from '../protocols/model/ids.ts';

const magic = Buffer.from('PMC1');
const saltLength = 16;
const headerLength = magic.length + saltLength;
const chunkLength = 64 * 1024;
const tagLength = 16;
const algorithm = 'aes-256-gcm';
/** What is kept by default, in bytes. */
const defaultMaxBytes = 2 * 1024 ** 3;
/** Others write here too (the host's routes beside the engine), so the count is made anew this often. */
const recountMs = 3600 * 1000;
/** A file that was never finished is litter after this long. */
const litterMs = 24 * 3600 * 1000;

const litterPattern = /^[0-9a-f]{32,64}\.[0-9a-f]{16}$/;

export interface MediaCacheOptions {
	readonly dir: string;
	/** 32 bytes. */
	readonly key: Uint8Array;
	readonly maxBytes?: number;
	readonly now?: () => number;
}

function nonce(index: number, last: boolean): Buffer {
	const bytes = Buffer.alloc(12);
	bytes.writeUInt32BE(index, 7);
	bytes[11] = last ? 1 : 0;
	return bytes;
}

/** Bytes of content in a file of this many bytes; null when no complete file has this length. */
function contentLength(fileLength: number): number | null {
	const sealed = fileLength - headerLength;
	if (sealed < tagLength) return null;
	const chunks = Math.ceil(sealed / (chunkLength + tagLength));
	const content = sealed - chunks * tagLength;
	return content < 0 ? null : content;
}

function isMissing(thrown: unknown): boolean {
	return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}

/** Node's file errors as the engine's. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		if (thrown instanceof ChatException) throw thrown;
		const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
		throw new ChatException(chatError('storage-failed', code), thrown);
	}
}

export class DiskMediaCache implements MediaCache {
	readonly #dir: string;
	readonly #key: Uint8Array;
	readonly #maxBytes: number;
	readonly #now: () => number;
	#trimming: Promise<void> | null = null;
	/** Bytes on disk as counted last, plus what was written since; null: not counted yet. */
	#total: number | null = null;
	#countedAt = 0;

	constructor(options: MediaCacheOptions) {
		this.#dir = options.dir;
		this.#key = options.key;
		this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
		this.#now = options.now ?? Date.now;
	}

	/** A new id for a file from the user's disk. */
	static newId(): MediaId {
		return mediaId(randomBytes(20).toString('hex'));
	}

	#path(id: MediaId): string {
		if (!isMediaId(id)) fail('bad-input', 'not a media id');
		return join(this.#dir, id.slice(0, 2), id);
	}

	#fileKey(salt: Buffer): Uint8Array {
		return new Uint8Array(hkdfSync('sha256', this.#key, salt, 'parley media file', 32));
	}

	size(id: MediaId): Promise<number | null> {
		return onDisk(async () => {
			const path = this.#path(id);
			try {
				const { size } = await stat(path);
				const now = new Date(this.#now());
				await utimes(path, now, now);
				return contentLength(size);
			} catch (thrown) {
				if (isMissing(thrown)) return null;
				throw thrown;
			}
		});
	}

	create(id: MediaId): Promise<MediaWriter> {
		return onDisk(async () => {
			const path = this.#path(id);
			await mkdir(dirname(path), { recursive: true, mode: 0o700 });
			const temporary = `${path}.${randomBytes(8).toString('hex')}`;
			const salt = randomBytes(saltLength);
			const file = await open(temporary, 'wx', 0o600);
			await file.writeFile(Buffer.concat([magic, salt]));
			return new SealedWriter(file, temporary, path, this.#fileKey(salt), (bytes) => {
				if (this.#total !== null) this.#total += bytes;
			});
		});
	}

	async *read(id: MediaId): AsyncIterable<Uint8Array> {
		const path = this.#path(id);
		const file = await onDisk(() => open(path, 'r'));
		try {
			const { size } = await onDisk(() => file.stat());
			const content = contentLength(size);
			const header = await onDisk(() => readExactly(file, 0, headerLength));
			if (content === null || !header.subarray(0, magic.length).equals(magic)) fail('storage-failed', 'damaged file');
			const key = this.#fileKey(header.subarray(magic.length));
			const chunks = Math.max(1, Math.ceil(content / chunkLength));
			for (let index = 0; index < chunks; index++) {
				const last = index === chunks - 1;
				const length = (last ? content - index * chunkLength : chunkLength) + tagLength;
				const at = headerLength + index * (chunkLength + tagLength);
				const sealed = await onDisk(() => readExactly(file, at, length));
				yield unseal(key, nonce(index, last), sealed);
			}
		} finally {
			await file.close();
		}
	}

	link(from: MediaId, to: MediaId): Promise<void> {
		return onDisk(async () => {
			const source = this.#path(from);
			const target = this.#path(to);
			if (source === target) return;
			await mkdir(dirname(target), { recursive: true, mode: 0o700 });
			const temporary = `${target}.${randomBytes(8).toString('hex')}`;
			try {
				await link(source, temporary);
				await rename(temporary, target);
			} catch (thrown) {
				if (!isMissing(thrown)) throw thrown;
			} finally {
				// Renaming onto another name of the same file leaves both.
				await rm(temporary, { force: true });
			}
		});
	}

	remove(id: MediaId): Promise<void> {
		return onDisk(() => rm(this.#path(id), { force: true }));
	}

	trim(keep: ReadonlySet<MediaId>): Promise<void> {
		// Counting reads every file's entry; between counts, what this instance wrote is enough to know.
		const recent = this.#now() - this.#countedAt < recountMs;
		if (this.#total !== null && this.#total <= this.#maxBytes && recent) return Promise.resolve();
		this.#trimming ??= onDisk(() => this.#trim(keep)).finally(() => {
			this.#trimming = null;
		});
		return this.#trimming;
	}

	async #trim(keep: ReadonlySet<MediaId>): Promise<void> {
		const files: { readonly path: string; readonly size: number; readonly usedAt: number }[] = [];
		let total = 0;
		for (const folder of await readdir(this.#dir, { withFileTypes: true })) {
			if (!folder.isDirectory() || !/^[0-9a-f]{2}$/.test(folder.name)) continue;
			for (const name of await readdir(join(this.#dir, folder.name))) {
				const path = join(this.#dir, folder.name, name);
				const facts = await stat(path).catch(() => null);
				if (facts === null) continue;
				if (litterPattern.test(name) && this.#now() - facts.mtimeMs > litterMs) await rm(path, { force: true });
				if (!isMediaId(name)) continue;
				total += facts.size;
				if (!keep.has(name)) files.push({ path, size: facts.size, usedAt: facts.mtimeMs });
			}
		}
		files.sort((a, b) => a.usedAt - b.usedAt);
		for (const { path, size } of files) {
			if (total <= this.#maxBytes) break;
			await rm(path, { force: true });
			total -= size;
		}
		this.#total = total;
		this.#countedAt = this.#now();
	}
}

async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
	const buffer = Buffer.alloc(length);
	const { bytesRead } = await file.read(buffer, 0, length, at);
	return bytesRead === length ? buffer : fail('storage-failed', 'damaged file');
}

function unseal(key: Uint8Array, iv: Buffer, sealed: Buffer): Buffer {
	const decipher = createDecipheriv(algorithm, key, iv);
	decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
	try {
		return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - tagLength)), decipher.final()]);
	} catch (thrown) {
		throw new ChatException(chatError('storage-failed', 'damaged file'), thrown);
	}
}

class SealedWriter implements MediaWriter {
	readonly #file: FileHandle;
	readonly #temporary: string;
	readonly #path: string;
	readonly #key: Uint8Array;
	readonly #written: (bytes: number) => void;
	/** Content not yet sealed; at most one chunk, because the last one is marked. */
	#rest = Buffer.alloc(0);
	#index = 0;
	#open = true;

	constructor(file: FileHandle, temporary: string, path: string, key: Uint8Array, written: (bytes: number) => void) {
		this.#written = written;
		this.#file = file;
		this.#temporary = temporary;
		this.#path = path;
		this.#key = key;
	}

	write(chunk: Uint8Array): Promise<void> {
		return onDisk(async () => {
			let rest = Buffer.concat([this.#rest, chunk]);
			while (rest.length > chunkLength) {
				await this.#seal(rest.subarray(0, chunkLength), false);
				rest = rest.subarray(chunkLength);
			}
			this.#rest = Buffer.from(rest);
		});
	}

	finish(): Promise<void> {
		return onDisk(async () => {
			await this.#seal(this.#rest, true);
			await this.#file.sync();
			const { size } = await this.#file.stat();
			await this.#close();
			await rename(this.#temporary, this.#path);
			this.#written(size);
		});
	}

	async abort(): Promise<void> {
		await onDisk(async () => {
			await this.#close();
			await rm(this.#temporary, { force: true });
		});
	}

	async #close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		await this.#file.close();
	}

	async #seal(content: Buffer, last: boolean): Promise<void> {
		const cipher = createCipheriv(algorithm, this.#key, nonce(this.#index, last));
		this.#index += 1;
		await this.#file.writeFile(Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]));
	}
}
