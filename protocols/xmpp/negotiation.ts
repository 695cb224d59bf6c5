/**
 * From an open socket to a usable session: TLS before anything else, authentication (SASL2 with Bind2, FAST and
 * inline resumption, else SASL1), resource binding, stream management. Strictly sequential; every wrong turn of the
 * server ends in a typed error.
 */
import { ChatException, chatError } from '../model/errors.ts';
import type { ConnectStep } from '../model/connection-state.ts';
import type { Random } from '../adapter/context.ts';
import { fromSaslFailure } from './errors.ts';
import { fullText, type Jid, parseJid, sameBare } from './jid.ts';
import type { IqTracker } from './iq-tracker.ts';
import { chooseMechanism, type SaslMemory } from './sasl/choose.ts';
import { type FastToken, hashedToken, tokenMechanisms } from './sasl/hashed-token.ts';
import type { SaslExchange } from './sasl/mechanism.ts';
import { plainMechanism } from './sasl/plain.ts';
import { scram } from './sasl/scram.ts';
import { attr, child, childrenOf, childText, el, type Element, elements, ns } from './stanza.ts';
import { nsSm, type StreamManagement, type Unacked } from './xep/0198-stream-management.ts';

export interface NegotiationSettings {
	/** Bare address to log in as. */
	readonly jid: Jid;
	/** Wanted resource for servers without Bind2; null lets the server choose. */
	readonly resource: string | null;
	readonly password: string | null;
	readonly token: FastToken | null;
	readonly saslMemory: SaslMemory | null;
	/** Stable UUID of this installation of the account (XEP-0388 user-agent); tokens are bound to it. */
	readonly userAgentId: string;
	readonly clientName: string;
	/** ms UTC, to judge the token's expiry. */
	readonly now: number;
}

/** What negotiation needs from the stream. */
export interface NegotiationIo {
	readonly random: Random;
	readonly iq: IqTracker;
	readonly sm: StreamManagement;
	readonly secure: boolean;
	channelBinding(): Buffer | null;
	send(element: Element): void;
	take(): Promise<Element>;
	restart(): Promise<void>;
	upgrade(): Promise<void>;
	step(step: ConnectStep): void;
	/** Elements before this point are from another security level and must be forgotten. */
	forgetInput(): void;
}

export interface Negotiated {
	readonly kind: 'fresh' | 'resumed';
	readonly jid: Jid;
	/** Name of the mechanism used. */
	readonly auth: string;
	readonly saslMemory: SaslMemory;
	/** A new token to keep; undefined when the old one (or none) stays. Null: the old one was refused. */
	readonly token: FastToken | null | undefined;
	/** Carbons were switched on while binding. */
	readonly carbons: boolean;
	/** Stanzas of a session that could not be resumed. */
	readonly lost: readonly Unacked[];
	/** Stanzas to write again after resumption. */
	readonly unsent: readonly Unacked[];
	readonly features: Element | null;
}

/** What stream-level elements said, filled the moment they arrive, because stanzas may follow in the same packet. */
export interface SessionFacts {
	unsent: readonly Unacked[];
	lost: readonly Unacked[];
	resumed: boolean;
	boundJid: string | null;
}

const maxSaslRounds = 8;
const nsCarbons = 'urn:xmpp:carbons:2';

/** Reads session-changing elements at once; must see every stream-level element before any later stanza is handled. */
export function observe(element: Element, sm: StreamManagement, facts: SessionFacts): void {
	if (element.is('success', ns.sasl2)) {
		facts.boundJid = childText(element, 'authorization-identifier', ns.sasl2) ?? null;
		const resumed = child(element, 'resumed', nsSm);
		const failed = child(element, 'failed', nsSm);
		if (resumed !== undefined) resume(resumed, sm, facts);
		else if (failed !== undefined) facts.lost = sm.failed(failed);
		const bound = child(element, 'bound', ns.bind2);
		const enabled = child(bound, 'enabled', nsSm);
		if (enabled !== undefined) {
			sm.enableSent();
			sm.enabled(enabled, facts.boundJid ?? '');
		}
	} else if (element.is('resumed', nsSm)) resume(element, sm, facts);
	else if (element.is('failed', nsSm)) facts.lost = [...facts.lost, ...sm.failed(element)];
	else if (element.is('enabled', nsSm)) sm.enabled(element, facts.boundJid ?? '');
}

function resume(element: Element, sm: StreamManagement, facts: SessionFacts): void {
	facts.unsent = sm.resumed(element);
	facts.resumed = true;
}

/** Waits for `<stream:features/>`. */
async function awaitFeatures(io: Pick<NegotiationIo, 'take'>): Promise<Element> {
	const element = await io.take();
	if (!element.is('features', ns.stream)) throw new ChatException(chatError('not-a-server', 'no stream features'));
	return element;
}

/** Opens the stream and makes it secure. @returns the features inside TLS */
export async function secureStream(io: NegotiationIo): Promise<Element> {
	await io.restart();
	let features = await awaitFeatures(io);
	if (io.secure) return features;
	// Whatever else is offered, nothing happens on a readable link; a stripped offer ends the attempt.
	if (child(features, 'starttls', ns.tls) === undefined) throw new ChatException(chatError('tls-required'));
	io.step('securing');
	io.send(el('starttls', { xmlns: ns.tls }));
	const answer = await io.take();
	if (!answer.is('proceed', ns.tls))
		throw new ChatException(chatError('tls-required', 'the server refused to encrypt'));
	await io.upgrade();
	io.forgetInput();
	await io.restart();
	features = await awaitFeatures(io);
	return features;
}

/** Logs in and binds. `features` are those inside TLS. */
export async function logIn(
	io: NegotiationIo,
	settings: NegotiationSettings,
	features: Element,
	facts: SessionFacts,
): Promise<Negotiated> {
	if (!io.secure) throw new ChatException(chatError('tls-required'));
	io.step('authenticating');
	const sasl2 = child(features, 'authentication', ns.sasl2);
	if (sasl2 !== undefined) return logInSasl2(io, settings, features, sasl2, facts);
	const mechanisms = child(features, 'mechanisms', ns.sasl);
	if (mechanisms === undefined) throw new ChatException(chatError('auth-mechanism-missing'));
	const { exchange, memory } = pick(io, settings, features, childrenOf(mechanisms, 'mechanism', ns.sasl));
	const initial = exchange.initial();
	io.send(el('auth', { xmlns: ns.sasl, mechanism: exchange.name }, initial === null ? null : encode(initial)));
	const success = await converse(io, exchange, ns.sasl);
	exchange.finish(decode(success.getText()));
	io.forgetInput();
	await io.restart();
	const inside = await awaitFeatures(io);
	return bindLegacy(io, settings, inside, facts, { auth: exchange.name, saslMemory: memory, token: undefined });
}

const encode = (data: Buffer): string => (data.length === 0 ? '=' : data.toString('base64'));
const decode = (text: string): Buffer | null =>
	text.trim() === '' || text.trim() === '=' ? null : Buffer.from(text, 'base64');

function pick(
	io: NegotiationIo,
	settings: NegotiationSettings,
	features: Element,
	offered: readonly Element[],
): { exchange: SaslExchange; memory: SaslMemory } {
	const types = child(features, 'sasl-channel-binding', 'urn:xmpp:sasl-cb:0');
	const binding = io.channelBinding();
	const { choice, memory } = chooseMechanism(
		{
			mechanisms: offered.map((e) => e.getText().trim()),
			bindingTypes: types === undefined ? null : elements(types).map((e) => attr(e, 'type') ?? ''),
			canBind: binding !== null,
		},
		settings.saslMemory,
	);
	if (settings.password === null) throw new ChatException(chatError('session-expired'));
	const credentials = { username: settings.jid.local, password: settings.password };
	if (choice.kind === 'plain') return { exchange: plainMechanism(credentials), memory };
	const nonce = Buffer.from(io.random.bytes(24)).toString('base64');
	const exchange = scram({
		hash: choice.hash,
		credentials,
		nonce,
		binding: choice.plus ? binding : null,
		bindingUnoffered: choice.bindingUnoffered,
	});
	return { exchange, memory };
}

/** Challenges and responses until success; throws the server's refusal. */
async function converse(io: NegotiationIo, exchange: SaslExchange, namespace: string): Promise<Element> {
	for (let round = 0; round < maxSaslRounds; round++) {
		const element = await io.take();
		if (element.is('success', namespace)) return element;
		if (element.is('challenge', namespace)) {
			const answer = await exchange.respond(decode(element.getText()) ?? Buffer.alloc(0));
			io.send(el('response', { xmlns: namespace }, answer.length === 0 ? null : encode(answer)));
		} else if (element.is('failure', namespace)) throw new ChatException(saslFailure(element));
		else if (element.is('continue', namespace))
			throw new ChatException(chatError('auth-mechanism-missing', 'the server asks for more than a password'));
		else throw new ChatException(chatError('protocol-violation', 'unexpected element while logging in'));
	}
	throw new ChatException(chatError('protocol-violation', 'the login never ends'));
}

function saslFailure(failure: Element): ReturnType<typeof fromSaslFailure> {
	const condition = elements(failure).find((e) => e.getName() !== 'text');
	const text = elements(failure).find((e) => e.getName() === 'text');
	return fromSaslFailure(condition?.getName() ?? 'not-authorized', text?.getText() ?? null);
}

async function logInSasl2(
	io: NegotiationIo,
	settings: NegotiationSettings,
	features: Element,
	sasl2: Element,
	facts: SessionFacts,
): Promise<Negotiated> {
	const inline = child(sasl2, 'inline', ns.sasl2);
	const bind = child(inline, 'bind', ns.bind2);
	const bindFeatures = new Set(elements(child(bind, 'inline', ns.bind2)).map((e) => attr(e, 'var') ?? ''));
	const carbons = bindFeatures.has(nsCarbons);
	const canResume = child(inline, 'sm', nsSm) !== undefined;
	const fast = child(inline, 'fast', ns.fast);
	const binding = io.channelBinding();
	const tokens = childrenOf(fast, 'mechanism', ns.fast).map((e) => e.getText().trim());
	const usable = tokenMechanisms.filter(
		(name) => tokens.includes(name) && (binding !== null || !name.endsWith('-EXPR')),
	);

	const authenticate = async (exchange: SaslExchange, extra: readonly Element[]): Promise<Element> => {
		const initial = exchange.initial();
		io.send(
			el(
				'authenticate',
				{ xmlns: ns.sasl2, mechanism: exchange.name },
				initial === null ? null : el('initial-response', {}, encode(initial)),
				el('user-agent', { id: settings.userAgentId }, el('software', {}, settings.clientName)),
				canResume ? io.sm.resumeElement() : null,
				bind === undefined ? null : bindRequest(settings.clientName, bindFeatures),
				...extra,
			),
		);
		const success = await converse(io, exchange, ns.sasl2);
		exchange.finish(decode(childText(success, 'additional-data', ns.sasl2) ?? ''));
		return success;
	};

	const token = settings.token;
	let refused = false;
	if (token !== null && usable.some((name) => name === token.mechanism) && token.expiry > settings.now) {
		try {
			const exchange = hashedToken(token, settings.jid.local, binding);
			const success = await authenticate(exchange, [el('fast', { xmlns: ns.fast })]);
			const memory = settings.saslMemory ?? { strength: 0, binding: false };
			return await afterSasl2(
				io,
				settings,
				success,
				facts,
				{ auth: exchange.name, saslMemory: memory, token: rotated(success, token.mechanism) },
				carbons,
			);
		} catch (error) {
			// Any refusal of the token leads to the password, except proof that the server is not the one that issued it.
			if (
				!(error instanceof ChatException) ||
				error.error.source !== 'auth' ||
				error.error.code === 'auth-server-unverified'
			)
				throw error;
			refused = true;
		}
	}
	const wanted = usable[0];
	const { exchange, memory } = pick(io, settings, features, childrenOf(sasl2, 'mechanism', ns.sasl2));
	const success = await authenticate(
		exchange,
		wanted === undefined ? [] : [el('request-token', { xmlns: ns.fast, mechanism: wanted })],
	);
	const fresh = wanted === undefined ? undefined : rotated(success, wanted);
	return afterSasl2(
		io,
		settings,
		success,
		facts,
		{ auth: exchange.name, saslMemory: memory, token: fresh ?? (refused ? null : undefined) },
		carbons,
	);
}

function bindRequest(tag: string, features: ReadonlySet<string>): Element {
	return el(
		'bind',
		{ xmlns: ns.bind2 },
		el('tag', {}, tag),
		features.has(nsCarbons) ? el('enable', { xmlns: nsCarbons }) : null,
		features.has(nsSm) ? el('enable', { xmlns: nsSm, resume: 'true' }) : null,
	);
}

function rotated(success: Element, mechanism: string): FastToken | undefined {
	const token = child(success, 'token', ns.fast);
	const value = attr(token, 'token');
	const expiry = Date.parse(attr(token, 'expiry') ?? '');
	return value === undefined || Number.isNaN(expiry) ? undefined : { mechanism, token: value, expiry };
}

type Identity = Pick<Negotiated, 'auth' | 'saslMemory' | 'token'>;

async function afterSasl2(
	io: NegotiationIo,
	settings: NegotiationSettings,
	success: Element,
	facts: SessionFacts,
	identity: Identity,
	carbons: boolean,
): Promise<Negotiated> {
	if (facts.resumed) return resumedSession(settings, facts, identity, io, null);
	const bound = child(success, 'bound', ns.bind2);
	if (bound === undefined) return bindLegacy(io, settings, await awaitFeatures(io), facts, identity);
	const jid = ownJid(facts.boundJid, settings);
	io.iq.self = jid;
	// A server with Bind2 but no inline stream management still offers it afterwards, in the next features.
	const features = io.sm.active ? null : await awaitFeatures(io);
	if (features !== null) await enableStreamManagement(io, features, facts);
	return { ...identity, kind: 'fresh', jid, carbons, lost: facts.lost, unsent: [], features };
}

async function enableStreamManagement(io: NegotiationIo, features: Element, facts: SessionFacts): Promise<void> {
	if (child(features, 'sm', nsSm) === undefined) return;
	io.sm.enableSent();
	io.send(io.sm.enableElement());
	const answer = await io.take();
	if (!answer.is('enabled', nsSm) && !answer.is('failed', nsSm))
		throw new ChatException(chatError('protocol-violation', 'unexpected answer to enable'));
	if (!io.sm.active) facts.lost = [...facts.lost, ...io.sm.failed(null)];
}

function resumedSession(
	settings: NegotiationSettings,
	facts: SessionFacts,
	identity: Identity,
	io: NegotiationIo,
	features: Element | null,
): Negotiated {
	const jid = ownJid(io.sm.snapshot()?.jid ?? null, settings);
	io.iq.self = jid;
	return { ...identity, kind: 'resumed', jid, carbons: true, lost: [], unsent: facts.unsent, features };
}

/** The server may give us any resource, but never another account. */
function ownJid(text: string | null, settings: NegotiationSettings): Jid {
	const jid = parseJid(text);
	if (jid === null || jid.resource === '' || !sameBare(jid, settings.jid))
		throw new ChatException(chatError('protocol-violation', 'the server bound a foreign address'));
	return jid;
}

async function bindLegacy(
	io: NegotiationIo,
	settings: NegotiationSettings,
	features: Element,
	facts: SessionFacts,
	identity: Identity,
): Promise<Negotiated> {
	const hasSm = child(features, 'sm', nsSm) !== undefined;
	const resume = hasSm ? io.sm.resumeElement() : null;
	if (resume !== null) {
		io.send(resume);
		const answer = await io.take();
		if (facts.resumed) return resumedSession(settings, facts, identity, io, features);
		if (!answer.is('failed', nsSm))
			throw new ChatException(chatError('protocol-violation', 'unexpected answer to resume'));
	}
	if (child(features, 'bind', ns.bind) === undefined)
		throw new ChatException(chatError('protocol-violation', 'no resource binding'));
	const request = el(
		'bind',
		{ xmlns: ns.bind },
		settings.resource === null ? null : el('resource', {}, settings.resource),
	);
	const reply = await io.iq.set(request, { timeoutMs: 20_000 });
	const jid = ownJid(childText(child(reply, 'bind', ns.bind), 'jid', ns.bind) ?? null, settings);
	io.iq.self = jid;
	facts.boundJid = fullText(jid);
	await enableStreamManagement(io, features, facts);
	return { ...identity, kind: 'fresh', jid, carbons: false, lost: facts.lost, unsent: [], features };
}
