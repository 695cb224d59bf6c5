/** Creating an account through user-interactive authentication (specification "Account registration"). */
import { chatError, ChatException } from '../model/errors.ts';
import { type NewSession, readNewSession } from './auth.ts';
import { MatrixHttpError } from './errors.ts';
import type { HomeserverHttp } from './http.ts';
import { getArray, getString } from './json.ts';

export interface Registration {
	readonly username: string;
	readonly password: string;
	readonly deviceName: string;
	/** Registration token, where the server wants one. */
	readonly token: string | null;
}

const dummy = 'm.login.dummy';
const tokenStage = 'm.login.registration_token';

/**
 * @param needToken called when the server wants a registration token and none was given
 * @throws {ChatException} `registration-refused` with the stages only a browser can do, `name-in-use`, `name-invalid`…
 */
export async function register(
	http: HomeserverHttp,
	wish: Registration,
	signal: AbortSignal,
	needToken: () => void,
): Promise<NewSession> {
	const body = { username: wish.username, password: wish.password, initial_device_display_name: wish.deviceName };
	const attempt = (auth?: object): Promise<unknown> =>
		http.request('POST', '/_matrix/client/v3/register', {
			body: auth === undefined ? body : { ...body, auth },
			context: 'register',
			signal,
			timeoutMs: 60_000,
		});
	let challenge: unknown;
	try {
		return readNewSession(await attempt());
	} catch (thrown) {
		if (!(thrown instanceof MatrixHttpError) || thrown.status !== 401) throw thrown;
		challenge = thrown.body;
	}
	const session = getString(challenge, 'session', 1024);
	const flow = chooseFlow(challenge);
	if (flow.includes(tokenStage) && wish.token === null) {
		needToken();
		throw new ChatException(
			chatError('registration-refused', 'the server asks for a registration token', { userAction: 'ask-for-access' }),
		);
	}
	for (const [index, stage] of flow.entries()) {
		const auth = {
			type: stage,
			...(session === null ? {} : { session }),
			...(stage === tokenStage ? { token: wish.token } : {}),
		};
		try {
			return readNewSession(await attempt(auth));
		} catch (thrown) {
			// 401 with the stage completed means: go on with the next one.
			const more =
				thrown instanceof MatrixHttpError &&
				thrown.status === 401 &&
				index < flow.length - 1 &&
				getArray(thrown.body, 'completed').includes(stage);
			if (!more) throw thrown;
		}
	}
	throw new ChatException(chatError('registration-refused'));
}

/** The first flow made of stages that need no browser. */
function chooseFlow(challenge: unknown): readonly string[] {
	const flows = getArray(challenge, 'flows', 50).map((flow) =>
		getArray(flow, 'stages', 10).filter((stage) => typeof stage === 'string'),
	);
	const possible = flows.filter((stages) => stages.every((stage) => stage === dummy || stage === tokenStage));
	const best = possible.find((stages) => !stages.includes(tokenStage)) ?? possible[0];
	if (best !== undefined) return best.length === 0 ? [dummy] : best;
	const wanted = [...new Set(flows.flat())].join(', ');
	throw new ChatException(chatError('registration-refused', wanted === '' ? null : wanted));
}
