import { describe, expect, test } from 'vitest';
import { type ConnectionBudget, MessageBudgets } from '../../src/server/message-budget.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SHORT = 80;
const limits = { perConnection: 100, perNetwork: 200, perServer: 1_000 };

function budgets(some: Partial<typeof limits> = {}): { clock: VirtualClock; all: MessageBudgets } {
  const clock = new VirtualClock();
  return { clock, all: new MessageBudgets(clock, { ...limits, ...some }) };
}

/** How many messages a peer can send now. */
function sent(budget: ConnectionBudget, byteLength = SHORT, most = 10_000): number {
  for (let count = 0; count < most; count++) if (!budget.spend(byteLength)) return count;
  return most;
}

describe('messages before trust', () => {
  test('FC-38: are so many on a connection, and another every ten seconds', () => {
    const { clock, all } = budgets();
    const budget = all.begin('a');
    expect(sent(budget)).toBe(100);
    clock.advance(9_999);
    expect(sent(budget)).toBe(0);
    clock.advance(1);
    expect(sent(budget)).toBe(1);
  });

  test('are not used up by a client that shows every 20 s that it is alive, for a week', () => {
    const { clock, all } = budgets();
    const budget = all.begin('a');
    let refused = 0;
    for (let i = 0; i < 7 * 4_320; i++) {
      if (!budget.spend(SHORT)) refused++;
      clock.advance(20_000);
    }
    expect(refused).toBe(0);
  });

  test('FC-38: are not more for who opens more connections', () => {
    const { all } = budgets();
    const total = Array.from({ length: 60 }, () => sent(all.begin('a'))).reduce((sum, each) => sum + each, 0);
    // four on each are free, and two seconds of what the network shares
    expect(total).toBe(60 * 4 + 400);
    expect(all.isScarce('a')).toBe(true);
    expect(all.isScarce('b')).toBe(false);
  });

  test('FC-38: are not more for who comes from many networks', () => {
    const { clock, all } = budgets();
    const many = (): number =>
      Array.from({ length: 100 }, (_, n) => sent(all.begin(`network ${n}`))).reduce(
        (sum, each) => sum + each,
        0,
      );
    expect(many()).toBe(100 * 4 + 2_000);
    clock.advance(1_000);
    expect(many()).toBe(100 * 4 + 1_000);
  });

  test('FC-40: of a handshake are free, however many of them there are', () => {
    const { all } = budgets();
    for (let n = 0; n < 5; n++) sent(all.begin('a'));
    expect(sent(all.begin('a'))).toBe(4);
    for (let n = 0; n < 1_000; n++) expect(sent(all.begin('a'), SHORT, 3)).toBe(3);
  });

  test('count for several where they are long', () => {
    const { all } = budgets();
    expect(sent(all.begin('a'), 4_096)).toBe(20);
  });

  test('have no limit where none is set', () => {
    const endless = Number.POSITIVE_INFINITY;
    const { all } = budgets({ perConnection: endless, perNetwork: endless, perServer: endless });
    expect(sent(all.begin('a'))).toBe(10_000);
    expect(all.isScarce('a')).toBe(false);
  });
});
