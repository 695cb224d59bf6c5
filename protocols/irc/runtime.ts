/** What the handlers of one connection work with. */
import type { AdapterContext } from '../adapter/context.ts';
import type { AdapterEvent } from '../adapter/events.ts';
import type { ChatError } from '../model/errors.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import type { LineContext } from './client.ts';
import type { EventSink, Origin } from './event-sink.ts';
import { type IrcLine, timeOf } from './line.ts';
import { parseFormatting } from './format.ts';
import type { Requests } from './requests.ts';
import type { Session } from './session.ts';
import type { IrcSettings } from './settings.ts';

/** Whom the user does not want to hear. */
export interface Blocks {
	/** Should nobody hear this line? */
	hides(line: IrcLine): boolean;
	isBlocked(nick: string): boolean;
	/** The author of this NICK line is called `to` now. */
	renamed(line: IrcLine, to: string): void;
}

export interface Runtime {
	readonly context: AdapterContext;
	readonly settings: IrcSettings;
	readonly session: Session;
	readonly sink: EventSink;
	readonly requests: Requests;
	readonly blocks: Blocks;
	/** We are registered and have joined what we wanted. */
	readonly ready: () => boolean;
	/** We have said goodbye. */
	readonly leaving: () => boolean;
	/** A fresh reference for a batch of our own. */
	nextBatch(): string;
	/** Emits fresh capabilities of one conversation. */
	refresh(conversation: RemoteConversationId): void;
	/** A channel's member list is complete for the first time. */
	joined(name: string): void;
	/** The server announced why it will close the link. */
	closing(error: ChatError): void;
	/** Someone's nick became free or was seen. */
	nickFreed(nick: string): void;
}

/** @returns true if the line needs no further handling */
export type LineHandler = (line: IrcLine, runtime: Runtime, context: LineContext) => boolean;
export type HandlerTable = ReadonlyMap<string, LineHandler>;

/** Lines the server replays of itself are history, not news. */
export function originOf(context: LineContext): Origin {
	return context.batches.some((batch) => batch.type === 'chathistory' || batch.type === 'znc.in/playback')
		? 'catchup'
		: 'live';
}

export const timeAt = (line: IrcLine, runtime: Runtime): number => timeOf(line) ?? runtime.context.clock.now();

/** Words of the server for the user. */
export function serverText(
	runtime: Runtime,
	level: 'info' | 'notice' | 'motd' | 'error',
	text: string,
	over: {
		readonly conversation?: RemoteConversationId | null;
		readonly reply?: boolean;
		readonly code?: string | null;
		readonly time?: number;
	} = {},
): void {
	const lines = text.split('\n').map((line) => parseFormatting(line).text);
	const clean = lines.join('\n').trimEnd();
	if (clean.trim() === '') return;
	const event: AdapterEvent = {
		type: 'server-text',
		level,
		text: clean.slice(0, 16_000),
		time: over.time ?? runtime.context.clock.now(),
		conversation: over.conversation ?? null,
		reply: over.reply ?? false,
		code: over.code ?? null,
	};
	runtime.sink.push(event);
}
