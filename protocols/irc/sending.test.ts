/** What becomes of a message of ours, by what the server offers. */
import { afterEach, describe, expect, it } from 'vitest';
import type { AdapterAction } from '../adapter/actions.ts';
import { remoteConversationId, remoteId } from '../model/ids.ts';
import { inRoom as standIn, label, messagesOf, room, send, tagged } from './testing/acts.ts';
import { type Scene, scene } from './testing/harness.ts';

let now: Scene;
afterEach(() => now.close());
const inRoom = (caps?: readonly string[], isupport?: string) => standIn(now, caps, isupport);
const messages = () => messagesOf(now);

describe('sending', () => {
	it('labels prove acceptance and bring the id', async () => {
		now = await scene();
		const link = await inRoom();
		const outcome = now.adapter.perform(send('hi'));
		const line = await link.until(/PRIVMSG #a hi$/);
		link.send(`@label=${label(line)};msgid=m1;time=2026-01-02T03:04:05.000Z :alice!a@host PRIVMSG #a :hi`);
		expect(await outcome).toEqual({
			kind: 'accepted',
			ids: [remoteId('server', 'm1')],
			time: Date.UTC(2026, 0, 2, 3, 4, 5),
		});
		expect(messages()).toEqual([]);
	});

	it('a labelled error is the typed refusal of this message', async () => {
		now = await scene();
		const link = await inRoom();
		const outcome = now.adapter.perform(send('hi'));
		link.send(`@label=${label(await link.until(/PRIVMSG/))} :s 404 alice #a :Cannot send to channel (+m)`);
		expect(await outcome).toMatchObject({
			kind: 'rejected',
			error: { code: 'message-rejected', detail: 'Cannot send to channel (+m)' },
		});
	});

	it('a labelled FAIL as well', async () => {
		now = await scene();
		const link = await inRoom();
		const outcome = now.adapter.perform(send('hi'));
		link.send(`@label=${label(await link.until(/PRIVMSG/))} :s FAIL PRIVMSG RATE_LIMITED #a :Slow down`);
		expect(await outcome).toMatchObject({ kind: 'rejected', error: { code: 'rate-limited', retry: 'after' } });
	});

	it('echo without labels is matched by text', async () => {
		now = await scene();
		const link = await inRoom(['message-tags', 'echo-message']);
		const outcomes = [now.adapter.perform(send('one')), now.adapter.perform(send('two'))];
		await link.until(/PRIVMSG #a two/);
		link.send(
			'@msgid=2 :alice!a@host PRIVMSG #a :two',
			'@msgid=1 :alice!a@host PRIVMSG #a :one',
			'@msgid=3 :alice!a@host PRIVMSG #a :from my other client',
		);
		expect(await Promise.all(outcomes)).toMatchObject([{ ids: [{ value: '1' }] }, { ids: [{ value: '2' }] }]);
		await now.context.waitFor('the foreign echo', () => messages().length === 1);
		expect(messages()[0]).toMatchObject({ own: true, txnId: null });
	});

	it('a plain server never confirms, but may refuse', async () => {
		now = await scene();
		const link = await inRoom([]);
		expect(await now.adapter.perform(send('hi'))).toEqual({ kind: 'unconfirmed', ids: [] });
		const refused = now.adapter.perform(send('again'));
		await link.until(/PRIVMSG #a again/);
		link.send(':s 404 alice #a :Cannot send to channel');
		expect(await refused).toMatchObject({ kind: 'rejected', error: { code: 'message-rejected' } });
	});

	it('to a channel whose JOIN is still on its way waits in the outbox', async () => {
		now = await scene();
		await inRoom();
		const elsewhere = remoteConversationId('#not-yet');
		expect(await now.adapter.perform(send('early', elsewhere))).toMatchObject({
			kind: 'rejected',
			error: { code: 'not-joined', retry: 'later' },
		});
	});

	it('a link that breaks before the answer leaves it uncertain', async () => {
		now = await scene();
		const link = await inRoom();
		const outcome = now.adapter.perform(send('hi'));
		await link.until(/PRIVMSG/);
		link.cut();
		expect(await outcome).toMatchObject({ kind: 'uncertain', error: { code: 'delivery-unknown' } });
		expect(await now.adapter.perform(send('later'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'connection-lost', retry: 'later' },
		});
	});

	it('several lines are one message with several ids; half of it is uncertain, not refused', async () => {
		now = await scene();
		const link = await inRoom();
		const whole = now.adapter.perform(send('one\n\ntwo'));
		for (const text of ['one', 'two']) {
			const line = await link.until(new RegExp(`PRIVMSG #a ${text}$`));
			link.send(`@label=${label(line)};msgid=${text} :alice!a@host PRIVMSG #a :${text}`);
		}
		expect(await whole).toMatchObject({ kind: 'accepted', ids: [{ value: 'one' }, { value: 'two' }] });
		const half = now.adapter.perform(send('three\nfour'));
		const first = await link.until(/PRIVMSG #a three/);
		const second = await link.until(/PRIVMSG #a four/);
		link.send(
			`@label=${label(first)};msgid=3 :alice!a@host PRIVMSG #a :three`,
			`@label=${label(second)} :s 404 alice #a :no`,
		);
		expect(await half).toMatchObject({ kind: 'uncertain' });
	});

	it('multiline goes out as one batch where offered', async () => {
		now = await scene();
		const link = await inRoom([...tagged, 'draft/multiline=max-bytes=4096,max-lines=24']);
		const outcome = now.adapter.perform(send('one\ntwo'));
		const opening = await link.until(/BATCH \+/);
		const id = /BATCH \+(\S+) draft\/multiline #a/.exec(opening)?.[1] ?? '';
		expect(await link.until(/PRIVMSG/)).toBe(`@batch=${id} PRIVMSG #a one`);
		expect(await link.until(/PRIVMSG/)).toBe(`@batch=${id} PRIVMSG #a two`);
		await link.until(new RegExp(`^BATCH -${id}$`));
		link.send(
			`@label=${label(opening)};msgid=m1 :alice!a@host BATCH +e draft/multiline #a`,
			'@batch=e :alice!a@host PRIVMSG #a :one',
			'@batch=e :alice!a@host PRIVMSG #a :two',
			'BATCH -e',
		);
		expect(await outcome).toMatchObject({ kind: 'accepted', ids: [{ value: 'm1' }] });
		expect(messages()).toEqual([]);
	});

	it('replies carry the tag, or the name where tags are off', async () => {
		now = await scene();
		const link = await inRoom();
		const target = {
			ids: [remoteId('server', 'm0')],
			sender: 'bob' as never,
			senderName: 'bob',
			text: 'before',
			time: 0,
		};
		void now.adapter.perform({ ...send('yes'), replyTo: target } as AdapterAction);
		expect(await link.until(/PRIVMSG #a yes/)).toMatch(/\+draft\/reply=m0/);
		await now.close();
		now = await scene();
		const plainLink = await inRoom([]);
		void now.adapter.perform({ ...send('yes'), replyTo: target } as AdapterAction);
		await plainLink.until(/^PRIVMSG #a :bob: yes$/);
	});

	it('typing is told at most every three seconds, and its end once', async () => {
		now = await scene();
		const link = await inRoom();
		for (const state of ['active', 'active', 'active', 'done', 'done'] as const)
			await now.adapter.perform({ type: 'typing', conversation: room, state });
		link.send('PING :x');
		await link.until(/^PONG x/);
		expect(link.lines.filter((line) => line.includes('TAGMSG'))).toEqual([
			'@+typing=active TAGMSG #a',
			'@+typing=done TAGMSG #a',
		]);
	});
});
