/**
 * A cheap check of what adapters emit. They are ours and typed, but they translate hostile input; one event with a hole
 * in it must cost that event, not the batch it travels in.
 */
import type { AdapterEvent, RemoteMessage } from '../protocols/adapter/events.ts';
import { richTextLimits } from '../protocols/model/rich-text.ts';

const maxId = 1024;
const maxIds = 16;
const maxName = 1024;

const isText = (value: unknown, max: number): boolean => typeof value === 'string' && value.length <= max;
const isId = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= maxId;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null;

function areIds(value: unknown): boolean {
	return (
		Array.isArray(value) &&
		value.length <= maxIds &&
		value.every(
			(id) =>
				isObject(id) &&
				isId(id['value']) &&
				(id['kind'] === 'server' || id['kind'] === 'origin' || id['kind'] === 'txn'),
		)
	);
}

const isActor = (value: unknown): boolean =>
	isObject(value) &&
	isId(value['remoteId']) &&
	isText(value['name'], maxName) &&
	(value['strength'] === 'stable' || value['strength'] === 'session');

const isRich = (value: unknown): boolean =>
	isObject(value) &&
	isText(value['text'], richTextLimits.maxText) &&
	Array.isArray(value['spans']) &&
	value['spans'].length <= richTextLimits.maxSpans;

function isContent(value: unknown): boolean {
	if (!isObject(value)) return false;
	switch (value['kind']) {
		case 'text':
		case 'emote':
		case 'notice':
			return isRich(value['body']);
		case 'media':
			return (
				isText(value['name'], maxName) &&
				isText(value['source'], 65_536) &&
				(value['caption'] === null || isRich(value['caption']))
			);
		case 'system':
			return isObject(value['system']) && typeof value['system']['event'] === 'string';
		case 'undecryptable':
		case 'unsupported':
			return true;
		default:
			return false;
	}
}

function messageProblem(message: RemoteMessage): string | null {
	if (!isObject(message)) return 'message';
	if (!areIds(message.ids)) return 'ids';
	if (!isActor(message.sender)) return 'sender';
	if (!isContent(message.content)) return 'content';
	if (typeof message.time !== 'number') return 'time';
	if (message.replyTo !== null && (!isObject(message.replyTo) || !areIds(message.replyTo.ids))) return 'replyTo';
	if (message.threadRoot !== null && !areIds(message.threadRoot)) return 'threadRoot';
	return null;
}

/** Name of the field that is not as promised, or null when the event can be processed. */
export function eventProblem(event: AdapterEvent): string | null {
	if (!isObject(event) || typeof event.type !== 'string') return 'type';
	if (
		'conversation' in event &&
		event.conversation !== null &&
		event.type !== 'conversation-upsert' &&
		!isId(event.conversation)
	)
		return 'conversation';
	switch (event.type) {
		case 'message':
			return messageProblem(event.message);
		case 'message-edited':
			return !areIds(event.target)
				? 'target'
				: !isActor(event.sender)
					? 'sender'
					: isContent(event.content)
						? null
						: 'content';
		case 'message-removed':
			return !areIds(event.target) ? 'target' : isActor(event.sender) ? null : 'sender';
		case 'reaction':
			if (!areIds(event.target)) return 'target';
			if (!isActor(event.sender)) return 'sender';
			return Array.isArray(event.keys) && event.keys.every((key) => typeof key === 'string') ? null : 'keys';
		case 'receipt':
			return !areIds(event.upTo) ? 'upTo' : isId(event.reader) ? null : 'reader';
		case 'read-marker':
			return areIds(event.upTo) ? null : 'upTo';
		case 'conversation-upsert':
			return isObject(event.conversation) && isId(event.conversation.remoteId) ? null : 'conversation';
		case 'conversation-renamed':
		case 'user-renamed':
			return isId(event.from) && isId(event.to) ? null : 'from';
		case 'members-snapshot':
			return Array.isArray(event.members) ? null : 'members';
		case 'members-delta':
			return Array.isArray(event.upsert) && Array.isArray(event.remove) ? null : 'members';
		case 'contacts-snapshot':
			return Array.isArray(event.contacts) ? null : 'contacts';
		case 'contacts-delta':
			return Array.isArray(event.upsert) && Array.isArray(event.remove) ? null : 'contacts';
		case 'typing':
			return isActor(event.user) ? null : 'user';
		case 'server-text':
			return isText(event.text, richTextLimits.maxText) ? null : 'text';
		default:
			return null;
	}
}
