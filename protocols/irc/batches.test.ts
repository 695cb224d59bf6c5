import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchAssembler, batchLimits, type IrcBatch, linesIn } from './batches.ts';
import type { IrcLine } from './line.ts';

const line = (command: string, params: readonly string[], tags: Record<string, string> = {}): IrcLine => ({
	tags: new Map(Object.entries(tags)),
	source: null,
	command,
	params,
});
const say = (text: string, batch?: string): IrcLine =>
	line('PRIVMSG', ['#a', text], batch === undefined ? {} : { batch });
const texts = (batch: IrcBatch): string[] => [...linesIn(batch)].map((entry) => entry.line.params[1] ?? '');

describe('BatchAssembler', () => {
	it('hands on one tree for nested batches, with the tags of the opening lines', () => {
		const assembler = new BatchAssembler();
		const results = [
			line('BATCH', ['+h', 'chathistory', '#a'], { label: 'L1' }),
			say('one', 'h'),
			line('BATCH', ['+m', 'draft/multiline', '#a'], { batch: 'h', msgid: 'id-2' }),
			say('two', 'm'),
			say('three', 'm'),
			line('BATCH', ['-m']),
			say('four', 'h'),
			say('outside'),
			line('BATCH', ['-h']),
		].map((entry) => assembler.accept(entry));
		expect(results.map((result) => result.kind)).toEqual([
			'held',
			'held',
			'held',
			'held',
			'held',
			'held',
			'held',
			'line',
			'batch',
		]);
		const last = results.at(-1);
		if (last?.kind !== 'batch') throw new Error('no batch');
		expect(last.batch.opening.tags.get('label')).toBe('L1');
		expect(last.batch.params).toEqual(['#a']);
		expect(texts(last.batch)).toEqual(['one', 'two', 'three', 'four']);
		const inner = last.batch.items.find((item) => 'batch' in item);
		expect(inner !== undefined && 'batch' in inner && inner.batch.opening.tags.get('msgid')).toBe('id-2');
		expect(assembler.size).toBe(0);
	});

	it('closes children a server forgot', () => {
		const assembler = new BatchAssembler();
		for (const entry of [line('BATCH', ['+a', 't']), line('BATCH', ['+b', 'u'], { batch: 'a' }), say('x', 'b')])
			assembler.accept(entry);
		const result = assembler.accept(line('BATCH', ['-a']));
		if (result.kind !== 'batch') throw new Error('no batch');
		expect(texts(result.batch)).toEqual(['x']);
		expect(assembler.size).toBe(0);
	});

	it('gives lines of unknown batches as single lines', () => {
		expect(new BatchAssembler().accept(say('x', 'nowhere')).kind).toBe('line');
	});

	it('hands a batch on in parts when it grows without end', () => {
		const assembler = new BatchAssembler();
		assembler.accept(line('BATCH', ['+a', 'netsplit']));
		let cut: IrcBatch | null = null;
		for (let index = 0; index <= batchLimits.lines && cut === null; index++) {
			const result = assembler.accept(say(String(index), 'a'));
			if (result.kind === 'batch') cut = result.batch;
		}
		expect(cut?.complete).toBe(false);
		expect(cut === null ? [] : texts(cut)).toHaveLength(batchLimits.lines + 1);
		expect(assembler.accept(say('more', 'a')).kind).toBe('line');
	});

	it('bounds open batches and depth, whatever comes, and never loses a line', () => {
		const id = fc.constantFrom('a', 'b', 'c', '');
		const entry = fc.oneof(
			fc
				.tuple(id, fc.option(id, { nil: undefined }))
				.map(([own, parent]) => line('BATCH', [`+${own}`, 't'], parent === undefined ? {} : { batch: parent })),
			id.map((own) => line('BATCH', [`-${own}`])),
			fc.constantFrom(line('BATCH', []), line('BATCH', ['x'])),
			fc.tuple(fc.nat(), id).map(([number, batch]) => say(String(number), batch)),
		);
		fc.assert(
			fc.property(fc.array(entry, { maxLength: 60 }), (lines) => {
				const assembler = new BatchAssembler();
				let sent = 0;
				let got = 0;
				const take = (item: IrcLine): void => {
					const result = assembler.accept(item);
					if (item.command === 'PRIVMSG') sent++;
					if (result.kind === 'line') got++;
					if (result.kind === 'batch') got += [...linesIn(result.batch)].length;
				};
				for (const item of lines) take(item);
				for (const name of ['a', 'b', 'c']) take(line('BATCH', [`-${name}`]));
				expect(got).toBe(sent);
				expect(assembler.size).toBe(0);
			}),
			{ numRuns: 1000 },
		);
	});

	it('opens no more than its limit', () => {
		const assembler = new BatchAssembler();
		for (let index = 0; index < 1000; index++)
			assembler.accept(line('BATCH', [`+${index}`, 't'], index === 0 ? {} : { batch: String(index - 1) }));
		expect(assembler.size).toBeLessThanOrEqual(batchLimits.open);
	});
});
