import { describe, expect, test } from 'vitest';
import type { Defences } from '../../src/server/defences.js';
import { Guest } from '../../src/server/guest.js';
import { FakeSocket } from '../support/fake-socket.js';

/** Defences whose pool has so many places. */
function defences(places: number): Defences {
  let left = places;
  const pool = {
    add: () => (left-- > 0 ? {} : null),
    remove: () => left++,
    moved: () => {},
    spoke: () => {},
  };
  return { pool, seedAsked: () => 0 } as unknown as Defences;
}

describe('a connection of a server with a secret', () => {
  test('needs a place, and another one when it asks for a seed after it was trusted', () => {
    const guest = new Guest(defences(1), new FakeSocket(), 'a network');
    expect(guest.enter()).toBe(true);
    guest.announced({ type: 'trusted' });
    expect(guest.seedAsked()).toBe(0);
  });

  test('is turned away where there is no place any more when it asks for a seed after it was trusted', () => {
    const all = defences(1);
    const guest = new Guest(all, new FakeSocket(), 'a network');
    guest.enter();
    guest.announced({ type: 'trusted' });
    new Guest(all, new FakeSocket(), 'another network').enter();
    expect(guest.seedAsked()).toBe('too-many-untrusted');
  });

  test('needs no place when it is gone', () => {
    const guest = new Guest(defences(0), new FakeSocket(), 'a network');
    guest.announced({ type: 'disconnected', reason: 'peer-closed' });
    expect(guest.seedAsked()).toBe(0);
  });
});
