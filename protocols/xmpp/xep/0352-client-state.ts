/** XEP-0352 Client State Indication: tells the server that nobody is looking. */
import { el, type Element } from '../stanza.ts';

export const nsCsi = 'urn:xmpp:csi:0';

export const clientState = (active: boolean): Element => el(active ? 'active' : 'inactive', { xmlns: nsCsi });
