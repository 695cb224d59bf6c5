/** Actions of the user → lines, and what the answers mean. Fallbacks for missing features are made here. */
import type { ActionOutcome, AdapterAction, MessageTarget } from '../adapter/actions.ts';
import type { OutgoingContent } from '../model/content.ts';
import { chatError, fail } from '../model/errors.ts';
import { type RemoteId, remoteId } from '../model/ids.ts';
import { reactionKey } from '../model/reaction-key.ts';
import { type RichText, concatRich, linesOf, plain } from '../model/rich-text.ts';
import { either, oneLine } from './action-host.ts';
import { byteLength, formatLine, type IrcLine, param, timeOf, trailing } from './line.ts';
import { formatWire, splitWire } from './format.ts';
import { multilineLimits } from './features.ts';
import { idsOf } from './message-mapper.ts';
import type { Answer, Verdict } from './requests.ts';
import { errorOf } from './errors.ts';
import type { Runtime } from './runtime.ts';

export type SendAction = Extract<AdapterAction, { type: 'send' }>;

/** One message of the wire: text as others will read it, and as it is written. */
export interface Part {
	readonly text: string;
	readonly wire: string;
	/** Continues the line of the part before it (draft/multiline-concat). */
	readonly continues: boolean;
}

/** More lines than this are a paste that belongs elsewhere, and a flood on any server. */
const maxParts = 50;

/** Message text for the wire: block marks and links become plain signs, then lines are cut to what fits. */
export function partsOf(content: OutgoingContent, room: number): Part[] {
	const overhead = content.kind === 'emote' ? '\x01ACTION \x01'.length : 0;
	const parts: Part[] = [];
	for (const line of linesOf(showBlocks(content.body))) {
		if (line.text.trim() === '') continue;
		splitWire(line, Math.max(64, room - overhead)).forEach((piece, index) => {
			const wire = formatWire(piece);
			parts.push({
				text: piece.text,
				wire: content.kind === 'emote' ? `\x01ACTION ${wire}\x01` : wire,
				continues: index > 0,
			});
		});
	}
	if (parts.length === 0) fail('bad-input', 'empty message');
	if (parts.length > maxParts)
		fail('message-too-long', `${parts.length} lines`, {
			params: { lines: String(parts.length), max: String(maxParts) },
		});
	return parts;
}

/** What IRC has no code for, in signs that people know: `> quote`, `- item`, `label (address)`. */
function showBlocks(body: RichText): RichText {
	const inserts: { at: number; text: string }[] = [];
	for (const span of body.spans) {
		if (span.kind === 'link' && body.text.slice(span.start, span.end) !== span.url)
			inserts.push({ at: span.end, text: ` (${span.url.replace(/\s/g, '')})` });
		if (span.kind !== 'quote' && span.kind !== 'list-item') continue;
		const sign =
			span.kind === 'quote'
				? `${'>'.repeat(Math.min(3, Math.max(1, span.depth)))} `
				: span.ordinal === null
					? '- '
					: `${span.ordinal}. `;
		inserts.push({ at: span.start, text: sign });
		if (span.kind === 'quote')
			for (
				let at = body.text.indexOf('\n', span.start);
				at >= 0 && at < span.end - 1;
				at = body.text.indexOf('\n', at + 1)
			)
				inserts.push({ at: at + 1, text: sign });
	}
	if (inserts.length === 0) return body;
	inserts.sort((a, b) => a.at - b.at);
	let text = '';
	let from = 0;
	const shifts: { readonly at: number; readonly by: number }[] = [];
	let by = 0;
	for (const insert of inserts) {
		text += body.text.slice(from, insert.at) + insert.text;
		from = insert.at;
		by += insert.text.length;
		shifts.push({ at: insert.at, by });
	}
	text += body.text.slice(from);
	const move = (offset: number, inclusive: boolean): number =>
		offset + (shifts.findLast((shift) => (inclusive ? shift.at <= offset : shift.at < offset))?.by ?? 0);
	const spans = body.spans.map((span) => ({ ...span, start: move(span.start, true), end: move(span.end, false) }));
	return { text, spans };
}

/** Sends a message and waits for the best proof this server can give. */
export async function sendMessage(action: SendAction, target: string, runtime: Runtime): Promise<ActionOutcome> {
	const { session } = runtime;
	const tags = action.replyTo === null ? {} : replyTags(action.replyTo, runtime);
	const content = tags === null ? withReplyPrefix(action, runtime) : action.content;
	const parts = partsOf(content, session.textRoom('PRIVMSG', target));
	const command = content.kind === 'notice' ? 'NOTICE' : 'PRIVMSG';
	const limits = multilineLimits(session);
	const bytes = parts.reduce((sum, part) => sum + byteLength(part.wire) + 1, 0);
	const fits =
		limits !== null &&
		parts.length > 1 &&
		content.kind !== 'emote' &&
		bytes <= limits.maxBytes &&
		parts.length <= limits.maxLines;
	if (fits && session.caps.has('labeled-response')) return sendMultiline(parts, command, target, tags ?? {}, runtime);
	// One answer: only the first of several lines is a reply.
	const outcomes = await Promise.all(
		parts.map((part, index) => sendPart(part, command, target, index === 0 ? (tags ?? {}) : {}, runtime)),
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
		...parts.map((part) =>
			formatLine(
				command,
				[target, part.wire],
				part.continues ? { batch: reference, 'draft/multiline-concat': '' } : { batch: reference },
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
