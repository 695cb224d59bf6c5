/** Accounts that other chat programs on this machine have, as the window may see them: never a secret. */
import type { ProtocolName } from '../../protocols/model/entities.ts';

export interface ImportOffer {
	/** Counts until the next look, half an hour at most. */
	readonly id: string;
	/** `pidgin`, `gajim`, `hexchat`, `weechat`. */
	readonly program: string;
	readonly protocol: ProtocolName;
	/** How the other program calls it. */
	readonly label: string;
	readonly address: string;
	/** False where Parley was started without this protocol. */
	readonly isSupported: boolean;
	/** A password is there and can be taken over. */
	readonly hasSecret: boolean;
	/** A password exists, but only the other program can read it. */
	readonly hasLockedSecret: boolean;
	readonly rooms: number;
	readonly contacts: number;
}

export interface ImportOffers {
	readonly offers: readonly ImportOffer[];
	/** Accounts of networks that Parley does not speak. */
	readonly skipped: readonly { readonly program: string; readonly name: string }[];
}
