/** Actions of the user → lines, and what the answers mean. Fallbacks for missing features are made here. */
import type { ActionOutcome, AdapterAction, MessageTarget } from '../adapter/actions.ts';
import type { OutgoingContent } from '../model/content.ts';
import { chatError, fail } from '../model/errors.ts';
import { type RemoteId, remoteId } from '../model/ids.ts';
import { byteSize, inPlainSigns, packLines, textLines, unsendable } from '../model/lines.ts';
import { reactionKey } from '../model/reaction-key.ts';
import { type RichText, concatRich, plain } from '../model/rich-text.ts';
import { either, oneLine } from './action-host.ts';
import { byteLength, formatLine, type IrcLine, param, timeOf, trailing } from './line.ts';
import { textOfFile } from './filehost.ts';
import { formatWire } from './format.ts';
import { formatting, multilineLimits } from './features.ts';
import { idsOf } from './message-mapper.ts';
import type { Answer, Verdict } from './requests.ts';
import { errorOf } from './errors.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';

export type SendAction = Extract<AdapterAction, { type: 'send' }>;

/** A file that lies on the file host is a message with its address. */
export const asText = (action: Extract<AdapterAction, { type: 'send-file' }>): SendAction => ({
	...action,
	type: 'send',
	content: { kind: 'text', body: textOfFile(action.content) },
});

/** One message of the wire: text as others will read it, and as it is written. */
export interface Part {
	readonly text: string;
	readonly wire: string;
	/** Continues the line of the part before it (draft/multiline-concat). */
	readonly continues: boolean;
}

/** More lines than this are a paste that belongs elsewhere, and a flood on any server. */
const maxParts = 50;

/**
 * A text as the messages of the wire it becomes: block marks and links become plain signs, lines are cut to what fits,
 * and where the server takes several lines as one message (draft/multiline) they are packed into as few as it allows.
 */
export function messagesOf(content: OutgoingContent, target: string, session: Session): Part[][] {
	const emote = content.kind === 'emote';
	// CTCP has no place in a multiline batch.
	const limits = emote ? null : multilineLimits(session);
	const room = session.textRoom('PRIVMSG', target) - (emote ? '\x01ACTION \x01'.length : 0);
	const size = (piece: RichText): number => byteSize(formatWire(piece));
	const lines = textLines(inPlainSigns(content.body, formatting), room, size, limits !== null);
	if (lines.length === 0) fail('bad-input', 'empty message');
	const max = Math.max(maxParts, limits?.maxLines ?? 0);
	if (lines.length > max)
		fail('message-too-long', `${lines.length} lines`, { params: { lines: String(lines.length), max: String(max) } });
	const parts = lines.map(({ body, continues }): Part => {
		const wire = formatWire(body);
		const text = body.text.replace(unsendable, '');
		return { text, wire: emote ? `\x01ACTION ${wire}\x01` : wire, continues };
	});
	return packLines(parts, (part) => byteLength(part.wire), limits);
}

/** What others will read of a message of the wire. */
export const textOf = (parts: readonly Part[]): string =>
	parts.map((part, index) => (index === 0 || part.continues ? '' : '\n') + part.text).join('');

/** Sends a message and waits for the best proof this server can give. */
export async function sendMessage(action: SendAction, target: string, runtime: Runtime): Promise<ActionOutcome> {
	const { session } = runtime;
	const tags = action.replyTo === null ? {} : replyTags(action.replyTo, runtime);
	const content = tags === null ? withReplyPrefix(action, runtime) : action.content;
	const command = content.kind === 'notice' ? 'NOTICE' : 'PRIVMSG';
	const outcomes = await Promise.all(
		messagesOf(content, target, session).map((parts, index) => {
			// One answer: only the first of several messages is a reply.
			const own = index === 0 ? (tags ?? {}) : {};
			const [first, second] = parts;
			return first !== undefined && second === undefined
				? sendPart(first, command, target, own, runtime)
				: sendMultiline(parts, command, target, own, runtime);
		}),
	);
	return combine(outcomes);
}

/** Reply as a tag where the server relays tags; null where it must be put in words. */
function replyTags(target: MessageTarget, runtime: Runtime): Record<string, string> | null {
	const id = target.ids.find((candidate) => candidate.kind === 'server')?.value;
	const { session } = runtime;
	if (id === undefined || !session.caps.has('message-tags')) return null;
	const names = ['reply', 'draft/reply'].filter((name) => session.isupport.allowsTag(name));
	return names.length === 0 ? null : Object.fromEntries(names.map((name) => [`+${name}`, id]));
}

/** The old way: address the person. */
function withReplyPrefix(action: SendAction, runtime: Runtime): OutgoingContent {
	const to = action.replyTo;
	if (to === null || action.content.kind !== 'text' || !runtime.session.isChannel(action.conversation))
		return action.content;
	return { ...action.content, body: concatRich([plain(`${to.senderName}: `), action.content.body]) };
}

/** The echo of a line of ours. */
const echoVerdict =
	(command: string, target: string, text: string | null, runtime: Runtime): Verdict =>
	(line) => {
		const { session } = runtime;
		if (
			line.command === command &&
			line.source !== null &&
			session.isSelf(line.source.nick) &&
			session.same(param(line, 0), target) &&
			(text === null || trailing(line) === text)
		)
			return { kind: 'accepted', ids: idsOf(line), time: timeOf(line) };
		return null;
	};

/** An error about this target, where no label says to which line it belongs. */
const errorVerdict =
	(target: string, runtime: Runtime): Verdict =>
	(line) => {
		const error = errorOf(line);
		if (error === null || !line.params.slice(1, 3).some((name) => runtime.session.same(name, target))) return null;
		return { kind: 'rejected', error };
	};

async function sendPart(
	part: Part,
	command: string,
	target: string,
	tags: Record<string, string>,
	runtime: Runtime,
): Promise<ActionOutcome> {
	const { requests, session } = runtime;
	const echoes = session.caps.has('echo-message');
	if (requests.labelled)
		return requests.run(command, [target, part.wire], echoVerdict(command, target, null, runtime), { tags });
	const verdict = either(
		errorVerdict(target, runtime),
		...(echoes ? [echoVerdict(command, target, part.wire, runtime)] : []),
	);
	return requests.run(command, [target, part.wire], verdict, {
		tags,
		// Without echo silence is all a server ever says; the short wait only catches a refusal.
		silenceMs: echoes ? 30_000 : 700,
		silence: echoes ? { kind: 'uncertain', error: chatError('delivery-unknown') } : { kind: 'unconfirmed', ids: [] },
	});
}

async function sendMultiline(
	parts: readonly Part[],
	command: string,
	target: string,
	tags: Record<string, string>,
	runtime: Runtime,
): Promise<ActionOutcome> {
	const reference = runtime.nextBatch();
	const answer = await runtime.requests.askRaw((label) => [
		formatLine('BATCH', [`+${reference}`, 'draft/multiline', target], { ...tags, label }),
		...parts.map((part, index) =>
			formatLine(
				command,
				[target, part.wire],
				// The first line of a batch continues nothing.
				part.continues && index > 0 ? { batch: reference, 'draft/multiline-concat': '' } : { batch: reference },
			),
		),
		formatLine('BATCH', [`-${reference}`]),
	]);
	return runtime.requests.judge(withOpening(answer), (line) => {
		// The echo is a batch: its opening line carries the id.
		if (line.command === 'BATCH') return { kind: 'accepted', ids: idsOf(line), time: timeOf(line) };
		return echoVerdict(command, target, null, runtime)(line);
	});
}

/** The opening line of the echoed multiline batch, wherever it stands in the answer. */
function withOpening(answer: Answer): Answer {
	if (answer.kind === 'none' || answer.batch === null) return answer;
	const find = (batch: NonNullable<typeof answer.batch>): IrcLine | null => {
		if (batch.type === 'draft/multiline') return batch.opening;
		for (const item of batch.items) {
			const found = 'batch' in item ? find(item.batch) : null;
			if (found !== null) return found;
		}
		return null;
	};
	const opening = find(answer.batch);
	return opening === null ? answer : { ...answer, lines: [opening, ...answer.lines] };
}

/** A message of several lines is as sure as its least sure line. */
function combine(outcomes: readonly ActionOutcome[]): ActionOutcome {
	const ids: RemoteId[] = [];
	let time: number | null = null;
	const bad = outcomes.find((outcome) => outcome.kind === 'rejected' || outcome.kind === 'uncertain');
	if (bad !== undefined) {
		// Part of it is out: sending all of it again would double that part.
		const some = outcomes.some((outcome) => outcome.kind === 'accepted' || outcome.kind === 'unconfirmed');
		if (some && bad.kind === 'rejected')
			return { kind: 'uncertain', error: chatError('delivery-unknown', bad.error.detail) };
		return bad;
	}
	let confirmed = true;
	for (const outcome of outcomes) {
		if (outcome.kind === 'accepted') {
			ids.push(...outcome.ids);
			time ??= outcome.time;
		} else if (outcome.kind === 'unconfirmed') {
			confirmed = false;
			ids.push(...outcome.ids);
		}
	}
	return confirmed ? { kind: 'accepted', ids, time } : { kind: 'unconfirmed', ids };
}

/** Reaction by TAGMSG (draft/react). */
export async function react(
	action: Extract<AdapterAction, { type: 'react' }>,
	target: string,
	runtime: Runtime,
): Promise<ActionOutcome> {
	const reply = replyTags(action.target, runtime);
	const verb = action.added === null ? 'draft/unreact' : 'draft/react';
	if (reply === null || !runtime.session.isupport.allowsTag(verb))
		return { kind: 'rejected', error: chatError('unsupported') };
	const key = reactionKey(action.added ?? action.removed?.key ?? '');
	if (key === '') return { kind: 'accepted', ids: [], time: null };
	const tags = { ...reply, [`+${verb}`]: key };
	const self = echoVerdict('TAGMSG', target, null, runtime);
	return runtime.requests.run('TAGMSG', [target], either(self, errorVerdict(target, runtime)), {
		tags,
		silenceMs: 5000,
	});
}

/** REDACT of draft/message-redaction. */
export async function redactMessage(
	action: Extract<AdapterAction, { type: 'remove' }>,
	target: string,
	runtime: Runtime,
): Promise<ActionOutcome> {
	const id = action.target.ids.find((candidate) => candidate.kind === 'server')?.value;
	if (id === undefined || !runtime.session.caps.has('draft/message-redaction'))
		return { kind: 'rejected', error: chatError('unsupported') };
	const verdict: Verdict = (line) =>
		line.command === 'REDACT' && param(line, 1) === id
			? { kind: 'accepted', ids: [remoteId('server', id)], time: timeOf(line) }
			: null;
	const reason = oneLine(action.reason ?? '');
	const params = reason === '' ? [target, id] : [target, id, reason];
	return runtime.requests.run('REDACT', params, verdict, { silenceMs: 10_000 });
}
