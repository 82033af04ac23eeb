import { describe, expect, test, vi } from 'vitest';
import { SID_WRITE_REQUEST } from '../../../src/protocol/ids.js';
import { Message } from '../../../src/protocol/message.js';
import { Asking } from '../../../src/session/asking/asking.js';
import { AwaitedMessage } from '../../../src/session/asking/awaited-message.js';
import { PendingRequest } from '../../../src/session/asking/pending-request.js';
import { Pair, watch } from '../../support/pair.js';

describe('a pending request', () => {
  test('refuses to be settled in a way that its kind does not have', () => {
    const bare = new PendingRequest('request', 1, 2, null, null, 3);
    const ways = [
      () => bare.answered(new Message({ serviceId: 1, dataId: 2 })),
      () => bare.sent(),
      () => bare.refused(),
      () => bare.refusedByPeer(),
      () => bare.timedOut(),
      () => bare.cancelled(),
      () => bare.connectionLost(true),
      () => bare.sessionClosed(),
    ];
    for (const settle of ways) expect(settle).toThrow('in a way that its kind does not have');
    expect(() => new AwaitedMessage(() => {}, 1, 2, 3).sent()).toThrow('its kind does not have');
  });

  test('keeps what it sends until it is written, and nothing of it afterwards', async () => {
    using added = vi.spyOn(Asking.prototype, 'add');
    const pair = new Pair();
    pair.server.onWrite(7, () => new Promise(() => {}));
    const answer = watch(pair.client.write(7, 'some data', { timeout: 50 }));
    const [[request]] = added.mock.calls as [[PendingRequest]];
    expect(request.message?.data).toBe('some data');
    expect(request.payload?.length).toBeGreaterThan(0);
    await pair.settle();
    expect([request.state.name, request.message, request.payload]).toEqual(['waiting', null, null]);
    await pair.clock.advanceAsync(50);
    expect(answer.error).toMatchObject({
      code: 'ERR_TIMEOUT',
      serviceId: SID_WRITE_REQUEST,
      dataId: 7,
      reason: 'no-answer',
    });
    expect(await pair.close()).toBe(0);
  });
});
