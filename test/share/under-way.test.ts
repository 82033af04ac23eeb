import { expect, test } from 'vitest';
import type { Client } from '../../src/share/client.js';
import { type Ask, type ClientTicket, UnderWay } from '../../src/share/under-way.js';

const read = (dataId: number): Ask => ({
  wanted: { serviceId: 10, dataId, data: null, status: 0 },
  isRead: true,
  tickets: new Set(),
  holder: null,
});
const ticket = (isRead: boolean) => ({ isRead }) as ClientTicket;
const somebody = { others: 0 } as Client;

test('two equal READs under way leave as much room as two others when one of them is answered', () => {
  const underWay = new UnderWay(2);
  const [first, second] = [read(5), read(5)];
  underWay.add(first);
  underWay.add(second);
  expect(underWay.hasRoomFor(ticket(true))).toBe(false);
  underWay.delete(first);
  expect([underWay.hasRoomFor(ticket(true)), underWay.hasRoomFor(ticket(false))]).toEqual([true, false]);
  expect(underWay.joinable(somebody, second.wanted)).toBe(second);
  underWay.delete(second);
  expect([underWay.size, underWay.joinable(somebody, second.wanted)]).toEqual([0, undefined]);
});
