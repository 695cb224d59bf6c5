/** Which addresses belong to the public internet (IANA special-purpose registries, RFC 6890). */
import { BlockList, isIP } from 'node:net';

/** Networks of IPv4 that are private, local, shared, for documentation, multicast or reserved. */
const special4: readonly (readonly [string, number])[] = [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10], // carrier-grade NAT
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.31.196.0', 24],
	['192.52.193.0', 24],
	['192.88.99.0', 24], // 6to4 relays
	['192.168.0.0', 16],
	['192.175.48.0', 24],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 3], // multicast, reserved, broadcast
];

/**
 * Parts of `2000::/3` that are not plain hosts. What carries an IPv4 address inside (Teredo, 6to4) would be a way
 * around the list above; NAT64, mapped and compatible addresses lie outside of `2000::/3` anyway.
 */
const special6: readonly (readonly [string, number])[] = [
	['2001::', 23], // Teredo, ORCHID, benchmarking
	['2001:db8::', 32],
	['2002::', 16], // 6to4
	['2620:4f:8000::', 48],
	['3fff::', 20],
];

const blocked4 = new BlockList();
for (const [network, bits] of special4) blocked4.addSubnet(network, bits, 'ipv4');
const blocked6 = new BlockList();
for (const [network, bits] of special6) blocked6.addSubnet(network, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/** True only for a textual IP address that is a plain public host; everything else, names included, is false. */
export function isPublicAddress(address: string): boolean {
	switch (isIP(address)) {
		case 4:
			return !blocked4.check(address, 'ipv4');
		case 6:
			return !address.includes('%') && global6.check(address, 'ipv6') && !blocked6.check(address, 'ipv6');
		default:
			return false;
	}
}
