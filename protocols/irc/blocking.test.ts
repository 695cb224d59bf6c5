/** Blocking against a server that says what a test tells it to. */
import { afterEach, describe, expect, it } from 'vitest';
import { plainBody } from '../model/content.ts';
import { remoteUserId } from '../model/ids.ts';
import { inRoom, messagesOf, tagged } from './testing/acts.ts';
import { type Scene, scene } from './testing/harness.ts';
import type { ScriptedLink } from './testing/scripted-server.ts';

let now: Scene;
afterEach(() => now.close());
const withSilence = 'CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ SILENCE=2';
const eve = remoteUserId('eve');
const block = (user = eve) => now.adapter.perform({ type: 'block', user });
const heard = () =>
	messagesOf(now)
		.filter((message) => message.content.kind !== 'system')
		.map((message) => plainBody(message.content));
const contacts = () => now.context.of('contacts-delta').flatMap((event) => event.upsert);

/** Everything sent before has been read when this arrives. */
async function settled(link: ScriptedLink): Promise<void> {
	link.send(':bob!b@host PRIVMSG #a :end');
	await now.context.waitFor('the last line', () => heard().includes('end'));
}

describe('blocking without help of the server', () => {
	it('hears nothing more of the person, in rooms and alone, and says so to nobody', async () => {
		now = await scene();
		const link = await inRoom(now, ['message-tags', 'account-tag', 'extended-join']);
		link.send(':eve!e@evil.example JOIN #a eve :Eve');
		await now.context.event('members-delta');
		const before = link.lines.length;
		expect(await block()).toMatchObject({ kind: 'accepted' });
		expect(contacts().at(-1)).toMatchObject({ remoteId: 'eve', blocked: true, onRoster: false, subscription: 'none' });
		link.send(
			':eve!e@evil.example PRIVMSG #a :in the room',
			':eve!e@evil.example NOTICE alice :alone',
			':eve!e@evil.example PRIVMSG alice :\x01VERSION\x01',
			'@+typing=active :eve!e@evil.example TAGMSG #a',
			':eve!e@evil.example INVITE alice #trap',
			':eve!e@evil.example NICK innocent',
			':innocent!e@evil.example PRIVMSG #a :under another name',
			':innocent!x@elsewhere.example PRIVMSG #a :and from another address',
			'@account=adam :eve!a@other.example PRIVMSG #a :the nick changed hands',
		);
		await settled(link);
		expect(heard()).toEqual(['the nick changed hands', 'end']);
		expect(now.context.of('typing')).toEqual([]);
		expect(now.context.of('conversation-upsert').some((event) => event.conversation.remoteId === '#trap')).toBe(false);
		expect(link.lines.slice(before).filter((line) => /eve|NOTICE|PRIVMSG|SILENCE/.test(line))).toEqual([]);
		expect(await now.adapter.perform({ type: 'unblock', user: eve })).toMatchObject({ kind: 'accepted' });
		expect(now.context.of('contacts-delta').at(-1)).toMatchObject({ upsert: [], remove: ['eve'] });
		link.send(':eve!e@evil.example PRIVMSG #a :heard again');
		await now.context.waitFor('the unblocked', () => heard().includes('heard again'));
	});

	it('an address many people share is not taken as one person', async () => {
		now = await scene();
		const link = await inRoom(now, ['message-tags']);
		link.send(':eve!web@gateway JOIN #a', ':carol!web@gateway JOIN #a');
		await now.context.waitFor('both', () => now.context.of('members-delta').length > 0);
		await block();
		link.send(':eve!web@gateway PRIVMSG #a :hidden', ':carol!web@gateway PRIVMSG #a :not me');
		await settled(link);
		expect(heard()).toEqual(['not me', 'end']);
	});

	it('is kept over a restart, and a contact shows that it is blocked', async () => {
		now = await scene();
		const first = await inRoom(now);
		first.send(':eve!e@evil.example JOIN #a');
		await now.context.event('members-delta');
		await now.adapter.perform({ type: 'contact-add', user: 'eve', name: 'Eve', groups: [], message: null });
		await block();
		expect(contacts().at(-1)).toMatchObject({ remoteId: 'eve', name: 'Eve', blocked: true, onRoster: true });
		await now.adapter.stop('shutdown');
		const snapshots = now.context.of('contacts-snapshot').length;
		const { link } = await now.online();
		await now.context.waitFor('the list', () => now.context.of('contacts-snapshot').length > snapshots);
		expect(now.context.of('contacts-snapshot').at(-1)?.contacts).toMatchObject([{ remoteId: 'eve', blocked: true }]);
		link.send(':eve!e@x PRIVMSG alice :psst', ':bob!b@x PRIVMSG alice :hello');
		await now.context.waitFor('bob', () => heard().includes('hello'));
		expect(heard()).not.toContain('psst');
	});

	it('nobody blocks themselves', async () => {
		now = await scene();
		await inRoom(now);
		expect(await block(remoteUserId('alice'))).toMatchObject({ kind: 'rejected', error: { code: 'bad-input' } });
	});
});

describe('blocking with SILENCE', () => {
	it('reads the list back, adds what is missing, adopts what other clients silenced, keeps to the limit', async () => {
		now = await scene();
		const link = await inRoom(now, tagged, withSilence);
		await link.until(/^SILENCE$/);
		link.send(':s 271 alice mallory!*@* a', ':s 272 alice :End of SILENCE list');
		await now.context.waitFor('adoption', () => contacts().some((one) => one.remoteId === 'mallory' && one.blocked));
		link.send(':eve!e@evil.example JOIN #a');
		await now.context.event('members-delta');
		await block();
		await link.until(/^SILENCE \+\*!e@evil\.example$/);
		link.send(':alice!a@host SILENCE +*!e@evil.example a');
		link.send(':zed!z@z.example JOIN #a');
		await now.context.waitFor('zed', () =>
			now.context.of('members-delta').some((event) => event.upsert.some((member) => member.remoteId === 'zed')),
		);
		const before = link.lines.length;
		expect((await block(remoteUserId('zed'))).kind).toBe('accepted');
		link.send(':zed!z@z.example PRIVMSG #a :over the limit');
		await settled(link);
		expect(link.lines.slice(before).filter((line) => line.startsWith('SILENCE'))).toEqual([]);
		expect(heard()).toEqual(['end']);
		await now.adapter.perform({ type: 'unblock', user: eve });
		await link.until(/^SILENCE -\*!e@evil\.example$/);
	});

	it('is a full feature there, and one with limits elsewhere', async () => {
		now = await scene();
		await inRoom(now, tagged, withSilence);
		const block = () => now.context.of('account-capabilities').at(-1)?.capabilities.block;
		expect(block()).toEqual({ level: 'full', reason: null });
		await now.close();
		now = await scene();
		await inRoom(now);
		expect(block()).toEqual({ level: 'partial', reason: 'server' });
	});
});

describe('callerid', () => {
	it('a held-back message is told, and so is being held back', async () => {
		now = await scene();
		const link = await inRoom(now, tagged);
		link.send(':s 718 alice eve e@evil.example :is messaging you, and you have user mode +g set.');
		const said = await now.context.event('server-text', (event) => event.code === '718');
		expect(said.text).toContain('/accept eve');
		await now.adapter.perform({ type: 'slash', name: 'accept', args: 'eve -bob', conversation: null });
		await link.until(/^ACCEPT eve,-bob$/);
	});
});
