import { describe, expect, test, vi } from 'vitest';
import { isAbortSignal, onAbort, reasonOf } from '../../src/base/signals.js';
import { LightSignal } from '../../src/workers/light-signal.js';

describe('a light signal', () => {
  test('is a signal for whoever takes one', () => {
    expect(isAbortSignal(new LightSignal())).toBe(true);
  });

  test('tells all its listeners of the first abort, with the reason, and of no other', () => {
    const signal = new LightSignal();
    const [one, other] = [vi.fn(), vi.fn()];
    onAbort(signal, one);
    onAbort(signal, other);
    signal.abort('enough');
    signal.abort('more');
    expect([one.mock.calls.length, other.mock.calls.length]).toEqual([1, 1]);
    expect([signal.aborted, signal.reason]).toEqual([true, 'enough']);
  });

  test('tells nobody who has taken the listener back', () => {
    const signal = new LightSignal();
    const [one, other] = [vi.fn(), vi.fn()];
    onAbort(signal, one)();
    onAbort(signal, other);
    signal.abort(undefined);
    expect([one.mock.calls.length, other.mock.calls.length]).toEqual([0, 1]);
  });

  test('stands for an AbortError where there is no reason', () => {
    const signal = new LightSignal();
    signal.abort(undefined);
    expect(reasonOf(signal)).toMatchObject({ name: 'AbortError' });
  });
});
