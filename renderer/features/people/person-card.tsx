import { Ban, Info, MessageSquare, UserMinus, UserPlus } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { Account, Contact } from '../../../protocols/model/entities.ts';
import type { AccountId, ConversationId, RemoteUserId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button } from '../../components/button.tsx';
import { Glyph } from '../../components/glyph.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { Notice } from '../../components/notice.tsx';
import { PresenceDot } from '../../components/presence-dot.tsx';
import { limitText } from '../../i18n/error-text.ts';
import { askWhois, openChat } from './actions.ts';
import styles from './person-card.module.css';
import { personFacts } from './person-facts.ts';
import type { PersonFacts } from './person-facts.ts';
import { NameNotice } from './radar/name-warning.tsx';

/** Who somebody is and what can be done: in the details column and in a dialog. */
export function PersonCard({
	accountId,
	user,
	conversationId,
	hasMessageButton = true,
	onLeave,
}: {
	readonly accountId: AccountId;
	readonly user: RemoteUserId;
	readonly conversationId: ConversationId | null;
	/** Off where the chat with this person is what one looks at. */
	readonly hasMessageButton?: boolean;
	/** Something was done that leads away from here. */
	readonly onLeave?: () => void;
}) {
	const { t } = useTranslation();
	const engine = useAppState((state) => state.engine);
	const account = engine.accounts.get(accountId);
	const facts = useMemo(
		() => personFacts(engine, accountId, user, conversationId),
		[engine, accountId, user, conversationId],
	);
	const place = conversationId === null ? undefined : engine.conversations.get(conversationId);
	if (account === undefined) return null;
	return (
		<div className={styles['card']}>
			<Avatar id={user} name={facts.name} size={56} />
			<h2 className={styles['name']}>
				<Isolate>{facts.name}</Isolate>
			</h2>
			<NameNotice
				accountId={accountId}
				remoteId={user}
				name={facts.name}
				address={facts.address === user ? null : facts.address}
				place={place?.remoteId ?? null}
				isSelf={facts.isSelf}
			/>
			{facts.availability !== 'unknown' && (
				<p className={styles['presence']}>
					<PresenceDot availability={facts.availability} />
					<span>{t(`presence.${facts.availability}`)}</span>
				</p>
			)}
			{facts.statusText !== '' && <Isolate className={styles['status']}>{facts.statusText}</Isolate>}
			{!facts.isSelf && (
				<Actions
					facts={facts}
					account={account}
					user={user}
					conversationId={conversationId}
					hasMessageButton={hasMessageButton}
					onLeave={onLeave}
				/>
			)}
			{facts.contact?.subscription === 'pending-in' && <Request contact={facts.contact} />}
			<Addresses facts={facts} account={account} />
			<dl className={styles['facts']}>
				{facts.strength !== null && (
					<>
						<dt>{t('people.identity')}</dt>
						<dd>{t(`people.strength.${facts.strength}`)}</dd>
					</>
				)}
				{facts.contact !== null && facts.contact.onRoster && can(account.capabilities.contactPresence) && (
					<>
						<dt>{t('people.presenceSharing')}</dt>
						<dd>{t(`people.subscription.${facts.contact.subscription}`)}</dd>
					</>
				)}
				{facts.contact !== null && facts.contact.groups.length > 0 && (
					<>
						<dt>{t('people.groups')}</dt>
						<dd>
							<Isolate>{facts.contact.groups.join(', ')}</Isolate>
						</dd>
					</>
				)}
			</dl>
			{facts.contact?.blocked === true && <Notice tone="warning">{t('people.isBlocked')}</Notice>}
		</div>
	);
}

function Actions({
	facts,
	account,
	user,
	conversationId,
	hasMessageButton,
	onLeave,
}: {
	readonly facts: PersonFacts;
	readonly account: Account;
	readonly user: RemoteUserId;
	readonly conversationId: ConversationId | null;
	readonly hasMessageButton: boolean;
	readonly onLeave: (() => void) | undefined;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const { contact } = facts;
	const { capabilities } = account;
	const run = (promise: Promise<unknown>): void => void app.attempt(promise);
	const onRoster = contact?.onRoster === true;
	const toggleContact = (): void => {
		if (contact !== null && onRoster) run(app.client.command('contact.remove', { contactId: contact.id }));
		else
			run(
				app.client.command('contact.add', {
					accountId: account.id,
					user,
					name: facts.name === user ? null : facts.name,
					groups: [],
					message: null,
				}),
			);
	};
	return (
		<div className={styles['actions']}>
			{hasMessageButton && (
				<IconButton
					label={t('people.message')}
					hint={limitText(t, capabilities.directChat)}
					icon={<MessageSquare />}
					isUnavailable={!can(capabilities.directChat)}
					onPress={() => void openChat(app, account.id, user).then((worked) => worked && onLeave?.())}
				/>
			)}
			<IconButton
				label={onRoster ? t('people.removeContact') : t('people.addContact')}
				hint={limitText(t, capabilities.contacts)}
				icon={onRoster ? <UserMinus /> : <UserPlus />}
				isUnavailable={!can(capabilities.contacts)}
				onPress={toggleContact}
			/>
			<IconButton
				label={t('people.whois')}
				icon={<Info />}
				onPress={() => askWhois(app, t, account.id, user, conversationId)}
			/>
			{contact !== null && (
				<IconButton
					label={contact.blocked ? t('people.unblock') : t('people.block')}
					hint={limitText(t, capabilities.block)}
					icon={<Ban />}
					isDanger={!contact.blocked}
					isActive={contact.blocked}
					isUnavailable={!can(capabilities.block)}
					onPress={() =>
						run(
							app.client.command('user.block', {
								accountId: contact.accountId,
								user: contact.remoteId,
								blocked: !contact.blocked,
							}),
						)
					}
				/>
			)}
		</div>
	);
}

/** Somebody who wants to see our presence. */
function Request({ contact }: { readonly contact: Contact }) {
	const { t } = useTranslation();
	const app = useApp();
	const answer = (allow: boolean): void =>
		void app.attempt(app.client.command('contact.authorise', { contactId: contact.id, allow }));
	return (
		<div className={styles['request']}>
			<Notice
				actions={
					<>
						<Button size="small" variant="primary" onPress={() => answer(true)}>
							{t('sidebar.accept')}
						</Button>
						<Button size="small" onPress={() => answer(false)}>
							{t('sidebar.decline')}
						</Button>
					</>
				}
			>
				{t('sidebar.wantsContact')}
			</Notice>
		</div>
	);
}

/** Where this person can be reached: one line per address and account. */
function Addresses({ facts, account }: { readonly facts: PersonFacts; readonly account: Account }) {
	const { t } = useTranslation();
	const accounts = useAppState((state) => state.engine.accounts);
	const protocols = useAppState((state) => state.engine.protocols);
	const lines =
		facts.contacts.length === 0
			? [{ key: facts.address, address: facts.address, account }]
			: facts.contacts.map((contact, index) => ({
					key: contact.id,
					address: index === 0 ? facts.address : contact.remoteId,
					account: accounts.get(contact.accountId),
				}));
	return (
		<ul className={styles['addresses']} aria-label={t('people.addresses')}>
			{lines.map((line) => {
				const protocol = protocols.get(line.account?.protocol ?? '');
				return (
					<li key={line.key} className={styles['address']}>
						<Isolate className={styles['id']}>{line.address}</Isolate>
						{protocol !== undefined && (
							<Glyph shape={protocol.glyph} title={`${protocol.title} · ${line.account?.label ?? ''}`} />
						)}
					</li>
				);
			})}
		</ul>
	);
}
