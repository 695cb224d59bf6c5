/** The only place that makes a matrix-js-sdk client; its options are fixed here. */
import { type HomeserverHttp, httpLimits } from './http.ts';
import { MatrixClient, PendingEventOrdering, type SdkLogger } from './sdk.ts';
import type { SyncStore } from './sync-store.ts';

export interface ClientOptions {
	readonly baseUrl: string;
	readonly userId: string;
	readonly deviceId: string;
	readonly http: HomeserverHttp;
	readonly store: SyncStore;
}

/** Newest messages per room on an account's first sync. */
const initialSyncLimit = 20;

/** Its lines hold event contents and ids, so nothing of them is kept; the transport writes the account's log. */
const silent: SdkLogger = {
	trace: () => undefined,
	debug: () => undefined,
	info: () => undefined,
	warn: () => undefined,
	error: () => undefined,
	getChild: () => silent,
};

export function createSdkClient(options: ClientOptions): MatrixClient {
	return new MatrixClient({
		baseUrl: options.baseUrl,
		userId: options.userId,
		deviceId: options.deviceId,
		// The transport puts the real token on each request; what the SDK does not have it cannot leak.
		accessToken: 'held-by-transport',
		fetchFn: options.http.sdkFetch,
		localTimeoutMs: httpLimits.timeoutMs,
		store: options.store,
		logger: silent,
		timelineSupport: false,
		disableVoip: true,
	});
}

/** Starts syncing; state changes come as `ClientEvent.Sync`. */
export async function startSdkClient(client: MatrixClient): Promise<void> {
	await client.startClient({
		initialSyncLimit,
		lazyLoadMembers: true,
		threadSupport: false,
		pendingEventOrdering: PendingEventOrdering.Detached,
		pollTimeout: 30_000,
	});
}

/** What the SDK asks for on its own account and we have no use for. */
export function localAnswer(path: string): unknown {
	// Push rules are the server's; the engine decides on notifications, and hostile rules must not stop the sync.
	if (path.endsWith('/pushrules/')) return { global: {} };
	return undefined;
}
