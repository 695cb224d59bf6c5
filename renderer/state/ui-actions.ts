/** The only writers of the ui slice. */
import type { AttachedFile } from '../features/files/attached.ts';
import type { ConversationId, MessageId } from '../../protocols/model/ids.ts';
import { after, now } from '../platform/clock.ts';
import type { AppStore } from './store.ts';
import { navigatorLimits } from './ui-state.ts';
import type { ComposerMode, DialogRequest, NarrowView, NavigatorFilter, TargetManner, UiState } from './ui-state.ts';

const toastMs = 6000;
const maxToasts = 4;

export class UiActions {
	readonly #store: AppStore;
	#nextToast = 1;

	constructor(store: AppStore) {
		this.#store = store;
	}

	set(change: Partial<UiState>): void {
		this.#store.setState((state) => ({ ui: { ...state.ui, ...change } }));
	}

	get #ui(): UiState {
		return this.#store.getState().ui;
	}

	show(view: NarrowView): void {
		this.set({ narrowView: view });
	}

	setFilter(filter: NavigatorFilter): void {
		this.set({ filter });
	}

	toggleFold(group: string): void {
		const folded = new Set(this.#ui.folded);
		if (!folded.delete(group)) folded.add(group);
		this.set({ folded });
	}

	resizeNavigator(width: number): void {
		this.set({ navigatorWidth: Math.round(Math.min(navigatorLimits.max, Math.max(navigatorLimits.min, width))) });
	}

	toggleDetails(): void {
		this.set({ detailsOpen: !this.#ui.detailsOpen });
	}

	openDialog(dialog: DialogRequest): void {
		this.set({ dialog, paletteOpen: false });
	}

	closeDialog(): void {
		this.set({ dialog: null });
	}

	setPalette(paletteOpen: boolean): void {
		this.set({ paletteOpen });
	}

	/** Says something at the corner of the window. Errors stay until dismissed. */
	toast(tone: 'info' | 'success' | 'warning' | 'danger', text: string, detail: string | null = null): void {
		const id = this.#nextToast++;
		this.set({ toasts: [...this.#ui.toasts, { id, tone, text, detail }].slice(-maxToasts) });
		if (tone !== 'danger') after(toastMs, () => this.dismissToast(id));
	}

	dismissToast(id: number): void {
		this.set({ toasts: this.#ui.toasts.filter((toast) => toast.id !== id) });
	}

	setDraft(id: ConversationId, text: string): void {
		this.set({ drafts: new Map(this.#ui.drafts).set(id, text) });
	}

	setComposing(id: ConversationId, mode: ComposerMode | null): void {
		const composing = new Map(this.#ui.composing);
		if (mode === null) composing.delete(id);
		else composing.set(id, mode);
		this.set({ composing });
	}

	setAttached(id: ConversationId, files: readonly AttachedFile[]): void {
		const attached = new Map(this.#ui.attached);
		if (files.length === 0) attached.delete(id);
		else attached.set(id, files);
		this.set({ attached });
	}

	setTarget(conversationId: ConversationId, messageId: MessageId, manner: TargetManner): void {
		this.set({ target: { conversationId, messageId, at: now(), manner } });
	}
}
