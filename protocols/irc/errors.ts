/** IRC error numerics and FAIL codes as typed errors. */
import { type ChatError, type ErrorCode, chatError } from '../model/errors.ts';
import { type IrcLine, param, trailing } from './line.ts';

const numerics: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
	['401', 'no-such-user'],
	['402', 'no-such-user'],
	['403', 'no-such-room'],
	['404', 'message-rejected'],
	['405', 'not-allowed'],
	['406', 'no-such-user'],
	['407', 'bad-input'],
	['408', 'message-rejected'],
	['411', 'bad-input'],
	['412', 'bad-input'],
	['413', 'bad-input'],
	['414', 'bad-input'],
	['415', 'message-rejected'],
	['417', 'message-too-long'],
	['421', 'unsupported'],
	['430', 'name-invalid'],
	['431', 'name-invalid'],
	['432', 'name-invalid'],
	['433', 'name-in-use'],
	['435', 'not-allowed'],
	['436', 'name-in-use'],
	['437', 'name-in-use'],
	['438', 'rate-limited'],
	['439', 'rate-limited'],
	['441', 'no-such-user'],
	['442', 'not-joined'],
	['443', 'bad-input'],
	['447', 'not-allowed'],
	['448', 'no-such-room'],
	['451', 'not-allowed'],
	['456', 'not-allowed'],
	['457', 'bad-input'],
	['458', 'no-such-user'],
	['461', 'bad-input'],
	['462', 'not-allowed'],
	['464', 'auth-failed'],
	['465', 'banned'],
	['467', 'not-allowed'],
	['470', 'not-allowed'],
	['471', 'room-full'],
	['472', 'unsupported'],
	['473', 'invite-only'],
	['474', 'banned'],
	['475', 'password-required'],
	['476', 'no-such-room'],
	['477', 'members-only'],
	['478', 'not-allowed'],
	['479', 'no-such-room'],
	['480', 'not-allowed'],
	['481', 'not-allowed'],
	['482', 'not-allowed'],
	['483', 'not-allowed'],
	['484', 'not-allowed'],
	['485', 'not-allowed'],
	['486', 'blocked-by-peer'],
	['489', 'tls-required'],
	['491', 'not-allowed'],
	['492', 'message-rejected'],
	['494', 'not-allowed'],
	['495', 'rate-limited'],
	['499', 'not-allowed'],
	['500', 'rate-limited'],
	['501', 'unsupported'],
	['502', 'not-allowed'],
	['504', 'not-allowed'],
	['519', 'not-allowed'],
	['520', 'not-allowed'],
	['531', 'blocked-by-peer'],
	['573', 'not-allowed'],
	['716', 'blocked-by-peer'],
	['723', 'not-allowed'],
	['728', 'not-allowed'],
	['742', 'not-allowed'],
	['263', 'rate-limited'],
	['974', 'not-allowed'],
	['972', 'not-allowed'],
]);

/** 437 and others name a nick or a channel; for a channel the name is not "in use" but out of order. */
const forChannel: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
	['401', 'no-such-room'],
	['437', 'not-allowed'],
]);

const failCodes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
	['ACCOUNT_REQUIRED', 'members-only'],
	['CANNOT_SEND_RP', 'message-rejected'],
	['INVALID_MSGREFTYPE', 'bad-input'],
	['INVALID_PARAMS', 'bad-input'],
	['INVALID_TARGET', 'no-such-room'],
	['INVALID_UTF8', 'bad-input'],
	['MESSAGE_ERROR', 'server-error'],
	['MULTILINE_INVALID', 'message-rejected'],
	['MULTILINE_MAX_BYTES', 'message-too-long'],
	['MULTILINE_MAX_LINES', 'message-too-long'],
	['NEED_MORE_PARAMS', 'bad-input'],
	['NO_SUCH_CHANNEL', 'no-such-room'],
	['REDACT_FORBIDDEN', 'not-allowed'],
	['TEMPORARILY_UNAVAILABLE', 'server-error'],
	['RATE_LIMITED', 'rate-limited'],
	['UNKNOWN_COMMAND', 'unsupported'],
	['UNKNOWN_ERROR', 'server-error'],
	['UNKNOWN_MSGID', 'message-rejected'],
]);

/** Numerics by which a server refuses entry to a channel. */
export const joinErrors: ReadonlySet<string> = new Set(
	'403 405 407 437 448 461 470 471 473 474 475 476 477 479 480 489 500 519 520'.split(' '),
);

/** The typed error a line reports, or null if it reports none. */
export function errorOf(line: IrcLine): ChatError | null {
	if (line.command === 'FAIL') {
		const code = failCodes.get(param(line, 1)) ?? 'message-rejected';
		return build(code, trailing(line), { command: param(line, 0), code: param(line, 1) });
	}
	const code = numerics.get(line.command);
	if (code === undefined) return null;
	const name = param(line, 1);
	const typed = /^[#&!+]/.test(name) ? (forChannel.get(line.command) ?? code) : code;
	return build(typed, trailing(line), { name });
}

function build(code: ErrorCode, detail: string, params: Record<string, string>): ChatError {
	const short = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, value.slice(0, 100)]));
	return chatError(code, detail, { params: short, ...(code === 'rate-limited' ? { retryAfterMs: 30_000 } : {}) });
}
