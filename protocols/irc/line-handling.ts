/** The way of one line after registration: those who wait for it first, then whoever it concerns. */
import type { Blocking } from './blocking.ts';
import type { LineContext } from './client.ts';
import type { Directory } from './directory.ts';
import { channelHandlers } from './handlers/channel.ts';
import type { History } from './handlers/history.ts';
import { membershipHandlers } from './handlers/membership.ts';
import { messageHandlers } from './handlers/messages.ts';
import { joinRefused, onOtherNumeric, serverHandlers } from './handlers/server.ts';
import type { IrcLine } from './line.ts';
import type { HandlerTable, Runtime } from './runtime.ts';

const tables: readonly HandlerTable[] = [messageHandlers, membershipHandlers, channelHandlers, serverHandlers];

interface Parts extends Runtime {
	readonly blocking: Blocking;
	readonly directory: Directory;
	readonly history: History;
}

/** @returns true if handled; other lines go to irc-framework's collectors */
export function handleLine(line: IrcLine, context: LineContext, parts: Parts): boolean {
	if (parts.blocking.hides(line)) return true;
	if (context.label === null && context.batches.length === 0) {
		if (parts.history.onFail(line)) return true;
		const echo = parts.requests.offer(line);
		// The echo of a send has done its work by deciding it.
		if (echo && (line.command === 'PRIVMSG' || line.command === 'NOTICE' || line.command === 'TAGMSG')) return true;
	}
	joinRefused(line, parts);
	for (const table of tables) {
		const handler = table.get(line.command);
		if (handler !== undefined) return handler(line, parts, context);
	}
	if (parts.blocking.onLine(line) || parts.directory.onLine(line)) return true;
	return onOtherNumeric(line, parts, context.label !== null);
}
