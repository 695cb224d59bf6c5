import { useTranslation } from 'react-i18next';
import { Avatar } from '../../components/avatar.tsx';
import { cx } from '../../components/cx.ts';
import { Isolate } from '../../components/isolate.tsx';
import styles from './view.module.css';
import type { Suggestion } from './use-suggestions.ts';

export const suggestionListId = 'composer-suggestions';
export const suggestionId = (index: number): string => `composer-suggestion-${index}`;

/** Choices over the composer; the text area keeps the focus and names the active one (ARIA combobox). */
export function SuggestionList({
	suggestions,
	active,
	kind,
	onChoose,
}: {
	readonly suggestions: readonly Suggestion[];
	readonly active: number;
	readonly kind: 'command' | 'name';
	readonly onChoose: (suggestion: Suggestion) => void;
}) {
	const { t } = useTranslation();
	return (
		<div
			id={suggestionListId}
			role="listbox"
			aria-label={kind === 'command' ? t('composer.commands') : t('composer.names')}
			className={styles['suggestions']}
		>
			{suggestions.map((suggestion, index) => (
				<div
					key={suggestion.key}
					id={suggestionId(index)}
					role="option"
					tabIndex={-1}
					aria-selected={index === active}
					className={cx(styles['suggestion'], index === active && styles['suggestionActive'])}
					onPointerDown={(event) => {
						event.preventDefault();
						onChoose(suggestion);
					}}
				>
					{suggestion.member !== null && (
						<Avatar
							id={suggestion.member.remoteId}
							name={suggestion.member.name}
							size={20}
							presence={suggestion.member.availability}
						/>
					)}
					<Isolate className={cx(styles['suggestionLabel'], kind === 'command' && styles['mono'])}>
						{suggestion.label}
					</Isolate>
					<Isolate className={styles['suggestionHint']}>{suggestion.hint}</Isolate>
				</div>
			))}
		</div>
	);
}
