import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Arrivals } from '../../src/server/arrivals.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A line, and what became of those who came to it by name; names with an s are slow. */
class Door {
  readonly clock = new VirtualClock();
  readonly begun: string[] = [];
  readonly left: string[] = [];
  readonly sockets = new Map<string, FakeSocket>();
  isCrowded = false;
  readonly line: Arrivals<string>;

  constructor() {
    const door = this;
    this.line = new Arrivals<string>(this.clock, {
      isSlow: (name) => name.startsWith('s'),
      get isCrowded() {
        return door.isCrowded;
      },
      begin: (_: Socket, name) => void this.begun.push(name),
      left: (name) => void this.left.push(name),
    });
  }

  come(...names: string[]): this {
    for (const name of names) {
      const socket = new FakeSocket();
      this.sockets.set(name, socket);
      this.line.add(socket, name);
    }
    return this;
  }

  speak(name: string): void {
    this.sockets.get(name)?.arrive(Buffer.from(':<'));
  }

  /** Names from a letter and numbers. */
  static names(letter: string, count: number): string[] {
    return Array.from({ length: count }, (_, n) => `${letter}${n}`);
  }
}

describe('connections that wait for their session', () => {
  test('do not wait where there are few', () => {
    const door = new Door().come(...Door.names('a', 8));
    expect([door.begun.length, door.line.size]).toEqual([8, 0]);
  });

  test('do not wait where the last turn is over', async () => {
    const door = new Door().come(...Door.names('a', 8));
    await turns();
    expect(door.come('b').begun.at(-1)).toBe('b');
  });

  test('FC-40: get it in the order in which they came, eight in a turn of those who have spoken', async () => {
    const names = Door.names('a', 40);
    const door = new Door().come(...names);
    expect([door.begun.length, door.line.size]).toEqual([8, 32]);
    for (const name of names) door.speak(name);
    await turns(20);
    expect([door.begun, door.line.size]).toEqual([names, 0]);
  });

  test('FC-39: get it sooner when they have spoken', async () => {
    const door = new Door().come(...Door.names('a', 30));
    door.speak('a29');
    await turns(4);
    expect(door.begun.indexOf('a29')).toBeLessThan(12);
    await turns(40);
    expect(door.begun).toHaveLength(30);
  });

  test('FC-39: get none while it is crowded and they are silent', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('a0', 'a1', 'a2');
    await turns(5);
    expect(door.begun).toEqual([]);
    door.speak('a1');
    await turns(5);
    expect(door.begun).toEqual(['a1']);
    door.isCrowded = false;
    door.come('a3');
    await turns(5);
    expect(door.begun).toEqual(['a1', 'a0', 'a2', 'a3']);
  });

  test('FC-40: get it last when their clients have lost patience', async () => {
    const door = new Door().come(...Door.names('a', 8), 'late');
    door.speak('late');
    door.clock.advance(1_501);
    await turns(0);
    door.come('fresh');
    door.speak('fresh');
    await turns(3);
    expect(door.begun.slice(8)).toEqual(['fresh', 'late']);
  });

  test('FC-38: get it two in ten milliseconds where peers of their network talk too much', () => {
    const door = new Door().come('s0', 's1', 's2');
    expect(door.begun).toEqual([]);
    door.clock.advance(10);
    expect(door.begun).toEqual(['s0', 's1']);
    door.clock.advance(10);
    expect([door.begun, door.clock.pending]).toEqual([['s0', 's1', 's2'], 0]);
  });

  test('FC-38: wait no longer than half a second there, however many they are', () => {
    const door = new Door();
    for (let ms = 0; ms < 1_000; ms += 10) door.come(...Door.names(`s${ms}-`, 20)).clock.advance(10);
    door.come('s-honest').clock.advance(500);
    expect(door.begun).toContain('s-honest');
  });

  test('leave the line when they close, and all of them when the server does', async () => {
    const door = new Door().come(...Door.names('a', 11), 's0');
    door.sockets.get('a9')?.destroy();
    door.sockets.get('a10')?.resetFromPeer();
    await turns();
    expect(door.left.toSorted()).toEqual(['a10', 'a9']);
    door.isCrowded = true;
    door.come('a11');
    door.line.close();
    await turns();
    expect([door.line.size, door.clock.pending, door.left.length]).toEqual([0, 0, 4]);
    expect(door.begun).not.toContain('s0');
  });

  test('leave nothing on the socket for its session', () => {
    const door = new Door().come('s0');
    const socket = door.sockets.get('s0');
    const counts = () => ['readable', 'close', 'error'].map((event) => socket?.listenerCount(event));
    const before = ['readable', 'close', 'error'].map((event) => new FakeSocket().listenerCount(event));
    door.clock.advance(10);
    expect(counts()).toEqual(before);
  });
});
