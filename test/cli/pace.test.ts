import { describe, expect, test } from 'vitest';
import { steadily } from '../../src/cli/pace.js';
import { watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('a steady pace', () => {
  const clock = (): { clock: VirtualClock; interruption: AbortController; atMs: number[] } => ({
    clock: new VirtualClock(),
    interruption: new AbortController(),
    atMs: [],
  });

  test('is from the beginning of one to that of the next', async () => {
    const { clock: time, interruption, atMs } = clock();
    const act = async (): Promise<void> => {
      atMs.push(time.now());
      await new Promise<void>((resolve) => time.setTimeout(resolve, 30));
    };
    const io = { clock: time, interrupted: interruption.signal };
    const done = watch(steadily(io, { times: 3, intervalMs: 100 }, act));
    await time.advanceAsync(1_000);
    expect([atMs, done.value, time.pending]).toEqual([[0, 100, 200], true, 0]);
  });

  test('makes up for nothing where one takes too long', async () => {
    const { clock: time, interruption, atMs } = clock();
    const act = async (count: number): Promise<void> => {
      atMs.push(time.now());
      if (count === 1) await new Promise<void>((resolve) => time.setTimeout(resolve, 250));
    };
    const io = { clock: time, interrupted: interruption.signal };
    const done = watch(steadily(io, { times: 3, intervalMs: 100 }, act));
    await time.advanceAsync(1_000);
    expect([atMs, done.value]).toEqual([[0, 300, 400], true]);
  });

  test('ends at once where the person interrupts it', async () => {
    const { clock: time, interruption, atMs } = clock();
    const io = { clock: time, interrupted: interruption.signal };
    const done = watch(steadily(io, { times: 3, intervalMs: 100 }, () => void atMs.push(time.now())));
    await time.advanceAsync(150);
    interruption.abort();
    await time.advanceAsync(0);
    expect([atMs, done.value, time.pending]).toEqual([[0, 100], false, 0]);
    const never = steadily(io, { times: 3, intervalMs: 100 }, () => void atMs.push(time.now()));
    expect([await never, atMs.length]).toEqual([false, 2]);
  });
});
