import { describe, expect, it } from 'vitest';
import { crashReport, describeCrash } from './crash-report.ts';

function errorWith(stack: string, message = 'for hunter2'): Error {
	const error = new TypeError(message);
	error.stack = stack;
	return error;
}

describe('a crash report', () => {
	it('names the kind and the places, never the message', () => {
		const report = crashReport(new RangeError('wrong password: hunter2'));
		expect(report.name).toBe('RangeError');
		expect(report.at[0]).toMatch(/^crash-report\.test\.ts:\d+$/);
		expect(JSON.stringify(report)).not.toContain('hunter2');
	});

	it('keeps codes of the system, and nothing that only looks like one', () => {
		expect(crashReport(Object.assign(new Error('x'), { code: 'ERR_OUT_OF_RANGE' })).code).toBe('ERR_OUT_OF_RANGE');
		expect(crashReport(Object.assign(new Error('x'), { code: 'hunter2' })).code).toBeUndefined();
		expect(crashReport(Object.assign(new Error('x'), { code: 7 })).code).toBeUndefined();
	});

	it.each([
		['a message that looks like a frame', 'for hunter2\n    at hunter2 (/hunter2.ts:1:2)'],
		['an empty message', ''],
		['a message of its own name', 'TypeError'],
	])('%s', (_name, message) => {
		const report = crashReport(
			errorWith(`TypeError: ${message}\n    at send (file:///srv/me/engine/outbox.ts:7:3)`, message),
		);
		expect(report.at).toEqual(['outbox.ts:7']);
	});

	it.each([
		['a stack without its message', errorWith('TypeError: other\n    at send (/srv/me/outbox.ts:7:3)')],
		['no stack', errorWith('')],
		['a place with a space', errorWith('TypeError: for hunter2\n    at send (/srv/my hunter2.ts x:7:3)')],
	])('%s: no places', (_name, error) => {
		expect(crashReport(error)).toEqual({ name: 'TypeError', at: [] });
	});

	it('distrusts names and values that are no errors', () => {
		expect(crashReport(Object.assign(new Error('x'), { name: 'hunter2: no' })).name).toBe('Error');
		expect(crashReport('hunter2')).toEqual({ name: 'string', at: [] });
	});

	it('has at most five places, and a line for an error detail', () => {
		const frames = Array.from({ length: 9 }, (_, n) => `    at f (node:internal/x:${n}:1)\n    at g (/a/b.js:${n}:1)`);
		const error = errorWith(`TypeError: for hunter2\n${frames.join('\n')}`);
		expect(crashReport(error).at).toHaveLength(5);
		expect(describeCrash(error)).toBe('TypeError at internal/x:0');
		expect(describeCrash(Object.assign(errorWith(''), { code: 'EPIPE' }))).toBe('TypeError EPIPE');
	});
});
