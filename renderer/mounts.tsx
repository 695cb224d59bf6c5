/**
 * Places in the shell that other features fill. The shell knows only these names, so that a feature can grow without
 * touching it.
 */
import type { ReactNode } from 'react';
import type { Conversation } from '../protocols/model/entities.ts';
import type { DialogRequest } from './state/ui-state.ts';

const nothing = (): ReactNode => null;

/** Foot of the navigator: accounts with a status dot each, and settings. */
export const AccountFooter: () => ReactNode = nothing;
/** Right column: people or facts of a conversation. Fills its column; `onClose` hides it. */
export const DetailsColumn: (props: {
	readonly conversation: Conversation;
	readonly onClose: () => void;
}) => ReactNode = nothing;
/** The whole window while there is no account. */
export const FirstRun: () => ReactNode = nothing;
/** The three-line tour after the first account; shows itself while `settings.tourDone` is false. */
export const Tour: () => ReactNode = nothing;
/** Dialogs of accounts, rooms, people and settings; answers null for kinds that are not its own. */
export const SetupDialog: (props: { readonly request: DialogRequest; readonly onClose: () => void }) => ReactNode =
	nothing;
