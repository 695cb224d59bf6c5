/** A bare stream with everything it received, for tests below the adapter. */
import type { ChatException } from '../../model/errors.ts';
import type { ConnectStep } from '../../model/connection-state.ts';
import { parseJid } from '../jid.ts';
import type { Negotiated } from '../negotiation.ts';
import type { Element } from '../stanza.ts';
import { type StreamOptions, XmppStream } from '../stream.ts';
import type { Unacked } from '../xep/0198-stream-management.ts';
import { systemClock as realClock, systemRandom as realRandom } from '../../adapter/system.ts';

export interface StreamUser {
	readonly stream: XmppStream;
	readonly steps: ConnectStep[];
	readonly stanzas: Element[];
	readonly acked: Unacked[];
	readonly wire: string[];
	readonly ended: Promise<ChatException | null>;
	/** Resolves when the check holds, looking again after every stanza and acknowledgement. */
	until(check: () => boolean): Promise<void>;
	logIn(): Promise<Negotiated>;
}

export interface StreamUserOptions {
	readonly jid: string;
	readonly password: string;
	readonly host: string;
	readonly port: number;
	readonly direct?: boolean;
	readonly ca?: readonly string[];
	readonly pinned?: string;
	readonly over?: Partial<StreamOptions['login']>;
	readonly resume?: StreamOptions['resume'];
	readonly clock?: StreamOptions['clock'];
}

export function streamUser(options: StreamUserOptions): StreamUser {
	const jid = parseJid(options.jid);
	if (jid === null) throw new Error('bad test address');
	const waiting = new Set<() => void>();
	const look = (): void => {
		for (const check of waiting) check();
	};
	let end: (error: ChatException | null) => void = () => undefined;
	const ended = new Promise<ChatException | null>((resolve) => {
		end = resolve;
	});
	const steps: ConnectStep[] = [];
	const stanzas: Element[] = [];
	const acked: Unacked[] = [];
	const wire: string[] = [];
	const stream = new XmppStream(
		{
			tls: { domain: jid.domain, ca: options.ca ?? [], pinned: options.pinned ?? null },
			manual: { host: options.host, port: options.port, direct: options.direct ?? false },
			redirect: null,
			login: {
				jid,
				resource: null,
				password: options.password,
				token: null,
				saslMemory: null,
				userAgentId: realRandom.uuid(),
				clientName: 'Parley',
				now: realClock.now(),
				...options.over,
			},
			resume: options.resume ?? null,
			clock: options.clock ?? realClock,
			random: realRandom,
		},
		{
			step: (step) => void steps.push(step),
			stanza: (element) => {
				stanzas.push(element);
				look();
			},
			acked: (list) => {
				acked.push(...list);
				look();
			},
			saveSession: () => Promise.resolve(),
			wire: (direction, line) => void wire.push(`${direction} ${line}`),
			ended: (error) => {
				end(error);
				look();
			},
		},
	);
	return {
		stream,
		steps,
		stanzas,
		acked,
		wire,
		ended,
		until: (check) =>
			new Promise((resolve) => {
				const test = (): void => {
					if (!check()) return;
					waiting.delete(test);
					resolve();
				};
				waiting.add(test);
				test();
			}),
		async logIn() {
			const signal = new AbortController().signal;
			const result = await stream.logIn(signal, await stream.secure(signal));
			stream.deliver(result.unsent);
			return result;
		},
	};
}
