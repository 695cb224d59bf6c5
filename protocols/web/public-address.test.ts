import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

describe('public addresses', () => {
	test.each([
		'1.1.1.1',
		'8.8.8.8',
		'93.184.216.34',
		'100.63.255.255',
		'100.128.0.1',
		'172.15.255.255',
		'172.32.0.1',
		'223.255.255.255',
		'2606:4700:4700::1111',
		'2a00:1450:4001:830::200e',
		'2001:4860:4860::8888',
	])('%s', (address) => expect(isPublicAddress(address)).toBe(true));

	test.each([
		'0.0.0.0',
		'0.1.2.3',
		'10.0.0.1',
		'100.64.0.1',
		'100.127.255.255',
		'127.0.0.1',
		'127.255.255.254',
		'169.254.169.254',
		'172.16.0.1',
		'172.31.255.255',
		'192.0.0.8',
		'192.0.2.1',
		'192.88.99.1',
		'192.168.1.1',
		'198.18.0.1',
		'198.51.100.1',
		'203.0.113.1',
		'224.0.0.1',
		'240.0.0.1',
		'255.255.255.255',
		'::',
		'::1',
		'::ffff:127.0.0.1',
		'::ffff:8.8.8.8',
		'::ffff:7f00:1',
		'::127.0.0.1',
		'64:ff9b::7f00:1',
		'64:ff9b::10.0.0.1',
		'64:ff9b:1::1',
		'100::1',
		'2001::1',
		'2001:2::1',
		'2001:10::1',
		'2001:20::1',
		'2001:db8::1',
		'2002:7f00:1::1',
		'2002:c0a8:101::1',
		'3fff::1',
		'5f00::1',
		'fc00::1',
		'fd12:3456::1',
		'fe80::1',
		'fe80::1%eth0',
		'2606:4700::1%eth0',
		'fec0::1',
		'ff02::1',
		'localhost',
		'example.org',
		'',
		'1.1.1',
		'0x7f.1',
		'017700000001',
	])('not: %s', (address) => expect(isPublicAddress(address)).toBe(false));

	test('no IPv4 address becomes reachable by wearing IPv6', () => {
		fc.assert(
			fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::', '::ffff:0:'), (address, prefix) => {
				expect(isPublicAddress(prefix + address)).toBe(false);
			}),
		);
	});

	test('networks of the house are refused whatever the rest of the address', () => {
		const octet = fc.integer({ min: 0, max: 255 });
		const network = fc.constantFrom([10], [127], [192, 168], [169, 254], [0], [100, 100], [172, 20], [230], [250]);
		fc.assert(
			fc.property(network, fc.array(octet, { minLength: 4, maxLength: 4 }), (start, rest) => {
				expect(isPublicAddress([...start, ...rest].slice(0, 4).join('.'))).toBe(false);
			}),
		);
	});
});
