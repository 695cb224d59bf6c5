/**
 * Checks what comes out of JSON columns. The database is signed page by page, so damage here means a bug or an older
 * writer; the checks look at the parts that code relies on, not at every field, because they run on every read.
 */
import type { AdapterAction } from '../../../protocols/adapter/actions.ts';
import type { AdapterEvent } from '../../../protocols/adapter/events.ts';
import type { MessageContent } from '../../../protocols/model/content.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';
import { errorCodes } from '../../../protocols/model/errors.ts';
import type { RemoteId } from '../../../protocols/model/ids.ts';
import type { RichText } from '../../../protocols/model/rich-text.ts';
import type { SendState } from '../../../protocols/model/send-state.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isNumberOrNull = (value: unknown): boolean => value === null || isNumber(value);

function isRichText(value: unknown): value is RichText {
	if (!isObject(value) || !isText(value['text']) || !Array.isArray(value['spans'])) return false;
	return value['spans'].every(
		(span) => isObject(span) && isText(span['kind']) && isNumber(span['start']) && isNumber(span['end']),
	);
}

export function isContent(value: unknown): value is MessageContent {
	if (!isObject(value)) return false;
	switch (value['kind']) {
		case 'text':
		case 'emote':
		case 'notice':
			return isRichText(value['body']);
		case 'media':
			return (
				isText(value['name']) &&
				isText(value['mediaKind']) &&
				isText(value['source']) &&
				isTextOrNull(value['thumbnail']) &&
				isTextOrNull(value['host']) &&
				isTextOrNull(value['mime']) &&
				isNumberOrNull(value['size']) &&
				(value['caption'] === null || isRichText(value['caption']))
			);
		case 'system':
			return isObject(value['system']) && isText(value['system']['event']);
		case 'undecryptable':
			return isTextOrNull(value['reason']);
		case 'unsupported':
			return isText(value['description']) && isTextOrNull(value['fallback']);
		default:
			return false;
	}
}

export const isChatError = (value: unknown): value is ChatError =>
	isObject(value) &&
	errorCodes.some((code) => code === value['code']) &&
	isText(value['retry']) &&
	isText(value['userAction']) &&
	isTextOrNull(value['detail']) &&
	isObject(value['params']);

const plainSendKinds: ReadonlySet<unknown> = new Set([
	'queued',
	'sending',
	'unconfirmed',
	'sent',
	'delivered',
	'read',
	'cancelled',
]);

export function isSendState(value: unknown): value is SendState {
	if (!isObject(value)) return false;
	if (value['kind'] === 'uncertain' || value['kind'] === 'failed') return isChatError(value['error']);
	return plainSendKinds.has(value['kind']);
}

const remoteIdKinds: ReadonlySet<unknown> = new Set(['server', 'origin', 'txn']);

export const isRemoteIds = (value: unknown): value is readonly RemoteId[] =>
	Array.isArray(value) && value.every((id) => isObject(id) && remoteIdKinds.has(id['kind']) && isText(id['value']));

export const isAction = (value: unknown): value is AdapterAction => isObject(value) && isText(value['type']);
export const isEvent = (value: unknown): value is AdapterEvent => isObject(value) && isText(value['type']);
export const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
