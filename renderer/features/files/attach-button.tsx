import { Paperclip } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { limitText } from '../../i18n/error-text.ts';
import { byteSize } from '../../i18n/times.ts';
import { attach } from './attached.ts';

/** Chooses files; where the network takes none, its tooltip says why. */
export function AttachButton({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const input = useRef<HTMLInputElement>(null);
	const { attachments } = conversation.capabilities;
	const limit = attachments.maxBytes;
	return (
		<>
			<input
				ref={input}
				type="file"
				multiple
				hidden
				onChange={(event) => {
					attach(app, conversation, [...(event.target.files ?? [])]);
					// So that the same file can be chosen again.
					event.target.value = '';
				}}
			/>
			<IconButton
				label={t('composer.attach')}
				hint={limitText(t, attachments) ?? (limit === null ? undefined : t('files.limit', { limit: byteSize(limit) }))}
				icon={<Paperclip />}
				isUnavailable={!can(attachments)}
				onPress={() => input.current?.click()}
			/>
		</>
	);
}
