/** All visible strings. `en-setup.json` holds those of accounts, rooms, people, members and settings. */
import base from './en.json' with { type: 'json' };
import setup from './en-setup.json' with { type: 'json' };

export const english = { ...base, ...setup };
/** @public read by `i18next.d.ts`, which gives `t` its keys. */
export type Strings = typeof english;
