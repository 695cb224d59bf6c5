import { describe, expect, it } from 'vitest';
import { fakeRandom } from '../testkit/fake-clock.ts';
import { findEndpoints, type ManualEndpoint, type SrvRecord } from './endpoints.ts';

const automatic: ManualEndpoint = { host: null, port: null, direct: false };
const record = (name: string, port: number, priority: number, weight = 0): SrvRecord => ({
	name,
	port,
	priority,
	weight,
});
const find = async (
	records: Record<string, readonly SrvRecord[] | Error>,
	manual = automatic,
	domain = 'exämple.org',
): Promise<string[]> => {
	const asked: string[] = [];
	const found = await findEndpoints(domain, manual, fakeRandom(), (name) => {
		asked.push(name);
		const answer = records[name.split('.')[0] ?? ''] ?? [];
		return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
	});
	for (const name of asked) expect(name).toMatch(/^_xmpps?-client\._tcp\.xn--exmple-cua\.org$/);
	return found.map((e) => `${e.host}:${e.port}${e.direct ? ' direct' : ''}`);
};

describe('findEndpoints', () => {
	it('joins both kinds of records by priority, direct TLS first among equals of weight', async () => {
		expect(
			await find({
				'_xmpp-client': [record('a.org', 5222, 10), record('b.org.', 5222, 5)],
				'_xmpps-client': [record('c.org', 443, 20)],
			}),
		).toEqual(['b.org:5222', 'a.org:5222', 'c.org:443 direct']);
	});
	it('falls back to the well-known ports of the domain', async () => {
		const wellKnown = ['xn--exmple-cua.org:5222', 'xn--exmple-cua.org:5223 direct'];
		expect(await find({})).toEqual(wellKnown);
		expect(await find({ '_xmpp-client': new Error('SERVFAIL'), '_xmpps-client': [record('.', 0, 0)] })).toEqual(
			wellKnown,
		);
	});
	it('obeys the user and asks nobody then', async () => {
		expect(await find({}, { host: '10.0.0.1', port: null, direct: true })).toEqual(['10.0.0.1:5223 direct']);
		expect(await find({}, { host: null, port: 5300, direct: false })).toEqual(['xn--exmple-cua.org:5300']);
	});
	it('spreads by weight within a priority', async () => {
		const random = fakeRandom(7);
		let first = 0;
		for (let i = 0; i < 400; i++) {
			const [best] = await findEndpoints('x.org', automatic, random, (name) =>
				Promise.resolve(name.startsWith('_xmpp-') ? [record('heavy', 1, 1, 90), record('light', 1, 1, 10)] : []),
			);
			if (best?.host === 'heavy') first++;
		}
		expect(first).toBeGreaterThan(300);
		expect(first).toBeLessThan(400);
	});
	it('is bounded', async () => {
		expect(
			await find({ '_xmpp-client': Array.from({ length: 1000 }, (_, i) => record(`h${i}`, 5222, i)) }),
		).toHaveLength(8);
	});
});
