import { describe, expect, it } from 'vitest';
import { protocolBranches } from './protocol-names.ts';

describe('protocolBranches', () => {
	it.each([
		`if (account.protocol === 'irc') act();`,
		`if ('xmpp' !== protocol) act();`,
		`const x = protocol == "matrix" ? 1 : 2;`,
		'if (protocol === `irc`) act();',
		`switch (account.protocol) { case 'IRC': act(); }`,
		`const table = { irc: 1, other: 2 };`,
		`const table = { 'matrix': handler };`,
		`const handler = table['irc'];`,
		`if (id.startsWith('xmpp')) act();`,
		`if (['irc', other].includes(protocol)) act();`,
		`const names = new Set(['matrix']);`,
	])('finds the branch in %s', (source) => {
		expect(protocolBranches('a.ts', source)).not.toEqual([]);
	});

	it.each([
		`// if (protocol === 'irc') would be wrong\nact();`,
		`const label = 'irc';`,
		`log('connected to matrix');`,
		`if (protocol === other) act();`,
		`import { matrix } from './geometry.ts';`,
		`const scheme = 'irc://host';`,
	])('accepts %s', (source) => {
		expect(protocolBranches('a.ts', source)).toEqual([]);
	});

	it('reads TSX and tells the line', () => {
		const source = `const a = 1;\nconst view = <b>{protocol === 'irc' && 'x'}</b>;\n`;
		expect(protocolBranches('a.tsx', source)).toEqual([{ line: 2, text: `protocol === 'irc'` }]);
	});
});
