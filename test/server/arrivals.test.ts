import type { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
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
  /** What it takes to make a session. */
  beginMs = 0;
  readonly line: Arrivals<string>;

  constructor() {
    const door = this;
    this.line = new Arrivals<string>(this.clock, {
      isSlow: (name) => name.startsWith('s'),
      get isCrowded() {
        return door.isCrowded;
      },
      begin: (_: Socket, name) => {
        this.begun.push(name);
        this.clock.advance(this.beginMs);
      },
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

/** Lets sockets say what they have to, before the next turn of the event loop. */
async function ticks(): Promise<void> {
  for (let tick = 0; tick < 5; tick++) await new Promise<void>((resolve) => process.nextTick(resolve));
}

describe('a turn of the line', () => {
  test('FC-39: begins one of those who are silent, however many have come', async () => {
    const door = new Door().come(...Door.names('a', 12));
    await turns(1);
    expect(door.begun).toHaveLength(9);
    await turns(1);
    expect(door.begun).toHaveLength(10);
  });

  test('FC-40: begins those who have spoken, and one more who has not', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come(...Door.names('a', 12));
    await turns(1);
    for (const name of Door.names('a', 10)) door.speak(name);
    await ticks();
    door.isCrowded = false;
    await turns(1);
    expect(door.begun).toEqual([...Door.names('a', 8), 'a10']);
    await turns(1);
    expect(door.begun.slice(9)).toEqual(['a8', 'a9', 'a11']);
  });

  test('FC-40: is over when four milliseconds have passed', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come(...Door.names('a', 8));
    await turns(1);
    for (const name of Door.names('a', 8)) door.speak(name);
    await ticks();
    door.beginMs = 2;
    await turns(1);
    expect(door.begun).toEqual(['a0', 'a1', 'a2']);
    await turns(1);
    expect(door.begun).toHaveLength(6);
  });

  test('FC-40: leaves nothing of its time to who is silent where those who have spoken have used it up', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('a0', 'a1');
    await turns(1);
    door.speak('a0');
    await ticks();
    Object.assign(door, { isCrowded: false, beginMs: 5 });
    await turns(1);
    expect(door.begun).toEqual(['a0']);
  });

  test('FC-40: counts whom it has begun before who comes next', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come(...Door.names('a', 8));
    await turns(1);
    for (const name of Door.names('a', 8)) door.speak(name);
    await turns(3);
    door.isCrowded = false;
    door.come('b');
    expect([door.begun.length, door.line.size]).toEqual([8, 1]);
    await turns(1);
    expect(door.begun.at(-1)).toBe('b');
  });

  test('is not taken where nobody waits', async () => {
    const door = new Door().come(...Door.names('a', 3));
    await turns(5);
    const looked = vi.spyOn(door.clock, 'now');
    await turns(5);
    expect(looked).not.toHaveBeenCalled();
  });

  test('FC-39: is not taken where it is crowded and all are silent', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('a0', 'a1');
    await turns(5);
    const looked = vi.spyOn(door.clock, 'now');
    await turns(5);
    expect(looked).not.toHaveBeenCalled();
    door.speak('a0');
    await turns(5);
    expect(door.begun).toEqual(['a0']);
    looked.mockClear();
    await turns(5);
    expect(looked).not.toHaveBeenCalled();
  });

  test('FC-39: comes when somebody leaves and it is crowded no more', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('a0', 'a1');
    await turns(5);
    door.isCrowded = false;
    door.sockets.get('a0')?.destroy();
    await turns(5);
    expect([door.begun, door.left, door.line.size]).toEqual([['a1'], ['a0'], 0]);
  });
});

describe('the order of the line', () => {
  test('is not broken by who comes while one has spoken and one is silent', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('a0', 'a1');
    await turns(1);
    door.speak('a0');
    await ticks();
    door.isCrowded = false;
    door.come('a2');
    expect([door.begun, door.line.size]).toEqual([[], 3]);
    await turns(5);
    expect(door.begun).toEqual(['a0', 'a1', 'a2']);
  });

  test('counts who has spoken, who is silent and who is slow', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('a0', 'a1', 'a2', 's0', 's1');
    await turns(1);
    door.speak('a0');
    await ticks();
    expect(door.line.size).toBe(5);
  });

  test('FC-40: has patience with clients for a second and a half', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('late');
    await turns(1);
    door.speak('late');
    await ticks();
    door.clock.advance(1_500);
    await turns(3);
    expect(door.begun).toEqual(['late']);
  });

  test('FC-40: is that of the silent for who has waited for longer', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('late', 'fresh');
    await turns(1);
    door.speak('late');
    await ticks();
    door.clock.advance(1_501);
    await turns(3);
    expect([door.begun, door.line.size]).toEqual([[], 2]);
  });
});

describe('the slow line', () => {
  test('FC-38: moves at ten milliseconds and not before', () => {
    const door = new Door().come('s0');
    door.clock.advance(9);
    expect([door.begun, door.line.size]).toEqual([[], 1]);
    door.clock.advance(1);
    expect([door.begun, door.line.size]).toEqual([['s0'], 0]);
  });

  test('FC-38: moves again for who comes when it was empty', () => {
    const door = new Door().come('s0');
    door.clock.advance(10);
    door.come('s1').clock.advance(10);
    expect([door.begun, door.clock.pending]).toEqual([['s0', 's1'], 0]);
  });

  test('FC-38: has one timer, however many wait', () => {
    const door = new Door().come(...Door.names('s', 6));
    expect(door.clock.pending).toBe(1);
    door.clock.advance(10);
    expect([door.begun.length, door.clock.pending]).toEqual([2, 1]);
  });

  test('FC-38: is not left by speaking', async () => {
    const door = new Door().come('s0');
    door.speak('s0');
    await turns(5);
    expect([door.begun, door.line.size]).toEqual([[], 1]);
  });

  test('FC-38: keeps nobody waiting in the other one', () => {
    expect(new Door().come('s0', 'a0').begun).toEqual(['a0']);
  });

  test('FC-38: makes no session for a peer that was pushed out a moment ago, and gives the turn to the next', async () => {
    const door = new Door().come('s0', 's1', 's2');
    door.sockets.get('s0')?.destroy();
    door.clock.advance(10);
    expect(door.begun).toEqual(['s1', 's2']);
    await turns(1);
    expect([door.left, door.line.size]).toEqual([['s0'], 0]);
  });

  test('FC-38: takes as many more as have waited for half a second, and none beyond', () => {
    const door = new Door().come(...Door.names('s', 102));
    door.clock.advance(490);
    expect(door.begun).toHaveLength(98);
    door.come('s-late', 's-later', 's-last').clock.advance(10);
    // the four who have come first, and two more
    expect([door.begun.length, door.line.size]).toEqual([104, 1]);
  });
});

describe('a session that was waited for', () => {
  test('finds nothing on its socket where it came from the silent, and is not said to have left', async () => {
    const door = new Door().come(...Door.names('a', 9));
    await turns(2);
    expect(door.begun).toContain('a8');
    const socket = door.sockets.get('a8');
    const counts = ['readable', 'close', 'error'].map((event) => socket?.listenerCount(event));
    const before = ['readable', 'close', 'error'].map((event) => new FakeSocket().listenerCount(event));
    expect(counts).toEqual(before);
    socket?.destroy();
    await turns(1);
    expect(door.left).toEqual([]);
  });

  test('does not begin any more when the server has closed', async () => {
    const door = new Door();
    door.isCrowded = true;
    door.come('a0', 'a1', 's0');
    await turns(1);
    door.speak('a0');
    await ticks();
    door.line.close();
    await turns(5);
    expect([door.begun, door.line.size, door.left.toSorted()]).toEqual([[], 0, ['a0', 'a1', 's0']]);
  });
});
