/** XEP-0245 The /me Command. */
const prefix = '/me ';

/** The action without its prefix, or null when the text is none. */
export const readAction = (body: string): string | null => (body.startsWith(prefix) ? body.slice(prefix.length) : null);

export const actionBody = (text: string): string => prefix + text;
