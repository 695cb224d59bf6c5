import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Member } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { looseText } from '../../i18n/error-text.ts';
import type { Completion } from './completion.ts';

export interface Suggestion {
	readonly key: string;
	/** What is put into the text. */
	readonly value: string;
	readonly label: string;
	readonly hint: string;
	readonly member: Member | null;
}

const maxShown = 8;

/** What can be chosen for a completion: commands of the account's protocol, or names of the room. */
export function useSuggestions(conversation: Conversation, completion: Completion | null): readonly Suggestion[] {
	const { t } = useTranslation();
	const app = useApp();
	const protocol = useAppState((state) => {
		const account = state.engine.accounts.get(conversation.accountId);
		return account === undefined ? undefined : state.engine.protocols.get(account.protocol);
	});
	const [members, setMembers] = useState<{ prefix: string; list: readonly Member[] }>({ prefix: '', list: [] });
	const prefix = completion?.prefix ?? '';
	const kind = completion?.kind ?? null;
	useEffect(() => {
		if (kind !== 'name') return;
		let current = true;
		app.client
			.query('members.complete', { conversationId: conversation.id, prefix, limit: maxShown })
			.then((result) => {
				if (current) setMembers({ prefix, list: result.members });
			})
			.catch(() => undefined);
		return () => {
			current = false;
		};
	}, [app, conversation.id, kind, prefix]);
	return useMemo(() => {
		if (kind === 'command') {
			return (protocol?.slashCommands ?? [])
				.filter((command) => command.name.startsWith(prefix.toLowerCase()))
				.slice(0, maxShown)
				.map((command) => ({
					key: command.name,
					value: command.name,
					label: `/${command.name} ${command.params}`.trim(),
					hint: looseText(t, `slash.${command.help}`, ''),
					member: null,
				}));
		}
		if (kind === 'name') {
			return members.list
				.filter((member) => member.name.toLowerCase().startsWith(prefix.toLowerCase()))
				.map((member) => ({
					key: member.remoteId,
					value: member.name,
					label: member.name,
					hint: member.address ?? '',
					member,
				}));
		}
		return [];
	}, [kind, prefix, protocol, members, t]);
}
