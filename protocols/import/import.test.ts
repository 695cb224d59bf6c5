import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGajimConfig, readGajimRows } from './gajim.ts';
import { readHexChat } from './hexchat.ts';
import { readPidgin } from './pidgin.ts';
import { readWeeChat } from './weechat.ts';

const hexchat = `v=2.16.2

N=Libera.Chat
L=6
E=UTF-8 (Unicode)
F=22
D=0
P=hunter2
S=irc.libera.chat/+6697
S=irc.eu.libera.chat/6667
J=#parley
J=#secret,key

N=Own nick
L=7
I=mynick
U=ident
R=My Name
P=server pass
F=0
D=1
S=a.example
S=b.example/6668
J=#one,#two k1,k2

N=Never used
L=6
F=23
D=0
S=irc.example.org

N=Broken
F=8
S=bad host/99999
`;

describe('HexChat', () => {
	const profile = readHexChat(hexchat, 'irc_nick1 = alice\nirc_user_name = alice-user\nirc_real_name = Alice\n');

	it('takes networks that are used', () => {
		expect(profile.accounts.map((account) => account.label)).toEqual(['Libera.Chat', 'Own nick']);
	});
	it('takes names from its own place where a network has none', () => {
		expect(profile.accounts[0]).toMatchObject({
			values: {
				address: 'irc.libera.chat:6697',
				tls: 'true',
				nick: 'alice',
				username: 'alice-user',
				realname: 'Alice',
				account: 'alice-user',
			},
			secrets: { password: 'hunter2' },
			rooms: [
				{ name: '#parley', password: null },
				{ name: '#secret', password: 'key' },
			],
		});
	});
	it('takes the chosen server, own names, the server password, and rooms as old versions wrote them', () => {
		expect(profile.accounts[1]).toMatchObject({
			values: { address: 'b.example:6668', tls: 'false', nick: 'mynick', username: 'ident', realname: 'My Name' },
			secrets: { serverPassword: 'server pass' },
			rooms: [
				{ name: '#one', password: 'k1' },
				{ name: '#two', password: 'k2' },
			],
		});
		expect(profile.accounts[1]?.values).not.toHaveProperty('account');
	});
});

const weechat = `#
# weechat -- irc.conf
#
[look]
buffer_open_before_autojoin = on

[server_default]
addresses = ""
nicks = "bob,bob_"
realname = ""
tls = on
username = "bobu"

[server]
libera.addresses = "irc.libera.chat/6697,irc.eu.libera.chat/6697"
libera.autojoin = "#weechat,#key thekey"
libera.sasl_mechanism = scram-sha-256
libera.sasl_username = "bob-account"
libera.sasl_password = "\${sec.data.libera}"
libera.nicks
my.net.addresses = "[2001:db8::1]/6667"
my.net.tls = off
my.net.nicks = "other"
my.net.password = "pass word"
my.net.username = "\${username}"
empty.autoconnect = on
`;

describe('WeeChat', () => {
	const profile = readWeeChat(weechat);

	it('takes servers with an address, and their defaults', () => {
		expect(profile.accounts).toMatchObject([
			{
				label: 'libera',
				values: {
					address: 'irc.libera.chat:6697',
					tls: 'true',
					nick: 'bob',
					username: 'bobu',
					account: 'bob-account',
					mechanism: 'SCRAM-SHA-256',
				},
				secrets: {},
				lockedSecret: true,
				rooms: [
					{ name: '#weechat', password: 'thekey' },
					{ name: '#key', password: null },
				],
			},
			{
				label: 'my.net',
				values: { tls: 'false', nick: 'other' },
				secrets: { serverPassword: 'pass word' },
				lockedSecret: false,
			},
		]);
	});
	it('takes nothing that WeeChat works out itself', () => {
		expect(profile.accounts[1]?.values).not.toHaveProperty('username');
	});
});

const pidginAccounts = `<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'>
	<account>
		<protocol>prpl-jabber</protocol><name>alice@example.org/Home</name><password>pa&amp;ss</password>
		<settings>
			<setting name='port' type='int'>5222</setting>
			<setting name='connection_security' type='string'>require_tls</setting>
		</settings>
		<settings ui='gtk-gaim'><setting name='auto-login' type='bool'>1</setting></settings>
	</account>
	<account>
		<protocol>prpl-irc</protocol><name>al@irc.example.org</name><password>ircpass</password>
		<settings>
			<setting name='port' type='int'>6697</setting><setting name='ssl' type='bool'>1</setting>
			<setting name='sasl' type='bool'>1</setting><setting name='realname' type='string'>Alice</setting>
		</settings>
	</account>
	<account><protocol>prpl-matrix</protocol><name>@alice:example.org</name></account>
	<account><protocol>prpl-icq</protocol><name>12345</name></account>
	<account><protocol>prpl-jabber</protocol><name>not an address</name></account>
</account>`;

const pidginBuddies = `<?xml version='1.0' encoding='UTF-8' ?>
<purple version='1.0'><blist>
	<group name='Friends'>
		<contact alias='Bob'>
			<buddy account='alice@example.org/Home' proto='prpl-jabber'><name>bob@example.net</name><alias>Bobby</alias></buddy>
			<buddy account='al@irc.example.org' proto='prpl-irc'><name>bob</name><alias>Bobby</alias></buddy>
			<buddy account='12345' proto='prpl-icq'><name>99</name></buddy>
		</contact>
		<contact><buddy account='al@irc.example.org' proto='prpl-irc'><name>carol</name></buddy></contact>
		<chat proto='prpl-irc' account='al@irc.example.org'>
			<component name='channel'>#parley</component><component name='password'>key</component>
			<setting name='gtk-autojoin' type='bool'>1</setting>
		</chat>
		<chat proto='prpl-irc' account='al@irc.example.org'><component name='channel'>#old</component></chat>
		<chat proto='prpl-jabber' account='alice@example.org/Home'>
			<component name='room'>tea</component><component name='server'>rooms.example.org</component>
			<setting name='gtk-autojoin' type='bool'>1</setting>
		</chat>
	</group>
	<group name='Work'>
		<contact><buddy account='al@irc.example.org' proto='prpl-irc'><name>bob</name></buddy></contact>
	</group>
</blist></purple>`;

describe('Pidgin', () => {
	const profile = readPidgin(pidginAccounts, pidginBuddies);

	it('takes accounts of the networks that Parley speaks, and names the others', () => {
		expect(profile.accounts.map((account) => [account.protocol, account.values, account.secrets])).toEqual([
			['xmpp', { address: 'alice@example.org' }, { password: 'pa&ss' }],
			['irc', { address: 'irc.example.org:6697', tls: 'true', nick: 'al', realname: 'Alice' }, { password: 'ircpass' }],
			['matrix', { address: '@alice:example.org', user: '@alice:example.org' }, {}],
		]);
		expect(profile.skipped).toEqual(['12345 (icq)', 'not an address (jabber)']);
	});
	it('takes people that no server keeps, with all their groups, and rooms that are joined by themselves', () => {
		expect(profile.accounts[0]).toMatchObject({
			contacts: [],
			rooms: [{ name: 'tea@rooms.example.org', password: null }],
		});
		expect(profile.accounts[1]).toMatchObject({
			contacts: [
				{ address: 'bob', name: 'Bobby', groups: ['Friends', 'Work'] },
				{ address: 'carol', name: null, groups: ['Friends'] },
			],
			rooms: [{ name: '#parley', password: 'key' }],
		});
	});
	it('knows who is one person', () => {
		expect(profile.persons).toEqual([
			{
				name: 'Bob',
				contacts: [
					{ account: 0, address: 'bob@example.net' },
					{ account: 1, address: 'bob' },
				],
			},
		]);
	});
});

describe('Gajim', () => {
	it('of now', () => {
		const profile = readGajimRows([
			{
				account: 'work',
				settings: JSON.stringify({
					name: 'alice',
					hostname: 'example.org',
					account_label: 'Work',
					use_custom_host: true,
					custom_host: 'xmpp.example.org',
					custom_port: 5223,
					custom_type: 'DIRECT TLS',
					savepass: true,
					password: '',
				}),
			},
			{ account: 'newer', settings: JSON.stringify({ address: 'bob@example.net', password: 'pw', custom_port: 1 }) },
			{ account: 'broken', settings: '{' },
			{ account: 'Local', settings: JSON.stringify({ name: 'zeroconf' }) },
		]);
		expect(profile.accounts).toMatchObject([
			{
				label: 'Work',
				values: { address: 'alice@example.org', host: 'xmpp.example.org', port: '5223', directTls: 'true' },
				secrets: {},
				lockedSecret: true,
			},
			{ label: 'newer', values: { address: 'bob@example.net' }, secrets: { password: 'pw' }, lockedSecret: false },
		]);
	});
	it('of before', () => {
		const profile = readGajimConfig(
			[
				'verbose = False',
				'accounts.at.home.name = alice',
				'accounts.at.home.hostname = example.org',
				'accounts.at.home.password = libsecret:',
				'accounts.Local.name = zeroconf',
			].join('\n'),
		);
		expect(profile.accounts).toMatchObject([
			{ label: 'at.home', values: { address: 'alice@example.org' }, secrets: {}, lockedSecret: true },
		]);
	});
});

describe('what is read', () => {
	const mangled = (text: string) =>
		fc
			.array(fc.tuple(fc.nat(text.length), fc.nat(30), fc.string({ unit: 'binary', maxLength: 10 })), { maxLength: 8 })
			.map((cuts) => cuts.reduce((left, [at, length, put]) => left.slice(0, at) + put + left.slice(at + length), text));

	it('is never thrown, whatever is in the files', () => {
		fc.assert(
			fc.property(
				mangled(hexchat),
				mangled(weechat),
				mangled(pidginAccounts),
				mangled(pidginBuddies),
				fc.string({ maxLength: 200 }),
				(a, b, c, d, e) => {
					const all = [
						readHexChat(a, e),
						readWeeChat(b),
						readPidgin(c, d),
						readGajimConfig(e),
						readGajimRows([{ account: e, settings: e }]),
					];
					for (const { accounts } of all)
						for (const { values } of accounts)
							for (const value of Object.values(values)) expect(value).not.toMatch(/[\0\r\n]/u);
				},
			),
			{ numRuns: 40 },
		);
	});

	it('of a deep or endless file is bounded', () => {
		expect(readPidgin('<a>'.repeat(200_000), '<group>'.repeat(100_000)).accounts).toEqual([]);
		const many = `<account>${'<account><protocol>prpl-jabber</protocol><name>a@b</name></account>'.repeat(5000)}</account>`;
		expect(readPidgin(many, '').accounts).toHaveLength(200);
	});
});
