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

describe('a budget of messages', () => {
  test('FC-38: is no larger for who has been silent for long', () => {
    const { clock, all } = budgets();
    const budget = all.begin('a');
    clock.advance(3_600_000);
    expect(sent(budget)).toBe(100);
    clock.advance(5_000);
    expect(sent(budget)).toBe(0);
  });

  test('FC-38: of a network is two seconds full at most, after whatever time', () => {
    const { clock, all } = budgets();
    const share = (): number => {
      let total = 0;
      for (let n = 0; n < 20; n++) total += sent(all.begin('a')) - 4;
      return total;
    };
    expect(share()).toBe(400);
    clock.advance(500);
    expect(share()).toBe(100);
    clock.advance(60_000);
    expect(share()).toBe(400);
  });

  test.each([
    [0, 100],
    [1_023, 100],
    [1_024, 50],
    [2_047, 50],
    [2_048, 33],
  ])('counts a message of %i bytes so that %i of them are within it', (byteLength, count) => {
    const { all } = budgets();
    expect(sent(all.begin('a'), byteLength)).toBe(count);
  });

  test('gives out nothing where there is not enough, and keeps what is left', () => {
    const { all } = budgets({ perConnection: 3 });
    const budget = all.begin('a');
    expect([budget.spend(3_072), budget.spend(2_048), budget.spend(0)]).toEqual([false, true, false]);
  });

  test('FC-38: of a server is used up by all networks together', () => {
    const { all } = budgets({ perServer: 100 });
    // two seconds of the server, besides what is free
    expect([sent(all.begin('a')), sent(all.begin('b')), sent(all.begin('c')), sent(all.begin('d'))]).toEqual([
      100, 100, 12, 4,
    ]);
  });
});

describe('a network that talks too much', () => {
  /** Uses up so many messages that a network shares. */
  function use(all: MessageBudgets, network: string, count: number): void {
    let left = count;
    while (left > 0) {
      const some = Math.min(96, left);
      sent(all.begin(network), SHORT, 4 + some);
      left -= some;
    }
  }

  test('FC-38: is one with less than half of its budget left', () => {
    const { all } = budgets();
    expect(all.isScarce('a')).toBe(false);
    use(all, 'a', 1);
    expect(all.isScarce('a')).toBe(false);
    use(all, 'a', 199);
    expect(all.isScarce('a')).toBe(false);
    use(all, 'a', 1);
    expect([all.isScarce('a'), all.isScarce('b')]).toEqual([true, false]);
  });

  test('FC-38: is one no longer when it has been silent for a moment', () => {
    const { clock, all } = budgets();
    use(all, 'a', 201);
    clock.advance(4);
    expect(all.isScarce('a')).toBe(true);
    clock.advance(1);
    expect(all.isScarce('a')).toBe(false);
  });

  test('is remembered among 4,096, and the one that was first needed is forgotten for a further one', () => {
    const { all } = budgets({ perServer: Number.POSITIVE_INFINITY });
    use(all, 'a', 300);
    for (let n = 0; n < 4_095; n++) use(all, `${n}`, 1);
    expect(all.isScarce('a')).toBe(true);
    use(all, '0', 300);
    use(all, 'one more', 300);
    expect([all.isScarce('a'), all.isScarce('0'), all.isScarce('one more')]).toEqual([false, true, true]);
  });
});
