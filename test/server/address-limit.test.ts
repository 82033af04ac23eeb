import { describe, expect, test } from 'vitest';
import { AddressLimit } from '../../src/server/address-limit.js';
import { NetworkList, networkOf } from '../../src/server/networks.js';
import { FakeSocket, turns } from '../support/fake-socket.js';

/** Comes from an address, and in if it may. */
function come(limit: AddressLimit, address: string | undefined): FakeSocket | null {
  const socket = new FakeSocket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const network = networkOf(address);
  if (limit.isReachedBy(socket, network)) return null;
  limit.add(socket, network);
  return socket;
}

describe('the limit of an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['::ffff:192.0.2.1', '192.0.2.1', '::ffff:192.0.2.2'],
    ['2001:db8::1', '2001:db8::ffff', '2001:db8:0:1::1'],
  ])('holds for %s and %s together, and not for %s', (first, second, other) => {
    const limit = new AddressLimit(2, new NetworkList([]));
    const isIn = [first, second, first, other].map((address) => come(limit, address) !== null);
    expect(isIn).toEqual([true, true, false, true]);
  });

  test('has room again when a connection is closed', async () => {
    const limit = new AddressLimit(1, new NetworkList([]));
    const socket = come(limit, '192.0.2.1');
    expect(come(limit, '192.0.2.1')).toBeNull();
    socket?.destroy();
    await turns();
    expect(come(limit, '192.0.2.1')).not.toBeNull();
  });

  test('does not hold for addresses that many clients share, and for connections without one', () => {
    const limit = new AddressLimit(1, new NetworkList(['10.0.0.0/8']));
    for (const address of ['10.1.2.3', undefined])
      expect([come(limit, address), come(limit, address)]).not.toContain(null);
  });
});
