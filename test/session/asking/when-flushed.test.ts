import { describe, expect, test } from 'vitest';
import { Session } from '../../../src/index.js';
import { AcceptedTcpStp } from '../../../src/transport/tcp-comm.js';
import { pureJson, StpDecoder } from '../../../src/wire/index.js';
import { FakeSocket, turns } from '../../support/fake-socket.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** A session on a socket that counts the calls to the system, and the texts that the system has. */
function sending() {
  const socket = new FakeSocket();
  const clock = new VirtualClock();
  const texts: unknown[] = [];
  const calls: number[] = [];
  const decoder = new StpDecoder({ frame: (payload) => void texts.push(pureJson.decode(payload).data) });
  socket.onRead = (bytes) => {
    calls.push(bytes.length);
    decoder.push(bytes);
  };
  const session = new Session(new AcceptedTcpStp(socket, clock), { clock });
  return { session, texts, calls };
}

/** From where a program can send. */
const POSITIONS: Readonly<Record<string, (act: () => void) => void>> = {
  'a microtask': (act) => queueMicrotask(act),
  'a promise': (act) => void Promise.resolve().then(act),
  'a tick': (act) => process.nextTick(act),
  'a check callback': (act) => void setImmediate(act),
  'a timer': (act) => void setTimeout(act, 0),
};

describe('FC-11: when send resolves, the system has the message', () => {
  test.each(Object.keys(POSITIONS))('from %s', async (position) => {
    const { session, texts } = sending();
    await turns();
    const seen = await new Promise((resolve) =>
      POSITIONS[position]?.(async () => {
        await session.send(40, 1, 'the last words');
        resolve([...texts]);
      }),
    );
    expect(seen).toContain('the last words');
  });

  test('from the promise of another, on another connection', async () => {
    const [one, other] = [sending(), sending()];
    await turns();
    await one.session.send(40, 1, 'a');
    await Promise.all([one.session.send(40, 2, 'b'), other.session.send(40, 3, 'c')]);
    expect([one.texts, other.texts]).toEqual([
      expect.arrayContaining(['a', 'b']),
      expect.arrayContaining(['c']),
    ]);
  });

  test('and those that are sent in one go still leave in one call', async () => {
    const { session, texts, calls } = sending();
    await turns();
    calls.length = texts.length = 0;
    await Promise.all(['a', 'b', 'c'].map((text) => session.send(40, 1, text)));
    expect([texts, calls.length]).toEqual([['a', 'b', 'c'], 1]);
  });
});
