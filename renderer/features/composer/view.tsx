import { SendHorizontal, Smile, X } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import { plainBody } from '../../../protocols/model/content.ts';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { cx } from '../../components/cx.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { limitText } from '../../i18n/error-text.ts';
import { displayName } from '../../state/selectors.ts';
import { securityFacts } from '../conversation/security-facts.ts';
import { AttachButton } from '../files/attach-button.tsx';
import { attach } from '../files/attached.ts';
import { AttachmentTray, useAttached } from '../files/tray.tsx';
import { abilitiesOf } from '../timeline/actions.ts';
import { lastEditable, submit, submitFiles } from './actions.ts';
import { complete, completionAt, wordAt } from './completion.ts';
import type { Completion } from './completion.ts';
import { EmojiButton } from './emoji-picker.tsx';
import { bytesOver } from './outgoing.ts';
import { SizeHint } from './size-hint.tsx';
import { SuggestionList, suggestionId, suggestionListId } from './suggestion-list.tsx';
import { TypingLine } from './typing-line.tsx';
import { useDraft } from './use-draft.ts';
import { useSuggestions } from './use-suggestions.ts';
import type { Suggestion } from './use-suggestions.ts';
import { useTypingSignal } from './use-typing.ts';
import styles from './view.module.css';

const maxLines = 8;

/** Where messages are written: a growing text area with Markdown, commands, names, emoji, replies and edits. */
export function Composer({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const area = useRef<HTMLTextAreaElement>(null);
	const [draft, setDraft] = useDraft(conversation);
	const mode = useAppState((state) => state.ui.composing.get(conversation.id) ?? null);
	const [editText, setEditText] = useState<string | null>(null);
	const text = mode?.kind === 'edit' ? (editText ?? '') : draft;
	const setText = (next: string): void => (mode?.kind === 'edit' ? setEditText(next) : setDraft(next));
	const [completion, setCompletion] = useState<Completion | null>(null);
	const [active, setActive] = useState(0);
	const suggestions = useSuggestions(conversation, completion);
	const typing = useTypingSignal(conversation);
	const { capabilities } = conversation;
	const maySend = can(capabilities.text.send);
	const over = bytesOver(text, capabilities.text);
	const withFiles = useAttached(conversation).length > 0 && mode?.kind !== 'edit';
	const isSendable = maySend && over === 0 && (withFiles || text.trim() !== '');
	useEditedText(conversation, mode?.kind === 'edit' ? mode.messageId : null, setEditText);
	useGrowing(area, text);
	useEffect(() => {
		// A new conversation, reply or edit: on with writing.
		if (globalThis.matchMedia('(pointer: fine)').matches) area.current?.focus();
	}, [mode]);
	const place = (next: string, caret: number): void => {
		setText(next);
		setCompletion(null);
		requestAnimationFrame(() => area.current?.setSelectionRange(caret, caret));
	};
	const changed = (next: string, caret: number): void => {
		setText(next);
		typing.typed(next);
		setActive(0);
		setCompletion(completionAt(next, caret));
	};
	const choose = (suggestion: Suggestion): void => {
		if (completion === null) return;
		const result = complete(text, completion, suggestion.value);
		place(result.text, result.caret);
	};
	const insert = (piece: string): void => {
		const element = area.current;
		const from = element?.selectionStart ?? text.length;
		const to = element?.selectionEnd ?? from;
		place(text.slice(0, from) + piece + text.slice(to), from + piece.length);
		element?.focus();
	};
	const send = (): void => {
		if (!isSendable) return;
		typing.done();
		const was = text;
		app.ui.setComposing(conversation.id, null);
		setText('');
		setCompletion(null);
		void (withFiles ? submitFiles : submit)(app, conversation, was.trimEnd(), mode).then((worked) => {
			if (worked) return;
			// Nothing typed is lost: it comes back where it was.
			setText(was);
			app.ui.setComposing(conversation.id, mode);
		});
	};
	const open = completion !== null && suggestions.length > 0;
	const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
		if (event.nativeEvent.isComposing) return;
		if (open && moveInList(event)) return;
		if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
			event.preventDefault();
			send();
		} else if (event.key === 'Escape' && mode !== null) {
			event.preventDefault();
			app.ui.setComposing(conversation.id, null);
		} else if (event.key === 'Tab' && !event.shiftKey && !open) {
			const word = wordAt(text, event.currentTarget.selectionStart);
			if (word === null) return;
			event.preventDefault();
			setActive(0);
			setCompletion(word);
		} else if (event.key === 'ArrowUp' && text === '' && mode === null) editLast(event);
	};
	return (
		<div className={styles['composer']}>
			{open && <SuggestionList suggestions={suggestions} active={active} kind={completion.kind} onChoose={choose} />}
			<TypingLine conversation={conversation} />
			<ModeBar conversation={conversation} />
			<AttachmentTray conversation={conversation} />
			<div className={cx(styles['box'], !maySend && styles['disabled'])}>
				<AttachButton conversation={conversation} />
				<textarea
					ref={area}
					className={styles['area']}
					rows={1}
					dir="auto"
					value={text}
					disabled={!maySend}
					placeholder={usePlaceholder(conversation)}
					aria-label={t('composer.label')}
					aria-haspopup="listbox"
					aria-controls={open ? suggestionListId : undefined}
					aria-autocomplete="list"
					aria-activedescendant={open ? suggestionId(active) : undefined}
					spellCheck
					onChange={(event) => changed(event.target.value, event.target.selectionStart)}
					onSelect={(event) => setCompletion(completionAt(text, event.currentTarget.selectionStart))}
					onBlur={() => setCompletion(null)}
					onKeyDown={onKeyDown}
					onPaste={(event) => {
						const files = [...event.clipboardData.files];
						if (files.length === 0 || !can(capabilities.attachments)) return;
						event.preventDefault();
						attach(app, conversation, files);
					}}
				/>
				<EmojiButton
					onPick={insert}
					trigger={<IconButton label={t('composer.emoji')} icon={<Smile />} isDisabled={!maySend} />}
				/>
				<IconButton
					label={t('composer.send')}
					icon={<SendHorizontal />}
					isActive={isSendable}
					isDisabled={!isSendable}
					onPress={send}
				/>
			</div>
			<SizeHint text={text} capability={capabilities.text} />
		</div>
	);

	/** True when the key was for the open list. */
	function moveInList(event: KeyboardEvent<HTMLTextAreaElement>): boolean {
		const chosen = suggestions[active];
		if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
			const step = event.key === 'ArrowDown' ? 1 : -1;
			setActive((active + step + suggestions.length) % suggestions.length);
		} else if (event.key === 'Tab' || (event.key === 'Enter' && !isComplete())) {
			if (chosen !== undefined) choose(chosen);
		} else if (event.key === 'Escape') setCompletion(null);
		else return false;
		event.preventDefault();
		return true;
	}

	/** A whole command was typed: Enter runs it instead of completing it. */
	function isComplete(): boolean {
		return (
			completion?.kind === 'command' &&
			suggestions.some((suggestion) => suggestion.value === completion.prefix.toLowerCase())
		);
	}

	function editLast(event: KeyboardEvent<HTMLTextAreaElement>): void {
		const messages = app.store.getState().engine.timelines.get(conversation.id)?.messages ?? [];
		const last = lastEditable(messages, (message) => abilitiesOf(conversation, message).edit);
		if (last === null) return;
		event.preventDefault();
		app.ui.setComposing(conversation.id, { kind: 'edit', messageId: last.id });
	}
}

/** Puts the text of the message that is being edited into the area, once per edit. */
function useEditedText(
	conversation: Conversation,
	editing: number | null,
	setEditText: (text: string | null) => void,
): void {
	const app = useApp();
	useEffect(() => {
		if (editing === null) {
			setEditText(null);
			return;
		}
		const message = app.store
			.getState()
			.engine.timelines.get(conversation.id)
			?.messages.find((entry) => entry.id === editing);
		setEditText(message === undefined ? '' : plainBody(message.content));
	}, [editing, app, conversation.id, setEditText]);
}

/** One line at first, up to eight as the text grows. */
function useGrowing(area: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
	useLayoutEffect(() => {
		const element = area.current;
		if (element === null) return;
		element.style.height = 'auto';
		const line = Number.parseFloat(getComputedStyle(element).lineHeight) || 20;
		const padding = element.offsetHeight - element.clientHeight + 12;
		element.style.height = `${Math.min(element.scrollHeight, line * maxLines + padding)}px`;
		element.style.overflowY = element.scrollHeight > line * maxLines + padding ? 'auto' : 'hidden';
	}, [area, text]);
}

function usePlaceholder(conversation: Conversation): string {
	const { t } = useTranslation();
	const account = useAppState((state) => state.engine.accounts.get(conversation.accountId) ?? null);
	const name = useAppState((state) => displayName(state.engine, conversation));
	const { send } = conversation.capabilities.text;
	if (!can(send)) return t('composer.disabled', { reason: limitText(t, send) ?? '' });
	return t('composer.placeholder', {
		name,
		account: account?.label ?? '',
		security: securityFacts(t, account, conversation).short,
	});
}

/** What the next message answers or changes. */
function ModeBar({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const mode = useAppState((state) => state.ui.composing.get(conversation.id) ?? null);
	const message = useAppState((state) =>
		mode === null
			? undefined
			: state.engine.timelines.get(conversation.id)?.messages.find((entry) => entry.id === mode.messageId),
	);
	if (mode === null) return null;
	const isReply = mode.kind === 'reply';
	const { reply } = conversation.capabilities;
	return (
		<div className={styles['mode']}>
			<div className={styles['modeWords']}>
				<span className={styles['modeTitle']}>
					{isReply ? t('composer.replying', { name: message?.sender.name ?? '' }) : t('composer.editing')}
				</span>
				<Isolate className={styles['modeText']}>
					{message === undefined ? '' : plainBody(message.content).slice(0, 200)}
				</Isolate>
				{isReply && reply.level === 'fallback' && (
					<span className={styles['modeText']}>{t('composer.fallbackReply')}</span>
				)}
			</div>
			<IconButton
				label={isReply ? t('composer.cancelReply') : t('composer.cancelEdit')}
				icon={<X />}
				size="small"
				onPress={() => app.ui.setComposing(conversation.id, null)}
			/>
		</div>
	);
}
