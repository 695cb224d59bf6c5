import { expect, test } from 'vitest';
import type { AdapterEvent, RemoteMessage } from '../../protocols/adapter/events.ts';
import type { MessageContent } from '../../protocols/model/content.ts';
import { remoteId } from '../../protocols/model/ids.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import { startTestEngine } from '../../protocols/testkit/engine-harness.ts';
import { actor, room, said, Script } from '../../protocols/testkit/scripted-adapter.ts';

const edit = (encrypted?: boolean): AdapterEvent => ({
	type: 'message-edited',
	conversation: room,
	target: [remoteId('server', '1')],
	ids: [],
	sender: actor('bob'),
	own: false,
	txnId: null,
	content: { kind: 'text', body: plain('changed') },
	time: 20,
	...(encrypted === undefined ? {} : { encrypted }),
});
const text: MessageContent = { kind: 'text', body: plain('first') };
const topic: MessageContent = { kind: 'system', system: { event: 'topic', by: 'bob', topic: 'first' } };

test.each<[string, Partial<RemoteMessage>, AdapterEvent, boolean]>([
	['a readable message, by a readable edit', { content: text }, edit(), true],
	['an encrypted message, by an encrypted edit', { content: text, encrypted: true }, edit(true), true],
	// Class of matrix-js-sdk CVE-2022-39251: what came unencrypted must not pass for what was encrypted.
	['an encrypted message, by a readable edit', { content: text, encrypted: true }, edit(), false],
	['an encrypted message, by one that says it is readable', { content: text, encrypted: true }, edit(false), false],
	['what happened to the room', { content: topic }, edit(), false],
])('an edit changes what it may, whichever comes first: %s', async (_name, message, change, changes) => {
	for (const order of ['target first', 'edit first'] as const) {
		const script = new Script();
		const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
		const client = await t.connect();
		await t.addAccount(client, 'me');
		const target = said('1', 'first', { time: 10, ...message });
		await script.adapter.live(...(order === 'target first' ? [target, change] : [change, target]));
		const conversationId = await t.conversation(client, 'room');
		const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 9 });
		expect([order, page.messages.map((one) => one.editedAt !== null)]).toEqual([order, [changes]]);
		await t.engine.stop();
	}
});
