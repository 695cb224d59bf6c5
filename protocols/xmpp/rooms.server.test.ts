import { afterAll, beforeAll, expect, it } from 'vitest';
import { ejabberd, type EjabberdServer } from '../../e2e/servers/ejabberd.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { prosodyClassic } from '../../e2e/servers/prosody-classic.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { systemClock } from '../adapter/system.ts';
import type { SystemEvent } from '../model/content.ts';
import { remoteConversationId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { Accounts, type AccountUser } from './testing/account-user.ts';

type Server = Awaited<ReturnType<typeof prosody.start>> | EjabberdServer;

for (const { title, kind, start } of [
	{ title: 'XMPP rooms on Prosody 13', kind: prosody, start: () => prosody.start({ hash: 'SHA-256' }) },
	{ title: 'XMPP rooms on Prosody 0.12', kind: prosodyClassic, start: () => prosodyClassic.start({}) },
	{ title: 'XMPP rooms on ejabberd', kind: ejabberd, start: () => ejabberd.start({}) },
]) {
	await describeWithServers(title, [kind], () => {
		let server: Server;
		const accounts = new Accounts(() => server);
		beforeAll(async () => {
			server = await start();
		});
		afterAll(async () => {
			await accounts.stop();
			await server.stop();
		});

		const events = (user: AccountUser, room: string): SystemEvent[] =>
			user.context
				.of('message')
				.flatMap(({ conversation, message }) =>
					conversation === room && message.content.kind === 'system' ? [message.content.system] : [],
				);
		const line = (user: AccountUser, room: string, event: SystemEvent['event'], name: string): Promise<SystemEvent> =>
			user.context.waitFor(`${event} ${name}`, () =>
				events(user, room).find((one) => one.event === event && 'name' in one && one.name === name),
			);
		const nameOf = ({ address }: AccountUser): string => address.slice(0, address.indexOf('@'));

		it('tells who comes, gets a role, is kicked and goes; nobody of those who were there; and a new name', async () => {
			const owner = await accounts.user('owner');
			const guest = await accounts.user('guest');
			const late = await accounts.user('late');
			const room = `lines-${accounts.count}@${server.rooms}`;
			const conversation = remoteConversationId(room);
			await owner.must({ type: 'create-room', name: room, topic: null, isPublic: true, invite: [] });
			await guest.must({ type: 'join', name: room, password: null });
			await line(owner, room, 'join', nameOf(guest));
			expect(events(guest, room).filter(({ event }) => event === 'join')).toEqual([]);
			await owner.must({ type: 'set-role', conversation, user: nameOf(guest), role: 'moderator' });
			expect(await line(guest, room, 'role', nameOf(guest))).toMatchObject({ role: 'moderator' });
			await late.must({ type: 'join', name: room, password: null });
			await line(guest, room, 'join', nameOf(late));
			await owner.must({ type: 'set-room-name', conversation, name: 'Name of the room' });
			await Promise.all([owner, guest].map((one) => line(one, room, 'room-name', 'Name of the room')));
			await guest.context.event(
				'conversation-upsert',
				(event) => event.conversation.remoteId === room && event.conversation.name === 'Name of the room',
			);
			await owner.must({ type: 'kick', conversation, user: nameOf(late), reason: 'test' });
			expect(await line(guest, room, 'kick', nameOf(late))).toMatchObject({ reason: 'test' });
			expect(await line(late, room, 'kick', nameOf(late))).toMatchObject({ reason: 'test' });
			await guest.must({ type: 'leave', conversation, reason: 'tea', forget: false });
			await line(owner, room, 'leave', nameOf(guest));
			expect(events(owner, room).map(({ event }) => event)).toEqual([
				'join',
				'role',
				'join',
				'room-name',
				'kick',
				'leave',
			]);
		});

		it('what is written to a room during a login arrives, at once or when asked to try again', async () => {
			const writer = await accounts.user('writer');
			const reader = await accounts.user('reader');
			const room = `early-${accounts.count}@${server.rooms}`;
			await writer.must({ type: 'create-room', name: room, topic: null, isPublic: true, invite: [] });
			await reader.must({ type: 'join', name: room, password: null });
			await writer.adapter.stop('shutdown');
			const again = writer.reborn();
			accounts.users.push(again);
			const before = again.context.events.length;
			again.end = again.adapter.start(new AbortController().signal);
			const send = () =>
				again.adapter.perform({
					type: 'send',
					txnId: txnId('early-message'),
					conversation: remoteConversationId(room),
					content: { kind: 'text', body: plain('early') },
					replyTo: null,
					threadRoot: null,
				});
			await again.context.waitFor('the first step', () => again.context.events.length > before);
			// The outbox in short: refused for now means once more.
			for (;;) {
				const outcome = await send();
				if (outcome.kind !== 'rejected') break;
				expect(outcome.error.retry).toBe('later');
				await new Promise<void>((resolve) => void systemClock.after(5, resolve));
			}
			await reader.got(room, 'early');
			expect(reader.texts(room).filter((text) => text !== '')).toEqual(['early']);
			expect(again.context.of('message').some(({ conversation }) => conversation !== room)).toBe(false);
		});

		it('a stanza typed by the user is sent, its answer shown', async () => {
			const user = await accounts.user('rawson');
			await user.must({
				type: 'raw',
				text: `<iq type="get" to="${server.domain}"><query xmlns="jabber:iq:version"/></iq>`,
			});
			const answer = await user.context.event('server-text', (event) => event.reply);
			expect(answer.text).toMatch(/Prosody|ejabberd/);
			expect(await user.code({ type: 'raw', text: '</stream:stream>' })).toBe('bad-input');
		});

		it('client state (XEP-0352): told once when the user goes or comes back, and again on a new connection', async () => {
			const user = await accounts.user('idler');
			const states = (): string[] =>
				user.context.logLines.flatMap(({ direction, text }) => {
					const state = direction === 'out' ? /^<(active|inactive) xmlns="urn:xmpp:csi:0"/.exec(text)?.[1] : undefined;
					return state === undefined ? [] : [state];
				});
			await user.context.waitFor('the first state', () => states().length === 1);
			for (const signal of ['user-idle', 'user-idle', 'user-active'] as const) user.adapter.signal?.(signal);
			expect(states()).toEqual(['active', 'inactive', 'active']);
			user.adapter.signal?.('user-idle');
			await user.adapter.stop('suspend');
			await user.online();
			await user.context.waitFor('the state on the resumed connection', () => states().length === 5);
			expect(states().at(-1)).toBe('inactive');
		});
	});
}
