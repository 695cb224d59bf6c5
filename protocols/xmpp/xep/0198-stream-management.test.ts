import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { el } from '../stanza.ts';
import { nsSm, StreamManagement, type Unacked } from './0198-stream-management.ts';

function enabled(): { sm: StreamManagement; acked: Unacked[]; answers: number[] } {
	const acked: Unacked[] = [];
	const answers: number[] = [];
	const sm = new StreamManagement({
		acked: (list) => acked.push(...list),
		sendNonza: (element) => answers.push(Number(element.attrs['h'])),
	});
	sm.enableSent();
	sm.enabled(el('enabled', { xmlns: nsSm, id: 'x', resume: 'true' }), 'a@b/c');
	return { sm, acked, answers };
}
const r = el('r', { xmlns: nsSm });
const a = (h: number): ReturnType<typeof el> => el('a', { xmlns: nsSm, h });
const message = (txn: string): Unacked => ({ txn, xml: `<message id="${txn}"/>` });

describe('StreamManagement', () => {
	it('acknowledges only what is durable, also when finished out of order', () => {
		const { sm, answers } = enabled();
		const numbers = [sm.receive(), sm.receive(), sm.receive()];
		sm.nonza(r);
		expect(answers).toEqual([]);
		sm.handled(numbers[2] ?? 0);
		sm.handled(numbers[0] ?? 0);
		sm.answerNow();
		expect(answers).toEqual([1]);
		sm.handled(numbers[1] ?? 0);
		sm.nonza(r);
		expect(answers).toEqual([1, 3]);
	});

	it('answers a waiting question as soon as everything before it is durable', () => {
		const { sm, answers } = enabled();
		const first = sm.receive();
		sm.nonza(r);
		const second = sm.receive();
		sm.handled(first);
		expect(answers).toEqual([1]);
		sm.handled(second);
		expect(answers).toEqual([1]);
	});

	it('hands over what was acknowledged, in order, and refuses more than was sent', () => {
		const { sm, acked } = enabled();
		for (const id of ['1', '2', '3']) sm.sent(message(id));
		expect(sm.nonza(a(2))).toBe(true);
		expect(acked.map((u) => u.txn)).toEqual(['1', '2']);
		expect(sm.nonza(a(1))).toBe(false);
		expect(sm.nonza(a(9))).toBe(false);
		expect(sm.nonza(a(3))).toBe(true);
		expect(sm.queueLength).toBe(0);
	});

	it('survives a restart of the program: what was not acknowledged comes back, what was does not', () => {
		const { sm } = enabled();
		sm.receive();
		sm.handled(1);
		sm.receive();
		for (const id of ['1', '2', '3']) sm.sent(message(id));
		const saved = JSON.parse(JSON.stringify(sm.snapshot())) as NonNullable<ReturnType<typeof sm.snapshot>>;
		const later = enabled();
		const next = new StreamManagement({ acked: (list) => later.acked.push(...list), sendNonza: () => undefined });
		next.restore(saved);
		expect(next.resumeElement()?.attrs).toMatchObject({ h: '1', previd: 'x' });
		expect(next.resumed(el('resumed', { xmlns: nsSm, h: 2, previd: 'x' })).map((u) => u.txn)).toEqual(['3']);
		expect(later.acked.map((u) => u.txn)).toEqual(['1', '2']);
	});

	it('gives up a forgotten session but keeps what the server counted', () => {
		const { sm, acked } = enabled();
		for (const id of ['1', '2']) sm.sent(message(id));
		expect(sm.failed(el('failed', { xmlns: nsSm, h: 1 })).map((u) => u.txn)).toEqual(['2']);
		expect(acked.map((u) => u.txn)).toEqual(['1']);
		expect(sm.snapshot()).toBeNull();
	});

	it('never loses and never doubles, whatever the order of events', () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.constant('send'), fc.constant('ack'), fc.constant('resume')), { maxLength: 60 }),
				(steps) => {
					const { sm, acked } = enabled();
					let sent = 0;
					let server = 0;
					for (const step of steps) {
						if (step === 'send') sm.sent(message(String(++sent)));
						else {
							server = Math.min(sent, server + 1);
							if (step === 'ack') sm.nonza(a(server));
							else {
								sm.suspended();
								const again = sm.resumed(el('resumed', { xmlns: nsSm, h: server }));
								expect(again.length).toBe(sent - server);
							}
						}
					}
					expect(acked.length + sm.queueLength).toBe(sent);
					expect(acked.map((u) => Number(u.txn))).toEqual(Array.from({ length: acked.length }, (_, i) => i + 1));
				},
			),
		);
	});
});
