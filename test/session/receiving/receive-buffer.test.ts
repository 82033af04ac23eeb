import { describe, expect, test } from 'vitest';
import { Message } from '../../../src/index.js';
import type { Journal } from '../../../src/session/journal/journal.js';
import { ReceiveBuffer, type ReceiveBufferLimits } from '../../../src/session/receiving/receive-buffer.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const ROOMY: ReceiveBufferLimits = { perKey: 100, messages: 100, bytes: 1_000, ageMs: 1_000 };

/** A buffer, and what it drops: `reason data`. */
function bufferWith(limits: Partial<ReceiveBufferLimits> = {}) {
  const dropped: string[] = [];
  const clock = new VirtualClock();
  const journal = {
    drop: (reason: string, detail: string | (() => string)) => {
      const line = typeof detail === 'string' ? detail : detail();
      dropped.push(`${reason} ${line.split(': ')[1]}`);
    },
    describe: ({ data }: Message) => String(data),
  };
  const buffer = new ReceiveBuffer({ ...ROOMY, ...limits }, clock, journal as unknown as Journal);
  const push = (data: string, byteLength = 1, dataId = 0): boolean =>
    buffer.push(new Message({ serviceId: 30, dataId, data }), byteLength);
  return { buffer, clock, dropped, push, take: (dataId = 0) => buffer.take(30, dataId)?.data };
}

describe('the receive buffer', () => {
  test('gives back the oldest of the ids that are asked for, each once', () => {
    const { buffer, push, take, dropped } = bufferWith();
    push('a');
    push('other', 1, 1);
    push('b');
    expect(buffer.size).toBe(3);
    expect([take(), take(), take(), take(1)]).toEqual(['a', 'b', undefined, 'other']);
    expect([buffer.size, dropped]).toEqual([0, []]);
  });

  test('drops the oldest of equal ids when there are too many of them', () => {
    const { push, take, dropped } = bufferWith({ perKey: 2 });
    push('x', 1, 1);
    for (const data of ['a', 'b', 'c']) expect(push(data)).toBe(true);
    expect(dropped).toEqual(['overflow a']);
    expect([take(), take(), take(), take(1)]).toEqual(['b', 'c', undefined, 'x']);
  });

  test('drops the oldest of all when there are too many messages', () => {
    const { push, take, dropped } = bufferWith({ messages: 2 });
    push('a', 1, 1);
    push('b', 1, 2);
    push('c', 1, 3);
    expect(dropped).toEqual(['overflow a']);
    expect([take(1), take(2), take(3)]).toEqual([undefined, 'b', 'c']);
  });

  test('drops the oldest until the bytes fit, and counts what was taken no more', () => {
    const { push, take, dropped } = bufferWith({ bytes: 10 });
    push('a', 4);
    push('b', 6);
    expect(dropped).toEqual([]);
    expect(take()).toBe('a');
    push('c', 4);
    expect(dropped).toEqual([]);
    push('d', 5);
    expect(dropped).toEqual(['overflow b']);
    push('e', 10);
    expect(dropped).toEqual(['overflow b', 'overflow c', 'overflow d']);
    expect([take(), take()]).toEqual(['e', undefined]);
  });

  test('keeps no message that is larger than itself, and drops no other for it', () => {
    const { push, take, dropped } = bufferWith({ bytes: 10 });
    push('a', 10);
    expect(push('huge', 11)).toBe(false);
    expect(dropped).toEqual(['overflow huge']);
    expect(take()).toBe('a');
  });

  test('keeps a message for its time, and no longer', () => {
    const { clock, buffer, push, take, dropped } = bufferWith({ ageMs: 1_000 });
    push('a');
    clock.advance(500);
    push('b');
    clock.advance(500);
    push('c');
    expect(dropped).toEqual([]);
    clock.advance(1);
    push('d');
    expect(dropped).toEqual(['expired a']);
    clock.advance(499);
    expect(take()).toBe('b');
    clock.advance(501);
    expect([take(), dropped]).toEqual(['d', ['expired a', 'expired c']]);
    expect(buffer.size).toBe(0);
  });

  test('is empty after a new connection, and says what nobody took', () => {
    const { buffer, push, take, dropped } = bufferWith({ bytes: 10 });
    push('a', 6);
    push('b', 4);
    buffer.clear();
    expect([buffer.size, take(), dropped]).toEqual([0, undefined, ['stale a', 'stale b']]);
    buffer.clear();
    push('c', 10);
    expect([dropped.length, take()]).toEqual([2, 'c']);
  });
});
