/**
 * Who may talk to the browser host. A ticket is good once, for a minute, and travels in the fragment of an address; it
 * is exchanged for a session key that the page keeps to itself. Not a cookie: cookies are shared by all ports of a host
 * (RFC 6265, 8.5), page storage is not.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ticketLifetimeMs = 60_000;
const maxTickets = 32;
const maxSessions = 64;

function digest(secret: string): Buffer {
	return createHash('sha256').update(secret).digest();
}

/** A fresh secret that fits an address. */
export function newSecret(): string {
	return randomBytes(24).toString('base64url');
}

/** True when both are the same, in constant time. */
export function sameSecret(left: string, right: string): boolean {
	return timingSafeEqual(digest(left), digest(right));
}

export class Tickets {
	readonly #now: () => number;
	/** Kept as digests: neither a memory dump nor a timing difference gives a usable secret. */
	#tickets: { readonly digest: Buffer; readonly expires: number }[] = [];
	#sessions: Buffer[] = [];

	constructor(now: () => number) {
		this.#now = now;
	}

	/** A new one-time ticket. */
	issue(): string {
		const ticket = newSecret();
		const live = this.#tickets.filter(({ expires }) => expires > this.#now()).slice(1 - maxTickets);
		this.#tickets = [...live, { digest: digest(ticket), expires: this.#now() + ticketLifetimeMs }];
		return ticket;
	}

	/** Exchanges a ticket for a session key; undefined when it is unknown, used or too old. */
	redeem(ticket: string): string | undefined {
		const wanted = digest(ticket);
		const found = this.#tickets.find((one) => timingSafeEqual(one.digest, wanted));
		if (found === undefined) return undefined;
		this.#tickets = this.#tickets.filter((one) => one !== found);
		if (found.expires <= this.#now()) return undefined;
		const session = newSecret();
		this.#sessions = [...this.#sessions, digest(session)].slice(-maxSessions);
		return session;
	}

	isSession(session: string): boolean {
		const wanted = digest(session);
		return this.#sessions.some((one) => timingSafeEqual(one, wanted));
	}
}
