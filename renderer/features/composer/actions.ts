import type { Conversation, Message } from '../../../protocols/model/entities.ts';
import type { App } from '../../app-context.ts';
import type { ComposerMode } from '../../state/ui-state.ts';
import { sendAttached } from '../files/attached.ts';
import { isCommand, outgoingContent } from './outgoing.ts';

/** Runs what was written. True when the text may be cleared; otherwise it stays, and the user is told why. */
export async function submit(
	app: App,
	conversation: Conversation,
	text: string,
	mode: ComposerMode | null,
): Promise<boolean> {
	const { id } = conversation;
	if (mode?.kind === 'edit') {
		return app.attempt(
			app.client.command('message.edit', { messageId: mode.messageId, content: outgoingContent(text) }),
		);
	}
	if (isCommand(text)) return runSlash(app, conversation, text);
	app.session.toNewest(id);
	const replyTo = mode?.kind === 'reply' ? mode.messageId : null;
	return app.attempt(
		app.client.command('message.send', { conversationId: id, content: outgoingContent(text), replyTo }),
	);
}

/** Sends the chosen files with what was written as their caption. */
export async function submitFiles(
	app: App,
	conversation: Conversation,
	text: string,
	mode: ComposerMode | null,
): Promise<boolean> {
	app.session.toNewest(conversation.id);
	const replyTo = mode?.kind === 'reply' ? mode.messageId : null;
	const caption = text.trim() === '' ? null : outgoingContent(text).body;
	return (await sendAttached(app, conversation, caption, replyTo)) || caption === null;
}

async function runSlash(app: App, conversation: Conversation, line: string): Promise<boolean> {
	if (/^\/help\s*$/iu.test(line)) {
		app.ui.openDialog({ kind: 'slash-help', conversationId: conversation.id });
		return true;
	}
	let understood = true;
	const worked = await app.attempt(
		app.client
			.command('slash.run', { accountId: conversation.accountId, conversationId: conversation.id, line })
			.then((result) => {
				understood = !result.refused;
				if (result.text !== null) app.ui.toast(result.refused ? 'warning' : 'info', result.text);
				if (result.show !== null) app.session.open(result.show);
			}),
	);
	return worked && understood;
}

/** The newest own message that may be edited: what the up arrow offers. */
export function lastEditable(messages: readonly Message[], isEditable: (message: Message) => boolean): Message | null {
	return messages.findLast((message) => message.own && isEditable(message)) ?? null;
}
