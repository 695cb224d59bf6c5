/**
 * Places in the shell that other features fill. The shell knows only these names, so that a feature can grow without
 * touching it.
 */

/** Foot of the navigator: accounts with a status dot each, and settings. */
export { AccountFooter } from './features/accounts/account-footer.tsx';
/** Right column: people or facts of a conversation. Fills its column; `onClose` hides it. */
export { DetailsColumn } from './features/members/details-column.tsx';
/** The whole window while there is no account. */
export { FirstRun } from './features/accounts/first-run.tsx';
/** The three-line tour after the first account; shows itself while `settings.tourDone` is false. */
export { Tour } from './features/accounts/tour.tsx';
