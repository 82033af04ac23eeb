/** The way to a bus on the real thing: a shortest walk over every transition of its machine, with servers that a test owns. */

import { describe, expect, test } from 'vitest';
import { type AnyMachineSnapshot, getInitialSnapshot, transition } from 'xstate';
import { busLinkMachine } from '../../../machines/index.js';
import { LinkBus } from '../../../src/bus/nats/link-bus.js';
import { natsSettings } from '../../../src/bus/nats/option-table.js';
import type { BusError } from '../../../src/index.js';
import { type FakeLink, FakeServers } from '../../support/fake-links.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { collectWarnings } from '../../support/warnings.js';
import { allTransitions, idOf } from '../../trust/models/transitions.js';

collectWarnings();

const LEAVE_MS = 5_000;
/** The delays, and when they are over at the latest; chance is one half, so that pauses are three quarters of their length. */
const AFTER_MS: Readonly<Record<string, number>> = {
  'pause between rounds': 2_000,
  'time until servers know': 250,
  'time until all has come': 2_000,
  'time to take leave': LEAVE_MS,
};

const machine = busLinkMachine.provide({
  delays: { 'pause between rounds': 1, 'time to take leave': 1 },
});

/** What only a dial under way can bring. */
const NEEDS_DIAL = /^(link\.opened|link\.replaced|dial\.)/;
interface Walk {
  readonly waitsForServer: boolean;
  readonly events: readonly string[];
  /** The transition that is taken last. */
  readonly id: string;
  readonly to: string;
}

function textOf(snapshot: AnyMachineSnapshot): string {
  const { value } = snapshot;
  return typeof value === 'string' ? value : (Object.entries(value)[0]?.join('.') ?? '');
}

/** Whether anything in the world of the bus can cause an event. */
function isPossible(state: string, type: string): boolean {
  return !NEEDS_DIAL.test(type) || /\.(dialing|moving)$/.test(state);
}

function walks(): Walk[] {
  const found: Walk[] = [];
  const taken = new Set<string>();
  for (const waitsForServer of [true, false]) {
    let line: { snapshot: AnyMachineSnapshot; events: string[] }[] = [
      { snapshot: getInitialSnapshot(machine, { waitsForServer }), events: [] },
    ];
    const known = new Set<string>();
    while (line.length > 0) {
      const next: typeof line = [];
      for (const { snapshot, events } of line) {
        for (const type of machine.events) {
          const event = { type } as never;
          const [data] = snapshot.can(event)
            ? (machine.getTransitionData(snapshot as never, event) ?? [])
            : [];
          if (data === undefined || !isPossible(textOf(snapshot), type)) continue;
          const [after] = transition(machine, snapshot as never, event) as unknown as [AnyMachineSnapshot];
          const id = `${textOf(snapshot)} ${idOf(data)}`;
          const walk = { waitsForServer, events: [...events, type], id: idOf(data), to: textOf(after) };
          if (!taken.has(id)) found.push(walk);
          taken.add(id);
          if (known.has(textOf(after))) continue;
          known.add(textOf(after));
          next.push({ snapshot: after, events: walk.events });
        }
      }
      line = next;
    }
  }
  return found;
}

/** A bus, its servers, and a program that uses it. */
class World {
  readonly clock = new VirtualClock();
  readonly servers = new FakeServers();
  readonly bus: LinkBus;
  readonly settled: string[] = [];
  readonly heard: string[] = [];
  upAs = '';
  #asked = 0;
  #leaving: FakeLink[] = [];

  constructor(waitsForServer: boolean) {
    const settings = natsSettings({
      servers: ['one:1', 'two:2'],
      waitOnFirstConnect: waitsForServer,
      closeTimeout: LEAVE_MS,
      clock: this.clock,
      random: () => 0.5,
    });
    this.bus = new LinkBus(settings, this.servers.dial);
    this.bus.onState((state) => void this.heard.push(state));
    this.bus.start().then(
      () => {
        this.upAs = 'up';
      },
      (error: BusError) => {
        this.upAs = error.reason;
      },
    );
  }

  get #current(): FakeLink {
    const link = this.bus.link;
    if (link === null) throw new Error('there is no link');
    return link as FakeLink;
  }

  async cause(type: string): Promise<void> {
    const [, delay] = /^xstate\.after\.(.+)\.busLink/.exec(type) ?? [];
    if (delay !== undefined) await this.clock.advanceAsync(AFTER_MS[delay] ?? Number(delay));
    else await this.#causeEvent(type);
    await this.clock.advanceAsync(0);
  }

  async #causeEvent(type: string): Promise<void> {
    switch (type) {
      case 'link.opened':
      case 'link.replaced':
        this.servers.letIn();
        break;
      case 'dial.failed':
      case 'dial.refused':
        // each server says so
        while (this.servers.attempts.length > 0) {
          this.servers.fail(type === 'dial.refused');
          await this.clock.advanceAsync(0);
        }
        break;
      case 'link.lost':
        this.#current.break();
        break;
      case 'server.lameDuck':
        this.#current.owner?.lameDuck(this.#current);
        break;
      case 'bus.close':
        this.#leaving = this.servers.open;
        for (const link of this.#leaving) link.isPrompt = false;
        void this.bus.close().then(() => void this.settled.push('closed'));
        break;
      case 'farewell.done':
        for (let turn = 0; turn < 3; turn++) {
          for (const link of this.#leaving) link.hadAll();
          await this.clock.advanceAsync(0);
        }
        break;
      default:
        throw new Error(`nothing causes ${type}`);
    }
  }

  ask(): void {
    const name = `request ${++this.#asked}`;
    this.bus.request('a.b', Buffer.from(name), { timeoutMs: 60_000 }).then(
      () => void this.settled.push(`${name}: answered`),
      (error: BusError) => void this.settled.push(`${name}: ${error.reason}`),
    );
  }

  publish(): string {
    const before = this.servers.links.map(({ written }) => written.length);
    try {
      this.bus.publish('a.b', Buffer.from('x'));
    } catch (error) {
      return (error as BusError).reason;
    }
    const to = this.servers.links.filter(({ written }, at) => written.length > (before[at] ?? 0));
    return to.length === 1 && to[0] === this.bus.link ? 'written' : 'lost';
  }
}

/** What a program sees in each state, which no machine has said. */
const SEEN: Readonly<
  Record<string, { publish: string; ask: 'held' | 'written' | 'refused'; dials: boolean }>
> = {
  'connecting.dialing': { publish: 'bus-away', ask: 'held', dials: true },
  'connecting.pausing': { publish: 'bus-away', ask: 'held', dials: false },
  'up.steady': { publish: 'written', ask: 'written', dials: false },
  'up.moving': { publish: 'written', ask: 'written', dials: true },
  'up.stranded': { publish: 'written', ask: 'written', dials: false },
  'up.settling': { publish: 'written', ask: 'written', dials: false },
  'up.parting': { publish: 'written', ask: 'written', dials: false },
  'away.dialing': { publish: 'bus-away', ask: 'held', dials: true },
  'away.pausing': { publish: 'bus-away', ask: 'held', dials: false },
  // answers still leave
  leaving: { publish: 'written', ask: 'refused', dials: false },
  closed: { publish: 'bus-closed', ask: 'refused', dials: false },
};

function look(world: World, state: string): void {
  const { bus, servers } = world;
  const seen = SEEN[state];
  const [word] = state.split('.');
  expect(bus.state).toBe(word);
  expect(servers.attempts.length > 0).toBe(seen?.dials);
  expect(world.publish()).toBe(seen?.publish);
  const { held } = bus.stats();
  const written = servers.links.reduce((sum, link) => sum + link.written.length, 0);
  world.ask();
  expect(bus.stats().held - held).toBe(seen?.ask === 'held' ? 1 : 0);
  const writtenThen = servers.links.reduce((sum, link) => sum + link.written.length, 0);
  expect(writtenThen - written).toBe(seen?.ask === 'written' ? 1 : 0);
  if (state === 'closed') {
    expect([servers.open, world.clock.pending, bus.stats().waiting]).toEqual([[], 0, 0]);
  }
}

const ALL = walks();

describe('the way to a bus, on the real thing', () => {
  test.each(
    ALL.map((walk) => [walk.events.join(', '), walk.to, walk] as const),
  )('after %s is %s, as a program sees it', async (_, to, { waitsForServer, events }) => {
    const world = new World(waitsForServer);
    await world.clock.advanceAsync(0);
    look(world, 'connecting.dialing');
    for (const type of events) {
      await world.cause(type);
      if (world.bus.state === 'up') expect(world.bus.stats().held).toBe(0);
    }
    look(world, to);
    // and whatever it was, it comes to an end, with everything settled once
    void world.bus.close();
    await world.clock.advanceAsync(LEAVE_MS);
    expect(world.bus.state).toBe('closed');
    expect([world.servers.open, world.clock.pending, world.bus.stats().waiting]).toEqual([[], 0, 0]);
    const requests = world.settled.filter((text) => text.startsWith('request'));
    expect(requests.length).toBe(2);
    expect(new Set(requests).size).toBe(2);
    expect(world.upAs).toBe(world.heard.includes('up') ? 'up' : 'bus-refused');
  });

  test('has no transition that is not driven', () => {
    const driven = new Set(ALL.map(({ id }) => id));
    expect(allTransitions(machine).filter((id) => !driven.has(id))).toEqual([]);
  });
});
