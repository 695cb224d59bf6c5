import { Check, Inbox } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportOffer, ImportOffers } from '../../../engine/contract/imports.ts';
import { type ChatError, toChatError } from '../../../protocols/model/errors.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Glyph } from '../../components/glyph.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import styles from './import.module.css';
import { LoginFlow } from './login-flow.tsx';

/** What was found on this machine; looked for once while the list is open. */
function useOffers(): { readonly found: ImportOffers | null; readonly error: ChatError | null } {
	const { client } = useApp();
	const [found, setFound] = useState<ImportOffers | null>(null);
	const [error, setError] = useState<ChatError | null>(null);
	useEffect(() => {
		let isHere = true;
		client
			.query('import.scan', {})
			.then((offers) => {
				if (isHere) setFound(offers);
			})
			.catch((thrown: unknown) => {
				if (isHere) setError(toChatError(thrown));
			});
		return () => {
			isHere = false;
		};
	}, [client]);
	return { found, error };
}

/** Accounts of other programs, one after the other through the usual login. */
export function ImportAccounts({
	onBack,
	onDone,
}: {
	readonly onBack: () => void;
	readonly onDone: (accountId: AccountId) => void;
}) {
	const { t } = useTranslation();
	const { found, error } = useOffers();
	const protocols = useAppState((state) => state.engine.protocols);
	const [added, setAdded] = useState<ReadonlyMap<string, AccountId>>(new Map());
	const [chosen, setChosen] = useState<{ readonly offer: ImportOffer; readonly withSecret: boolean } | null>(null);
	const last = [...added.values()].at(-1);
	if (error !== null)
		return (
			<>
				<Notice tone="danger" detail={error.detail}>
					{errorSentences(t, error)}
				</Notice>
				<Foot onBack={onBack} />
			</>
		);
	if (found === null) return <Skeleton lines={4} hasAvatar={false} />;
	const protocol = chosen === null ? undefined : protocols.get(chosen.offer.protocol);
	if (chosen !== null && protocol !== undefined) {
		const { id } = chosen.offer;
		return (
			<LoginFlow
				key={id}
				protocol={protocol}
				start={{ offerId: id, withSecret: chosen.withSecret }}
				onBack={() => setChosen(null)}
				onDone={(accountId) => {
					setAdded((before) => new Map(before).set(id, accountId));
					setChosen(null);
				}}
			/>
		);
	}
	if (found.offers.length === 0)
		return (
			<>
				<EmptyState icon={<Inbox />} title={t('import.none')}>
					{t('import.noneText')}
				</EmptyState>
				<Foot onBack={onBack} />
			</>
		);
	return (
		<>
			<ul className={styles['list']} aria-label={t('import.title')}>
				{found.offers.map((offer) => (
					<Offer
						key={offer.id}
						offer={offer}
						glyph={protocols.get(offer.protocol)?.glyph ?? null}
						isAdded={added.has(offer.id)}
						onAdd={(withSecret) => setChosen({ offer, withSecret })}
					/>
				))}
			</ul>
			{found.skipped.length > 0 && (
				<div className={styles['skipped']}>
					<Notice>{t('import.skipped', { names: found.skipped.map(({ name }) => name).join(', ') })}</Notice>
				</div>
			)}
			<Foot
				onBack={onBack}
				{...(last === undefined
					? {}
					: {
							onClose: () => onDone(last),
						})}
			/>
		</>
	);
}

function Foot({ onBack, onClose }: { readonly onBack: () => void; readonly onClose?: () => void }) {
	const { t } = useTranslation();
	return (
		<div className={styles['foot']}>
			<Button onPress={onBack}>{t('common.back')}</Button>
			{onClose !== undefined && (
				<Button variant="primary" autoFocus onPress={onClose}>
					{t('import.finish')}
				</Button>
			)}
		</div>
	);
}

function Offer({
	offer,
	glyph,
	isAdded,
	onAdd,
}: {
	readonly offer: ImportOffer;
	readonly glyph: string | null;
	readonly isAdded: boolean;
	readonly onAdd: (withSecret: boolean) => void;
}) {
	const { t } = useTranslation();
	const [withSecret, setWithSecret] = useState(false);
	const facts = [
		t('import.from', { program: t(`import.program.${offer.program}` as 'import.program.pidgin') }),
		...(offer.label === offer.address ? [] : [offer.address]),
		...(offer.rooms === 0 ? [] : [t('import.rooms', { count: offer.rooms })]),
		...(offer.contacts === 0 ? [] : [t('import.contacts', { count: offer.contacts })]),
		...(offer.hasLockedSecret ? [t('import.locked')] : []),
	];
	return (
		<li className={styles['offer']}>
			{glyph === null ? <span /> : <Glyph shape={glyph} title={offer.protocol} />}
			<div className={styles['words']}>
				<div className={styles['label']}>
					<Isolate>{offer.label}</Isolate>
				</div>
				<Isolate className={styles['facts']}>{facts.join(' · ')}</Isolate>
			</div>
			{isAdded ? (
				<span className={styles['done']} role="status">
					<Check aria-hidden />
					{t('import.added')}
				</span>
			) : (
				<Button
					isDisabled={!offer.isSupported}
					aria-label={t('import.addNamed', { name: offer.label })}
					onPress={() => onAdd(withSecret)}
				>
					{t('import.add')}
				</Button>
			)}
			{offer.hasSecret && !isAdded && (
				<div className={styles['secret']}>
					<SwitchField label={t('import.withSecret')} isSelected={withSecret} onChange={setWithSecret} />
				</div>
			)}
		</li>
	);
}
