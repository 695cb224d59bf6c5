import { useEffect, useState } from 'react';
import type { MediaPart } from '../../../engine/contract/media.ts';
import type { MediaState } from '../../../protocols/model/entities.ts';
import { toChatError } from '../../../protocols/model/errors.ts';
import { isMediaId } from '../../../protocols/model/ids.ts';
import type { MediaId, MessageId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { readFile } from '../../link/host-files.ts';

/** An address for a blob as long as the component stands. */
export function useBlobUrl(blob: Blob | null): string | null {
	const [url, setUrl] = useState<string | null>(null);
	useEffect(() => {
		if (blob === null) return undefined;
		const made = URL.createObjectURL(blob);
		setUrl(made);
		return () => {
			URL.revokeObjectURL(made);
			setUrl(null);
		};
	}, [blob]);
	return url;
}

export interface FileView {
	readonly state: MediaState;
	readonly blob: Blob | null;
	/** Asks the engine for it; by itself when `auto`. */
	readonly load: () => void;
}

const absent: MediaState = { kind: 'absent' };

/** One file of a message, as far as it is here. */
export function useFile(messageId: MessageId, part: MediaPart, source: string, auto: boolean): FileView {
	const app = useApp();
	const id: MediaId | null = isMediaId(source) ? source : null;
	const told = useAppState((state) => (id === null ? undefined : state.engine.media.get(id)));
	const [answer, setAnswer] = useState<MediaState>(absent);
	const [wanted, setWanted] = useState(auto);
	const [attempt, setAttempt] = useState(0);
	const [blob, setBlob] = useState<Blob | null>(null);
	const state = told ?? answer;
	const isReady = state.kind === 'ready' || answer.kind === 'ready';
	useEffect(() => {
		if (!(auto || wanted) || id === null) return;
		app.client.command('media.fetch', { messageId, part }).then(
			(progress) => setAnswer(progress.state),
			(thrown: unknown) => setAnswer({ kind: 'failed', error: toChatError(thrown) }),
		);
	}, [app, id, messageId, part, auto, wanted, attempt]);
	useEffect(() => {
		if (!isReady || id === null) return undefined;
		const abort = new AbortController();
		readFile(id, abort.signal).then(setBlob, (thrown: unknown) => {
			if (!abort.signal.aborted) setAnswer({ kind: 'failed', error: toChatError(thrown) });
		});
		return () => abort.abort();
	}, [isReady, id]);
	const load = (): void => {
		setWanted(true);
		setAttempt((count) => count + 1);
	};
	return { state, blob, load };
}
