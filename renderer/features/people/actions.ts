import type { TFunction } from 'i18next';
import type { AccountId, ConversationId, RemoteUserId } from '../../../protocols/model/ids.ts';
import type { App } from '../../app-context.ts';

/** Opens the chat with somebody; false when that was refused (and said so). */
export function openChat(app: App, accountId: AccountId, user: RemoteUserId): Promise<boolean> {
	return app.attempt(
		app.client
			.command('conversation.direct', { accountId, user })
			.then((result) => app.session.open(result.conversationId)),
	);
}

/** Asks the network who somebody is; the answer comes as lines in the conversation. */
export function askWhois(
	app: App,
	t: TFunction,
	accountId: AccountId,
	user: RemoteUserId,
	conversationId: ConversationId | null,
): void {
	void app.attempt(app.client.command('user.whois', { accountId, user, conversationId })).then((worked) => {
		if (worked) app.ui.toast('info', t('people.whoisAsked'));
	});
}
