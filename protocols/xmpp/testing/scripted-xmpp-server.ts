/**
 * A TLS server that plays a script line by line, for what real servers never do. A script is a list of steps: wait for
 * a pattern in what the client wrote, then write; `tls` upgrades (STARTTLS), `close` ends.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export type ScriptStep =
	| { readonly expect: RegExp | string; readonly reply: string | ((match: RegExpMatchArray) => string) }
	| { readonly tls: true }
	| { readonly close: true };

export interface ScriptedServer extends AsyncDisposable {
	readonly port: number;
	/** Everything the client wrote before TLS, and inside TLS. */
	readonly plain: string[];
	readonly secure: string[];
}

export async function scriptedServer(
	steps: readonly ScriptStep[],
	credential: { readonly certificate: string; readonly key: string },
): Promise<ScriptedServer> {
	const plain: string[] = [];
	const secure: string[] = [];
	const sockets = new Set<Socket>();
	const server: Server = createServer((raw) => {
		sockets.add(raw);
		raw.on('error', () => undefined);
		play(raw, [...steps], plain, secure, credential);
	});
	await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
	return {
		port: (server.address() as AddressInfo).port,
		plain,
		secure,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			await new Promise<void>((resolve) => void server.close(() => resolve()));
		},
	};
}

function play(
	raw: Socket,
	steps: ScriptStep[],
	plain: string[],
	secure: string[],
	credential: { readonly certificate: string; readonly key: string },
): void {
	let socket: Socket = raw;
	let buffer = '';
	const next = (): void => {
		for (;;) {
			const step = steps[0];
			if (step === undefined) return;
			if ('close' in step) {
				socket.end();
				return;
			}
			if ('tls' in step) {
				steps.shift();
				raw.removeAllListeners('data');
				socket = new TLSSocket(raw, {
					isServer: true,
					secureContext: createSecureContext({ cert: credential.certificate, key: credential.key }),
					ALPNProtocols: ['xmpp-client'],
				});
				socket.on('error', () => undefined);
				listen(secure);
				buffer = '';
				return;
			}
			const match = buffer.match(step.expect);
			if (match === null) return;
			buffer = buffer.slice((match.index ?? 0) + match[0].length);
			steps.shift();
			socket.write(typeof step.reply === 'string' ? step.reply : step.reply(match));
		}
	};
	const listen = (log: string[]): void => {
		socket.on('data', (chunk: Buffer) => {
			const text = chunk.toString('utf8');
			log.push(text);
			buffer += text;
			next();
		});
	};
	listen(plain);
	next();
}

export const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='xmpp.test' version='1.0'>`;
export const open = /<stream:stream[^>]*>/;
export const features = (inner: string): string => `${header}<stream:features>${inner}</stream:features>`;
export const starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
export const proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
export const mechanisms = (...names: string[]): string =>
	`<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${names.map((name) => `<mechanism>${name}</mechanism>`).join('')}</mechanisms>`;
/** Up to the features inside TLS. */
export const untilTls = (inside: string): ScriptStep[] => [
	{ expect: open, reply: features(starttls) },
	{ expect: /<starttls[^>]*>/, reply: proceed },
	{ tls: true },
	{ expect: open, reply: features(inside) },
];
/** A whole login with PLAIN and legacy binding, as the account `bob@xmpp.test`. */
export const untilOnline = (after = ''): ScriptStep[] => [
	...untilTls(mechanisms('PLAIN')),
	{ expect: /<auth [^>]*>[^<]*<\/auth>/, reply: "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" },
	{ expect: open, reply: features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>") },
	{
		expect: /<iq [^>]*id="([^"]+)"[^>]*><bind/,
		reply: (match) =>
			`<iq type='result' id='${match[1] ?? ''}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>bob@xmpp.test/r</jid></bind></iq>${after}`,
	},
];
