import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { conversationId, messageId, remoteConversationId, remoteUserId } from '../../../protocols/model/ids.ts';
import { plain } from '../../../protocols/model/rich-text.ts';
import { openStoreInProcess } from '../open-in-process.ts';
import type { SearchRequest, Store, StoreOp } from '../store.ts';
import { aConversation, aMessage, seed } from '../test-entities.ts';

let store: Store;
beforeEach(async () => {
	store = await openStoreInProcess();
	await seed(store);
});

const say = (n: number, text: string, over: Parameters<typeof aMessage>[1] = {}): StoreOp => ({
	op: 'message.insert',
	message: aMessage(n, { content: { kind: 'text', body: plain(text) }, ...over }),
});
const find = async (text: string, over: Partial<SearchRequest> = {}) => {
	const hits = await store.search({ text, conversations: null, before: null, limit: 50, ...over });
	return hits.map((hit) => Number(hit.row.message.id));
};

describe('query language', () => {
	const bodies = [
		'Große Crème brûlée',
		'meeting at noon',
		'会议室在哪里',
		'don\u2019t start foo-bar',
		'\u{1f600} party time',
		'noon meeting, red start',
	];
	test.each<[string, number[]]>([
		['meet', [6, 2]],
		['meeting noon', [6, 2]],
		['meet noon', [6, 2]],
		['"meeting at"', [2]],
		['"noon meeting"', [6]],
		['"meet"', []],
		['CREME BRU', [1]],
		['große', [1]],
		['foo-b', [4]],
		['foo bar', [4]],
		['会议', [3]],
		['室', [3]],
		['哪里', [3]],
		['里', [3]],
		['会里', []],
		['议会室', []],
		['\u{1f600}', [5]],
		['\u{1f600} par', [5]],
		['eetin', [6, 2]],
		['art', [6, 5, 4]],
		['alice noo', [6, 2]],
		['', []],
		['   ', []],
		['"', []],
		['nothing', []],
		['meeting NOT noon', []],
		['noon OR', []],
		['body:noon', []],
		['body : noon', []],
	])('%s', async (query, expected) => {
		await store.commit(bodies.map((body, i) => say(i + 1, body)));
		expect(await find(query)).toEqual(expected);
	});

	test('ranges stand on what matched', async () => {
		const body = 'Ärger: \u{1f600} ärgern, a\u0308rger; x';
		await store.commit([say(1, body)]);
		const [hit] = await store.search({ text: 'arger', conversations: null, before: null, limit: 1 });
		expect(hit?.ranges.map(([from, to]) => body.slice(from, to))).toEqual(['Ärger', 'ärger', 'a\u0308rger']);
	});
});

describe('what the index holds', () => {
	test('edits replace, removed and hidden messages leave, restored ones return', async () => {
		const id = messageId(1);
		const update = (set: Extract<StoreOp, { op: 'message.update' }>['set']) =>
			store.commit([{ op: 'message.update', id, set }]);
		await store.commit([say(1, 'first words')]);
		await update({ content: { kind: 'text', body: plain('second thoughts') } });
		expect([await find('first'), await find('second')]).toEqual([[], [1]]);
		await update({ hidden: true });
		expect(await find('second')).toEqual([]);
		await update({ hidden: false });
		expect(await find('second')).toEqual([1]);
		await update({ removedAt: 1 });
		expect([await find('second'), await find('econd')]).toEqual([[], []]);
		await update({ removedAt: null, content: { kind: 'text', body: plain('') } });
		await update({
			content: { kind: 'text', body: plain('third') },
			sender: { remoteId: remoteUserId('z'), name: 'Zoe', strength: 'stable' },
		});
		expect([await find('thi'), await find('zoe'), await find('alice')]).toEqual([[1], [1], []]);
		await store.commit([{ op: 'message.delete', id }]);
		expect([await find('third'), await find('hird')]).toEqual([[], []]);
	});
});

describe('order and paging', () => {
	test('newest first by place, whatever the order of ids; pages join without loss', async () => {
		const other = conversationId('other');
		await store.commit([
			{ op: 'conversation.put', conversation: aConversation({ id: other, remoteId: remoteConversationId('#other') }) },
		]);
		const count = 6000;
		// Ids ascend while places jump about, as with history that is filled in later; the common word is in every message.
		const ops = Array.from({ length: count }, (_, i) =>
			say(i + 1, `common ${i % 3000 === 7 ? 'rare ' : ''}聊天 ${i}`, {
				sort: { ts: (i * 7919) % count, seq: i % 3 },
				conversationId: i % 5 === 0 ? other : conversationId('conversation-1'),
			}),
		);
		await store.commit(ops);
		const expected = ops
			.flatMap((op) => (op.op === 'message.insert' ? [op.message] : []))
			.toSorted((a, b) => b.sort.ts - a.sort.ts || b.sort.seq - a.sort.seq);
		for (const query of ['common', '聊天', '聊', 'ommon']) {
			const seen: number[] = [];
			let before: SearchRequest['before'] = null;
			for (let page = 0; page < 5; page++) {
				const hits = await store.search({ text: query, conversations: null, before, limit: 30 });
				seen.push(...hits.map((hit) => Number(hit.row.message.id)));
				before = hits.at(-1)?.row.message.sort ?? null;
			}
			expect(seen).toEqual(expected.slice(0, 150).map((message) => message.id));
		}
		const inOther = expected.filter((message) => message.conversationId === other).map((message) => message.id);
		expect(await find('common', { conversations: [other], limit: 20 })).toEqual(inOther.slice(0, 20));
		expect(await find('common', { conversations: [], limit: 20 })).toEqual([]);
		expect(await find('rare')).toHaveLength(2);
		// The word exists, but not here: then its parts are looked for here.
		expect(await find('rare', { conversations: [other] })).toEqual([]);
	});
});

test('no input is a syntax error, and ranges are inside the text', async () => {
	await store.commit(
		['alpha beta', '"quoted" (brackets) * ^ NEAR', '会议室', 'x\u0000y', '\ud800 lone'].map((body, i) =>
			say(i + 1, body),
		),
	);
	const pieces = fc.constantFrom(
		'"',
		'*',
		'(',
		')',
		'NEAR(',
		'AND',
		'OR',
		'NOT',
		'^',
		':',
		'-',
		'+',
		'{',
		'}',
		'\u0000',
		'\ud800',
		'alpha',
		'会',
		'议室',
		' ',
		'\u0301',
		"'",
		';',
		'%',
		'\\',
	);
	const query = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 30 }),
		fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
	);
	await fc.assert(
		fc.asyncProperty(query, async (text) => {
			for (const hit of await store.search({ text, conversations: null, before: null, limit: 10 })) {
				const { content } = hit.row.message;
				const length = content.kind === 'text' ? content.body.text.length : 0;
				let last = -1;
				for (const [from, to] of hit.ranges) {
					expect(from).toBeGreaterThan(last);
					expect(to).toBeGreaterThan(from);
					expect(to).toBeLessThanOrEqual(length);
					last = to;
				}
			}
		}),
		{ numRuns: 500 },
	);
});

test('a word that is in a message finds it, in any case and by its beginning', async () => {
	const word = fc.stringMatching(/^[a-zäöüéñ]{2,8}$/);
	let n = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(8), async (words, pick, cut) => {
			n += 1;
			await store.commit([say(n, words.join(' '))]);
			const chosen = words[pick % words.length] ?? '';
			const part = chosen.toUpperCase().slice(0, Math.max(1, chosen.length - cut));
			expect(await find(part, { limit: 1000 })).toContain(n);
		}),
		{ numRuns: 100 },
	);
});
