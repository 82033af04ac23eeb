import { describe, expect, test, vi } from 'vitest';
import type { LinkReason } from '../../src/index.js';
import type { Defences } from '../../src/server/defences.js';
import { Guest } from '../../src/server/guest.js';
import { FakeSocket } from '../support/fake-socket.js';

const NETWORK = 'a network';
const ADDRESS = '192.0.2.1';

/** Defences whose pool has so many places. */
function defences(places: number): Defences {
  let left = places;
  const pool = {
    add: () => (left-- > 0 ? {} : null),
    remove: () => left++,
    moved: () => {},
    spoke: () => {},
  };
  return { pool, seedAsked: () => 0, refusedByPool: () => {} } as unknown as Defences;
}

/** A guest, and all that its defences hear of it, in order. */
class Scene {
  readonly heard: unknown[][] = [];
  readonly place = {};
  readonly socket = new FakeSocket();
  readonly guest: Guest;
  isScarce = false;
  hasRoom = true;
  hasLines = true;
  isWithinBudget = true;
  seedDelay: number | LinkReason = 0;
  budgets = 0;

  constructor() {
    const hear =
      <T>(name: string, answer: () => T) =>
      (...args: unknown[]): T => {
        this.heard.push([name, ...args]);
        return answer();
      };
    const nothing = (): void => {};
    const scene = this;
    const parts = {
      pool: {
        add: hear('add', () => this.place),
        remove: hear('remove', nothing),
        moved: hear('moved', nothing),
        spoke: hear('spoke', nothing),
      },
      messages: {
        isScarce: (network: string) => this.isScarce && network === NETWORK,
        begin: hear('begin', () => {
          const number = ++this.budgets;
          return { spend: (length: number) => hear('spend', () => this.isWithinBudget)(number, length) };
        }),
      },
      callbacks: {
        get hasRoom() {
          return scene.hasRoom;
        },
        begin: hear('callback', () => hear('callback ended', nothing)),
      },
      log: {
        tell: hear('tell', nothing),
        turnedAway: hear('turned away', nothing),
        takeLines: hear('lines', () => this.hasLines),
      },
      wrongKey: hear('wrongKey', nothing),
      seedAsked: hear('seed', () => this.seedDelay),
      exceededBudget: hear('exceeded', nothing),
      refusedByPool: hear('refused', nothing),
    };
    Object.defineProperty(this.socket, 'remoteAddress', { value: ADDRESS });
    this.guest = new Guest(parts as unknown as Defences, this.socket, NETWORK);
  }

  /** A guest that has its place. */
  static entered(): Scene {
    const scene = new Scene();
    scene.guest.enter();
    scene.heard.length = 0;
    return scene;
  }

  /** What was heard since the last time. */
  get news(): unknown[][] {
    return this.heard.splice(0);
  }
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

  test('is counted and told as one without a place then', () => {
    const { guest, heard } = new Scene();
    vi.spyOn(guest, 'enter').mockReturnValue(false);
    expect(guest.seedAsked()).toBe('too-many-untrusted');
    expect(heard).toEqual([['refused', ADDRESS, true]]);
  });

  test('needs no place when it is gone', () => {
    const guest = new Guest(defences(0), new FakeSocket(), 'a network');
    guest.announced({ type: 'disconnected', reason: 'peer-closed' });
    expect(guest.seedAsked()).toBe(0);
  });

  test('needs no place when its session is closed', () => {
    const guest = new Guest(defences(0), new FakeSocket(), NETWORK);
    guest.announced({ type: 'closing' });
    expect(guest.seedAsked()).toBe(0);
  });

  test('is turned away at the door where there is no place', () => {
    expect(new Guest(defences(0), new FakeSocket(), NETWORK).enter()).toBe(false);
  });

  test('comes to the pool from its network, as what the pool can push out', () => {
    const { guest, heard } = new Scene();
    guest.enter();
    expect(heard).toEqual([['add', guest, NETWORK]]);
  });

  test('is slow where its network talks too much, and not otherwise', () => {
    const scene = new Scene();
    expect(scene.guest.isSlow).toBe(false);
    scene.isScarce = true;
    expect(scene.guest.isSlow).toBe(true);
  });
});

describe('a connection that is pushed out', () => {
  test('loses its socket where it has no session yet, and the log names its address', () => {
    const { guest, socket, heard } = new Scene();
    guest.disconnect('too-many-untrusted');
    expect(socket.destroyed).toBe(true);
    expect(heard).toEqual([['turned away', 'evicted', ADDRESS]]);
  });

  test('is told why by its transport where it has a session', () => {
    const { guest, socket } = new Scene();
    const disconnect = vi.fn();
    guest.begin({ disconnect });
    guest.disconnect('too-many-untrusted');
    expect(disconnect.mock.calls).toEqual([['too-many-untrusted']]);
    expect(socket.destroyed).toBe(false);
  });

  test('is not called evicted where its time to authenticate is over', () => {
    const { guest, socket, heard } = new Scene();
    guest.disconnect('handshake-timeout');
    expect([socket.destroyed, heard]).toEqual([true, [['turned away', 'handshakeTimeouts', ADDRESS]]]);
  });
});

describe('a place among those who are not trusted', () => {
  test.each([
    [{ type: 'trusted' }],
    [{ type: 'disconnected', reason: 'peer-closed' }],
    [{ type: 'closed' }],
  ] as const)('is given back once with %j', (announcement) => {
    const scene = Scene.entered();
    scene.guest.announced(announcement);
    scene.guest.announced(announcement);
    scene.guest.leave();
    expect(scene.news).toEqual([['remove', scene.place]]);
  });

  test('is given back by who leaves before it has a session', () => {
    const scene = Scene.entered();
    scene.guest.leave();
    expect(scene.news).toEqual([['remove', scene.place]]);
  });

  test('is kept by who asks for a second seed before trust', () => {
    const scene = Scene.entered();
    scene.guest.seedAsked();
    scene.guest.seedAsked();
    expect(scene.news.filter(([what]) => what === 'add')).toEqual([]);
  });

  test('moves with a wrong key, which is counted against the network', () => {
    const scene = Scene.entered();
    scene.guest.announced({ type: 'authenticationFailed', reason: 'wrong-secret' });
    expect(scene.news).toEqual([
      ['wrongKey', NETWORK, ADDRESS],
      ['moved', scene.place],
    ]);
  });

  test('does not move with a key without a seed, which is counted all the same', () => {
    const scene = Scene.entered();
    scene.guest.announced({ type: 'authenticationFailed', reason: 'key-without-seed' });
    expect(scene.news).toEqual([['wrongKey', NETWORK, ADDRESS]]);
  });

  test('does not move where there is none', () => {
    const scene = new Scene();
    scene.guest.announced({ type: 'authenticationFailed', reason: 'wrong-secret' });
    expect(scene.news).toEqual([['wrongKey', NETWORK, ADDRESS]]);
  });
});

describe('a seed', () => {
  test('is a step of the handshake, and waits as long as the defences say', () => {
    const scene = Scene.entered();
    scene.seedDelay = 400;
    expect(scene.guest.seedAsked()).toBe(400);
    expect(scene.news).toEqual([
      ['moved', scene.place],
      ['seed', NETWORK, ADDRESS],
    ]);
  });

  test('is refused where the defences say so', () => {
    const scene = Scene.entered();
    scene.seedDelay = 'too-many-guesses';
    expect(scene.guest.seedAsked()).toBe('too-many-guesses');
  });

  test('waits for nobody where its peer held the secret once, and takes a place that moves', () => {
    const scene = Scene.entered();
    scene.guest.announced({ type: 'trusted' });
    scene.seedDelay = 400;
    scene.heard.length = 0;
    expect(scene.guest.seedAsked()).toBe(0);
    expect(scene.news).toEqual([
      ['add', scene.guest, NETWORK],
      ['moved', scene.place],
    ]);
  });

  test('waits for a peer that has sent a wrong key only', () => {
    const scene = Scene.entered();
    scene.guest.announced({ type: 'authenticationFailed', reason: 'wrong-secret' });
    scene.seedDelay = 400;
    expect(scene.guest.seedAsked()).toBe(400);
  });
});

describe('a message before trust', () => {
  test('makes its peer fresh and comes out of one budget, with its length', () => {
    const scene = Scene.entered();
    expect([scene.guest.messageCame(80), scene.guest.messageCame(4_096)]).toEqual([null, null]);
    expect(scene.news).toEqual([
      ['spoke', scene.place],
      ['begin', NETWORK],
      ['spend', 1, 80],
      ['spoke', scene.place],
      ['spend', 1, 4_096],
    ]);
  });

  test('beyond the budget ends the connection, and is counted with its address', () => {
    const scene = Scene.entered();
    scene.isWithinBudget = false;
    expect(scene.guest.messageCame(80)).toBe('too-many-untrusted-messages');
    expect(scene.news.at(-1)).toEqual(['exceeded', ADDRESS]);
  });

  test('of a peer that has no place makes nobody fresh', () => {
    const scene = new Scene();
    scene.guest.messageCame(80);
    expect(scene.news.map(([what]) => what)).toEqual(['begin', 'spend']);
  });

  test('has a new budget where its peer was trusted in between', () => {
    const scene = Scene.entered();
    scene.guest.messageCame(80);
    scene.guest.announced({ type: 'trusted' });
    scene.guest.messageCame(80);
    expect(scene.news.filter(([what]) => what === 'spend')).toEqual([
      ['spend', 1, 80],
      ['spend', 2, 80],
    ]);
  });
});

describe('what strangers share', () => {
  test.each([true, false])('has room for log lines: %s', (hasLines) => {
    const scene = new Scene();
    scene.hasLines = hasLines;
    expect(scene.guest.takeLines(3)).toBe(hasLines);
    expect(scene.news).toEqual([['lines', 3]]);
  });

  test.each([true, false])('has room for a callback: %s', (hasRoom) => {
    const scene = new Scene();
    scene.hasRoom = hasRoom;
    expect(scene.guest.mayCall).toBe(hasRoom);
  });

  test('gets its room back when a callback ends', () => {
    const scene = new Scene();
    const end = scene.guest.callbackBegan();
    expect(scene.news).toEqual([['callback']]);
    end();
    expect(scene.news).toEqual([['callback ended']]);
  });
});
