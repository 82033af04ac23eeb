import { describe, expect, test } from 'vitest';
import { failureHeaders, failureOf } from '../../../src/gateway/format/failures.js';
import {
  AuthenticationError,
  BusError,
  ConnectionLostError,
  type LinkReason,
  NoSuchPeerError,
  OptionError,
  REASONS,
  SessionClosedError,
  TimeoutError,
  type TimeoutReason,
  TooManyRequestsError,
} from '../../../src/index.js';
import type { AskedRequest } from '../../../src/protocol/errors.js';
import { LINK_REASONS, TIMEOUT_REASONS } from '../../../src/protocol/reasons.js';

const ASKED: AskedRequest = {
  name: 'read data request 0 of pump-3',
  serviceId: 10,
  dataId: 0,
  peerAddress: undefined,
};

const CODE = 'Nats-Service-Error-Code';
const TEXT = 'Nats-Service-Error';

const cases: readonly (readonly [Error, string, object])[] = [
  [new NoSuchPeerError('pump-3'), '404', { code: 'ERR_NO_SUCH_PEER', peerName: 'pump-3' }],
  ...(Object.keys(TIMEOUT_REASONS) as TimeoutReason[]).flatMap((reason) =>
    [true, false].map(
      (written) =>
        [
          new TimeoutError(ASKED, 250, reason, written),
          '408',
          { code: 'ERR_TIMEOUT', reason, written, timeoutMs: 250 },
        ] as const,
    ),
  ),
  ...(Object.keys(LINK_REASONS) as LinkReason[]).flatMap((reason) =>
    [true, false].map(
      (written) =>
        [
          new ConnectionLostError(ASKED, written, reason),
          reason === 'gateway-down' ? '503' : '502',
          { code: 'ERR_CONNECTION_LOST', reason, written },
        ] as const,
    ),
  ),
  [
    new TooManyRequestsError('too-many-pending', 10),
    '429',
    { code: 'ERR_TOO_MANY_REQUESTS', reason: 'too-many-pending', limit: 10 },
  ],
  [
    new TooManyRequestsError('too-many-queued-bytes', 65_536),
    '429',
    { code: 'ERR_TOO_MANY_REQUESTS', reason: 'too-many-queued-bytes', limit: 65_536 },
  ],
  [new BusError('bus-bad-message'), '400', { code: 'ERR_BUS', reason: 'bus-bad-message', written: false }],
  [new BusError('bus-bad-subject'), '400', { code: 'ERR_BUS', reason: 'bus-bad-subject', written: false }],
  [
    new BusError('bus-too-large', { written: true }),
    '413',
    { code: 'ERR_BUS', reason: 'bus-too-large', written: true },
  ],
  [
    new BusError('bus-timeout', { written: true }),
    '500',
    { code: 'ERR_BUS', reason: 'bus-timeout', written: true },
  ],
  [
    new SessionClosedError('it was answered', ASKED),
    '502',
    { code: 'ERR_CONNECTION_LOST', reason: 'session-closed', written: true },
  ],
  [
    new AuthenticationError('wrong-secret', ASKED),
    '502',
    { code: 'ERR_CONNECTION_LOST', reason: 'key-refused', written: false },
  ],
  [
    new OptionError('timeout', 'ms', 'none'),
    '400',
    { code: 'ERR_BUS', reason: 'bus-bad-message', written: false },
  ],
  [new Error('something else'), '500', { code: 'ERR_BUS', reason: 'bus-failure', written: true }],
];

describe('a failure on its way over a bus', () => {
  test.each(cases)('%s has code %s and becomes the error again', (error, code, expected) => {
    const headers = failureHeaders(error);
    expect(headers).toMatchObject({ [CODE]: code });
    expect(headers[TEXT]).toMatch(/^\S[^\r\n]*$/);
    const failure = failureOf(headers, ASKED, 'pump-3');
    expect(failure).toMatchObject({ ...expected, serviceId: 10, dataId: 0 });
    expect(Object.hasOwn(REASONS, failure?.reason ?? '')).toBe(true);
  });

  test('says once that it is about the bus', () => {
    const detail = 'no service that a device can be asked for';
    const error = new BusError('bus-bad-subject', { subject: 'sp.pump-3.100.1', detail });
    expect(failureOf(failureHeaders(error), ASKED)?.message).toBe(
      `Message bus: ${ASKED.name}: ${detail} (subject "sp.pump-3.100.1")`,
    );
  });

  test('has one line of text, whatever was thrown', () => {
    for (const thrown of [
      new Error('two\r\nlines\u2028three\u0085four\u0000'),
      'text',
      null,
      undefined,
      { message: `half \ud83d` },
      new Error('😀'.repeat(10_000)),
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
    ]) {
      const text = failureHeaders(thrown)[TEXT] as string;
      expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(text.isWellFormed()).toBe(true);
      expect(text.length).toBeLessThan(400);
    }
  });

  test('is none where the headers have no code of one', () => {
    expect(failureOf(null, ASKED)).toBeNull();
    expect(failureOf({}, ASKED)).toBeNull();
    expect(failureOf({ 'Sp-Gateway': 'g1', [TEXT]: 'without a code' }, ASKED)).toBeNull();
  });

  test('is none where there is a status, which is that of a message', () => {
    const counted = { [CODE]: '500', [TEXT]: 'callback error', 'Sp-Status': '2' };
    expect(failureOf(counted, ASKED)).toBeNull();
    expect(failureOf({ ...counted, 'Sp-Error': 'no-answer' }, ASKED)).toBeNull();
  });

  test('is known by its reason alone', () => {
    expect(failureOf({ 'Sp-Error': 'no-such-peer' }, ASKED, 'pump-3')).toMatchObject({ peerName: 'pump-3' });
    expect(failureOf({ 'Sp-Error': 'no-answer', 'Sp-Timeout': '9' }, ASKED)).toMatchObject({ timeoutMs: 9 });
    expect(failureOf({ 'Sp-Error': 'what' }, ASKED)).toMatchObject({ reason: 'bus-failure', written: true });
  });

  test('of any other service is a bus error, and its outcome unknown', () => {
    expect(failureOf({ [CODE]: '418', [TEXT]: 'short and\nstout' }, ASKED)).toMatchObject({
      code: 'ERR_BUS',
      reason: 'bus-failure',
      written: true,
      message: expect.stringContaining('short and stout'),
    });
    expect(failureOf({ [CODE]: '418' }, ASKED)?.message).toContain('failed with code 418');
  });

  test('does not become a reason that there is not', () => {
    const odd = { [CODE]: '502', 'Sp-Error': 'constructor', 'Sp-Written': 'perhaps' };
    expect(failureOf(odd, ASKED)).toMatchObject({ reason: 'bus-failure', written: true });
    const timeout = { [CODE]: '408', 'Sp-Error': 'no-answer', 'Sp-Timeout': 'soon', 'Sp-Written': 'false' };
    expect(failureOf(timeout, ASKED)).toMatchObject({ code: 'ERR_TIMEOUT', timeoutMs: 0, written: false });
  });
});
