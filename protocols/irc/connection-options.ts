/** What a connection is made of, and how it ends. */
import type { AdapterContext, ConnectionEnd } from '../adapter/context.ts';
import type { OwnPresence } from '../model/entities.ts';
import type { BlockList } from './block-list.ts';
import type { Link } from './link.ts';
import type { ContactBook } from './people.ts';
import type { RegistrationOptions } from './registration.ts';
import type { Rejoin } from './rejoin.ts';
import type { IrcSettings } from './settings.ts';

export interface ConnectionOptions {
	readonly context: AdapterContext;
	readonly settings: IrcSettings;
	readonly registration: RegistrationOptions;
	readonly contacts: ContactBook;
	readonly blocked: BlockList;
	readonly rejoin: Rejoin;
	/** Away state the user wants, restored on every connection; null: never set. */
	readonly presence: OwnPresence | null;
	readonly link: Link;
	readonly host: string;
	readonly port: number;
}

export type SessionEnd = ConnectionEnd | { readonly kind: 'sts'; readonly port: number };
