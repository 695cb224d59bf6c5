import { expect, test } from 'vitest';
import { createRpcClient } from '../../engine/transport/rpc-client.ts';
import { noConversationCapabilities } from '../../protocols/model/capabilities.ts';
import type { Conversation } from '../../protocols/model/entities.ts';
import { accountId, conversationId, remoteConversationId } from '../../protocols/model/ids.ts';
import { after, now, uuid } from '../platform/clock.ts';
import { Session } from './session.ts';
import { createAppStore } from './store.ts';
import { UiActions } from './ui-actions.ts';

const room: Conversation = {
	id: conversationId('room'),
	accountId: accountId('a'),
	remoteId: remoteConversationId('room'),
	kind: 'group',
	parentId: null,
	peer: null,
	name: 'room',
	topic: '',
	membership: 'joined',
	invite: null,
	notify: 'all',
	pinned: false,
	archived: false,
	unread: 0,
	mentions: 0,
	readUpTo: null,
	last: null,
	capabilities: noConversationCapabilities,
	error: null,
	draft: '',
	privacy: { typing: null, delivery: null, read: null },
};

test('a room opened before the patch that brings it is loaded when that comes', () => {
	const store = createAppStore();
	const session = new Session(store, new UiActions(store));
	const client = createRpcClient({
		open: () => new Promise(() => undefined),
		clientId: uuid(),
		now,
		after,
		uuid,
		validate: false,
		onPatch: () => undefined,
		onState: () => undefined,
	});
	const asked: string[] = [];
	session.attach({
		...client,
		command: (name) => (asked.push(name), new Promise(() => undefined)),
		query: (name) => (asked.push(name), new Promise(() => undefined)),
	});
	session.open(room.id);
	expect(asked).toEqual([]);
	session.onPatch([{ op: 'conversation.put', conversation: room }]);
	expect(asked.toSorted()).toEqual(['conversation.open', 'members.page', 'timeline.page']);
});
