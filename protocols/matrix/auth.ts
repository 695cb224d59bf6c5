/** The login request and what comes of it. */
import { chatError, ChatException } from '../model/errors.ts';
import type { HomeserverHttp } from './http.ts';
import { getString } from './json.ts';
import { isUserId } from './matrix-id.ts';

/** What a successful login or registration gives (specification "POST /login"). */
export interface NewSession {
	readonly userId: string;
	readonly deviceId: string;
	readonly access: string;
	readonly refresh: string | null;
}

export interface Credentials {
	/** Full id or local part. */
	readonly user: string;
	readonly password: string;
	/** An existing device to continue, or null for a new one. */
	readonly deviceId: string | null;
	readonly deviceName: string;
}

/**
 * Password login without refresh tokens: the token then lasts until it is revoked, unless the server forces expiry.
 * @throws {ChatException} `auth-failed`, `account-disabled`, `rate-limited`…
 */
export async function logIn(http: HomeserverHttp, credentials: Credentials, signal: AbortSignal): Promise<NewSession> {
	const body = await http.request('POST', '/_matrix/client/v3/login', {
		body: {
			type: 'm.login.password',
			identifier: { type: 'm.id.user', user: credentials.user },
			password: credentials.password,
			initial_device_display_name: credentials.deviceName,
			...(credentials.deviceId === null ? {} : { device_id: credentials.deviceId }),
		},
		context: 'login',
		signal,
	});
	return readNewSession(body);
}

export function readNewSession(body: unknown): NewSession {
	const userId = getString(body, 'user_id', 255);
	const deviceId = getString(body, 'device_id', 255);
	const access = getString(body, 'access_token', 16_384);
	if (!isUserId(userId) || deviceId === null || deviceId === '' || access === null || access === '')
		throw new ChatException(chatError('protocol-violation', 'the login answer is incomplete'));
	return { userId, deviceId, access, refresh: getString(body, 'refresh_token', 16_384) };
}
