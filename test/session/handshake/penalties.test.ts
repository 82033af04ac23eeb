/** A wrong key is answered after a penalty; answers to later keys leave after it, whatever they say. */

import { describe, expect, test } from 'vitest';
import { createMemoryPair, deriveKey, type MemoryComm, Message, Session } from '../../../src/index.js';
import { pureJson } from '../../../src/wire/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';

/** The client of a server session: it sends what it likes, and notes each answer with its time. */
class Guesser {
  readonly clock = new VirtualClock();
  readonly session: Session;
  readonly #comm: MemoryComm;
  #seed = '';
  /** The verdicts so far. */
  verdicts: [atMs: number, isRight: unknown][] = [];
  /** The data of all other answers but seeds. */
  readonly others: unknown[] = [];

  constructor() {
    const { client, server } = createMemoryPair({ clock: this.clock });
    this.#comm = client;
    client.registerCallback((payload) => this.#hear(pureJson.decode(payload)));
    this.session = new Session(server, { clock: this.clock, secret: SECRET });
    this.session.onRead(0, () => 'fine');
    this.connect();
  }

  connect(): void {
    this.#comm.reconnect();
    this.clock.advance(0);
  }

  disconnect(): void {
    this.#comm.cut();
  }

  #hear({ serviceId, dataId, data }: Message): void {
    if (serviceId === 1 && dataId === 1) this.verdicts.push([this.clock.now(), data]);
    else if (serviceId === 1) this.#seed = String(data);
    else this.others.push(data);
  }

  say(serviceId: number, dataId: number, data: unknown = null): void {
    this.#comm.send(pureJson.encode(new Message({ serviceId, dataId, data })));
    this.clock.advance(0);
  }

  guess(isRight: boolean): void {
    this.say(0, 0);
    this.say(0, 1, isRight ? deriveKey(this.#seed, Buffer.from(SECRET)) : 'f'.repeat(128));
  }
}

describe('the penalty of a wrong key', () => {
  test('holds back the answer to a right key behind it, and not the trust', () => {
    const peer = new Guesser();
    peer.guess(false);
    peer.guess(true);
    expect([peer.session.isTrusted, peer.verdicts]).toEqual([true, []]);
    peer.clock.advance(99);
    expect(peer.verdicts).toEqual([]);
    peer.clock.advance(1);
    expect(peer.verdicts).toEqual([
      [100, false],
      [100, true],
    ]);
  });

  test('runs from its own key on: the longer one of the second holds back what follows', () => {
    const peer = new Guesser();
    peer.guess(false);
    peer.clock.advance(50);
    peer.guess(false);
    peer.guess(true);
    peer.clock.advance(1_000);
    expect(peer.verdicts).toEqual([
      [100, false],
      [450, false],
      [450, true],
    ]);
  });

  test('holds back no answer of other ids', () => {
    const peer = new Guesser();
    peer.guess(false);
    peer.guess(true);
    peer.say(10, 0);
    expect([peer.others, peer.verdicts]).toEqual([['fine'], []]);
  });

  test('ends with its connection: no verdict leaves on the next', () => {
    const peer = new Guesser();
    peer.guess(false);
    peer.guess(true);
    peer.disconnect();
    peer.connect();
    expect(peer.session.isTrusted).toBe(false);
    peer.clock.advance(1_000);
    expect(peer.verdicts).toEqual([]);
    peer.guess(true);
    expect(peer.verdicts).toEqual([[1_000, true]]);
    void peer.session.close();
    peer.clock.advance(0);
    expect(peer.clock.pending).toBe(0);
  });
});
