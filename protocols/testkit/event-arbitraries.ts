/** Events about messages at random, over few names, targets and times so that things collide. */
import fc from 'fast-check';
import type { AdapterEvent } from '../adapter/events.ts';
import type { RemoteId } from '../model/ids.ts';
import { remoteUserId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { actor, room } from './scripted-adapter.ts';

export interface EventWorld {
	readonly people: fc.Arbitrary<string>;
	readonly target: fc.Arbitrary<readonly RemoteId[]>;
	readonly times: fc.Arbitrary<number>;
	readonly words: fc.Arbitrary<string>;
}

const place = { conversation: room, ids: [], own: false } as const;

export const edits = ({ people, target, times, words }: EventWorld): fc.Arbitrary<AdapterEvent> =>
	fc.record({ target, who: people, words, time: times }).map(({ target: of, who, words: text, time }) => ({
		...place,
		type: 'message-edited' as const,
		target: of,
		sender: actor(who),
		txnId: null,
		content: { kind: 'text' as const, body: plain(text) },
		time,
	}));

export const removals = ({ people, target, times }: EventWorld): fc.Arbitrary<AdapterEvent> =>
	fc
		.record({ target, who: people, time: times, moderated: fc.boolean() })
		.map(({ target: of, who, time, moderated }) => ({
			type: 'message-removed' as const,
			conversation: room,
			target: of,
			sender: actor(who),
			own: false,
			moderated,
			reason: null,
			time,
		}));

export const reactions = ({ people, target, times }: EventWorld): fc.Arbitrary<AdapterEvent> =>
	fc
		.record({
			target,
			who: people,
			time: times,
			op: fc.constantFrom('set' as const, 'add' as const, 'remove' as const),
			keys: fc.subarray(['+', '-', '*']),
		})
		.map(({ target: of, who, time, op, keys }) => ({
			...place,
			type: 'reaction' as const,
			target: of,
			sender: actor(who),
			op,
			keys,
			time,
		}));

export const receipts = ({ people, target, times }: EventWorld): fc.Arbitrary<AdapterEvent> =>
	fc
		.record({
			target,
			who: people,
			time: fc.option(times),
			kind: fc.constantFrom('delivered' as const, 'read' as const),
		})
		.map(({ target: upTo, who, time, kind }) => ({
			type: 'receipt' as const,
			conversation: room,
			reader: remoteUserId(who),
			kind,
			upTo,
			time,
		}));
