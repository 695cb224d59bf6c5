import type { Conversation, Message } from '../../../protocols/model/entities.ts';
import type { GapId, MessageId } from '../../../protocols/model/ids.ts';
import { can } from '../../../protocols/model/capabilities.ts';
import type { App } from '../../app-context.ts';
import { now } from '../../platform/clock.ts';

/** What can be done with a message, from its room's capabilities alone. */
export interface MessageAbilities {
	readonly react: boolean;
	readonly reply: boolean;
	readonly edit: boolean;
	readonly remove: boolean;
}

const isText = (message: Message): boolean =>
	message.content.kind === 'text' || message.content.kind === 'emote' || message.content.kind === 'notice';

export function abilitiesOf(conversation: Conversation, message: Message): MessageAbilities {
	const { capabilities } = conversation;
	const onNetwork = message.send === null || ['sent', 'delivered', 'read', 'unconfirmed'].includes(message.send.kind);
	const alive = message.removedAt === null && message.content.kind !== 'system' && onNetwork;
	const { maxAgeMs } = capabilities.edit;
	const youngEnough = maxAgeMs === null || now() - message.time <= maxAgeMs;
	return {
		react: alive && can(capabilities.react),
		reply: alive && can(capabilities.reply),
		edit: alive && message.own && isText(message) && youngEnough && can(capabilities.edit),
		remove: alive && can(message.own ? capabilities.removeOwn : capabilities.removeAny),
	};
}

export function react(app: App, message: Message, key: string): void {
	const on = !(
		message.reactions.find((reaction) => reaction.key === key)?.senders.some((sender) => sender.own) ?? false
	);
	void app.attempt(app.client.command('message.react', { messageId: message.id, key, on }));
}

export function retrySend(app: App, id: MessageId): void {
	void app.attempt(app.client.command('message.retry', { messageId: id }));
}

export function discardSend(app: App, id: MessageId): void {
	void app.attempt(app.client.command('message.cancel', { messageId: id }));
}

export function removeMessage(app: App, id: MessageId, forMe: boolean): void {
	void app.attempt(app.client.command('message.remove', { messageId: id, reason: null, forMe }));
}

export function fillGap(app: App, conversation: Conversation, gapId: GapId): void {
	void app.attempt(app.client.command('conversation.fillGap', { conversationId: conversation.id, gapId }));
}
