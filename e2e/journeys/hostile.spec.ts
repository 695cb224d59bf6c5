/**
 * Hostile content in every place of the window that shows words of the network, over a scripted network that filters
 * nothing: no script runs, nothing is asked of any host, the window keeps its shape, and every message is still there.
 */
import type { Page } from '@playwright/test';
import type { AdapterEvent } from '../../protocols/adapter/events.ts';
import type { MessageContent, SystemEvent } from '../../protocols/model/content.ts';
import type { Conversation } from '../../protocols/model/entities.ts';
import { remoteConversationId, remoteId, remoteUserId } from '../../protocols/model/ids.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import { said, Script } from '../../protocols/testkit/scripted-adapter.ts';
import { expect, test } from './fixture.ts';
import { cut, hostileRich, hostileTexts, shown } from './hostile-corpus.ts';
import { openWatched, type ScriptedParley } from './scripted-window.ts';
import { layoutBreaks, missingInTimeline } from './tripwire.ts';

test.use({ viewport: { width: 1440, height: 900 } });

const nameLength = 300;
const idLength = 300;
const keyLength = 60;

let serial = 0;
const nextId = (): string => `n${++serial}`;

async function conversationOf(parley: ScriptedParley, name: string): Promise<Conversation> {
	const { conversations } = await parley.client.query('boot', {});
	const found = conversations.find((one) => one.remoteId === name);
	if (found === undefined) throw new Error(`no conversation ${JSON.stringify(name.slice(0, 80))}`);
	return found;
}

/** A room of its own for one text, with the text in every field a network fills. */
function roomFull(script: Script, text: string): { readonly events: AdapterEvent[]; readonly expected: string[] } {
	const name = cut(text, nameLength);
	const id = cut(text, idLength);
	const conversation = remoteConversationId(id);
	const user = remoteUserId(id);
	const sender = { remoteId: user, name, strength: 'session' } as const;
	const expected: string[] = [];
	let at = Date.now() - 60_000;
	const message = (content: MessageContent, over: Parameters<typeof said>[2] = {}): AdapterEvent => {
		const event = said(`${nextId()} ${id}`, '', { sender, content, time: at++, ...over });
		return { ...event, conversation };
	};
	const system = (event: SystemEvent): AdapterEvent => message({ kind: 'system', system: event });
	const target = [remoteId('server', id)];
	const body = plain(text);
	expected.push(shown(text), shown(name));
	const events: AdapterEvent[] = [
		{
			type: 'conversation-upsert',
			conversation: {
				remoteId: conversation,
				kind: 'group',
				name,
				topic: cut(text, 5_000),
				membership: 'joined',
				capabilities: script.capabilities,
				peer: null,
			},
		},
		{
			type: 'members-snapshot',
			conversation,
			members: [
				{ remoteId: user, name, role: 'owner', address: id, availability: 'available', self: false },
				{ remoteId: remoteUserId('me'), name: 'me', role: 'member', address: null, availability: 'away', self: true },
			],
			complete: true,
		},
		{ ...said(null, text, { ids: target, sender, time: at++ }), conversation },
		{
			type: 'reaction',
			conversation,
			target,
			ids: [remoteId('server', `r ${id}`)],
			sender,
			own: false,
			op: 'add',
			keys: [cut(text, keyLength), '👍'],
			time: at++,
		},
		message({ kind: 'emote', body }),
		message({ kind: 'notice', body }),
		message({ kind: 'text', body: plain('an answer') }, { replyTo: { ids: target, senderName: name, text } }),
		message(
			{ kind: 'text', body: plain('an answer to what is unknown') },
			{ replyTo: { ids: [remoteId('server', `${id}?`)], senderName: name, text } },
		),
		message({ kind: 'unsupported', description: name, fallback: text }),
		message({ kind: 'undecryptable', reason: name }),
		system({ event: 'join', user, name, reason: name }),
		system({ event: 'quit', user, name, reason: name }),
		system({ event: 'kick', user, name, by: name, reason: name }),
		system({ event: 'rename', user, name, newName: name }),
		system({ event: 'topic', by: name, topic: text }),
		system({ event: 'room-name', by: name, name }),
		system({ event: 'role', user, name, by: name, role: name }),
		system({ event: 'mode', by: name, text: name }),
		system({ event: 'info', text }),
		message({ kind: 'text', body: plain('removed') }),
		{ type: 'typing', conversation, user: sender, state: 'active', expiresMs: 60_000 },
		message({ kind: 'text', body }, { mention: true }),
	];
	return { events, expected };
}

/** Opens a conversation from the navigator and tells what is wrong with how it looks. */
async function inspect(
	page: Page,
	conversation: Conversation,
	about: string,
	expected: readonly string[],
): Promise<readonly string[]> {
	const row = page.locator(`[data-nav="${conversation.id}"]`);
	await row.click();
	await expect(row).toHaveAttribute('aria-current', 'page');
	await expect(page.getByRole('log')).toBeVisible();
	const heading = await page.getByRole('heading', { level: 1 }).evaluate((one) => one.textContent.toWellFormed());
	return [
		...(heading === shown(conversation.name) ? [] : [`the title is ${JSON.stringify(heading)}`]),
		...(await missingInTimeline(page, expected)).map((lost) => `lost ${JSON.stringify(lost)}`),
		...(await layoutBreaks(page)),
	].map((problem) => `${about}: ${problem}`);
}

test('every text, in a room of its own that is named so', async ({ page, profile }) => {
	const script = new Script();
	const { parley, wire } = await openWatched(page, script, profile);
	const wrong: string[] = [];
	try {
		for (const { name, text } of hostileTexts) {
			const { events, expected } = roomFull(script, text);
			await script.adapter.live(...events);
			const conversation = await conversationOf(parley, cut(text, idLength));
			wrong.push(...(await inspect(page, conversation, name, expected)), ...(await wire.problems()));
		}
		expect(wrong).toEqual([]);
		expect(parley.errors).toEqual([]);
		// The desktop shows these outside the window: one line each, bounded, nothing that turns the words around.
		for (const { title, body } of parley.notifications) {
			for (const words of [title, body]) {
				expect(words).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
				expect(words.length).toBeLessThanOrEqual(200);
			}
		}
		expect(parley.notifications).toHaveLength(hostileTexts.length);
	} finally {
		await parley.stop();
	}
});

test('formatting that no honest program sends', async ({ page, profile }) => {
	const script = new Script();
	const { parley, wire } = await openWatched(page, script, profile);
	try {
		const events = hostileRich.map(({ rich }) =>
			said(nextId(), '', { content: { kind: 'text', body: rich }, time: Date.now() }),
		);
		await script.adapter.live(...events, said(nextId(), 'the last word', { time: Date.now() }));
		const expected = hostileRich.flatMap(({ rich }) => shown(rich.text).split('\n'));
		expect(await inspect(page, await conversationOf(parley, 'room'), 'formatting', expected)).toEqual([]);
		await expect(page.getByRole('log').getByText('the last word')).toBeVisible();
		expect(await wire.problems()).toEqual([]);
	} finally {
		await parley.stop();
	}
});

test('a crowd that reacts', async ({ page, profile }) => {
	const script = new Script();
	const { parley, wire } = await openWatched(page, script, profile);
	try {
		const target = [remoteId('server', 'victim')];
		const keys = hostileTexts.map(({ text }) => cut(text, keyLength));
		await script.adapter.live(
			said('victim', 'what everybody reacts to', { time: Date.now() }),
			...Array.from({ length: 100 }, (_, n): AdapterEvent => {
				const name = cut(hostileTexts[n % hostileTexts.length]?.text ?? '', nameLength);
				return {
					type: 'reaction',
					conversation: remoteConversationId('room'),
					target,
					ids: [remoteId('server', `reaction ${n}`)],
					sender: { remoteId: remoteUserId(`user ${n}`), name, strength: 'session' },
					own: false,
					op: 'set',
					keys: [...keys.slice(n % keys.length), ...Array.from({ length: 50 }, (_, k) => `${n}.${k}`)],
					time: Date.now(),
				};
			}),
			said(nextId(), 'what follows', { time: Date.now() }),
		);
		const wrong = await inspect(page, await conversationOf(parley, 'room'), 'reactions', [
			'what everybody reacts to',
			'what follows',
		]);
		expect(wrong).toEqual([]);
		await expect(page.getByRole('log').getByText('what follows')).toBeVisible();
		expect(await wire.problems()).toEqual([]);
		expect(parley.errors).toEqual([]);
	} finally {
		await parley.stop();
	}
});

test('marks that are stacked cover nothing beside their message', async ({ page, profile }) => {
	const script = new Script();
	const { parley } = await openWatched(page, script, profile);
	try {
		const zalgo = hostileTexts.find(({ name }) => name === 'marks')?.text ?? '';
		const calm = zalgo.replaceAll(/\p{Mark}/gu, '');
		const sender = { remoteId: remoteUserId('mallory'), name: 'mallory', strength: 'stable' } as const;
		const pictures: Buffer[] = [];
		// Room for the ring around what has the focus.
		const edge = 3;
		for (const words of [calm, zalgo]) {
			const conversation = remoteConversationId(`room of ${words.length}`);
			const events = ['above', words, 'below'].map((text, n) => ({
				...said(nextId(), text, { sender, time: Date.UTC(2026, 0, 1) + n }),
				conversation,
			}));
			await script.adapter.live(...events);
			await page.locator(`[data-nav="${(await conversationOf(parley, conversation)).id}"]`).click();
			await expect(page.getByRole('log').getByText('below', { exact: true })).toBeVisible();
			const around = page
				.getByRole('log')
				.locator('[data-message]')
				.filter({ hasText: /above|below/ });
			const boxes = await around.evaluateAll((rows) =>
				rows.map((row) => row.getBoundingClientRect().toJSON() as DOMRect),
			);
			for (const { x, y, width, height } of boxes)
				pictures.push(await page.screenshot({ clip: { x, y: y + edge, width, height: height - 2 * edge } }));
		}
		const [calmAbove, calmBelow, above, below] = pictures.map((picture) => picture.toString('base64'));
		expect(above).toBe(calmAbove);
		expect(below).toBe(calmBelow);
	} finally {
		await parley.stop();
	}
});
