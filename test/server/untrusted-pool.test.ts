import { describe, expect, test } from 'vitest';
import type { LinkReason } from '../../src/index.js';
import { FRESH_MS, MOVING_MS, type Place, UntrustedPool } from '../../src/server/untrusted-pool.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A connection of the pool that says why it was closed. */
class Stranger {
  closedBecause: LinkReason | null = null;
  disconnect(reason: LinkReason): void {
    this.closedBecause = reason;
  }
}

/** A pool on virtual time, and those who came to it by their names. */
class Crowded {
  readonly clock = new VirtualClock();
  readonly pool: UntrustedPool;
  readonly places = new Map<string, Place | null>();
  readonly strangers = new Map<string, Stranger>();

  constructor(
    maxConnections: number,
    maxConnectionsOfNetwork = 1_000,
    handshakeTimeoutMs: number | null = null,
  ) {
    this.pool = new UntrustedPool(this.clock, {
      maxConnections,
      maxConnectionsOfNetwork,
      handshakeTimeoutMs,
    });
  }

  /** Somebody comes; the first letter of the name is the network. */
  come(...names: string[]): this {
    for (const name of names) {
      const stranger = new Stranger();
      this.strangers.set(name, stranger);
      this.places.set(name, this.pool.add(stranger, name.charAt(0)));
    }
    return this;
  }

  place(name: string): Place {
    const place = this.places.get(name);
    if (place === undefined || place === null) throw new Error(`${name} has no place`);
    return place;
  }

  speak(...names: string[]): this {
    for (const name of names) this.pool.spoke(this.place(name));
    return this;
  }

  move(...names: string[]): this {
    for (const name of names) this.pool.moved(this.place(name));
    return this;
  }

  /** Who was pushed out, in the order in which they came. */
  get out(): string[] {
    return [...this.strangers]
      .filter(([, { closedBecause }]) => closedBecause === 'too-many-untrusted')
      .map(([name]) => name);
  }
}

describe('the pool of peers that are not trusted', () => {
  test('FC-39: pushes out who has said nothing before who has, the oldest first', () => {
    const crowd = new Crowded(4).come('a1', 'a2', 'a3', 'a4').speak('a1', 'a3');
    expect(crowd.come('a5').out).toEqual(['a2']);
    expect(crowd.come('a6').out).toEqual(['a2', 'a4']);
    crowd.speak('a5', 'a6');
    expect(crowd.come('a7').out).toEqual(['a1', 'a2', 'a4']);
    expect([crowd.pool.size, crowd.pool.evicted]).toEqual([4, 3]);
  });

  test('FC-07: pushes out who has been silent or idle for a while before those who have just come', () => {
    const crowd = new Crowded(4).come('a1', 'a2', 'a3', 'a4').speak('a1', 'a2');
    crowd.clock.advance(FRESH_MS);
    crowd.come('a5', 'a6', 'a7', 'a8');
    expect(crowd.out).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(crowd.come('a9').out).toContain('a5');
  });

  test('FC-39: takes who talks for a flood where there are very many, and not the few that have just come', () => {
    const crowd = new Crowded(300);
    for (let n = 0; n < 299; n++) crowd.come(`a${n}`).speak(`a${n}`);
    expect(crowd.come('honest', 'a300').out).toEqual(['a0']);
  });

  test('FC-39: pushes out those of the network that has most of a kind', () => {
    const crowd = new Crowded(5).come('b1', 'a1', 'a2', 'c1', 'd1');
    expect(crowd.come('e1').out).toEqual(['a1']);
  });

  test('FC-07: pushes out nobody whose handshake moves, and grows instead', () => {
    const crowd = new Crowded(3).come('a1', 'a2', 'a3').move('a1', 'a2', 'a3');
    expect(crowd.come('a4').move('a4').come('a5').out).toEqual([]);
    expect(crowd.pool.size).toBe(5);
    // who is silent is not protected by the others
    expect(crowd.come('a6').out).toEqual(['a5']);
  });

  test('FC-39: pushes out a handshake that has stalled, and each step of one counts anew', () => {
    const crowd = new Crowded(2).come('a1', 'a2').move('a1', 'a2');
    crowd.clock.advance(MOVING_MS - 1);
    crowd.move('a1');
    crowd.clock.advance(1);
    expect(crowd.come('a3').out).toEqual(['a2']);
    crowd.move('a3');
    crowd.clock.advance(MOVING_MS - 2);
    expect(crowd.come('a4').move('a4').out).toEqual(['a2']);
    crowd.clock.advance(1);
    expect(crowd.come('a5').out).toEqual(['a1', 'a2']);
  });

  test('FC-39: is not told of a step by what is none', () => {
    const crowd = new Crowded(2).come('a1', 'a2').move('a1');
    crowd.clock.advance(MOVING_MS);
    crowd.speak('a1', 'a2');
    expect(crowd.come('a3').out).toEqual(['a1']);
  });

  test('FC-39: lets a network with more than its share make room by itself', () => {
    const crowd = new Crowded(4).come('a1', 'a2', 'a3', 'b1').speak('a1', 'a2', 'a3');
    expect(crowd.come('a4').out).toEqual(['a1']);
    expect(crowd.speak('a4').come('a5').out).toEqual(['a1', 'a2']);
    crowd.speak('a5', 'b1');
    expect(crowd.come('c1').out).toEqual(['a1', 'a2', 'a3']);
  });

  test('FC-39: refuses a network whose handshakes fill its share, and no other', () => {
    const crowd = new Crowded(2, 3).come('a1', 'a2').move('a1', 'a2').come('a3').move('a3');
    expect(crowd.come('a4').places.get('a4')).toBeNull();
    expect(crowd.come('b1').places.get('b1')).not.toBeNull();
    expect(crowd.out).toEqual([]);
  });

  test('makes room when something else is short, too', () => {
    const crowd = new Crowded(9).come('a1', 'b1').move('b1');
    expect([crowd.pool.makeRoom('c'), crowd.pool.makeRoom('c')]).toEqual([true, false]);
    expect(crowd.out).toEqual(['a1']);
  });

  test('has room again for whoever is trusted or gone, once', () => {
    const crowd = new Crowded(2).come('a1', 'a2').move('a2');
    const { pool } = crowd;
    for (const name of ['a1', 'a1', 'a2']) pool.remove(crowd.place(name));
    pool.moved(crowd.place('a1'));
    expect([pool.size, pool.sizeOf('a'), pool.evicted]).toEqual([0, 0, 0]);
    expect(crowd.come('a3', 'a4').out).toEqual([]);
  });

  test('counts no timer, unless the time to authenticate is limited', () => {
    expect(new Crowded(2).come('a1').clock.pending).toBe(0);
    const crowd = new Crowded(2, 9, 5_000).come('a1', 'a2');
    crowd.pool.remove(crowd.place('a2'));
    crowd.clock.advance(4_999);
    expect(crowd.strangers.get('a1')?.closedBecause).toBeNull();
    crowd.clock.advance(1);
    expect(crowd.strangers.get('a1')?.closedBecause).toBe('handshake-timeout');
    expect([crowd.pool.size, crowd.pool.timedOut, crowd.clock.pending]).toEqual([0, 1, 0]);
  });

  test('FC-39: takes as long for the last of many as for the first', () => {
    const crowd = new Crowded(2_000);
    for (let n = 0; n < 50_000; n++) crowd.pool.add(new Stranger(), `${n % 3_000}`);
    expect([crowd.pool.size, crowd.pool.evicted]).toEqual([2_000, 48_000]);
  });
});

describe('who goes first where the pool is full', () => {
  test('FC-07: is who spoke a second ago, before who has just come', () => {
    const crowd = new Crowded(2).come('a1').speak('a1');
    crowd.clock.advance(999);
    crowd.come('a2');
    crowd.clock.advance(1);
    expect(crowd.come('a3').out).toEqual(['a1']);
  });

  test('FC-07: is who has just come, and not who spoke less than a second ago', () => {
    const crowd = new Crowded(2).come('a1').speak('a1');
    crowd.clock.advance(999);
    expect(crowd.come('a2', 'a3').out).toEqual(['a2']);
  });

  test('FC-07: is who has been silent, before who has been idle', () => {
    const crowd = new Crowded(2).come('a1', 'a2').speak('a1');
    crowd.clock.advance(1_000);
    expect(crowd.come('a3').out).toEqual(['a2']);
  });

  test('FC-07: is who has been idle, before who has just come, at any hour', () => {
    const crowd = new Crowded(2).come('a1').speak('a1');
    crowd.clock.advance(10_000);
    expect(crowd.come('a2').come('a3').out).toEqual(['a1']);
  });

  test('FC-39: is found behind one who came before and has spoken since', () => {
    const crowd = new Crowded(3).come('a1');
    crowd.clock.advance(500);
    crowd.come('a2').speak('a2').clock.advance(100);
    crowd.speak('a1').clock.advance(900);
    expect(crowd.come('a3', 'a4').out).toEqual(['a2']);
  });

  test('FC-39: is still the silent one, for however long he has been', () => {
    const crowd = new Crowded(2).come('a1', 'a2');
    crowd.clock.advance(1_000);
    expect(crowd.come('a3').out).toEqual(['a1']);
    crowd.clock.advance(2_000);
    expect(crowd.come('a4').out).toEqual(['a1', 'a2']);
  });

  test('FC-39: is fresh again whenever he speaks', () => {
    const crowd = new Crowded(2).come('a1', 'a2').speak('a1', 'a2');
    crowd.clock.advance(999);
    crowd.speak('a1').clock.advance(1);
    expect(crowd.come('a3').out).toEqual(['a2']);
  });
});

describe('a handshake', () => {
  test('FC-39: moves for five seconds after a step, at any hour', () => {
    const crowd = new Crowded(1);
    crowd.clock.advance(10_000);
    crowd.come('a1').move('a1');
    crowd.clock.advance(4_999);
    expect(crowd.pool.makeRoom('b')).toBe(false);
    crowd.clock.advance(1);
    expect([crowd.pool.makeRoom('b'), crowd.out]).toEqual([true, ['a1']]);
  });

  test('FC-39: moves though its peer says something else in between', () => {
    const crowd = new Crowded(1).come('a1').move('a1').speak('a1');
    expect(crowd.come('b1').out).toEqual([]);
    crowd.clock.advance(1_000);
    crowd.move('b1');
    expect([crowd.pool.makeRoom('c'), crowd.out]).toEqual([false, []]);
  });

  test('FC-39: goes on where it has stalled, and moves again', () => {
    const crowd = new Crowded(2).come('a1', 'a2').move('a1', 'a2');
    crowd.clock.advance(5_000);
    expect(crowd.come('a3').out).toEqual(['a1']);
    crowd.move('a2', 'a3');
    expect(crowd.come('a4').move('a4').out).toEqual(['a1']);
  });
});

describe('a flood that talks', () => {
  /** So many who have come and spoken, and so many who have come only, in a pool that they fill. */
  function flood(fresh: number, newcomers: number): Crowded {
    const crowd = new Crowded(fresh + newcomers);
    for (let n = 0; n < fresh; n++) crowd.come(`a${n}`).speak(`a${n}`);
    for (let n = 0; n < newcomers; n++) crowd.come(`b${n}`);
    return crowd;
  }

  test.each([
    [256, 1, 'b0'],
    [257, 1, 'a0'],
    [257, 16, 'a0'],
    [257, 17, 'b0'],
    [272, 17, 'b0'],
    [273, 17, 'a0'],
    [20, 1, 'b0'],
  ])('FC-39: is told from newcomers by its number: %i to %i, and %s goes', (fresh, newcomers, out) => {
    expect(flood(fresh, newcomers).come('c').out).toEqual([out]);
  });
});

describe('the share of a network', () => {
  test('FC-39: is half of the places, within which it may push out others', () => {
    const crowd = new Crowded(4).come('a1', 'a2', 'b1', 'b2').speak('a1', 'a2');
    expect(crowd.come('a3').out).toEqual(['b1']);
  });

  test('FC-39: is not asked where there is no other network', () => {
    const crowd = new Crowded(3).come('a1', 'a2', 'a3').speak('a1');
    expect(crowd.come('a4').out).toEqual(['a2']);
  });

  test('FC-39: leaves others alone where all of its own move, and it gets a place beyond', () => {
    const crowd = new Crowded(4).come('a1', 'a2', 'a3', 'b1').move('a1', 'a2', 'a3');
    expect(crowd.come('a4').out).toEqual([]);
    expect([crowd.pool.size, crowd.pool.sizeOf('a'), crowd.pool.sizeOf('b')]).toEqual([5, 4, 1]);
  });

  test('is counted down with each who leaves', () => {
    const crowd = new Crowded(9).come('a1', 'a2', 'a3', 'b1');
    crowd.pool.remove(crowd.place('a2'));
    expect([crowd.pool.sizeOf('a'), crowd.pool.sizeOf('b'), crowd.pool.sizeOf('c')]).toEqual([2, 1, 0]);
    expect(crowd.pool.size).toBe(3);
  });
});

describe('who is gone', () => {
  test('has no place any more by speaking or by a step', () => {
    const crowd = new Crowded(4).come('a1', 'a2');
    for (const name of ['a1', 'a2']) crowd.pool.remove(crowd.place(name));
    crowd.speak('a1').move('a2');
    expect(crowd.pool.makeRoom('b')).toBe(false);
    crowd.clock.advance(5_000);
    expect([crowd.pool.makeRoom('b'), crowd.out, crowd.pool.evicted]).toEqual([false, [], 0]);
  });

  test('leaves nobody behind to be pushed out, whatever he was', () => {
    const crowd = new Crowded(9).come('a1', 'a2', 'a3', 'a4').speak('a3').move('a4');
    crowd.clock.advance(5_000);
    crowd.come('a5');
    expect([crowd.pool.makeRoom('b'), crowd.out]).toEqual([true, ['a1']]);
    for (const name of ['a2', 'a3', 'a4', 'a5']) crowd.pool.remove(crowd.place(name));
    expect([crowd.pool.makeRoom('b'), crowd.pool.size]).toEqual([false, 0]);
  });

  test('is told so after his place is free, and counts once', () => {
    const { pool } = new Crowded(1);
    const sizes: number[] = [];
    const place = pool.add(
      {
        disconnect: () => {
          sizes.push(pool.size);
          if (place !== null) pool.remove(place);
        },
      },
      'a',
    );
    pool.makeRoom('b');
    expect([sizes, pool.size, pool.evicted, pool.timedOut]).toEqual([[0], 0, 1, 0]);
  });

  test('and was pushed out runs out of no time afterwards', () => {
    const crowd = new Crowded(1, 9, 5_000).come('a1', 'a2');
    expect([crowd.out, crowd.clock.pending]).toEqual([['a1'], 1]);
    crowd.clock.advance(5_000);
    expect([crowd.pool.timedOut, crowd.pool.evicted, crowd.pool.size]).toEqual([1, 1, 0]);
    expect(crowd.strangers.get('a1')?.closedBecause).toBe('too-many-untrusted');
  });
});
