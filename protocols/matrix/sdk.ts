/**
 * The one door to matrix-js-sdk. Its loggers are silenced before any of its modules runs: children copy the method
 * factory of their parent when they are made, and their lines carry event contents and ids.
 */
import './sdk-silence.ts';

export {
	ClientEvent,
	EventTimeline,
	HttpApiEvent,
	MatrixClient,
	MemoryStore,
	PendingEventOrdering,
	type Room,
	type RoomMember,
	SetPresence,
	SyncState,
} from 'matrix-js-sdk';
export { SyncAccumulator } from 'matrix-js-sdk/lib/sync-accumulator.js';
export type { Logger as SdkLogger } from 'matrix-js-sdk/lib/logger.js';
