/** Two copies of the package in one program: errors are known by what they are. */

import { beforeAll, describe, expect, test, vi } from 'vitest';
import * as here from '../../src/index.js';
import { pureJson } from '../../src/wire/index.js';
import { Pair } from '../support/pair.js';

let there: typeof here;
let wireThere: typeof import('../../src/wire/index.js');

beforeAll(async () => {
  vi.resetModules();
  there = await import('../../src/index.js');
  wireThere = await import('../../src/wire/index.js');
});

const BRAND = Symbol.for('socket-protocol.error');

/** What a handler threw, as the status that the peer gets. */
async function statusOf(thrown: unknown): Promise<number> {
  const pair = await Pair.connected();
  pair.server.onRead(0, () => {
    throw thrown;
  });
  const answer = pair.client.request(here.SID_READ_REQUEST, 0);
  await pair.settle();
  await pair.close();
  return (await answer).status;
}

describe('an error of another copy', () => {
  test('is another class, and still an instance of the one here', () => {
    expect(there.StatusError).not.toBe(here.StatusError);
    const error: unknown = new there.StatusError(6);
    expect(error).toBeInstanceOf(here.StatusError);
    expect(error).toBeInstanceOf(here.SocketProtocolError);
    expect(error).not.toBeInstanceOf(here.TimeoutError);
    expect(here.isSocketProtocolError(error)).toBe(true);
    class OwnError extends here.StatusError {}
    expect(error).not.toBeInstanceOf(OwnError);
    expect(new OwnError(6)).toBeInstanceOf(OwnError);
    expect(new OwnError(6)).toBeInstanceOf(there.StatusError);
  });

  test.each([
    ['OptionError', () => new there.OptionError('port', 'a port', 'none')],
    ['TimeoutError', () => new there.TimeoutError('it', 100, 'no-answer')],
    ['ConnectionLostError', () => new there.ConnectionLostError('it', true, 'peer-closed')],
    ['SessionClosedError', () => new there.SessionClosedError('it')],
    ['AuthenticationError', () => new there.AuthenticationError('wrong-secret')],
    ['ConnectError', () => new there.ConnectError('localhost:1', 'connection-refused')],
    ['ListenError', () => new there.ListenError('localhost:1', 'address-in-use')],
    ['TooManyRequestsError', () => new there.TooManyRequestsError('too-many-pending', 1)],
    ['RequestSidExistsError', () => new there.RequestSidExistsError(1)],
    ['ResponseSidExistsError', () => new there.ResponseSidExistsError(1)],
  ] as const)('is recognised: %s', (name, make) => {
    const error: unknown = make();
    const classes: Readonly<Record<string, unknown>> = here;
    expect(error).toBeInstanceOf(classes[name]);
    expect(here.isSocketProtocolError(error)).toBe(true);
  });

  test('FC-25 answers with its status when a handler throws it', async () => {
    expect(await statusOf(new there.StatusError(6))).toBe(6);
    expect(await statusOf(new here.StatusError(7))).toBe(7);
  });

  test('is a frame that cannot be read, where a codec of that copy throws it', async () => {
    const pair = await Pair.connected({
      server: { codec: { ...pureJson, decode: (payload) => wireThere.pureJson.decode(payload) } },
    });
    expect(() => wireThere.pureJson.decode(Buffer.from('{}'))).toThrow(wireThere.DecodeError);
    pair.clientComm.send(Buffer.from('{}'));
    await pair.settle();
    expect(pair.server.counters.dropped).toEqual({ short: 1 });
    await pair.close();
  });
});

describe('what carries the brand and is no whole error', () => {
  const status = { [BRAND]: true, code: 'ERR_STATUS', reason: 'other-status', message: 'text' };
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('read');
      },
    },
  );
  let reads = 0;
  const fickle = {
    ...status,
    get status() {
      return reads++ === 0 ? 6 : -1;
    },
  };
  test.each([
    ['no status', status],
    ['a negative one', { ...status, status: -1 }],
    ['a text', { ...status, status: '6' }],
    ['a fraction', { ...status, status: 1.5 }],
    ['an unknown reason', { ...status, status: 6, reason: 'because' }],
    ['an inherited reason', { ...status, status: 6, reason: 'toString' }],
    ['an unknown code', { ...status, status: 6, code: 'ERR_OTHER' }],
    ['no text', { ...status, status: 6, message: undefined }],
    ['no brand', { ...status, status: 6, [BRAND]: undefined }],
    ['fields that throw', hostile],
    ['a status that changes', fickle],
  ])('is a failure of the handler that throws it: %s', async (_, thrown) => {
    expect(await statusOf(thrown)).toBe(here.STATUS_CALLBACK_ERROR);
  });

  test('is no error of the library', () => {
    for (const thrown of [status, hostile, { ...status, status: -1 }]) {
      expect(here.isSocketProtocolError(thrown)).toBe(false);
      expect((thrown as unknown) instanceof here.SocketProtocolError).toBe(false);
      expect((thrown as unknown) instanceof here.StatusError).toBe(false);
    }
    expect(here.isSocketProtocolError({ ...status, status: 6 })).toBe(true);
  });
});
