/**
 * The dialogs in a file of their own: the first painted window does not wait for them. They are fetched once it stands,
 * so that opening one does not wait either.
 */
import { lazy } from 'react';
import { after } from './platform/clock.ts';

const conversationDialogs = () => import('./features/conversation/dialogs.tsx');
const setupDialogs = () => import('./features/dialogs.tsx');

/** Dialogs of a conversation; null for the kinds of other features. */
export const ConversationDialog = lazy(() =>
	conversationDialogs().then((module) => ({ default: module.ConversationDialog })),
);
/** Dialogs of accounts, rooms, people and settings; null for the kinds of other features. */
export const SetupDialog = lazy(() => setupDialogs().then((module) => ({ default: module.SetupDialog })));

/** Milliseconds after the window stands. */
const fetchAfter = 300;

export function fetchDialogs(): () => void {
	// What fails here is tried again, and said, when a dialog is opened.
	return after(fetchAfter, () => void Promise.all([conversationDialogs(), setupDialogs()]).catch(() => undefined));
}
