import { describe, expect, test } from 'vitest';
import { isNetwork, NetworkList, networkOf } from '../../src/server/networks.js';

describe('the network of an address', () => {
  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
    ['::1', '::2', true],
    ['1:2::a:b:c:d:e', '1:2:0:a::1', true],
    ['1:2::a:b:c:d:e', '1:2::', false],
    [undefined, undefined, true],
  ])('of %s is that of %s: %s', (first, second, isSame) => {
    expect(networkOf(first) === networkOf(second)).toBe(isSame);
  });
});

describe('the name of a network', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::', '2001:db8:0:0'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::', '0:0:0:0'],
    ['::1', '0:0:0:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4'],
    ['1::8', '1:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('for %s is %s', (address, name) => {
    expect(networkOf(address)).toBe(name);
  });
});

describe('a list of networks', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['::ffff:127.0.0.1', true],
    ['128.0.0.1', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['2001:db8:1::5', true],
    ['2001:db9::5', false],
    ['fe80::1%eth0', true],
    ['fe80::2', false],
    ['192.0.3.7', false],
    ['2001:db8:ffff::', true],
    ['::7f00:1', false],
    // what comes over no network is all of one place
    [undefined, true],
    ['a name', false],
  ])('has %s: %s', (address, isIn) => {
    const list = new NetworkList(['127.0.0.0/8', '192.0.2.7', '2001:db8::/32', 'fe80::1']);
    expect(list.has(address)).toBe(isIn);
  });

  test.each([
    ['192.0.2.1', true],
    ['192.0.2.0/24', true],
    ['192.0.2.0/32', true],
    ['192.0.2.0/0', true],
    ['192.0.2.0/100', false],
    ['192.0.2.0/24x', false],
    ['192.0.2.0/0024', false],
    ['2001:db8::/33', true],
    ['::/0', true],
    ['2001:db8::/128', true],
    ['192.0.2.0/33', false],
    ['2001:db8::/129', false],
    ['192.0.2.0/', false],
    ['192.0.2.0/-1', false],
    ['192.0.2.0/8/8', false],
    ['localhost', false],
    ['', false],
  ])('may hold %s: %s', (text, isOne) => {
    expect(isNetwork(text)).toBe(isOne);
  });
});
