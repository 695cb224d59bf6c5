/** What is taken over from other programs answers questions that our login forms ask. */
import { expect, it } from 'vitest';
import { systemClock, systemRandom } from './adapter/system.ts';
import { readGajimRows } from './import/gajim.ts';
import { readHexChat } from './import/hexchat.ts';
import { readPidgin } from './import/pidgin.ts';
import { readWeeChat } from './import/weechat.ts';
import { protocolFactories } from './registry.ts';

const setting = (name: string, value: string): string => `<setting name='${name}'>${value}</setting>`;
const account = (protocol: string, name: string, settings: string): string =>
	`<account><protocol>prpl-${protocol}</protocol><name>${name}</name><password>p</password><settings>${settings}</settings></account>`;

const everything = [
	readHexChat('N=a\nL=12\nI=nick\nU=user\nR=real\nP=p\nS=irc.example.org/+6697\n', ''),
	readHexChat('N=a\nL=7\nI=nick\nP=p\nS=irc.example.org\n', ''),
	readWeeChat(
		'[server]\na.addresses = "irc.example.org"\na.nicks = "n"\na.username = "u"\na.realname = "r"\na.sasl_username = "s"\na.sasl_mechanism = external\na.sasl_password = "p"\na.password = "p"',
	),
	readPidgin(
		`<account>${[
			account(
				'jabber',
				'a@b',
				setting('connect_server', 'c') + setting('port', '1') + setting('connection_security', 'old_ssl'),
			),
			account('irc', 'a@b', setting('username', 'u') + setting('realname', 'r')),
			account('irc', 'a@b', setting('sasl', '1')),
			account('matrix', '@a:b', setting('home_server', 'https://b')),
		].join('')}</account>`,
		'',
	),
	readGajimRows([
		{
			account: 'a',
			settings: JSON.stringify({
				address: 'a@b',
				password: 'p',
				use_custom_host: true,
				custom_host: 'c',
				custom_port: 1,
				custom_type: 'DIRECT TLS',
			}),
		},
	]),
].flatMap(({ accounts }) => accounts);

/** What is asked once the first step is answered. */
const laterFields: ReadonlyMap<string, readonly string[]> = new Map([
	['xmpp', ['password']],
	['matrix', ['user', 'password']],
]);

it.each(protocolFactories().map((factory) => [factory.describe().name, factory] as const))(
	'%s asks for every field that is answered',
	async (name, factory) => {
		await factory.load?.();
		const flow = factory.describe().loginFlows.find(({ purpose }) => purpose === 'login');
		const session = factory.startLogin(flow?.id ?? '', {
			clock: systemClock,
			random: systemRandom,
			log: { debug() {}, info() {}, warn() {}, error() {}, wire() {} },
			extraCa: [],
			client: { name: 'Parley', version: 'test' },
			progress: () => undefined,
		});
		const step = session.begin();
		session.close();
		const asked = [
			...(step.kind === 'input' ? step.fields.map((field) => field.id) : []),
			...(laterFields.get(name) ?? []),
		];
		const answered = everything
			.filter(({ protocol }) => protocol === name)
			.flatMap(({ values, secrets }) => [...Object.keys(values), ...Object.keys(secrets)]);
		expect(answered).not.toEqual([]);
		expect(asked).toEqual(expect.arrayContaining(answered));
	},
);
