/**
 * What a reload of the window must not lose and the engine does not know: which conversation is open, how far up one
 * reads there, and text that was typed in the last moment. Kept in the tab's own storage, so that two windows do not
 * follow each other.
 */
import * as z from 'zod';
import { conversationId, messageId } from '../../protocols/model/ids.ts';
import type { ConversationId, MessageId } from '../../protocols/model/ids.ts';
import type { App } from '../app-context.ts';

const item = 'parley.window';

const memorySchema = z.object({
	selected: z.string().transform(conversationId).nullable(),
	/** First message in sight; null at the newest end. */
	place: z.number().int().transform(messageId).nullable(),
	drafts: z.array(z.tuple([z.string().transform(conversationId), z.string()])),
});
export type WindowMemory = z.output<typeof memorySchema>;

/** Null for anything that is not a memory, such as one of an older version. */
export function readMemory(text: string | null): WindowMemory | null {
	if (text === null) return null;
	try {
		return memorySchema.safeParse(JSON.parse(text)).data ?? null;
	} catch {
		return null;
	}
}

/** Everything worth keeping now. Drafts that the engine has stored already are left out. */
function memoryOf(app: Pick<App, 'store' | 'session'>): WindowMemory {
	const { engine, ui } = app.store.getState();
	return {
		selected: ui.selected,
		place: ui.selected === null ? null : app.session.placeIn(ui.selected),
		drafts: [...ui.drafts].filter(([id, text]) => (engine.conversations.get(id)?.draft ?? text) !== text),
	};
}

/** Saves at the end of the page's life and restores once the first boot is through. */
export function rememberWindow(app: App, storage: Storage): void {
	const memory = readMemory(storage.getItem(item));
	storage.removeItem(item);
	window.addEventListener('pagehide', () => {
		try {
			storage.setItem(item, JSON.stringify(memoryOf(app)));
		} catch {
			// Full or forbidden: the window then opens as a new one does.
		}
	});
	if (memory === null) return;
	const restore = (): boolean => {
		const { engine } = app.store.getState();
		if (!engine.booted) return false;
		for (const [id, text] of memory.drafts) if (engine.conversations.has(id)) restoreDraft(app, id, text);
		if (memory.selected !== null && engine.conversations.has(memory.selected))
			reopen(app, memory.selected, memory.place);
		return true;
	};
	if (restore()) return;
	const stop = app.store.subscribe(() => {
		if (!app.store.getState().engine.booted) return;
		stop();
		restore();
	});
}

function restoreDraft(app: App, id: ConversationId, text: string): void {
	app.ui.setDraft(id, text);
	// One that could not be saved stays in the window; the next change tries again.
	app.client.command('draft.set', { conversationId: id, text }).catch(() => undefined);
}

function reopen(app: App, id: ConversationId, place: MessageId | null): void {
	// Whatever was opened by hand meanwhile wins.
	if (app.store.getState().ui.selected === null) app.session.open(id, place, 'return');
}
