import { expect, test } from 'vitest';
import { chatError } from '../../protocols/model/errors.ts';
import { remoteConversationId } from '../../protocols/model/ids.ts';
import { startTestEngine } from '../../protocols/testkit/engine-harness.ts';
import { room, Script } from '../../protocols/testkit/scripted-adapter.ts';

test('being out of an unknown conversation makes none, unless the adapter wants it shown', async () => {
	const script = new Script();
	const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
	const client = await t.connect();
	await t.addAccount(client, 'me');
	const error = chatError('banned');
	const refused = (name: string, over: object = {}) =>
		script.adapter.live({
			type: 'conversation-upsert',
			conversation: { remoteId: remoteConversationId(name), membership: 'banned', error, ...over },
		});
	await refused('fortress');
	await refused('club', { kind: 'channel', name: 'club' });
	await refused(room);
	const known = (await t.boot(client)).conversations.map((one) => `${one.remoteId} ${one.membership}`);
	expect(known.toSorted()).toEqual(['club banned', 'room banned']);
});
