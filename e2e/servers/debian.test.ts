import { describe, expect, test } from 'vitest';
import { mirrorsOfTargets, mirrorsOfUris, packagesOfUris } from './debian.ts';
import { upstreamVersion } from './tree.ts';

describe('what apt prints', () => {
	test('mirrors are what calls itself Debian, without its security archive', () => {
		const output = [
			'Debian http://mirror.test/debian/',
			'Debian http://mirror.test/debian-security/',
			'Somebody http://packages.test/',
			'',
		].join('\n');
		expect(mirrorsOfTargets(output)).toEqual(['http://mirror.test/debian/']);
	});

	test('without package lists mirrors are guessed from addresses, the likely one first', () => {
		const output = [
			"'http://docker.test/linux/dists/bookworm/InRelease' docker.test_linux_dists_bookworm_InRelease 0 ",
			"'http://mirror.test/debian/dists/bookworm/InRelease' mirror.test_debian_dists_bookworm_InRelease 0 ",
			"'http://mirror.test/debian/dists/bookworm-updates/InRelease' x 0 ",
			"'http://node.test/node_20.x/dists/nodistro/InRelease' y 0 ",
			'W: something else',
		].join('\n');
		expect(mirrorsOfUris(output)).toEqual(['http://mirror.test/debian/', 'http://docker.test/linux/']);
	});

	test('packages carry their decoded version and size', () => {
		const output = [
			'Reading package lists...',
			"'http://m.test/pool/z/zlib/zlib1g_1.3_amd64.deb' zlib1g_1%3a1.3.dfsg-1_amd64.deb 88700 SHA256:ab",
			"'http://m.test/pool/p/x_all.deb' python3-x_2.0-1_all.deb 12 SHA256:cd",
		].join('\n');
		expect(packagesOfUris(output)).toEqual([
			{ name: 'zlib1g', version: '1:1.3.dfsg-1', size: 88_700 },
			{ name: 'python3-x', version: '2.0-1', size: 12 },
		]);
	});

	test.each([
		['2.18.0+ds-1', '2.18.0'],
		['26.1-1+deb12u1', '26.1'],
		['13.0.1-1+deb131u', '13.0.1'],
		['1:1.3.dfsg-1', '1.3.dfsg'],
		['24.12-3~bpo12+1', '24.12'],
		['7', '7'],
	])('the upstream version of %s is %s', (full, upstream) => {
		expect(upstreamVersion(full)).toBe(upstream);
	});
});
