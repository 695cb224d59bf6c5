/**
 * Blocking on one connection. Everything a blocked person says is dropped here, whatever the server does; where it
 * offers SILENCE it is asked to drop it first, so that nothing of it crosses the network. Nobody is told.
 */
import { type ActionOutcome, done } from '../adapter/actions.ts';
import type { RemoteContact } from '../adapter/events.ts';
import { chatError } from '../model/errors.ts';
import { type Blocked, type BlockList, type Suspect, isSamePerson } from './block-list.ts';
import { type IrcLine, param } from './line.ts';
import { isOwn } from './message-mapper.ts';
import { type ContactBook, type StoredContact, toRemote } from './people.ts';
import type { Blocks, Runtime } from './runtime.ts';
import { whoxFields } from './handlers/membership.ts';

/** What a person does to others. Joining, leaving and moderating concern the room and stay visible. */
const heard = new Set(['PRIVMSG', 'NOTICE', 'TAGMSG', 'INVITE']);
const maxAliases = 1000;
const maxMasks = 1000;

export class Blocking implements Blocks {
	readonly #runtime: Runtime;
	readonly #list: BlockList;
	readonly #contacts: ContactBook;
	/** Folded nicks that blocked people took in this session → folded nick on the list. */
	readonly #aliases = new Map<string, string>();
	/** Masks the server holds for us; null until it has told them all. */
	#masks: Set<string> | null = null;
	#reading: Set<string> | null = null;

	constructor(runtime: Runtime, list: BlockList, contacts: ContactBook) {
		this.#runtime = runtime;
		this.#list = list;
		this.#contacts = contacts;
	}

	readonly #same = (a: string, b: string): boolean => this.#runtime.session.same(a, b);

	/** Asks for the server's list; what is missing there is added when it is complete. */
	start(): void {
		if (!this.#offersSilence) return;
		this.#reading = new Set();
		this.#runtime.requests.send('SILENCE', [], { priority: 'background' });
	}

	get #offersSilence(): boolean {
		return this.#runtime.session.isupport.has('SILENCE');
	}

	hides(line: IrcLine): boolean {
		return heard.has(line.command) && this.#entryOf(line) !== null;
	}

	#entryOf(line: IrcLine): Blocked | null {
		const { session } = this.#runtime;
		const { source } = line;
		if (source === null || this.#list.all.length === 0 || isOwn(line, session)) return null;
		const tagged = session.caps.has('account-tag');
		const suspect: Suspect = {
			nick: this.#aliases.get(session.fold(source.nick)) ?? source.nick,
			account: tagged ? (line.tags.get('account') ?? null) : session.seen(source.nick)?.account,
			host: source.host === '' ? null : `${source.user}@${source.host}`,
		};
		return this.#list.all.find((entry) => isSamePerson(entry, suspect, this.#same)) ?? null;
	}

	isBlocked(nick: string): boolean {
		return this.#list.find(nick, this.#same) !== null;
	}

	/** For the rest of this session both names are the same person. */
	renamed(line: IrcLine, to: string): void {
		const { session } = this.#runtime;
		const entry = this.#entryOf(line);
		this.freed(line.source?.nick ?? '');
		if (entry === null || this.#same(entry.nick, to) || this.#aliases.size >= maxAliases) return;
		this.#aliases.set(session.fold(to), entry.nick);
	}

	/** Whoever takes this nick next is somebody else. */
	freed(nick: string): void {
		this.#aliases.delete(this.#runtime.session.fold(nick));
	}

	async block(nick: string): Promise<ActionOutcome> {
		const { session } = this.#runtime;
		if (session.isSelf(nick)) return { kind: 'rejected', error: chatError('bad-input') };
		const entry = await this.#describe(nick);
		if (!(await this.#list.add(entry, this.#same)))
			return { kind: 'rejected', error: chatError('not-allowed', 'full') };
		this.#silence(entry);
		this.#tell(nick);
		return done;
	}

	async unblock(nick: string): Promise<ActionOutcome> {
		const { requests } = this.#runtime;
		const entry = await this.#list.remove(nick, this.#same);
		for (const [alias, listed] of this.#aliases) if (this.#same(listed, nick)) this.#aliases.delete(alias);
		if (this.#offersSilence)
			for (const mask of this.#masks ?? [])
				if (mask === maskOf({ nick, account: null, host: null }) || (entry !== null && mask === maskOf(entry))) {
					requests.send('SILENCE', [`-${mask}`]);
					this.#masks?.delete(mask);
				}
		this.forgotten(nick);
		return done;
	}

	/** A contact is one no more, unless it is still blocked or still on the list. */
	forgotten(nick: string): void {
		const { session, sink } = this.#runtime;
		if (this.isBlocked(nick) || this.#contacts.find(nick, this.#same) !== undefined) this.#tell(nick);
		else sink.push({ type: 'contacts-delta', upsert: [], remove: [session.userId(nick)] });
	}

	/** The whole contact list: people on it, and blocked people that are not. */
	contacts(): RemoteContact[] {
		const { all } = this.#contacts;
		const others = this.#list.all.filter((entry) => !all.some((contact) => this.#same(contact.nick, entry.nick)));
		return [...all, ...others.map(stranger)].map((contact) => this.#remote(contact));
	}

	#remote(contact: StoredContact): RemoteContact {
		const onRoster = this.#contacts.find(contact.nick, this.#same) !== undefined;
		return {
			...toRemote(contact, this.#runtime),
			...(onRoster ? {} : { onRoster, subscription: 'none' as const }),
		};
	}

	#tell(nick: string): void {
		const contact = this.#contacts.find(nick, this.#same) ?? stranger({ nick });
		this.#runtime.sink.push({ type: 'contacts-delta', upsert: [this.#remote(contact)], remove: [] });
	}

	/** SILENCE, its list (271, 272) and its refusals. @returns true if the line was an answer to us */
	onLine(line: IrcLine): boolean {
		switch (line.command) {
			case 'SILENCE': {
				const change = param(line, 0);
				if (change.startsWith('+') && this.#masks !== null && this.#masks.size < maxMasks)
					this.#masks.add(change.slice(1));
				if (change.startsWith('-')) this.#masks?.delete(change.slice(1));
				return true;
			}
			case '271': {
				if (this.#reading === null) return false;
				// Flags may follow the mask, other servers repeat our nick before it.
				const mask = line.params.slice(1).find((word) => word.includes('@') && word.includes('!'));
				if (mask !== undefined && this.#reading.size < maxMasks) this.#reading.add(mask);
				return true;
			}
			case '272': {
				if (this.#reading === null) return false;
				this.#masks = this.#reading;
				this.#reading = null;
				for (const entry of this.#list.all) this.#silence(entry);
				void this.#adopt();
				return true;
			}
			case '511':
			case '952':
				// Its list is full; ours is not.
				return true;
			default:
				return false;
		}
	}

	/** Nicks silenced from another client of ours are blocked here too. */
	async #adopt(): Promise<void> {
		for (const mask of this.#masks ?? []) {
			const nick = /^([^!*?@]+)!\*@\*$/.exec(mask)?.[1];
			if (nick === undefined || this.isBlocked(nick) || this.#runtime.session.isSelf(nick)) continue;
			if (await this.#list.add({ nick, account: null, host: null }, this.#same)) this.#tell(nick);
		}
		await this.#runtime.sink.flush();
	}

	#silence(entry: Blocked): void {
		const mask = maskOf(entry);
		const limit = this.#runtime.session.isupport.number('SILENCE');
		if (!this.#offersSilence || this.#masks === null || this.#masks.has(mask)) return;
		if (limit !== null && this.#masks.size >= limit) return;
		this.#masks.add(mask);
		this.#runtime.requests.send('SILENCE', [`+${mask}`]);
	}

	/** What the network proves of a person now. */
	async #describe(nick: string): Promise<Blocked> {
		const { session } = this.#runtime;
		const user = session.seen(nick);
		const found = user !== undefined && user.host !== '' ? user : await this.#ask(nick);
		if (found === null) return { nick, account: user?.account ?? null, host: null };
		const host = `${found.user}@${found.host}`;
		return { nick, account: found.account ?? null, host: this.#isShared(host, nick) ? null : host };
	}

	/** Behind gateways many people have one address: such a mask would hit others, or ourselves. */
	#isShared(host: string, nick: string): boolean {
		const { session } = this.#runtime;
		if (host === `${session.user}@${session.host}`) return true;
		for (const user of session.users.values())
			if (`${user.user}@${user.host}` === host && !this.#same(user.nick, nick)) return true;
		return false;
	}

	async #ask(nick: string): Promise<{ user: string; host: string; account: string | null | undefined } | null> {
		const { requests, session } = this.#runtime;
		if (!requests.labelled) return null;
		const whox = session.isupport.has('WHOX');
		const options = { claimed: true, deadlineMs: 5000 } as const;
		const answer = await requests.ask('WHO', whox ? [nick, whoxFields] : [nick], options);
		for (const line of answer.kind === 'answered' ? answer.lines : []) {
			if (line.command === '354' && line.params.length >= 9 && this.#same(param(line, 5), nick))
				return { user: param(line, 3), host: param(line, 4), account: param(line, 7) === '0' ? null : param(line, 7) };
			if (line.command === '352' && this.#same(param(line, 5), nick))
				return { user: param(line, 2), host: param(line, 3), account: undefined };
		}
		return null;
	}
}

const stranger = ({ nick }: { readonly nick: string }): StoredContact => ({ nick, name: '', groups: [] });

/** The mask for SILENCE: the address where it is one person's, else the nick. */
const maskOf = (entry: Blocked): string => (entry.host === null ? `${entry.nick}!*@*` : `*!${entry.host}`);
