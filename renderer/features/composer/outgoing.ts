/** From composer text to what is sent. Pure. */
import type { TextCapability } from '../../../protocols/model/capabilities.ts';
import type { OutgoingContent } from '../../../protocols/model/content.ts';
import { parseMarkdown } from '../../../protocols/model/markdown.ts';

/** A line for the engine's command table; `//` writes a message that starts with a slash. */
export function isCommand(text: string): boolean {
	return /^\/[a-z]/iu.test(text) && !text.startsWith('//');
}

export function outgoingContent(text: string): OutgoingContent {
	return { kind: 'text', body: parseMarkdown(text.startsWith('//') ? text.slice(1) : text) };
}

/** Several messages will go out where the network takes one line per message; 1 otherwise. */
export function messageCount(text: string, capability: TextCapability): number {
	if (capability.multiline === 'native' || isCommand(text)) return 1;
	return Math.max(1, text.split('\n').filter((line) => line.trim() !== '').length);
}

/** Bytes beyond the limit of one message where the network does not split; 0 when it fits. */
export function bytesOver(text: string, capability: TextCapability): number {
	if (capability.maxBytes === null || capability.multiline === 'split') return 0;
	return Math.max(0, new TextEncoder().encode(text).length - capability.maxBytes);
}
