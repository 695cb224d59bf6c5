/**
 * What one connection knows: our nick, the server's rules, channels and the people in them. Memory only, forgotten when
 * the link ends; keys are folded by the server's casemapping.
 */
import type { Availability } from '../model/capabilities.ts';
import type { Member, Role } from '../model/entities.ts';
import { type RemoteConversationId, type RemoteUserId, remoteConversationId, remoteUserId } from '../model/ids.ts';
import type { Actor } from '../adapter/events.ts';
import type { Capabilities } from './capabilities.ts';
import { CtcpBudget } from './ctcp.ts';
import { ISupport, foldCase } from './isupport.ts';
import type { IrcSource } from './line.ts';

export interface User {
	nick: string;
	user: string;
	host: string;
	realname: string;
	/** Services account; null when logged out; undefined while unknown. */
	account: string | null | undefined;
	/** Away text, '' when here; undefined while unknown. */
	away: string | undefined;
	bot: boolean;
	/** A network operator, as far as WHO has told. */
	oper: boolean;
}

export interface Channel {
	readonly id: RemoteConversationId;
	name: string;
	topic: string;
	/** Channel modes without parameters that are set, such as `t`. */
	readonly modes: Set<string>;
	/** Folded nick → mode letters held, any order. */
	readonly members: Map<string, string>;
	/** The first NAMES answer is complete. */
	listed: boolean;
	/** NAMES answer under construction. */
	listing: Map<string, string> | null;
}

const maxMembers = 100_000;
const maxChannels = 2000;

export class Session {
	nick = '';
	user = '';
	host = '';
	account: string | null = null;
	/** Name of the server, from its welcome. */
	server = '';
	readonly isupport = new ISupport();
	/** The server as the user named it, and what went to it: the account's password itself (SASL PLAIN) or no more than a proof. */
	readonly link = { host: '', encrypted: false, plainLogin: false };
	readonly caps: Capabilities;
	readonly channels = new Map<string, Channel>();
	readonly users = new Map<string, User>();
	/** Until then (ms UTC) our channels are still being entered again after registration. */
	settlingUntil = 0;
	/** One-to-one conversations the engine has been told about. */
	readonly introduced = new Set<RemoteConversationId>();
	/** Channels joined on the user's standing wish, folded: a refusal is shown even if nothing is known of them. */
	readonly expected = new Set<string>();
	/** Folded targets of our own WHO queries. */
	readonly asking = new Set<string>();
	readonly ctcp = new CtcpBudget();
	/** Own away state as the server confirmed it, and what we asked for. */
	away = false;
	awayText = '';
	awayKind: 'away' | 'busy' | 'extended-away' = 'away';
	/** Conversation and folded nick of people who said that they are typing. */
	readonly typists = new Set<string>();
	/** When we last said that we are typing. */
	readonly typingAt = new Map<RemoteConversationId, number>();
	/** Watched folded nicks known to be online. */
	readonly online = new Set<string>();
	/** Folded nicks an ISON answer has told about. */
	readonly polled = new Set<string>();
	/** Nicks of ISON questions in flight, oldest first. */
	readonly isonAsked: (readonly string[])[] = [];
	/** Folded nicks to keep although no channel is shared. */
	readonly watched = new Set<string>();

	constructor(caps: Capabilities) {
		this.caps = caps;
	}

	fold(name: string): string {
		return foldCase(name, this.isupport.casemapping);
	}
	same(a: string, b: string): boolean {
		return this.fold(a) === this.fold(b);
	}
	isSelf(nick: string): boolean {
		return this.same(nick, this.nick);
	}
	isChannel(name: string): boolean {
		return name !== '' && this.isupport.chantypes.includes(name.charAt(0));
	}

	conversationId(name: string): RemoteConversationId {
		return remoteConversationId(this.fold(name));
	}
	userId(nick: string): RemoteUserId {
		return remoteUserId(this.fold(nick));
	}

	/** `@#channel` and the like name the channel behind the sign. */
	stripStatus(target: string): string {
		const sign = target.charAt(0);
		return sign !== '' && this.isupport.statusmsg.includes(sign) && this.isChannel(target.slice(1))
			? target.slice(1)
			: target;
	}

	channel(name: string): Channel | undefined {
		return this.channels.get(this.fold(name));
	}

	/** Null when a server tries to put us into absurdly many channels. */
	addChannel(name: string): Channel | null {
		const known = this.channel(name);
		if (known !== undefined) return known;
		if (this.channels.size >= maxChannels) return null;
		const channel: Channel = {
			id: this.conversationId(name),
			name,
			topic: '',
			modes: new Set(),
			members: new Map(),
			listed: false,
			listing: null,
		};
		this.channels.set(this.fold(name), channel);
		return channel;
	}

	removeChannel(name: string): void {
		const channel = this.channel(name);
		if (channel === undefined) return;
		this.channels.delete(this.fold(name));
		for (const key of channel.members.keys()) this.#forgetIfUnseen(key);
	}

	/** Moves a channel with its members to a new name. */
	renameChannel(from: string, to: string): Channel | null {
		const old = this.channel(from);
		if (old === undefined) return null;
		const next: Channel = { ...old, id: this.conversationId(to), name: to };
		this.channels.delete(this.fold(from));
		this.channels.set(this.fold(to), next);
		return next;
	}

	/** Channels we share with a nick. */
	shared(nick: string): Channel[] {
		const key = this.fold(nick);
		return [...this.channels.values()].filter((channel) => channel.members.has(key));
	}

	seen(nick: string): User | undefined {
		return this.users.get(this.fold(nick));
	}

	/** The user behind a nick, made on first sight; only people in channels or on watch are kept. */
	know(nick: string): User {
		const key = this.fold(nick);
		const known = this.users.get(key);
		if (known !== undefined) return known;
		const user: User = {
			nick,
			user: '',
			host: '',
			realname: '',
			account: undefined,
			away: undefined,
			bot: false,
			oper: false,
		};
		if (this.users.size < maxMembers) this.users.set(key, user);
		return user;
	}

	/** Takes user and host from a line's source. */
	note(source: IrcSource): void {
		if (this.isSelf(source.nick)) {
			if (source.user !== '') this.user = source.user;
			if (source.host !== '') this.host = source.host;
		}
		const user = this.seen(source.nick);
		if (user === undefined) return;
		user.nick = source.nick;
		if (source.user !== '') user.user = source.user;
		if (source.host !== '') user.host = source.host;
	}

	addMember(channel: Channel, nick: string, modes: string): void {
		if (channel.members.size >= maxMembers) return;
		this.know(nick);
		channel.members.set(this.fold(nick), modes);
	}

	removeMember(channel: Channel, nick: string): boolean {
		const key = this.fold(nick);
		const was = channel.members.delete(key);
		this.#forgetIfUnseen(key);
		return was;
	}

	rename(from: string, to: string): void {
		const old = this.fold(from);
		const next = this.fold(to);
		if (this.isSelf(from)) this.nick = to;
		const user = this.users.get(old);
		if (user !== undefined) {
			this.users.delete(old);
			user.nick = to;
			this.users.set(next, user);
		}
		if (old === next) return;
		for (const channel of this.channels.values()) {
			const modes = channel.members.get(old);
			if (modes === undefined) continue;
			channel.members.delete(old);
			channel.members.set(next, modes);
		}
	}

	/** Drops a user without shared channel or watch. */
	#forgetIfUnseen(key: string): void {
		if (this.watched.has(key)) return;
		for (const channel of this.channels.values()) if (channel.members.has(key)) return;
		this.users.delete(key);
	}
	forgetIfUnseen(nick: string): void {
		this.#forgetIfUnseen(this.fold(nick));
	}

	/** `@+nick!user@host` of NAMES into its parts. */
	splitPrefixes(entry: string): { readonly modes: string; readonly rest: string } {
		let modes = '';
		let at = 0;
		const prefixes = this.isupport.prefixes;
		for (; at < entry.length; at++) {
			const prefix = prefixes.find((candidate) => candidate.symbol === entry.charAt(at));
			if (prefix === undefined) break;
			modes += prefix.mode;
		}
		return { modes, rest: entry.slice(at) };
	}

	member(channel: Channel, key: string): Member {
		const user = this.users.get(key);
		const nick = user?.nick ?? key;
		return {
			remoteId: remoteUserId(key),
			name: nick,
			role: this.roleOf(channel.members.get(key) ?? ''),
			address: user !== undefined && user.host !== '' ? `${user.user}@${user.host}` : null,
			availability: user === undefined ? 'unknown' : availabilityOf(user),
			self: this.isSelf(nick),
		};
	}

	roleOf(modes: string): Role {
		for (const { mode } of this.isupport.prefixes) if (modes.includes(mode)) return roleOfMode(mode);
		return 'member';
	}

	/** Rank of our own modes in a channel; higher is more. */
	ownRole(channel: Channel): Role {
		return this.roleOf(channel.members.get(this.fold(this.nick)) ?? '');
	}

	/**
	 * Who a line is from. A nick proves nothing by itself: the identity is stable only when the services account of the
	 * same name stands behind it.
	 */
	actor(nick: string, account: string | null | undefined): Actor {
		const known = account === undefined ? this.seen(nick)?.account : account;
		const stable = typeof known === 'string' && this.same(known, nick);
		return { remoteId: this.userId(nick), name: nick, strength: stable ? 'stable' : 'session' };
	}

	/**
	 * Bytes a text may have in one line to `target`, so that others still receive it whole with our `nick!user@host` in
	 * front. Unknown parts are taken at their usual maximum.
	 */
	textRoom(command: string, target: string): number {
		const nick = Math.max(byteSize(this.nick), 1);
		const user = this.user === '' ? 11 : byteSize(this.user);
		const host = this.host === '' ? 64 : byteSize(this.host);
		return 512 - 2 - `:!@ ${command}  :`.length - nick - user - host - byteSize(target);
	}
}

const byteSize = (text: string): number => new TextEncoder().encode(text).length;

export function availabilityOf(user: Pick<User, 'away'>): Availability {
	if (user.away === undefined) return 'unknown';
	return user.away === '' ? 'available' : 'away';
}

const roleOfModes: ReadonlyMap<string, Role> = new Map([
	['q', 'owner'],
	['a', 'admin'],
	['o', 'moderator'],
	['h', 'helper'],
	['v', 'voice'],
]);
/** Unknown prefix modes stand above operators on the networks that have them. */
const roleOfMode = (mode: string): Role => roleOfModes.get(mode) ?? 'admin';

/** Mode letter that gives a role, or null. */
export function modeOfRole(role: Role): string | null {
	for (const [mode, name] of roleOfModes) if (name === role) return mode;
	return null;
}
