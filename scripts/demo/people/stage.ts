import type { Peer } from '../../../e2e/peers/peer.ts';
import type { TestServer } from '../../../e2e/servers/server.ts';
import type { CastMember } from '../cast.ts';
import type { RoomScript } from '../dialogues.ts';

/** Somebody of the cast on one network. */
export interface Person {
	readonly member: CastMember;
	readonly peer: Peer;
	/** Away with a few words, or back (null). */
	setAway(status: string | null): Promise<void>;
}

/** A room with its address on one network. */
export interface StageRoom {
	readonly script: RoomScript;
	readonly address: string;
}

/** How Parley gets in: answers to the login form of this network's protocol, and what to do once it is connected. */
export interface StageLogin {
	readonly protocol: string;
	readonly values: Readonly<Record<string, string>>;
	/** Rooms to enter that the server would not put us into by itself. */
	readonly join: readonly string[];
	readonly contacts: readonly { readonly address: string; readonly name: string }[];
}

/** One network of the demo: a running server with its people and rooms. */
export interface Stage {
	/** `irc`, `xmpp` or `matrix`; what `--without` takes. */
	readonly key: string;
	readonly server: TestServer;
	readonly people: readonly Person[];
	readonly rooms: readonly StageRoom[];
	readonly login: StageLogin;
	/** The visitor's own name there. */
	readonly visitor: string;
	stop(): Promise<void>;
}

/** The user of the demo, the same name on every network. */
export const VISITOR = { id: 'robin', name: 'Robin', password: 'harbour-lights' } as const;
/** Password of everybody in the cast; the servers listen on loopback only and are gone with the demo. */
export const CAST_PASSWORD = 'backstage';
