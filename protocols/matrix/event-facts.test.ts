import { expect, test } from 'vitest';
import { EventFacts, factLimits } from './event-facts.ts';
import { readEvent, type RawEvent } from './sync-response.ts';

function event(id: string, over: object = {}): RawEvent {
	const read = readEvent({ event_id: id, sender: '@bob:hs', type: 'm.room.message', content: {}, ...over });
	if (read === null) throw new Error('not an event');
	return read;
}
const threaded = (root: string): object => ({ content: { 'm.relates_to': { rel_type: 'm.thread', event_id: root } } });

test('an id keeps its first facts: sent again from another room it changes nothing', () => {
	const facts = new EventFacts();
	facts.note('!a:hs', event('$1'));
	facts.note('!b:hs', event('$1', { sender: '@eve:hs', unsigned: { redacted_because: {} } }));
	expect(facts.of('$1')).toMatchObject({ roomId: '!a:hs', sender: '@bob:hs', redacted: false });
	expect(facts.of('__proto__')).toBeNull();
});

test('a removal is noted in its own room only, from its event and from the pruned message', () => {
	const facts = new EventFacts();
	facts.note('!a:hs', event('$1'));
	facts.note('!b:hs', event('$r', { type: 'm.room.redaction', redacts: '$1' }));
	expect(facts.of('$1')?.redacted).toBe(false);
	facts.note('!a:hs', event('$s', { type: 'm.room.redaction', redacts: '$1' }));
	expect(facts.of('$1')?.redacted).toBe(true);
	facts.note('!a:hs', event('$2'));
	facts.note('!a:hs', event('$2', { unsigned: { redacted_because: {} } }));
	expect(facts.of('$2')?.redacted).toBe(true);
});

test('the newest of a thread, whatever order the events came in', () => {
	const facts = new EventFacts();
	facts.note('!a:hs', event('$2', { origin_server_ts: 20, ...threaded('$root') }));
	facts.note('!a:hs', event('$1', { origin_server_ts: 10, ...threaded('$root') }));
	expect(facts.newestInThread('$root')).toBe('$2');
	expect(facts.newestInThread('$other')).toBeNull();
});

test('a flood costs bounded memory', () => {
	const facts = new EventFacts();
	for (let index = 0; index <= factLimits.events; index++) facts.note('!a:hs', event(`$${index}`));
	expect(facts.of('$0')).toBeNull();
	expect(facts.of(`$${factLimits.events}`)).not.toBeNull();
});
