/** What the connection machine lets happen, on transports that can more or less. */

import { describe, expect, test, vi } from 'vitest';
import type { LinkReason } from '../../src/index.js';
import type { Journal } from '../../src/session/journal/journal.js';
import { Link } from '../../src/session/link.js';
import type { CommInstance, ReconnectPolicy } from '../../src/transport/comm-instance.js';
import { VirtualClock } from '../support/virtual-clock.js';

const POLICY: ReconnectPolicy = {
  reopens: true,
  maxAttempts: 7,
  delayMs: (failedAttempts) => 10_000 * failedAttempts,
  connectTimeoutMs: 4_000,
};

/** A link on a transport that has these members and no others. */
function bench(members: Partial<CommInstance> = {}) {
  const clock = new VirtualClock();
  const did: string[] = [];
  const comm = { reconnect: () => void did.push('reconnect'), ...members } as unknown as CommInstance;
  const counts = { messagesUnconfirmed: 0 };
  const journal = { note: (code: string, reason: string) => void did.push(`${code} ${reason}`), counts };
  return { clock, did, counts, link: new Link(comm, journal as unknown as Journal, clock) };
}

const supervised = (policy: Partial<ReconnectPolicy> = {}) =>
  bench({ supervise: () => ({ ...POLICY, ...policy }) });

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the wishes of a link', () => {
  test('are those of its policy', () => {
    expect(supervised().link.wishes).toEqual({
      opensLinks: true,
      reopensLinks: true,
      returnsAfterRefusal: true,
      maxConnectAttempts: 7,
    });
    expect(supervised({ reopens: false, refusalDelayMs: null }).link.wishes).toMatchObject({
      reopensLinks: false,
      returnsAfterRefusal: false,
    });
    expect(supervised({ refusalDelayMs: () => 1 }).link.wishes.returnsAfterRefusal).toBe(true);
  });

  test('are none where others open the links', () => {
    expect(bench().link.wishes).toEqual({
      opensLinks: false,
      reopensLinks: false,
      returnsAfterRefusal: false,
      maxConnectAttempts: 1,
    });
  });
});

describe('a link', () => {
  test('is opened by its transport', () => {
    for (const { did, link } of [bench(), supervised()]) {
      link.open();
      expect(did).toEqual(['reconnect']);
    }
  });

  test('is broken by its transport, with the reason, and noted first', () => {
    const broken: string[] = [];
    const { did, link } = bench({ disconnect: (reason: LinkReason) => void broken.push(reason) });
    link.break('peer-silent');
    expect([did, broken]).toEqual([['breaking-connection peer-silent'], ['peer-silent']]);
  });

  test('is broken by opening another, on a transport that cannot break it', () => {
    const { did, link } = bench();
    link.break('peer-silent');
    expect(did).toEqual(['breaking-connection peer-silent', 'reconnect']);
  });

  test('is closed by its transport, or else broken, or left alone, and says so when that is done', async () => {
    const did: unknown[] = [];
    const closed = (lostBytes: number): void => void did.push(lostBytes);
    const disconnect = (reason: LinkReason): void => void did.push(reason);
    bench({ disconnect, close: () => void did.push('close') }).link.close(closed);
    bench({ disconnect }).link.close(closed);
    bench().link.close(closed);
    expect(did).toEqual(['close', 'session-closed']);
    await nextTurn();
    expect(did).toEqual(['close', 'session-closed', 0, 0, 0]);
  });

  test.each([
    [{ lostBytes: 7 }, 7],
    [undefined, 0],
    [{ lostBytes: 'many' }, 0],
    [{ lostBytes: -1 }, 0],
    [{ lostBytes: Number.NaN }, 0],
    [null, 0],
  ])('says what was lost when its transport has closed: %j', async (report, lostBytes) => {
    const lost: number[] = [];
    const close = (): Promise<never> => Promise.resolve(report as never);
    bench({ close }).link.close((bytes) => void lost.push(bytes));
    expect(lost).toEqual([]);
    await nextTurn();
    expect(lost).toEqual([lostBytes]);
  });

  test('keeps the object for its close', () => {
    let self: unknown;
    const comm = {
      close(this: unknown) {
        self = this;
      },
    } as unknown as CommInstance;
    new Link(comm, {} as Journal, new VirtualClock()).close(() => {});
    expect(self).toBe(comm);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('of the transport');
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the transport'))],
  ])('is closed where its transport %s, with a warning', async (_, close) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const lost: number[] = [];
    bench({ close }).link.close((bytes) => void lost.push(bytes));
    await nextTurn();
    expect(lost).toEqual([0]);
    expect(String(warn.mock.calls)).toContain('of the transport');
    warn.mockRestore();
  });
});

describe('what may be lost with a link', () => {
  const UNCONFIRMED = { messages: 2, bytes: 70 };
  const SENT =
    'messages sent after the last byte from the peer: 2 (70 bytes); whether they arrived is unknown';

  test.each([
    ['peer-silent', true],
    ['slow-consumer', true],
    ['output-stalled', true],
    ['connection-reset', true],
    ['host-unreachable', true],
    ['network-error', true],
    ['peer-closed', false],
    ['session-closed', false],
    ['reconnect-requested', false],
    ['frame-timeout', false],
  ] as const)('is in doubt after %s: %s', (reason, isInDoubt) => {
    const { link, counts } = bench({ unconfirmed: UNCONFIRMED });
    expect([link.detailOfLoss(reason), counts.messagesUnconfirmed]).toEqual(isInDoubt ? [SENT, 2] : ['', 0]);
  });

  test('is told behind what the system said', () => {
    const { link } = bench({ unconfirmed: UNCONFIRMED });
    link.saysHowItEnds('read ECONNRESET');
    expect(link.detailOfLoss('connection-reset')).toBe(`read ECONNRESET; ${SENT}`);
    expect(link.detailOfLoss('peer-closed')).toBe('read ECONNRESET');
  });

  test('is nothing where nothing was sent, or nobody knows', () => {
    for (const members of [{ unconfirmed: { messages: 0, bytes: 0 } }, {}]) {
      const { link, counts } = bench(members);
      expect([link.detailOfLoss('peer-silent'), counts.messagesUnconfirmed]).toEqual(['', 0]);
    }
  });
});

describe('an attempt that fails', () => {
  test('fails with what the system said of it, once', () => {
    const { link } = bench({ address: 'pump:17017' });
    const refused = new Error('connect ECONNREFUSED');
    link.saysWhyItFails(refused);
    expect(link.failed('connection-refused')).toBe(refused);
    expect(link.failed('connect-timeout')).toMatchObject({
      address: 'pump:17017',
      reason: 'connect-timeout',
    });
  });

  test('has nothing to do with what was said before a link opened', () => {
    const { link } = bench();
    link.saysWhyItFails(new Error('an earlier one'));
    link.opened();
    expect(link.failed('connect-failed')).toMatchObject({ address: 'the peer', reason: 'connect-failed' });
  });
});

describe('the pauses between attempts', () => {
  const NOBODY = Number.POSITIVE_INFINITY;

  test('are those of the policy while nobody waits', () => {
    const { link } = supervised();
    link.open();
    expect([link.reconnectDelayMs(1, NOBODY), link.reconnectDelayMs(3, NOBODY)]).toEqual([10_000, 30_000]);
    expect(link.connectTimeoutMs()).toBe(4_000);
  });

  test('are shorter for somebody who waits, counted from the last attempt', () => {
    const { clock, link } = supervised();
    clock.advance(5_000);
    link.open();
    expect(link.reconnectDelayMs(1, NOBODY)).toBe(10_000);
    clock.advance(400);
    expect(link.isDueSooner(9_000)).toBe(true);
    expect(link.shortenedDelayMs(9_000)).toBe(600);
    expect(link.isDueSooner(9_000)).toBe(false);
  });

  test('are none where others open the links', () => {
    const { link } = bench();
    expect([
      link.reconnectDelayMs(1, 5_000),
      link.shortenedDelayMs(5_000),
      link.isDueSooner(5_000),
      link.connectTimeoutMs(),
    ]).toEqual([0, 0, false, 0]);
  });

  test('are a minute after a refusal, or as long as the policy says', () => {
    expect(bench().link.refusalDelayMs()).toBe(60_000);
    expect(supervised().link.refusalDelayMs()).toBe(60_000);
    expect(supervised({ refusalDelayMs: null }).link.refusalDelayMs()).toBe(60_000);
    expect(supervised({ refusalDelayMs: () => 0 }).link.refusalDelayMs()).toBe(0);
  });
});
