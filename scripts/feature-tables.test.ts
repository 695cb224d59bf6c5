import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fakeDirect, fakeGroup, fakeAccount } from '../protocols/testkit/fake-capabilities.ts';
import { protocolFactories } from '../protocols/registry.ts';
import { featureTable, withTable } from './feature-tables.ts';

const table = featureTable({
	name: 'fake',
	title: 'Fake',
	glyph: 'fake',
	blurb: 'fake',
	loginFlows: [],
	slashCommands: [{ name: 'join', params: '#room', help: 'join', scope: 'common' }],
	bestCapabilities: { direct: fakeDirect, group: fakeGroup },
	accountCapabilities: fakeAccount,
	joinPlaceholder: '',
	directPlaceholder: '',
});

describe('feature tables', () => {
	it('names the reason of every limit', () => {
		expect(table).toContain('| Delivery receipt | rejected (the protocol has no such thing) |');
		expect(table).toContain('| `/join #room` | common |');
	});

	it('replaces only the generated part', () => {
		const page = withTable('# Title\n\nProse.\n', table);
		expect(page.startsWith('# Title\n\nProse.\n')).toBe(true);
		expect(withTable(page, table)).toBe(page);
		expect(withTable(page.replace('Prose', 'Other'), 'x')).toContain('Other');
	});

	it.each(protocolFactories().map((factory) => factory.describe()))(
		'docs/protocols/$name.md is up to date',
		(description) => {
			const page = readFileSync(new URL(`../docs/protocols/${description.name}.md`, import.meta.url), 'utf8');
			expect(page, 'run node scripts/feature-tables.ts').toBe(withTable(page, featureTable(description)));
		},
	);
});
