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
