import type { Contact, Conversation } from '../../../protocols/model/entities.ts';
import type { App } from '../../app-context.ts';

export function answerInvite(app: App, conversation: Conversation, accept: boolean): void {
	void app
		.attempt(app.client.command('conversation.answerInvite', { conversationId: conversation.id, accept }))
		.then((worked) => {
			if (worked && accept) app.session.open(conversation.id);
		});
}

export function answerContact(app: App, contact: Contact, allow: boolean): void {
	void app.attempt(app.client.command('contact.authorise', { contactId: contact.id, allow }));
}

export function openDirect(app: App, contact: Contact): void {
	void app.attempt(
		app.client
			.command('conversation.direct', { accountId: contact.accountId, user: contact.remoteId })
			.then((result) => app.session.open(result.conversationId)),
	);
}

export function update(
	app: App,
	conversation: Conversation,
	change: { notify?: 'all' | 'mentions' | 'none'; pinned?: boolean; archived?: boolean },
): void {
	void app.attempt(app.client.command('conversation.update', { conversationId: conversation.id, ...change }));
}

export function markRead(app: App, conversation: Conversation): void {
	const { last } = conversation;
	if (last !== null)
		void app.attempt(
			app.client.command('conversation.markRead', { conversationId: conversation.id, messageId: last.messageId }),
		);
}

export function rejoin(app: App, conversation: Conversation): void {
	const { accountId, remoteId } = conversation;
	void app.attempt(app.client.command('conversation.join', { accountId, name: remoteId, password: null }));
}
