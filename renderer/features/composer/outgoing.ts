/** From composer text to what is sent. Pure. */
import type { TextCapability } from '../../../protocols/model/capabilities.ts';
import type { OutgoingContent } from '../../../protocols/model/content.ts';
import { linesNeeded } from '../../../protocols/model/lines.ts';
import { parseMarkdown } from '../../../protocols/model/markdown.ts';

/** A line for the engine's command table; `//` writes a message that starts with a slash. */
export function isCommand(text: string): boolean {
	return /^\/[a-z]/iu.test(text) && !text.startsWith('//');
}

export function outgoingContent(text: string): OutgoingContent {
	return { kind: 'text', body: parseMarkdown(text.startsWith('//') ? text.slice(1) : text) };
}

/** How many messages will go out: several where the network takes only so much, or one line, per message. */
export function messageCount(text: string, capability: TextCapability): number {
	return isCommand(text) ? 1 : linesNeeded(outgoingContent(text).body, capability);
}

/** Bytes beyond the limit of one message where the network does not split; 0 when it fits. */
export function bytesOver(text: string, capability: TextCapability): number {
	const splits = capability.multiline === 'split' || (capability.lineBytes ?? null) !== null;
	if (capability.maxBytes === null || splits) return 0;
	return Math.max(0, new TextEncoder().encode(text).length - capability.maxBytes);
}
