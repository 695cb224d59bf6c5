/**
 * IRCv3 capability negotiation, version 302: which capabilities are offered, asked for and on, during registration and
 * after (cap-notify). A refused request is halved until the one that is not granted stands alone.
 */
import { type IrcLine, param, trailing } from './line.ts';

/** What Parley uses; anything else offered is left off. */
export const wantedCapabilities: ReadonlySet<string> = new Set([
	'account-notify',
	'account-tag',
	'away-notify',
	'batch',
	'cap-notify',
	'chghost',
	'draft/chathistory',
	'draft/channel-rename',
	'draft/event-playback',
	'draft/message-redaction',
	'draft/multiline',
	'draft/read-marker',
	'echo-message',
	'extended-join',
	'extended-monitor',
	'inspircd.org/standard-replies',
	'invite-notify',
	'labeled-response',
	'message-tags',
	'multi-prefix',
	'server-time',
	'setname',
	'standard-replies',
	'userhost-in-names',
	'znc.in/playback',
	'znc.in/self-message',
	'znc.in/server-time-iso',
]);

/** Bytes of names in one CAP REQ, so that the line fits with room for the server's prefix in its answer. */
const maxRequest = 400;
const maxOffered = 500;

export class Capabilities {
	readonly offered = new Map<string, string>();
	readonly #enabled = new Set<string>();
	readonly #asked: string[][] = [];
	readonly #write: (params: readonly string[]) => void;

	/** @param write sends one `CAP` line with these parameters */
	constructor(write: (params: readonly string[]) => void) {
		this.#write = write;
	}

	has(name: string): boolean {
		return this.#enabled.has(name);
	}

	get enabled(): readonly string[] {
		return [...this.#enabled];
	}

	/** Value after `=` in the offer, or '' . */
	value(name: string): string {
		return this.offered.get(name) ?? '';
	}

	/** No request is unanswered. */
	get settled(): boolean {
		return this.#asked.length === 0;
	}

	/** Asks for those of `names` that are offered and off. */
	request(names: Iterable<string>): void {
		let chunk: string[] = [];
		let size = 0;
		const flush = (): void => {
			if (chunk.length === 0) return;
			this.#ask(chunk);
			chunk = [];
			size = 0;
		};
		for (const name of names) {
			if (!this.offered.has(name) || this.#enabled.has(name)) continue;
			if (size + name.length + 1 > maxRequest) flush();
			chunk.push(name);
			size += name.length + 1;
		}
		flush();
	}

	#ask(names: string[]): void {
		this.#asked.push(names);
		this.#write(['REQ', names.join(' ')]);
	}

	/** @returns what happened, or null if the line changed nothing */
	handle(line: IrcLine): CapChange | null {
		const verb = param(line, 1).toUpperCase();
		const names = trailing(line)
			.split(' ')
			.filter((name) => name !== '');
		switch (verb) {
			case 'LS':
			case 'NEW':
				for (const entry of names) {
					const at = entry.indexOf('=');
					if (this.offered.size < maxOffered)
						this.offered.set(at < 0 ? entry : entry.slice(0, at), at < 0 ? '' : entry.slice(at + 1));
				}
				if (verb === 'NEW') return { kind: 'new', names: names.map((entry) => entry.split('=', 1)[0] ?? '') };
				return param(line, 2) === '*' && line.params.length > 3 ? null : { kind: 'listed' };
			case 'ACK':
				return this.#acknowledged(names);
			case 'NAK':
				return this.#refused(names);
			case 'DEL':
				for (const name of names) {
					this.offered.delete(name);
					this.#enabled.delete(name);
				}
				return { kind: 'changed' };
			default:
				return null;
		}
	}

	#acknowledged(names: readonly string[]): CapChange | null {
		if (names.length === 0) return null;
		for (const name of names) {
			if (name.startsWith('-')) this.#enabled.delete(name.slice(1));
			else this.#enabled.add(name.replace(/^[~=]/, ''));
		}
		this.#answered(names.map((name) => name.replace(/^[-~=]/, '')));
		return { kind: 'changed' };
	}

	#refused(names: readonly string[]): CapChange | null {
		const refused = this.#answered(names) ?? [];
		if (refused.length > 1) {
			const middle = refused.length >> 1;
			this.#ask(refused.slice(0, middle));
			this.#ask(refused.slice(middle));
			return null;
		}
		return { kind: 'changed' };
	}

	/** Finds the request an answer belongs to; servers answer in order but may shorten or reorder the list. */
	#answered(names: readonly string[]): string[] | null {
		const at = this.#asked.findIndex((asked) => asked.some((name) => names.includes(name)));
		const [asked] = this.#asked.splice(Math.max(0, at), 1);
		return asked ?? null;
	}
}

export type CapChange =
	/** The whole offer is known. */
	| { readonly kind: 'listed' }
	| { readonly kind: 'new'; readonly names: readonly string[] }
	/** Something was switched on, off or refused. */
	| { readonly kind: 'changed' };
