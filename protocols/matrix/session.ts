/** What every part of a running session shares. Nothing here outlives one `start`. */
import type { AdapterContext } from '../adapter/context.ts';
import type { EncryptionGuard } from './encryption-guard.ts';
import type { HomeserverHttp } from './http.ts';
import type { Rooms } from './rooms.ts';
import type { SyncMapper } from './sync-mapper.ts';

export interface Session {
	readonly context: AdapterContext;
	readonly http: HomeserverHttp;
	readonly rooms: Rooms;
	readonly mapper: SyncMapper;
	readonly guard: EncryptionGuard;
	/** Our user id. */
	readonly me: string;
	/** Aborts when the session ends. */
	readonly signal: AbortSignal;
	/** Rooms we entered just now, whose state is still on its way. */
	readonly entering: Set<string>;
	/** Resolves once sync has shown the state of a room being entered, or after a bound; callers check again. */
	roomState(roomId: string): Promise<void>;
	/** Presence to announce with every sync. */
	setSyncPresence(presence: 'online' | 'unavailable' | 'offline'): void;
}

/** Path segment for an id; Matrix ids hold characters that have a meaning in URLs. */
export const segment = (id: string): string => encodeURIComponent(id);

export const clientApi = '/_matrix/client/v3';
export const roomPath = (roomId: string, rest: string): string => `${clientApi}/rooms/${segment(roomId)}/${rest}`;
