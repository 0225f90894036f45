import { describe, expect, test } from '@jest/globals';
import { assert, constantFrom, ipV4, property } from 'fast-check';
import { isPublicAddress } from './address.ts';

/** First and last of each range, and its neighbours outside. */
const FORBIDDEN = `
  0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.0 127.0.0.1
  127.255.255.255 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.192
  192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.0
  239.255.255.255 240.0.0.0 255.255.255.255 168.63.129.16 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8
  ::ffff:a00:1 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::a00:1 64:ff9b:1::1 100::1 1fff:ffff::1 4000:: 5f00::1
  2001::1 2001:0:4136:e378::1 2001:1ff:ffff:: 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 3fff::1 3fff:fff:ffff::
  fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 localhost 2130706433 0x7f.1 127.1
  010.0.0.1 8.8.8.8/8 [2606:4700::1] 2606:4700::1%1
`
  .trim()
  .split(/\s+/);
const PUBLIC = `
  1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
  169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
  223.255.255.255 168.63.129.15 168.63.129.17 2001:200::1 2001:db7:ffff::1 2001:db9::1 2003::1
  2606:4700:4700::1111 3ffe:ffff::1 3fff:1000::1
`
  .trim()
  .split(/\s+/);

describe('an address', () => {
  test.each([...FORBIDDEN, '', '8.8.8.8 '])('is refused unless the operator named it (A20): %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(PUBLIC)('is public: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test('of IPv4 is never public in the clothes of IPv6 (A20)', () => {
    assert(
      property(ipV4(), constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::'), (address, prefix) => {
        expect(isPublicAddress(`${prefix}${address}`)).toBe(false);
      }),
    );
  });
});
