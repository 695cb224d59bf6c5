/* oxlint-disable max-lines -- one list of what an account can do on a real server, run against each */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ejabberd, type EjabberdServer } from '../../e2e/servers/ejabberd.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { prosodyClassic } from '../../e2e/servers/prosody-classic.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { AdapterAction } from '../adapter/actions.ts';
import type { LoginSession, LoginStep } from '../adapter/login.ts';
import { systemClock, systemRandom } from '../adapter/system.ts';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { AccountRemains, TestContext } from '../testkit/test-context.ts';
import { xmppFactory as xmpp } from './index.ts';
import { Accounts, AccountUser as User, password } from './testing/account-user.ts';

type Server = Awaited<ReturnType<typeof prosody.start>> | EjabberdServer;

for (const { title, kind, start } of [
	{ title: 'XMPP adapter on Prosody 13', kind: prosody, start: () => prosody.start({ hash: 'SHA-256' }) },
	{ title: 'XMPP adapter on Prosody 0.12', kind: prosodyClassic, start: () => prosodyClassic.start({}) },
	{ title: 'XMPP adapter on ejabberd', kind: ejabberd, start: () => ejabberd.start({}) },
]) {
	await describeWithServers(title, [kind], () => {
		let server: Server;
		const accounts = new Accounts(() => server);
		const { users } = accounts;
		const user = (tag: string): Promise<User> => accounts.user(tag);
		const account = (tag: string): Promise<AccountRemains> => accounts.fresh(tag);
		const device = (of: User): Promise<User> => accounts.device(of.address);
		beforeAll(async () => {
			server = await start();
		});
		afterAll(async () => {
			await accounts.stop();
			await server.stop();
		});

		const befriend = async (a: User, b: User): Promise<void> => {
			await a.must({ type: 'contact-add', user: b.address, name: 'My friend', groups: ['Friends'], message: 'hello?' });
			await b.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === a.address && contact.subscription === 'pending-in'),
			);
			await b.must({ type: 'contact-authorise', user: remoteUserId(a.address), allow: true });
			await a.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === b.address && contact.subscription === 'to'),
			);
			await a.must({ type: 'contact-authorise', user: remoteUserId(b.address), allow: true });
			await b.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === a.address && contact.subscription === 'both'),
			);
		};

		it('contacts: request, approval, group, presence with status text, removal', async () => {
			const a = await user('ann');
			const b = await user('ben');
			await befriend(a, b);
			const contact = a.context
				.of('contacts-delta')
				.flatMap((event) => event.upsert)
				.findLast((c) => c.remoteId === b.address);
			expect(contact).toMatchObject({ name: 'My friend', groups: ['Friends'], onRoster: true });
			await b.must({ type: 'presence', presence: { availability: 'away', statusText: 'tea ☕' } });
			await a.context.event(
				'presence',
				(event) => event.user === b.address && event.availability === 'away' && event.statusText === 'tea ☕',
			);
			await b.adapter.stop('user');
			await a.context.event('presence', (event) => event.user === b.address && event.availability === 'offline');
			await a.must({ type: 'contact-remove', user: remoteUserId(b.address) });
			await a.context.event('contacts-delta', (event) => event.remove.some((id) => id === b.address));
		});

		it('one to one: accepted by the server, delivered, read, typing, formatting, reply, edit, reaction, retraction', async () => {
			const a = await user('ada');
			const b = await user('bob');
			await befriend(a, b);
			await a.must({ type: 'open-direct', user: b.address });
			await a.say(b.address, 'first', 'txn-first-message');
			await a.context.event(
				'send-result',
				(event) => event.txnId === 'txn-first-message' && event.outcome.kind === 'accepted',
			);
			await a.context.event(
				'receipt',
				(event) => event.kind === 'delivered' && event.upTo.some((id) => id.value === 'txn-first-message'),
			);
			const received = await b.context.event('message', (event) => plainBody(event.message.content) === 'first');
			expect(received.message.ids.some((id) => id.kind === 'server')).toBe(true);
			const target = {
				ids: received.message.ids,
				sender: received.message.sender.remoteId,
				senderName: 'ada',
				text: 'first',
				time: received.message.time,
			};
			await b.must({ type: 'mark-read', conversation: remoteConversationId(a.address), upTo: target, visible: true });
			await a.context.event(
				'receipt',
				(event) => event.kind === 'read' && event.upTo.some((id) => id.value === 'txn-first-message'),
			);
			await b.must({
				type: 'send',
				txnId: txnId('txn-reply-message'),
				conversation: remoteConversationId(a.address),
				content: { kind: 'text', body: plain('answer') },
				replyTo: target,
				threadRoot: null,
			});
			const reply = await a.context.event('message', (event) => plainBody(event.message.content) === 'answer');
			expect(reply.message.replyTo?.ids.map((id) => id.value)).toEqual(['txn-first-message']);
			await b.must({
				type: 'react',
				txnId: txnId('txn-react'),
				conversation: remoteConversationId(a.address),
				target,
				keys: ['👍', '🎉'],
				added: '🎉',
				removed: null,
			});
			await a.context.event(
				'reaction',
				(event) =>
					event.op === 'set' && event.keys.length === 2 && event.target.some((id) => id.value === 'txn-first-message'),
			);
			const own = { ...target, ids: [{ kind: 'origin', value: 'txn-reply-message' }] } as unknown as typeof target;
			await b.must({
				type: 'edit',
				txnId: txnId('txn-edit-message'),
				conversation: remoteConversationId(a.address),
				target: own,
				content: { kind: 'text', body: plain('better answer') },
			});
			await a.context.event(
				'message-edited',
				(event) =>
					event.target.some((id) => id.value === 'txn-reply-message') && plainBody(event.content) === 'better answer',
			);
			await b.must({
				type: 'remove',
				txnId: txnId('txn-remove-message'),
				conversation: remoteConversationId(a.address),
				target: own,
				reason: null,
			});
			await a.context.event(
				'message-removed',
				(event) => event.target.some((id) => id.value === 'txn-reply-message') && event.sender.remoteId === b.address,
			);
			expect(a.texts(b.address).some((text) => text.includes('retract'))).toBe(false);
		});

		it('own messages and bookmarks of another device appear, and the read position', async () => {
			const a = await user('cat');
			const b = await user('dan');
			const phone = await device(a);
			await phone.say(b.address, 'from the phone');
			const copy = await a.context.event('message', (event) => plainBody(event.message.content) === 'from the phone');
			expect(copy.message).toMatchObject({ own: true, txnId: null });
			await b.say(a.address, 'to both');
			await Promise.all([a.got(b.address, 'to both'), phone.got(b.address, 'to both')]);
			const message = phone.context
				.messagesOf(remoteConversationId(b.address))
				.findLast((m) => plainBody(m.content) === 'to both');
			await phone.must({
				type: 'mark-read',
				conversation: remoteConversationId(b.address),
				upTo: { ids: message?.ids ?? [], sender: remoteUserId(b.address), senderName: '', text: '', time: 0 },
				visible: false,
			});
			await a.context.event(
				'read-marker',
				(event) =>
					event.conversation === b.address &&
					event.upTo.some((id) => message?.ids.some((own) => own.value === id.value) === true),
			);
			await phone.must({
				type: 'create-room',
				name: `shared-${title.length}-${accounts.count}`,
				topic: 'both here',
				isPublic: true,
				invite: [],
			});
			const joined = await a.context.event(
				'conversation-upsert',
				(event) => event.conversation.membership === 'joined' && event.conversation.kind === 'group',
			);
			await phone.must({ type: 'leave', conversation: joined.conversation.remoteId, reason: null, forget: false });
			await a.context.event(
				'conversation-upsert',
				(event) =>
					event.conversation.remoteId === joined.conversation.remoteId && event.conversation.membership === 'left',
			);
		});

		it('messages while away arrive on the next login, once, in order; sent ones are known', async () => {
			const a = await user('eva');
			const b = await user('fay');
			await b.say(a.address, 'before');
			await a.got(b.address, 'before');
			await a.adapter.stop('shutdown');
			for (let i = 0; i < 120; i++) await b.say(a.address, `away ${i}`);
			await b.context.waitFor('all accepted', () => b.context.of('send-result').length >= 121);
			const again = a.reborn();
			users.push(again);
			await again.online();
			await again.got(b.address, 'away 119');
			expect(again.texts(b.address).filter((text) => text !== 'before')).toEqual(
				Array.from({ length: 120 }, (_, i) => `away ${i}`),
			);
			const action: AdapterAction = {
				type: 'send',
				txnId: txnId('never-sent-message'),
				conversation: remoteConversationId(b.address),
				content: { kind: 'text', body: plain('x') },
				replyTo: null,
				threadRoot: null,
			};
			expect(await again.adapter.outcomeOf?.(action, systemClock.now())).toBe('not-sent');
			await again.say(b.address, 'was sent', 'was-sent-message');
			await again.context.event('send-result', (event) => event.txnId === 'was-sent-message');
			await again.adapter.stop('shutdown');
			const third = await (async () => {
				const made = again.reborn();
				users.push(made);
				return made.online();
			})();
			expect(
				await third.adapter.outcomeOf?.({ ...action, txnId: txnId('was-sent-message') }, systemClock.now()),
			).toMatchObject({ kind: 'accepted' });
		});

		it('a killed process resumes its session: nothing lost, nothing double', async () => {
			const a = await user('gus');
			const b = await user('hal');
			await b.say(a.address, 'one');
			await a.got(b.address, 'one');
			await a.adapter.stop('suspend');
			await b.say(a.address, 'two');
			await b.context.waitFor('accepted', () => b.context.of('send-result').length === 2);
			const again = a.reborn();
			users.push(again);
			await again.online();
			await again.got(b.address, 'two');
			expect(again.context.logLines.some((line) => line.direction === 'in' && line.text.includes('resumed'))).toBe(
				true,
			);
			await b.say(a.address, 'three');
			await again.got(b.address, 'three');
			expect(again.texts(b.address)).toEqual(['one', 'two', 'three']);
		});

		it('a server that dies and returns: rooms rejoined, what was written meanwhile is there once', async () => {
			const a = await user('ian');
			const b = await user('joe');
			const room = `restart-${accounts.count}@${server.rooms}`;
			await a.must({ type: 'create-room', name: room, topic: null, isPublic: true, invite: [] });
			await b.must({ type: 'join', name: room, password: null });
			await a.say(room, 'before');
			await b.got(room, 'before');
			await server.kill();
			expect(await a.end).toMatchObject({ kind: 'failed', error: { source: 'network' } });
			await b.end;
			await server.restart();
			await a.online();
			await b.online();
			await b.context.waitFor(
				'rejoined',
				() =>
					b.context
						.of('conversation-upsert')
						.filter((event) => event.conversation.remoteId === room && event.conversation.membership === 'joined')
						.length >= 2,
			);
			await a.context.waitFor(
				'rejoined',
				() =>
					a.context
						.of('conversation-upsert')
						.filter((event) => event.conversation.remoteId === room && event.conversation.membership === 'joined')
						.length >= 2,
			);
			await a.say(room, 'after');
			await b.got(room, 'after');
			expect(b.texts(room).filter((text) => text === 'before')).toHaveLength(1);
			expect(b.texts(room).filter((text) => text === 'after')).toHaveLength(1);
		});

		it('refusals of rooms are typed: banned, members only, nickname taken, unknown', async () => {
			const a = await user('kay');
			const b = await user('leo');
			const open = `open-${accounts.count}@${server.rooms}`;
			const closed = `closed-${accounts.count}@${server.rooms}`;
			await a.must({ type: 'create-room', name: open, topic: null, isPublic: true, invite: [] });
			await a.must({ type: 'create-room', name: closed, topic: null, isPublic: false, invite: [] });
			expect(await b.code({ type: 'join', name: closed, password: null })).toBe('members-only');
			expect(await b.code({ type: 'join', name: `nowhere-${accounts.count}@${server.rooms}`, password: null })).toBe(
				'no-such-room',
			);
			await b.must({ type: 'join', name: open, password: null });
			await a.must({ type: 'ban', conversation: remoteConversationId(open), user: b.address, reason: 'spam' });
			const out = await b.context.event(
				'conversation-upsert',
				(event) => event.conversation.remoteId === open && event.conversation.membership === 'banned',
			);
			expect(out.conversation.error).toMatchObject({ code: 'banned', detail: 'spam' });
			expect(await b.code({ type: 'join', name: open, password: null })).toBe('banned');
			await a.must({ type: 'unban', conversation: remoteConversationId(open), user: b.address, reason: null });
			await b.must({ type: 'join', name: open, password: null });
			await a.must({ type: 'invite', conversation: remoteConversationId(closed), user: b.address, reason: 'come in' });
			const invited = await b.context.event(
				'conversation-upsert',
				(event) => event.conversation.remoteId === closed && event.conversation.membership === 'invited',
			);
			expect(invited.conversation.invite).toMatchObject({ reason: 'come in' });
			await b.must({ type: 'answer-invite', conversation: remoteConversationId(closed), accept: true });
			await b.say(closed, 'inside');
			await a.got(closed, 'inside');
			const third = await user('max');
			third.remains.settings = { ...third.remains.settings, nick: a.address.split('@')[0] ?? '' };
			await third.adapter.stop('user');
			const impostor = third.reborn();
			users.push(impostor);
			await impostor.online();
			expect(await impostor.code({ type: 'join', name: open, password: null })).toBe('name-in-use');
			expect(await a.code({ type: 'create-room', name: open, topic: null, isPublic: true, invite: [] })).toBe(
				'name-in-use',
			);
		});

		it('blocks and unblocks, and tells the other devices', async () => {
			const a = await user('ned');
			const b = await user('oli');
			const phone = await device(a);
			await a.must({ type: 'block', user: remoteUserId(b.address) });
			await phone.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === b.address && contact.blocked),
			);
			await b.say(a.address, 'unwanted', 'txn-unwanted');
			// The server has judged it once it is acknowledged or bounced.
			await b.context.event('send-result', (event) => event.txnId === 'txn-unwanted');
			await a.must({ type: 'unblock', user: remoteUserId(b.address) });
			await b.say(a.address, 'welcome');
			await a.got(b.address, 'welcome');
			expect(a.texts(b.address)).toEqual(['welcome']);
		});

		it('a message larger than the server takes is refused before it is sent, and the connection lives', async () => {
			const a = await user('pam');
			const b = await user('quin');
			const text = '&'.repeat(150_000);
			expect(
				await a.code({
					type: 'send',
					txnId: txnId('far-too-long'),
					conversation: remoteConversationId(b.address),
					content: { kind: 'text', body: plain(text) },
					replyTo: null,
					threadRoot: null,
				}),
			).toBe('message-too-long');
			await a.say(b.address, 'short');
			await b.got(a.address, 'short');
		});

		it('an untrusted certificate becomes a question; accepting it pins that certificate', async () => {
			const remains = await account('ray');
			remains.settings = { host: '127.0.0.1', port: server.ports.client };
			const a = new User(remains);
			const end = await a.adapter.start(new AbortController().signal);
			expect(end).toMatchObject({ kind: 'failed', error: { code: 'certificate-untrusted', retry: 'never' } });
			const asked = await a.context.event('decision-needed');
			await a.must({ type: 'answer-decision', decision: asked.id, answer: { kind: 'certificate', accept: true } });
			users.push(a);
			await a.online();
			expect(a.context.of('security').at(-1)?.security).toMatchObject({ encrypted: true, verifiedBy: 'pinned' });
		});

		describe('login flows', () => {
			const session = (flow: string, extraCa: readonly string[] = [server.certs.ca]): LoginSession =>
				xmpp.startLogin(flow, {
					clock: systemClock,
					random: systemRandom,
					log: new TestContext(new AccountRemains('x', {}, {})).log,
					extraCa,
					client: { name: 'Parley', version: '0' },
					progress: () => undefined,
				});
			let signal = AbortSignal.timeout(20_000);
			beforeEach(() => {
				signal = AbortSignal.timeout(20_000);
			});
			const where = (): Record<string, string> => ({
				host: '127.0.0.1',
				port: String(server.ports.client),
				directTls: 'false',
			});
			const fault = (step: LoginStep): string =>
				step.kind === 'input'
					? (step.error?.code ??
						step.fields.map((field) => (field.error === null ? '' : `${field.id}:${field.error.code}`)).join(''))
					: step.kind;

			it('logs in step by step and types every wrong input', async () => {
				const { address } = await account('sam');
				const login = session('password');
				expect(login.begin()).toMatchObject({ kind: 'input', id: 'address' });
				expect((await login.validate('address', 'no address @', signal))?.code).toBe('bad-address');
				expect((await login.validate('port', '99999', signal))?.code).toBe('bad-input');
				expect(fault(await login.submit({ address: 'x@', ...where() }, signal))).toBe('address:bad-address');
				expect(fault(await login.submit({ address, ...where(), port: '9' }, signal))).toBe('host:connection-refused');
				expect(await login.submit({ address, ...where() }, signal)).toMatchObject({ kind: 'input', id: 'password' });
				expect(fault(await login.submit({ password: 'wrong' }, signal))).toBe('password:auth-failed');
				const last = await login.submit({ password }, signal);
				expect(last).toMatchObject({ kind: 'done', account: { address, secrets: { password } } });
				login.close();
				if (last.kind !== 'done') return;
				const made = new User(
					new AccountRemains(
						last.account.address,
						{ ...last.account.settings, ca: [server.certs.ca] },
						last.account.secrets,
					),
				);
				users.push(made);
				await made.online();
			});

			it('takes a certificate authority of the user, for finding the server and for later logins', async () => {
				const { address } = await account('zoe');
				const login = session('password', []);
				expect(await login.validate('ca', 'not a certificate', signal)).toMatchObject({ code: 'bad-input' });
				expect(fault(await login.submit({ address, ...where(), ca: 'not a certificate' }, signal))).toBe(
					'ca:bad-input',
				);
				expect(await login.submit({ address, ...where(), ca: server.certs.ca }, signal)).toMatchObject({
					kind: 'input',
					id: 'password',
				});
				const last = await login.submit({ password }, signal);
				login.close();
				if (last.kind !== 'done') throw new Error(JSON.stringify(last));
				const made = new User(new AccountRemains(address, last.account.settings, last.account.secrets));
				users.push(made);
				await made.online();
				expect(made.context.of('security').at(-1)?.security.verifiedBy).toBe('custom-ca');
			});

			it('asks about an unknown certificate and goes on when it is accepted', async () => {
				const { address } = await account('tom');
				const login = session('password', []);
				expect(await login.submit({ address, ...where() }, signal)).toMatchObject({
					kind: 'question',
					question: { kind: 'certificate', problem: 'untrusted' },
				});
				expect(await login.submit({ accept: 'true' }, signal)).toMatchObject({ kind: 'input', id: 'password' });
				expect(await login.submit({ password }, signal)).toMatchObject({
					kind: 'done',
					account: { settings: { pinned: expect.stringMatching(/^([0-9A-F]{2}:){31}/) as string } },
				});
				login.close();
			});

			it('creates an account, and says when the name is taken', async () => {
				const { address } = await account('una');
				const taken = address.split('@')[0] ?? '';
				const login = session('register');
				const form = await login.submit({ address: server.domain, ...where() }, signal);
				expect(form).toMatchObject({ kind: 'input', id: 'form' });
				expect(form.kind === 'input' ? form.fields.map((field) => field.id) : []).toEqual(
					expect.arrayContaining(['username', 'password']),
				);
				expect(fault(await login.submit({ username: taken, password }, signal))).toBe('username:name-in-use');
				expect(await login.submit({ username: `new${accounts.count}x`, password }, signal)).toMatchObject({
					kind: 'done',
					account: { address: `new${accounts.count}x@${server.domain}` },
				});
				login.close();
			});
		});
	});
}
