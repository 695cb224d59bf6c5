/** What the others are doing, as an independent client sees it. One shape for all networks. */
export type PeerEvent =
	| {
			readonly kind: 'message';
			/** Nick, bare address or user id of the sender; in rooms the name shown there. */
			readonly from: string;
			/** The room, or for one-to-one messages the sender: where an answer belongs. */
			readonly where: string;
			readonly inRoom: boolean;
			readonly text: string;
			/** The network's id of the message, where it has one. */
			readonly id: string | undefined;
	  }
	| { readonly kind: 'typing'; readonly from: string; readonly where: string; readonly active: boolean }
	| {
			readonly kind: 'presence';
			readonly from: string;
			readonly available: boolean;
			/** Free text such as "back in five"; empty when there is none. */
			readonly status: string;
	  }
	| { readonly kind: 'joined'; readonly from: string; readonly where: string }
	| { readonly kind: 'left'; readonly from: string; readonly where: string }
	| { readonly kind: 'receipt'; readonly from: string; readonly where: string; readonly id: string }
	/** Anything else worth waiting for; `line` is the client's own wording. */
	| { readonly kind: 'raw'; readonly line: string };

export type PeerMessage = Extract<PeerEvent, { kind: 'message' }>;

/** A client other than Parley that a test or the demo drives. */
export interface Peer {
	readonly name: string;
	/** How others address it: a nick, a bare address or a user id. */
	readonly address: string;
	/** Enters a room by the name others use for it. Resolves when it is in. */
	join(room: string): Promise<void>;
	/** Sends text to a room it is in, or to a person. */
	say(target: string, text: string): Promise<void>;
	/** Shows or ends "is typing". Does nothing where the client or the network can't. */
	typing(target: string, active: boolean): Promise<void>;
	/** The first event, already seen or still to come, that matches. Rejects after `timeout` milliseconds. */
	waitFor<E extends PeerEvent>(matches: (event: PeerEvent) => event is E, timeout?: number): Promise<E>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent>;
	/** Tells every event from now on; call the result to stop. */
	listen(listener: (event: PeerEvent) => void): () => void;
	/** Leaves the network and ends whatever was started. */
	close(): Promise<void>;
}

/** For `waitFor`: a message with this text (or one that matches), wherever it was said. */
export function messageWith(text: string | RegExp): (event: PeerEvent) => event is PeerMessage {
	return (event): event is PeerMessage =>
		event.kind === 'message' && (typeof text === 'string' ? event.text === text : text.test(event.text));
}
