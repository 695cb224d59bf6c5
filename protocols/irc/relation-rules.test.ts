/**
 * Whose line may change which message, against the ways other clients were broken. Everything goes through the wire:
 * a scripted server says the line, and what the engine would be told is looked at.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageTarget } from '../adapter/actions.ts';
import { plainBody } from '../model/content.ts';
import { remoteId, remoteUserId, txnId } from '../model/ids.ts';
import { formatLine, lineLimits, byteLength } from './line.ts';
import { type Author, type RelationKind, relationRules } from './relation-rules.ts';
import { messagesOf, room, send, tagged } from './testing/acts.ts';
import { type Scene, scene } from './testing/harness.ts';
import type { ScriptedLink } from './testing/scripted-server.ts';

const caps = [...tagged, 'account-tag', 'draft/message-redaction', 'draft/chathistory'];
let now: Scene;
let link: ScriptedLink;

/** In #a with bob (voiced), olga (operator) and mallory (member); zoe is elsewhere. */
async function meet(offered: readonly string[] = caps): Promise<void> {
	now = await scene();
	({ link } = await now.online(offered));
	link.send(':alice!a@host JOIN #a', ':s 353 alice = #a :alice +bob @olga mallory', ':s 366 alice #a :End');
	await now.context.event('members-snapshot');
}
beforeEach(() => meet());
afterEach(() => now.close());

/** Plays lines and waits until all were read. */
async function play(...lines: readonly string[]): Promise<void> {
	const known = now.context.of('message').length;
	link.send(...lines, ':bob!b@h PRIVMSG #a :the end of it');
	await now.context.waitFor('the end', () =>
		messagesOf(now)
			.slice(known)
			.some((message) => plainBody(message.content) === 'the end of it'),
	);
}
const removed = () => now.context.of('message-removed');
const reactions = () => now.context.of('reaction');

const sources: Readonly<Record<Exclude<Author, 'record'>, string>> = {
	self: 'alice!a@host',
	member: 'mallory!m@h',
	operator: 'olga!o@h',
	outsider: 'zoe!z@h',
	server: 'irc.example',
};
const authors = Object.keys(sources) as (keyof typeof sources)[];

const cells = (kind: RelationKind) => authors.map((author) => ({ author, ruling: relationRules[kind][author] }));

describe('every cell of the table', () => {
	it('has no author and no relation without a ruling, and lets nobody edit', () => {
		for (const row of Object.values(relationRules)) expect(Object.keys(row)).toHaveLength(6);
		expect(new Set(Object.values(relationRules.edit))).toEqual(new Set(['refused']));
	});

	it.each(cells('redact'))('REDACT by $author: $ruling', async ({ author, ruling }) => {
		await play(`:${sources[author]} REDACT #a m1 :reason`);
		expect(removed().map((event) => event.moderated)).toEqual(ruling === 'refused' ? [] : [ruling === 'moderated']);
	});

	it.each(cells('react'))('a reaction by $author: $ruling', async ({ author, ruling }) => {
		await play(`@+draft/react=x;+draft/reply=m1 :${sources[author]} TAGMSG #a`);
		const nick = sources[author].split('!')[0];
		expect(reactions().map((event) => event.sender.name)).toEqual(ruling === 'refused' ? [] : [nick]);
	});

	it.each(cells('unreact'))('taking a reaction back by $author: $ruling', async ({ author, ruling }) => {
		await play(`@+draft/unreact=x;+reply=m1 :${sources[author]} TAGMSG #a`);
		expect(reactions().map((event) => event.op)).toEqual(ruling === 'refused' ? [] : ['remove']);
	});

	it.each(authors)('an edit by %s is a message of its own', async (author) => {
		await play(`@msgid=m2;+draft/edit=m1;+edit=m1 :${sources[author]} PRIVMSG #a :other words`);
		expect(now.context.of('message-edited')).toEqual([]);
		expect(messagesOf(now)[0]?.ids).toEqual([{ kind: 'server', value: 'm2' }]);
	});

	it('a network operator without rank in the channel moderates', async () => {
		await play(':s 354 alice 152 #a m h mallory H* 0 :Mallory', ':mallory!m@h REDACT #a m1');
		expect(removed()[0]?.moderated).toBe(true);
	});

	it('history tells what the server has judged then, whoever is here now', async () => {
		await play(
			':s BATCH +1 chathistory #a',
			'@batch=1 :mallory!m@h REDACT #a m1 :gone',
			'@batch=1;+draft/react=x;+draft/reply=m3 :mallory!m@h TAGMSG #a',
			':s BATCH -1',
		);
		expect(removed()[0]).toMatchObject({ moderated: true, target: [{ value: 'm1' }] });
		expect(reactions()).toHaveLength(1);
	});
});

describe('correction, retraction and reaction by another (Gajim CVE-2022-39835, reactions credited to the wrong person)', () => {
	it('another user: a plain member removes nothing of others, its removal counts for its own words only', async () => {
		await play('@account=mallory :mallory!m@h REDACT #a m1');
		expect(removed()[0]).toMatchObject({ moderated: false, sender: { remoteId: 'mallory', strength: 'stable' } });
	});

	it('the same nick taken by somebody else: no stable identity stands behind it', async () => {
		await play(
			':bob!b@h QUIT :bye',
			':bob!evil@else JOIN #a',
			'@account=eve :bob!evil@else REDACT #a m1',
			':bob!evil@else REDACT #a m1',
			':mallory!m@h NICK gone',
			'@account=eve;+draft/unreact=x;+reply=m1 :bob!evil@else TAGMSG #a',
		);
		for (const event of [...removed(), ...reactions()]) expect(event.sender.strength).toBe('session');
		expect(removed().map((event) => event.moderated)).toEqual([false, false]);
	});

	it('a reaction is its sender’s, whatever tags claim', async () => {
		await play(
			'@+sender=bob;+account=bob;+draft/react=x;+draft/reply=m1;+from=olga :mallory!m@h TAGMSG #a',
			'@account=bob;+draft/react=y;+draft/reply=m1 :mallory!m@h TAGMSG #a',
		);
		expect(reactions().map((event) => [event.sender.remoteId, event.sender.strength, event.own])).toEqual([
			['mallory', 'session', false],
			['mallory', 'session', false],
		]);
	});

	it('in a private chat the partner removes only their own words', async () => {
		await play('@msgid=p1 :bob!b@h PRIVMSG alice :psst', ':bob!b@h REDACT alice p1', ':alice!a@host REDACT bob p1');
		expect(removed().map((event) => [event.conversation, event.own, event.moderated])).toEqual([
			['bob', false, false],
			['bob', true, true],
		]);
	});
});

describe('moderation confusion (Ergo redaction permission 2026, unaware bridges)', () => {
	it('REDACT for another target stays with that target', async () => {
		await play(
			':olga!o@h REDACT #b m1',
			':olga!o@h REDACT bob m1',
			':olga!o@h TAGMSG #b',
			'@+draft/react=x;+draft/reply=m1 :olga!o@h TAGMSG #b',
		);
		expect(removed()).toEqual([]);
		expect(reactions()).toEqual([]);
	});

	it('a removal without an id, or where the command was never agreed on, removes nothing', async () => {
		await play(':olga!o@h REDACT #a', ':olga!o@h REDACT #a :', ':olga!o@h REDACT #a :two words');
		expect(removed()).toEqual([]);
		await now.close();
		await meet(tagged);
		await play(':olga!o@h REDACT #a m1');
		expect(removed()).toEqual([]);
	});

	it('who removed and why is kept', async () => {
		await play(':olga!o@h REDACT #a m1 :\x02off\x0f topic');
		expect(removed()[0]).toMatchObject({ sender: { name: 'olga' }, reason: 'off topic', moderated: true });
	});
});

describe('prototype pollution by event content (CVE-2022-36059, CVE-2023-28427)', () => {
	it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
		'%s as id, key, reason and nick',
		async (word) => {
			await play(
				`@+draft/react=${word};+draft/reply=${word};msgid=${word} :${word}!x@h TAGMSG #a`,
				`:${word}!x@h REDACT #a ${word} :${word}`,
				`@msgid=${word};+reply=${word};${word}=1 :${word}!x@h PRIVMSG #a :${word}`,
			);
			expect(reactions()[0]).toMatchObject({ keys: [word], target: [{ value: word }], sender: { name: word } });
			expect(removed()[0]).toMatchObject({ target: [{ value: word }], reason: word });
			expect(messagesOf(now)[0]).toMatchObject({ replyTo: { ids: [{ value: word }] } });
			expect(({} as Record<string, unknown>)['1']).toBeUndefined();
		},
	);
});

describe('malformed and oversized (HexChat CVE-2016-2233, WeeChat CVE-2020-8955, reaction floods as in CVE-2024-1402)', () => {
	it('an id that is too long or holds blanks names no message, instead of another one', async () => {
		const long = 'm'.repeat(513);
		await play(
			`@+draft/react=x;+draft/reply=${long} :bob!b@h TAGMSG #a`,
			'@+draft/react=x;+draft/reply=a\\sb :bob!b@h TAGMSG #a',
			'@+draft/react=x;+draft/reply= :bob!b@h TAGMSG #a',
			'@+draft/react=x :bob!b@h TAGMSG #a',
			`:olga!o@h REDACT #a ${'m'.repeat(480)}${long}`,
			`@+reply=${long};msgid=m7 :bob!b@h PRIVMSG #a :no answer`,
		);
		expect([...reactions(), ...removed()]).toEqual([]);
		expect(messagesOf(now)[0]).toMatchObject({ replyTo: null });
	});

	it.each([
		['empty', ''],
		['only a variation selector', '\ufe0f'],
		['too long', '👍'.repeat(40)],
		['a line break', 'a\\nb'],
		['a control character', 'a\x1bb'],
		['a C1 control', 'a\u009bb'],
	])('a reaction that is %s is none', async (_, key) => {
		await play(`@+draft/react=${key};+draft/reply=m1 :bob!b@h TAGMSG #a`);
		expect(reactions()).toEqual([]);
	});

	it.each([
		['\u2764', '\u2764\ufe0f'],
		['\u2764\ufe0e', '\u2764\ufe0f'],
		['👍\ufe0f', '👍'],
		['lol', 'lol'],
		['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
	])('%j is kept as %j, as text', async (key, canonical) => {
		await play(`@+draft/react=${key.replaceAll(' ', '\\s')};+draft/reply=m1 :bob!b@h TAGMSG #a`);
		expect(reactions()[0]?.keys).toEqual([canonical]);
	});
});

describe('time traps (libpurple CVE-2013-6477)', () => {
	it.each(['9999-12-31T23:59:59.999Z', 'NaN', '-271821-04-20T00:00:00.000Z', '2026-13-45T99:00:00Z', ''])(
		'a relation at %j happens now',
		async (time) => {
			await play(
				`@time=${time};+draft/react=x;+draft/reply=m1 :bob!b@h TAGMSG #a`,
				`@time=${time} :olga!o@h REDACT #a m1`,
			);
			for (const event of [...reactions(), ...removed()])
				expect(Math.abs(event.time - now.context.clock.now())).toBeLessThan(60_000);
			expect(reactions()).toHaveLength(1);
		},
	);
});

describe('line injection (node-irc CVE-2022-29166, KVIrc CVE-2010-2785)', () => {
	const target = (id: string): MessageTarget => ({
		ids: [remoteId('server', id)],
		sender: remoteUserId('bob'),
		senderName: 'bob',
		text: 'one\r\nQUIT',
		time: 0,
	});

	it('hostile ids, keys, reasons and quoted names leave exactly one line each, or none', async () => {
		const evil = 'x\r\nQUIT :pwned\n\0JOIN #b';
		const from = link.lines.length;
		const relation = { txnId: txnId('t'), conversation: room } as const;
		const outcomes = [
			now.adapter.perform({ type: 'react', ...relation, target: target(evil), keys: [], added: evil, removed: null }),
			now.adapter.perform({ type: 'react', ...relation, target: target('m1'), keys: [], added: evil, removed: null }),
			now.adapter.perform({ type: 'remove', ...relation, target: target('m1'), reason: evil }),
			now.adapter.perform({ type: 'remove', ...relation, target: target(evil), reason: null }),
			now.adapter.perform({ ...send('hello'), replyTo: { ...target(evil), senderName: evil } } as never),
		];
		await link.until(/REDACT #a m1/);
		const lines = link.lines.slice(from).filter((line) => !line.startsWith('PING'));
		for (const line of lines) expect(line.replace(/^@\S+ /, '')).toMatch(/^(MODE|WHO|TAGMSG|REDACT|PRIVMSG) #a/);
		link.cut();
		for (const outcome of await Promise.all(outcomes)) expect(['rejected', 'uncertain']).toContain(outcome.kind);
	});

	it('any text whatever: one line within the limits of the wire, or a typed refusal', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 600 }), fc.string({ unit: 'binary' }), (id, key) => {
				let line: string;
				try {
					line = formatLine('TAGMSG', ['#a'], { '+draft/reply': id, '+draft/react': key });
				} catch (thrown) {
					expect(thrown).toMatchObject({
						error: { code: expect.stringMatching(/^(bad-input|message-too-long)$/) as string },
					});
					return;
				}
				expect(line).not.toMatch(/[\r\n\0]/);
				expect(byteLength(line)).toBeLessThanOrEqual(lineLimits.clientTags + lineLimits.body);
			}),
		);
	});
});
