import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Holds an exclusive lock between processes while `work` runs. The kernel keeps the lock (flock(2), through the
 * util-linux tool of that name) and frees it when its holder ends, however it ends, so no stale lock can be left.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
	const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo locked; exec cat > /dev/null'], {
		stdio: ['pipe', 'pipe', 'ignore'],
	});
	const ended = new Promise<never>((_resolve, reject) => {
		holder.once('error', reject);
		holder.once('exit', (code) => reject(new Error(`could not lock ${file}: flock ended with ${code ?? 'a signal'}`)));
	});
	ended.catch(() => {
		// Handled by the race below; afterwards the holder's end is expected.
	});
	await Promise.race([once(holder.stdout, 'data'), ended]);
	try {
		return await work();
	} finally {
		holder.stdin.end();
	}
}
