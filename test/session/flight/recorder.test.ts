import { describe, expect, test } from 'vitest';
import { Message } from '../../../src/index.js';
import { Vocabulary } from '../../../src/protocol/vocabulary.js';
import { entriesOf } from '../../../src/session/flight/read-entries.js';
import { FlightRecorder } from '../../../src/session/flight/recorder.js';
import { HEAD_BYTES } from '../../../src/session/flight/ring.js';
import { pureJson, structJson } from '../../../src/wire/index.js';

/** A recorder whose clock the test owns. */
function recorderOf({ limit = 256, codecName = 'pure_json' } = {}) {
  const clock = { ms: 0.5, now: () => clock.ms };
  const comm: { lastHeardMs?: number } = {};
  const recorder = new FlightRecorder({ clock, comm, codecName }, limit);
  const entries = () => entriesOf(recorder, new Vocabulary());
  const received = (data: unknown, dataId = 1) => {
    const message = new Message<unknown>({ serviceId: 20, dataId, data });
    recorder.received(message, pureJson.encode(message));
  };
  return { clock, comm, recorder, entries, received };
}

describe('a flight recorder', () => {
  test('keeps messages with their data, in order, with their times', () => {
    const { clock, entries, received } = recorderOf();
    received({ brightness: 0.5 });
    clock.ms = 7;
    received('on');
    expect(entries()).toMatchObject([
      {
        kind: 'message',
        ms: 0.5,
        direction: 'received',
        serviceId: 20,
        shows: 'data',
        data: { brightness: 0.5 },
      },
      { ms: 7, shows: 'data', data: 'on', names: { service: 'write data request' } },
    ]);
  });

  test('keeps the beginning of long data, and cuts no character in two', () => {
    const { entries, received } = recorderOf();
    received('ä'.repeat(1_000));
    const [entry] = entries();
    expect(entry).toMatchObject({ shows: 'beginning', data: `"${'ä'.repeat((HEAD_BYTES - 2) / 2)}` });
  });

  test('keeps the last entries only, however many there are, and says how many there were', () => {
    const { clock, recorder, entries, received } = recorderOf({ limit: 100 });
    for (let n = 0; n < 1_234; n++) {
      clock.ms = n;
      received(n, n);
    }
    expect(entries().map((entry) => entry.kind === 'message' && entry.dataId)).toEqual(
      Array.from({ length: 100 }, (_, n) => 1_134 + n),
    );
    expect(recorder.ring.added - recorder.ring.size).toBe(1_134);
  });

  test('keeps the data of a bounded number of messages at once', () => {
    const { clock, entries, received } = recorderOf();
    for (let n = 0; n < 40; n++) received(n);
    clock.ms += 10;
    received('later');
    const shown = entries().map((entry) => entry.kind === 'message' && entry.shows);
    expect(shown.filter((shows) => shows === 'data')).toHaveLength(17);
    expect(shown.at(-1)).toBe('data');
    expect(shown[20]).toBe('nothing');
  });

  test('keeps nothing of the data of an authentication, whatever its data id', () => {
    const { recorder, entries } = recorderOf();
    for (const serviceId of [0, 1])
      for (const dataId of [0, 1, 77]) {
        const message = new Message<unknown>({ serviceId, dataId, data: 'cafe'.repeat(16) });
        recorder.received(message, pureJson.encode(message));
        recorder.sent(message, pureJson.encode(message));
      }
    expect(entries()).toHaveLength(12);
    for (const entry of entries())
      expect(entry).toMatchObject({ shows: 'nothing, confidential', data: null });
    expect(JSON.stringify(entries())).not.toContain('cafe');
  });

  test('keeps what this side sends as well', () => {
    const { recorder, entries } = recorderOf();
    const message = new Message<unknown>({ serviceId: 20, dataId: 1, data: 'on' });
    recorder.sent(message, pureJson.encode(message));
    expect(entries()).toMatchObject([{ direction: 'sent', dataId: 1, shows: 'data', data: 'on' }]);
  });

  test.each([true, false, null])('keeps the verdict of an authentication: %j', (data) => {
    const { recorder, entries } = recorderOf();
    const message = new Message<unknown>({ serviceId: 1, dataId: 1, data });
    recorder.received(message, pureJson.encode(message));
    expect(entries()).toMatchObject([{ shows: 'data', data }]);
  });

  test.each([
    { serviceId: 2 ** 20 - 1, dataId: 2 ** 32 - 1, status: 2 ** 16 - 1 },
    { serviceId: 2 ** 20, dataId: 0, status: 0 },
    { serviceId: 20, dataId: 2 ** 32, status: 1 },
    { serviceId: 20, dataId: 0, status: 2 ** 16 },
    { serviceId: 20, dataId: 0, status: 0x5555 },
  ])('keeps ids at the edge of what fits: %j', (ids) => {
    const { recorder, entries } = recorderOf();
    const message = new Message<unknown>({ ...ids, data: 5 });
    const payload = pureJson.encode(message);
    recorder.received(message, payload);
    expect(entries()).toMatchObject([{ ...ids, byteLength: payload.length, shows: 'data', data: 5 }]);
  });

  test.each([2 ** 25 - 1, 2 ** 25, 2 ** 30])('keeps the length of a frame of %d bytes', (length) => {
    const { recorder, entries } = recorderOf();
    const message = new Message<unknown>({ serviceId: 20, dataId: 1, status: 3, data: 'x' });
    recorder.sent(message, { length, toBytes: () => pureJson.encode(message) } as never);
    expect(entries()).toMatchObject([{ status: 3, byteLength: length }]);
  });

  test('keeps of a handshake without an event the last states alone, and all of one with an event', () => {
    const seed = new Message<unknown>({ serviceId: 1, dataId: 0, data: 'cafe' });
    const handshake = (happens: (recorder: FlightRecorder) => void) => {
      const { recorder, entries } = recorderOf();
      recorder.moved('session', 'restricted', { type: 'link.opened' });
      recorder.sent(seed, pureJson.encode(seed));
      happens(recorder);
      recorder.moved('session', 'trusted', { type: 'peer.trustGranted' });
      recorder.trusted();
      return entries().map((entry) => (entry.kind === 'state' ? entry.state : entry.kind));
    };
    const program = new Message<unknown>({ serviceId: 20, dataId: 0, data: 'on' });
    expect(handshake(() => {})).toEqual(['trusted']);
    expect(handshake((recorder) => recorder.dropped('checksum', 7, ''))).toEqual([
      'restricted',
      'message',
      'drop',
      'trusted',
    ]);
    expect(handshake((recorder) => recorder.received(program, pureJson.encode(program)))).toEqual([
      'restricted',
      'message',
      'message',
      'trusted',
    ]);
  });

  test.each([
    [200, 200],
    [201, 201],
  ])('keeps a text of %d characters, and no more than 200 of it', (length, kept) => {
    const { recorder, entries } = recorderOf();
    recorder.dropped('checksum', 7, 'x'.repeat(length));
    const [entry] = entries();
    expect(entry?.kind === 'drop' && entry.detail.length).toBe(kept);
    expect(entry?.kind === 'drop' && entry.detail.endsWith('…')).toBe(length > 200);
  });

  test('counts signs of life instead of keeping them', () => {
    const { clock, recorder, entries } = recorderOf();
    recorder.linkOpened();
    const question = new Message<unknown>({ serviceId: 8, dataId: 0, data: null });
    const answer = new Message<unknown>({ serviceId: 9, dataId: 0, data: 'pump' });
    for (let n = 0; n < 10; n++) {
      clock.ms = 20_000 * n;
      recorder.sent(question, pureJson.encode(question));
      recorder.received(answer, pureJson.encode(answer));
    }
    expect(entries()).toHaveLength(2);
    expect(JSON.stringify(entries())).not.toContain('pump');
    expect(recorder.signsOfLife).toEqual({ sent: 9, received: 9, lastMs: 180_000 });
  });

  test('keeps numbers that hardly anybody uses', () => {
    const { recorder, entries } = recorderOf();
    const ids = { serviceId: Number.MAX_SAFE_INTEGER, dataId: 2 ** 40, status: 2 ** 33 };
    const message = new Message<unknown>({ ...ids, data: 5 });
    recorder.received(message, pureJson.encode(message));
    expect(entries()).toMatchObject([{ ...ids, shows: 'data', data: 5 }]);
  });

  test('keeps the data of struct_json, and the payload of a codec that it does not know', () => {
    const message = new Message<unknown>({ serviceId: 20, dataId: 1, data: [1, 2] });
    const struct = recorderOf({ codecName: 'struct_json' });
    struct.recorder.received(message, structJson.encode(message));
    expect(struct.entries()).toMatchObject([{ shows: 'data', data: [1, 2] }]);
    const own = recorderOf({ codecName: 'mine' });
    own.recorder.received(message, Buffer.from('abc'));
    expect(own.entries()).toMatchObject([{ shows: 'bytes', data: '616263' }]);
  });

  test('keeps a message whose fields are in another order as its payload', () => {
    const { recorder, entries } = recorderOf();
    const message = new Message<unknown>({ serviceId: 20, dataId: 1, data: 1 });
    recorder.received(message, Buffer.from('{"service_id":20,"data_id":1,"status":0,"data":1}0000'));
    expect(entries()).toMatchObject([{ shows: 'bytes' }]);
  });

  test('keeps states, drops and notes, with texts of a bounded length', () => {
    const { recorder, entries } = recorderOf();
    recorder.moved('connection', { connected: 'open' }, { type: 'link.opened' });
    recorder.moved('session', 'disconnected', { type: 'connection.lost', reason: 'peer-closed' });
    recorder.moved('heartbeat', 'asked', { type: 'after' });
    recorder.dropped('checksum', 74, 'x'.repeat(5_000));
    recorder.noted('disconnected', 'peer-closed', '');
    expect(entries()).toEqual([
      {
        kind: 'state',
        ms: 0.5,
        actor: 'connection',
        state: 'connected.open',
        event: 'link.opened',
        reason: null,
      },
      {
        kind: 'state',
        ms: 0.5,
        actor: 'session',
        state: 'disconnected',
        event: 'connection.lost',
        reason: 'peer-closed',
      },
      { kind: 'drop', ms: 0.5, reason: 'checksum', byteLength: 74, detail: `${'x'.repeat(200)}…` },
      { kind: 'note', ms: 0.5, code: 'disconnected', reason: 'peer-closed', detail: '' },
    ]);
  });

  test('has times that never go back, also where the clock throws', () => {
    const { clock, comm, recorder, entries, received } = recorderOf();
    clock.ms = 50;
    received(1);
    comm.lastHeardMs = 20;
    received(2);
    recorder.timePasses();
    delete comm.lastHeardMs;
    clock.now = () => {
      throw new Error('no clock');
    };
    received(3);
    expect(entries().map(({ ms }) => ms)).toEqual([50, 50, 50]);
  });

  test('has what happens while a message is handled at the moment at which the transport heard it', () => {
    const { clock, comm, recorder, entries, received } = recorderOf();
    clock.ms = 50;
    comm.lastHeardMs = 40;
    received(1);
    recorder.sent(new Message({ serviceId: 21, dataId: 1 }), Buffer.alloc(20));
    recorder.timePasses();
    recorder.sent(new Message({ serviceId: 21, dataId: 2 }), Buffer.alloc(20));
    expect(entries().map(({ ms }) => ms)).toEqual([40, 40, 50]);
  });

  test('asks the clock where the transport cannot say when it heard a message', () => {
    const { clock, comm, entries, received } = recorderOf();
    Object.defineProperty(comm, 'lastHeardMs', {
      get: () => {
        throw new Error('no time');
      },
    });
    clock.ms = 50;
    received(1);
    expect(entries()).toMatchObject([{ ms: 50, data: 1 }]);
  });
});
