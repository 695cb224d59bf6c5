/** All visible strings. `en-setup.json` holds those of accounts, rooms, people, members and settings. */
import base from './en.json' with { type: 'json' };
import setup from './en-setup.json' with { type: 'json' };

export const english = { ...base, ...setup };
export type Strings = typeof english;
