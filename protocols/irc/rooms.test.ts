/** Rooms, ranks, contacts and presence. */
import { afterEach, describe, expect, it } from 'vitest';
import { remoteConversationId } from '../model/ids.ts';
import { inRoom as standIn, label, messagesOf, room, tagged } from './testing/acts.ts';
import { type Scene, scene } from './testing/harness.ts';

let now: Scene;
afterEach(() => now.close());
const inRoom = (caps?: readonly string[], isupport?: string) => standIn(now, caps, isupport);
const messages = () => messagesOf(now);

describe('rooms and people', () => {
	it('ranks, topic and own capabilities follow MODE, TOPIC, NICK, KICK', async () => {
		now = await scene();
		const link = await inRoom(tagged, 'CASEMAPPING=ascii CHANTYPES=# PREFIX=(qaohv)~&@%+ CHANMODES=b,k,l,imnst');
		expect(now.adapter.capabilities(room).kick.level).toBe('full');
		link.send(':bob!b@h TOPIC #a :new topic', ':bob!b@h MODE #a -o+v alice alice', ':bob!b@h MODE #a +t');
		await now.context.waitFor('rights gone', () => now.adapter.capabilities(room).topic.level === 'rejected');
		expect(now.adapter.capabilities(room).kick).toEqual({ level: 'rejected', reason: 'room' });
		link.send(':bob!b@h MODE #a +q alice', ':bob!b@h NICK Robert', ':Robert!b@h KICK #a alice :enough');
		await now.context.event('conversation-upsert', (event) => event.conversation.membership === 'left');
		const role = now.context
			.of('members-delta')
			.flatMap((event) => event.upsert)
			.find((member) => member.self)?.role;
		expect(['owner', 'voice']).toContain(role);
		const system = messages().map((message) => (message.content.kind === 'system' ? message.content.system.event : ''));
		expect(system).toEqual(['topic', 'role', 'role', 'mode', 'role', 'rename', 'kick']);
		expect(now.context.of('user-renamed')[0]).toMatchObject({ from: 'bob', to: 'robert', name: 'Robert' });
		const gone = now.context.of('conversation-upsert').findLast((event) => event.conversation.membership === 'left');
		expect(gone?.conversation.error).toMatchObject({ code: 'kicked', detail: 'enough', params: { by: 'Robert' } });
	});

	it('a query follows its partner to a new nick', async () => {
		now = await scene();
		const link = await inRoom();
		link.send(':bob!b@h PRIVMSG alice :hi', ':bob!b@h NICK bobby');
		expect(await now.context.event('conversation-renamed')).toMatchObject({ from: 'bob', to: 'bobby', name: 'bobby' });
	});

	it.each([
		['471', 'room-full'],
		['473', 'invite-only'],
		['474', 'banned'],
		['475', 'password-required'],
		['477', 'members-only'],
		['403', 'no-such-room'],
		['405', 'not-allowed'],
	])('a join refused with %s is %s', async (numeric, code) => {
		now = await scene();
		const { link } = await now.online(tagged);
		const outcome = now.adapter.perform({ type: 'join', name: '#b', password: null });
		link.send(`@label=${label(await link.until(/JOIN #b/))} :s ${numeric} alice #b :words of the server`);
		expect(await outcome).toMatchObject({ kind: 'rejected', error: { code, detail: 'words of the server' } });
		const seen = await now.context.event('conversation-upsert', (event) => event.conversation.remoteId === '#b');
		expect(seen.conversation.error?.code).toBe(code);
	});

	it('an invitation is shown and can be accepted', async () => {
		now = await scene();
		const { link } = await now.online(tagged);
		link.send(':bob!b@h INVITE alice #secret');
		const invited = await now.context.event(
			'conversation-upsert',
			(event) => event.conversation.membership === 'invited',
		);
		expect(invited.conversation).toMatchObject({ remoteId: '#secret', invite: { from: 'bob' } });
		void now.adapter.perform({ type: 'answer-invite', conversation: remoteConversationId('#secret'), accept: true });
		await link.until(/JOIN #secret/);
	});

	it('MONITOR watches contacts, away-notify tells more', async () => {
		now = await scene();
		const link = await inRoom(
			[...tagged, 'away-notify', 'extended-monitor'],
			'MONITOR=100 CASEMAPPING=ascii PREFIX=(ov)@+',
		);
		await now.adapter.perform({
			type: 'contact-add',
			user: 'carol',
			name: 'Carol',
			groups: ['friends'],
			message: null,
		});
		expect(await link.until(/MONITOR/)).toBe('MONITOR + carol');
		link.send(':s 730 alice :carol!c@h', ':carol!c@h AWAY :lunch', ':carol!c@h AWAY', ':s 731 alice :carol');
		await now.context.event('presence', (event) => event.availability === 'offline');
		expect(now.context.of('presence').map((event) => [event.availability, event.statusText])).toEqual([
			['available', ''],
			['away', 'lunch'],
			['available', ''],
			['offline', ''],
		]);
		await now.adapter.perform({ type: 'contact-remove', user: 'carol' as never });
		await link.until(/^MONITOR - carol/);
	});

	it('ISON is asked in turns where there is no MONITOR', async () => {
		now = await scene();
		const link = await inRoom([]);
		await now.adapter.perform({ type: 'contact-add', user: 'carol', name: null, groups: [], message: null });
		await link.until(/^ISON carol$/);
		link.send(':s 303 alice :Carol');
		await now.context.event('presence', (event) => event.user === 'carol' && event.availability === 'available');
	});

	it('contacts survive a restart and are watched again', async () => {
		now = await scene();
		const link = await inRoom(tagged, 'MONITOR=100 CASEMAPPING=ascii PREFIX=(ov)@+');
		await now.adapter.perform({ type: 'contact-add', user: 'carol', name: 'Carol', groups: [], message: null });
		await link.until(/MONITOR \+ carol/);
		const ended = link.whenClosed();
		await now.adapter.stop('shutdown');
		await ended;
		const again = await now.online(tagged, 'MONITOR=100 CASEMAPPING=ascii PREFIX=(ov)@+');
		await again.link.until(/^JOIN #a$/);
		await again.link.until(/MONITOR \+ carol/);
		expect(now.context.of('contacts-snapshot').at(-1)?.contacts).toMatchObject([
			{ remoteId: 'carol', name: 'Carol', onRoster: true },
		]);
	});

	it('the answer to our own goodbye is no news, another closing is', async () => {
		now = await scene();
		const link = await inRoom();
		const goodbyes = () => now.context.of('server-text').filter((event) => event.level === 'error');
		const stopped = now.adapter.stop('shutdown');
		await link.until(/^QUIT/);
		link.send(':alice!a@host QUIT :Quit: ', 'ERROR :Quit: ');
		link.cut();
		await stopped;
		expect(goodbyes()).toEqual([]);
		const again = await now.online();
		again.link.send('ERROR :Server going down');
		again.link.cut();
		await again.end;
		expect(goodbyes().map((event) => event.text)).toEqual(['Server going down']);
	});

	it('own away is confirmed by the server and restored on the next connection', async () => {
		now = await scene();
		const { link } = await now.online([]);
		const set = now.adapter.perform({ type: 'presence', presence: { availability: 'busy', statusText: 'in a call' } });
		await link.until(/^AWAY :in a call$/);
		link.send(':s 306 alice :You have been marked as being away');
		expect((await set).kind).toBe('accepted');
		expect(now.context.of('own-presence').at(-1)?.presence).toEqual({ availability: 'busy', statusText: 'in a call' });
		link.cut();
		const again = await now.online([]);
		await again.link.until(/^AWAY :in a call$/);
	});
});
