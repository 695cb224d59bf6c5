/** All visible strings. `en-setup.json` holds those of setting things up, `en-privacy.json` of what others learn. */
import base from './en.json' with { type: 'json' };
import privacy from './en-privacy.json' with { type: 'json' };
import setup from './en-setup.json' with { type: 'json' };

export const english = { ...base, ...setup, ...privacy };
/** @public read by `i18next.d.ts`, which gives `t` its keys. */
export type Strings = typeof english;
