import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Not reachable from everywhere, or not what it seems: https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry, with multicast.
 */
const FORBIDDEN_V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Public by its number, yet the host of a virtual machine: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  ['168.63.129.16', 32],
];

/** All else is loopback, mapped, translated (64:ff9b::/96), unique local, link-local, multicast, or not given out yet. */
const GLOBAL_V6 = ['2000::', 3] as const;

/** Within `GLOBAL_V6`: Teredo and other protocols, documentation, 6to4 (which holds an IPv4 address), documentation again. */
const FORBIDDEN_V6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const forbiddenV4 = listOf('ipv4', FORBIDDEN_V4);
const globalV6 = listOf('ipv6', [GLOBAL_V6]);
const forbiddenV6 = listOf('ipv6', FORBIDDEN_V6);

/** May it be spoken to without the operator having named it? What is no plain address may not. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !forbiddenV4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  return globalV6.check(address, 'ipv6') && !forbiddenV6.check(address, 'ipv6');
}

function listOf(family: 'ipv4' | 'ipv6', networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of networks) list.addSubnet(network, bits, family);
  return list;
}
