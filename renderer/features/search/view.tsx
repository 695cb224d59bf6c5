import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SearchHit } from '../../../engine/contract/queries.ts';
import { plainBody } from '../../../protocols/model/content.ts';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';
import type { ConversationId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { Notice } from '../../components/notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { fullTime, shortTime } from '../../i18n/times.ts';
import { after, now } from '../../platform/clock.ts';
import { displayName } from '../../state/selectors.ts';
import { excerpt } from './excerpt.ts';
import styles from './view.module.css';

const pageSize = 50;
const typingPauseMs = 200;

type Results =
	| { readonly kind: 'idle' | 'loading' }
	| { readonly kind: 'found'; readonly hits: readonly SearchHit[]; readonly more: boolean }
	| { readonly kind: 'failed'; readonly error: ChatError };

/** Search in all stored messages, or in one conversation; a hit jumps to its place. */
export function SearchDialog({
	scope,
	initialText,
	onClose,
}: {
	readonly scope: ConversationId | null;
	readonly initialText: string;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const [text, setText] = useState(initialText);
	const [here, setHere] = useState(scope);
	const scopeName = useAppState((state) => {
		const conversation = scope === null ? undefined : state.engine.conversations.get(scope);
		return conversation === undefined ? null : displayName(state.engine, conversation);
	});
	const { results, more } = useSearch(text, here);
	return (
		<DialogFrame title={t('search.title')} onClose={onClose} size="large" isDismissable>
			<div className={styles['form']}>
				<TextField
					label={t('search.title')}
					hideLabel
					placeholder={t('search.placeholder')}
					icon={<Search />}
					value={text}
					onChange={setText}
					autoFocus
				/>
				{scopeName !== null && (
					<SelectField
						label={t('search.scope')}
						hideLabel
						value={here === null ? 'all' : 'here'}
						onChange={(value) => setHere(value === 'here' ? scope : null)}
						choices={[
							{ value: 'here', label: t('search.here', { name: scopeName }) },
							{ value: 'all', label: t('search.everywhere') },
						]}
					/>
				)}
			</div>
			<ResultList
				results={results}
				onMore={more}
				onOpen={(hit) => {
					onClose();
					app.session.open(hit.message.conversationId, hit.message.id);
				}}
			/>
		</DialogFrame>
	);
}

function useSearch(
	text: string,
	conversationId: ConversationId | null,
): { readonly results: Results; readonly more: () => void } {
	const app = useApp();
	const [results, setResults] = useState<Results>({ kind: 'idle' });
	const run = useRef(0);
	const query = text.trim();
	useEffect(() => {
		const mine = ++run.current;
		if (query.length < 2) {
			setResults({ kind: 'idle' });
			return;
		}
		return after(typingPauseMs, () => {
			setResults({ kind: 'loading' });
			app.client
				.query('search.messages', { text: query, conversationId, accountId: null, before: null, limit: pageSize })
				.then((found) => {
					if (mine === run.current) setResults({ kind: 'found', hits: found.hits, more: found.more });
				})
				.catch((thrown: unknown) => {
					if (mine === run.current) setResults({ kind: 'failed', error: toChatError(thrown) });
				});
		});
	}, [app, query, conversationId]);
	const more = (): void => {
		const mine = run.current;
		const known = results.kind === 'found' ? results.hits : [];
		const before = known.at(-1)?.message.sort ?? null;
		void app.attempt(
			app.client
				.query('search.messages', { text: query, conversationId, accountId: null, before, limit: pageSize })
				.then((found) => {
					if (mine === run.current) setResults({ kind: 'found', hits: [...known, ...found.hits], more: found.more });
				}),
		);
	};
	return { results, more };
}

function ResultList({
	results,
	onMore,
	onOpen,
}: {
	readonly results: Results;
	readonly onMore: () => void;
	readonly onOpen: (hit: SearchHit) => void;
}) {
	const { t } = useTranslation();
	switch (results.kind) {
		case 'idle':
			return <p className={styles['hint']}>{t('search.hint')}</p>;
		case 'loading':
			return <Skeleton lines={4} />;
		case 'failed':
			return (
				<Notice tone="danger" detail={results.error.detail}>
					{t('search.failed')} {errorSentences(t, results.error)}
				</Notice>
			);
		case 'found':
			if (results.hits.length === 0) return <EmptyState title={t('search.none')}>{t('search.noneText')}</EmptyState>;
			return (
				<>
					<p className={styles['hint']} role="status">
						{results.more
							? t('search.resultsMore', { count: results.hits.length })
							: t('search.results', { count: results.hits.length })}
					</p>
					<ul className={styles['list']}>
						{results.hits.map((hit) => (
							<li key={hit.message.id}>
								<HitRow hit={hit} onOpen={onOpen} />
							</li>
						))}
					</ul>
					{results.more && <Button onPress={onMore}>{t('search.more')}</Button>}
				</>
			);
	}
}

function HitRow({ hit, onOpen }: { readonly hit: SearchHit; readonly onOpen: (hit: SearchHit) => void }) {
	const { t } = useTranslation();
	const place = useAppState((state) => {
		const conversation = state.engine.conversations.get(hit.message.conversationId);
		return conversation === undefined ? '' : displayName(state.engine, conversation);
	});
	const { message } = hit;
	return (
		<button type="button" className={styles['hit']} onClick={() => onOpen(hit)}>
			<Avatar id={message.sender.remoteId} name={message.sender.name} size={32} />
			<span className={styles['words']}>
				<span className={styles['head']}>
					<Isolate className={styles['name']}>{message.sender.name}</Isolate>
					<Isolate className={styles['place']}>{place}</Isolate>
					<time className={styles['time']} title={fullTime(message.time)}>
						{shortTime(message.time, now(), t('timeline.yesterday'))}
					</time>
				</span>
				<bdi className={styles['text']}>
					{excerpt(plainBody(message.content), hit.ranges).map((part, index) =>
						part.isHit ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>,
					)}
				</bdi>
			</span>
		</button>
	);
}
