/** What the server tells about itself in numeric 005 (RPL_ISUPPORT), with the defaults of RFC 1459. */

export interface PrefixMode {
	/** Mode letter, such as `o`. */
	readonly mode: string;
	/** Sign in front of a nick, such as `@`. */
	readonly symbol: string;
}

const maxTokens = 500;
const defaultPrefix = '(ov)@+';
const casemappings = ['ascii', 'rfc1459', 'rfc1459-strict', 'rfc7613'] as const;
export type Casemapping = (typeof casemappings)[number];

/** Lower case by the server's own rule, so that names that are equal to the server are equal to us. */
export function foldCase(text: string, mapping: Casemapping): string {
	if (mapping === 'rfc7613') return text.normalize('NFKC').toLowerCase();
	let out = '';
	for (let at = 0; at < text.length; at++) {
		const unit = text.charCodeAt(at);
		// ASCII letters; in RFC 1459 also [ ] \ and, unless strict, ~ are capitals of { } | ^.
		const upper = mapping === 'ascii' ? 90 : mapping === 'rfc1459-strict' ? 93 : 94;
		out += unit >= 65 && unit <= upper ? String.fromCharCode(unit + 32) : text.charAt(at);
	}
	return out;
}

export class ISupport {
	readonly #tokens = new Map<string, string>();

	/** @param tokens parameters of 005 between our nick and the closing words */
	add(tokens: readonly string[]): void {
		for (const token of tokens) {
			if (token.startsWith('-')) {
				this.#tokens.delete(token.slice(1).toUpperCase());
				continue;
			}
			const at = token.indexOf('=');
			const name = (at < 0 ? token : token.slice(0, at)).toUpperCase();
			const raw = at < 0 ? '' : token.slice(at + 1);
			const value = raw.replace(/\\x([0-9A-Fa-f]{2})/g, (_whole, hex: string) =>
				String.fromCharCode(Number.parseInt(hex, 16)),
			);
			if (this.#tokens.size < maxTokens || this.#tokens.has(name)) this.#tokens.set(name, value);
		}
	}

	has(name: string): boolean {
		return this.#tokens.has(name);
	}

	get(name: string): string | null {
		return this.#tokens.get(name) ?? null;
	}

	/** A whole number within reason, or null. */
	number(name: string): number | null {
		const text = this.#tokens.get(name) ?? '';
		return /^\d{1,9}$/.test(text) ? Number(text) : null;
	}

	get casemapping(): Casemapping {
		const value = this.#tokens.get('CASEMAPPING')?.toLowerCase();
		if (value === 'strict-rfc1459') return 'rfc1459-strict';
		return (
			casemappings.find((known) => known === value) ?? (value === 'utf-8' || value === 'precis' ? 'rfc7613' : 'rfc1459')
		);
	}

	/** Empty means the server has no channels; absent means the usual two. */
	get chantypes(): string {
		return this.#tokens.get('CHANTYPES') ?? '#&';
	}

	/** Highest rank first. */
	get prefixes(): readonly PrefixMode[] {
		const match = /^\(([^)]*)\)(.*)$/.exec(this.#tokens.get('PREFIX') ?? defaultPrefix);
		const [modes = '', symbols = ''] = match === null ? [] : [match[1], match[2]];
		return Array.from(modes).flatMap((mode, at) => (symbols[at] === undefined ? [] : [{ mode, symbol: symbols[at] }]));
	}

	get statusmsg(): string {
		return this.#tokens.get('STATUSMSG') ?? '';
	}

	/** The server promises not to cut us however fast we send; bouncers say so in soju's name. */
	get safeRate(): boolean {
		return this.has('SAFERATE') || this.has('SOJU.IM/SAFERATE');
	}

	/** Takes a parameter when set and when unset? Types A and B both ways, C only when set, D never. */
	modeTakesParam(mode: string, adding: boolean): boolean {
		const [a = '', b = '', c = ''] = (this.#tokens.get('CHANMODES') ?? 'b,k,l,imnpst').split(',');
		if (this.prefixes.some((prefix) => prefix.mode === mode)) return true;
		return a.includes(mode) || b.includes(mode) || (adding && c.includes(mode));
	}

	/** May a client tag be sent? CLIENTTAGDENY of IRCv3 message-tags; `name` without the plus. */
	allowsTag(name: string): boolean {
		const denied = (this.#tokens.get('CLIENTTAGDENY') ?? '').split(',');
		return denied.includes('*') ? denied.includes(`-${name}`) : !denied.includes(name);
	}
}

export interface ModeChange {
	readonly adding: boolean;
	readonly mode: string;
	readonly param: string | null;
}

/** `+ov-k alice bob key` into single changes; a flood of letters is cut. */
export function parseModes(text: string, params: readonly string[], isupport: ISupport): ModeChange[] {
	const changes: ModeChange[] = [];
	let adding = true;
	let next = 0;
	for (const char of text.slice(0, 200)) {
		if (char === '+' || char === '-') adding = char === '+';
		else {
			const param = isupport.modeTakesParam(char, adding) ? (params[next++] ?? null) : null;
			changes.push({ adding, mode: char, param });
		}
	}
	return changes;
}
