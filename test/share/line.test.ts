/** The law of the line, whatever clients want and however they leave: turns go round, and READs are answered together where they may be. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line, Place, type Ticket } from '../../src/share/line.js';
import { type Rights, RightsTable } from '../../src/share/rights.js';

function ticketOf(place: Place, isRead: boolean, dataId: number, byteLength: number): Ticket {
  return {
    place,
    wanted: { serviceId: isRead ? 10 : 20, dataId, data: null, status: 0 },
    isRead,
    isMessage: false,
    isGuarded: false,
    byteLength,
    dueMs: 0,
    settle: () => {},
    state: 'waiting',
    isIndexed: false,
  };
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ adds: fc.nat(2), isRead: fc.boolean(), dataId: fc.nat(1), bytes: fc.nat(9) }),
  },
  { weight: 2, arbitrary: fc.record({ removes: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ passes: fc.nat(2) }) },
);

test('the line of a device keeps its law', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const line = new Line();
      const places = [new Place(), new Place(), new Place()];
      // the same by hand: whose turn it is, and what each wants
      let turns: Place[] = [];
      let waiting: Ticket[] = [];
      const of = (place: Place): Ticket[] => waiting.filter((each) => each.place === place);
      for (const each of steps) {
        if ('adds' in each) {
          const place = places[each.adds] as Place;
          const ticket = ticketOf(place, each.isRead, each.dataId, each.bytes);
          line.add(ticket);
          waiting.push(ticket);
          if (!turns.includes(place)) turns.push(place);
        } else if ('removes' in each) {
          const ticket = waiting[each.removes % Math.max(1, waiting.length)];
          if (ticket === undefined) continue;
          for (let times = 0; times < 2; times++) line.remove(ticket);
          waiting = waiting.filter((other) => other !== ticket);
          if (of(ticket.place).length === 0) turns = turns.filter((place) => place !== ticket.place);
        } else {
          const place = places[each.passes] as Place;
          line.passTurn(place);
          if (turns.includes(place)) turns = [...turns.filter((other) => other !== place), place];
        }
        expect([line.clients, line.size]).toEqual([turns.length, waiting.length]);
        expect(line.byteLength).toBe(waiting.reduce((sum, { byteLength }) => sum + byteLength, 0));
        expect(line.first === turns[0] && line.first?.next === of(turns[0] as Place)[0]?.wanted).toBe(true);
        for (const dataId of [0, 1]) {
          const may = places.flatMap((place) => {
            const reads = of(place).findIndex(({ isRead }) => !isRead);
            return of(place).slice(0, reads === -1 ? undefined : reads);
          });
          expect(new Set(line.joinable(dataId))).toEqual(
            new Set(may.filter(({ wanted }) => wanted.dataId === dataId)),
          );
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('rights are those of a name, else those of all, and nothing that is not said', () => {
  const rights: Rights = {
    pump: { read: [7], write: 'all', other: [100], lease: true },
    nobody: {},
    '*': { read: 'all', execute: [3] },
  };
  const table = new RightsTable(rights);
  const [READ, WRITE, EXECUTE, OTHER] = [10, 20, 30, 100];
  const may = (name: string | null): boolean[] => [
    table.mayAsk(name, READ, 7),
    table.mayAsk(name, READ, 8),
    table.mayAsk(name, WRITE, 8),
    table.mayAsk(name, EXECUTE, 3),
    table.mayAsk(name, EXECUTE, 7),
    table.mayAsk(name, OTHER, 7),
    table.mayAsk(name, 101, 100),
    table.mayLease(name),
  ];
  expect(may('pump')).toEqual([true, false, true, false, false, true, false, true]);
  expect(may('nobody')).toEqual(new Array(8).fill(false));
  for (const name of ['valve', 'toString', '*', null])
    expect(may(name)).toEqual([true, true, false, true, false, false, false, false]);
  expect(new RightsTable({ pump: { read: 'all' } }).mayAsk(null, READ, 7)).toBe(false);
});
