/** Why something did not come about, as the code that a program gets: every reason over real sessions. */

import { describe, expect, test } from 'vitest';
import {
  type CommInstance,
  type ConnectCallback,
  ConnectionLostError,
  type DataCallback,
  type DisconnectCallback,
  type LinkReason,
  Session,
  TimeoutError,
  type TimeoutReason,
  textOfReason,
} from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';
const never = (): Promise<never> => new Promise(() => {});

/** What keeps the answer to a request from coming, by the reason of its time-out. */
const OBSTACLES: Readonly<Record<TimeoutReason, () => Promise<Pair>>> = {
  'no-answer': async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, never);
    return pair;
  },
  'not-connected': async () => {
    const pair = new Pair();
    pair.serverComm.refusesConnections = true;
    await pair.settle();
    return pair;
  },
  'not-trusted': () => Pair.connected({ both: { secret: SECRET }, client: { autoAuth: false } }),
  'peer-does-not-read': async () => {
    const pair = await Pair.connected();
    pair.clientComm.isStalled = true;
    watch(pair.client.write(7, 'x'.repeat(2 * 1024 * 1024), { timeout: 60_000 }));
    return pair;
  },
  'behind-unanswered-request': async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, never);
    watch(pair.client.read(0, { timeout: 50 }));
    await pair.clock.advanceAsync(50);
    return pair;
  },
  'middleware-pending': async () => {
    const pair = await Pair.connected();
    pair.client.use(never);
    return pair;
  },
};

describe('a request that runs out of time', () => {
  test.each(Object.entries(OBSTACLES))('says %s, and whether it was written', async (reason, begin) => {
    const pair = await begin();
    const read = watch(pair.client.read(0, { timeout: 100 }));
    await pair.clock.advanceAsync(99);
    expect(read.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(read.error).toBeInstanceOf(TimeoutError);
    const written = reason === 'no-answer';
    expect(read.error).toMatchObject({ code: 'ERR_TIMEOUT', reason, written, timeoutMs: 100 });
    const text = written
      ? 'No answer to read data request, data_id 0 of memory within 100 ms'
      : `Could not send read data request, data_id 0 of memory within 100 ms: ${textOfReason(reason as TimeoutReason)}`;
    expect(String(read.error)).toBe(`TimeoutError: ${text}`);
    expect(await pair.close()).toBe(0);
  });
});

describe('a client with another secret', () => {
  test('is told wrong-secret twice, and too-many-wrong-keys when the server hangs up', async () => {
    const pair = await Pair.connected({
      server: { secret: SECRET },
      client: { secret: 'another one, as long as that', autoAuth: false },
    });
    const failures: unknown[] = [];
    const losses: unknown[] = [];
    for (const [side, session] of [
      ['client', pair.client],
      ['server', pair.server],
    ] as const) {
      session.on('authenticationFailed', (reason) => failures.push([side, reason]));
      session.on('disconnected', (reason) => losses.push([side, reason]));
    }
    for (let attempt = 0; attempt < 3; attempt++) {
      const authentication = watch(pair.client.authenticate());
      await pair.clock.advanceAsync(attempt === 2 ? 0 : 400);
      expect(authentication.value).toBe(false);
    }
    expect(failures).toEqual([
      ['server', 'wrong-secret'],
      ['client', 'wrong-secret'],
      ['server', 'wrong-secret'],
      ['client', 'wrong-secret'],
      ['server', 'too-many-wrong-keys'],
      ['client', 'too-many-wrong-keys'],
    ]);
    expect(losses).toEqual([
      ['server', 'too-many-wrong-keys'],
      ['client', 'peer-closed'],
    ]);
    expect(await pair.close()).toBe(0);
  });
});

/** A transport of the user's own, which says in its own words why its link is gone. */
class Modem implements CommInstance {
  readonly isClient = true;
  #isLinked = true;
  #onDisconnect: DisconnectCallback = () => {};

  isConnected(): boolean {
    return this.#isLinked;
  }

  initChannelName(): void {}
  reconnect(): void {}

  send(): boolean {
    return this.#isLinked;
  }

  registerCallback(_: DataCallback): void {}
  registerConnectCallback(_: ConnectCallback): void {}

  registerDisconnectCallback(callback: DisconnectCallback): void {
    this.#onDisconnect = callback;
  }

  hangUp(reason: string, detail?: string): void {
    this.#isLinked = false;
    this.#onDisconnect(reason as LinkReason, detail);
  }
}

describe("a transport of the user's own", () => {
  test.each([
    ['in its own words', ['NO CARRIER'], 'link-closed', 'NO CARRIER'],
    ['in its own words and with a detail', ['NO CARRIER', 'line 2'], 'link-closed', 'NO CARRIER: line 2'],
    ['with a code of the library', ['network-error'], 'network-error', null],
    ['with a code of the library and a detail', ['network-error', 'line 2'], 'network-error', 'line 2'],
  ] as const)('says %s why its link is gone: the program gets a code, the log what was said', async (_, [
    why,
    detail,
  ], reason, said) => {
    const modem = new Modem();
    const clock = new VirtualClock();
    const lines: string[] = [];
    const log = (text: string): void => void lines.push(text);
    const logger = { debug: log, info: log, warn: log, error: log };
    const session = new Session(modem, { clock, logger });
    const reasons: LinkReason[] = [];
    session.on('disconnected', (each) => reasons.push(each));
    const read = watch(session.read(0));
    modem.hangUp(why, detail);
    await clock.advanceAsync(0);

    expect(reasons).toEqual([reason]);
    expect(read.error).toBeInstanceOf(ConnectionLostError);
    expect(read.error).toMatchObject({ reason, written: true });
    const line = lines.find((each) => each.includes('connection lost'));
    expect(line).toMatch(
      new RegExp(`connection lost: ${textOfReason(reason)}${said === null ? '' : ` \\(${said}\\)`}$`),
    );
    await session.close();
    expect(clock.pending).toBe(0);
  });
});
