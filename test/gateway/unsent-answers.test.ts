import { expect, test } from 'vitest';
import { memoryBus } from '../../src/bus/memory-bus.js';
import { UnsentAnswers } from '../../src/gateway/unsent-answers.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FickleBus } from './fickle-bus.js';

const MIB = 1024 * 1024;

test('answers wait for a bus that is away as far as there is room, each time anew', () => {
  const clock = new VirtualClock();
  const bus = new FickleBus(memoryBus({ clock }));
  const answers = new UnsentAnswers(bus, clock, 4);
  const sent: string[] = [];
  const answer = (name: string, mib: number): void =>
    answers.send(
      () => {
        bus.publish('a', new Uint8Array());
        sent.push(name);
      },
      1_000,
      mib * MIB,
    );
  const left: string[][] = [];
  for (let round = 0; round < 2; round++) {
    bus.lose();
    for (const mib of [40, 25, 24, 1]) answer(`${mib} MiB`, mib);
    for (const name of ['a', 'b', 'c']) answer(name, 0);
    bus.find();
    left.push(sent.splice(0));
  }
  expect(left).toEqual(Array(2).fill(['40 MiB', '24 MiB', 'a', 'b']));
  expect(answers.lost).toBe(6);
  answers.close();
  bus.lose();
  answer('too late', 0);
  bus.find();
  expect([sent, answers.lost]).toEqual([[], 7]);
});
