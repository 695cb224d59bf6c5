/** Entry of the engine's thread: everything of Parley that is not the operating system or the window. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ChatError, ChatException, chatError } from '../protocols/model/errors.ts';
import { boot } from './boot.ts';
import { describeCrash } from './crash-report.ts';
import { EngineSide } from './engine-side.ts';
import { trustSystemAuthorities } from './system-ca.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './thread-protocol.ts';

function asChatError(thrown: unknown): ChatError {
	if (thrown instanceof ChatException) return thrown.error;
	return chatError('internal', describeCrash(thrown));
}

const port = parentPort;
if (port === null) throw new Error('engine-worker.ts is started by engine-thread.ts, not by hand');
const post = (message: FromEngine): void => port.postMessage(message);
const side = new EngineSide(post, boot);
port.on('message', (message: ToEngine) => {
	side.receive(message);
});
try {
	// The list of authorities belongs to a thread, and this is the one that talks to the network.
	trustSystemAuthorities();
	const { settings } = workerData as EngineWorkerData;
	await side.start(settings);
} catch (thrown) {
	post({ t: 'failed', error: asChatError(thrown) });
	port.close();
}
