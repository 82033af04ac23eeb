/**
 * Walks over every transition of the machines of a share, on a real one: shortest paths of the lease are driven by what causes each
 * event, and the share must be in the state of its machine after each step. In between the device goes away and comes back.
 */

import { afterAll, describe, expect, test } from 'vitest';
import { type AnyStateMachine, initialTransition, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { leaseMachine, sharedDeviceMachine } from '../../machines/index.js';
import { type Session, SID_WRITE_REQUEST } from '../../src/index.js';
import { InspectorHub } from '../../src/inspector/index.js';
import { watchOptions } from '../../src/inspector/watch.js';
import { ShareWorld } from './world.js';

const EVENTS = [
  'lease.wanted',
  'lease.givenUp',
  'device.alone',
  'turns.over',
  'lease.renewed',
  'lease.released',
  'holder.left',
  'share.closed',
] as const;
type Event = (typeof EVENTS)[number] | 'expired';

const TTL_MS = 1_000;
const lastingMachine = leaseMachine.provide({ delays: { 'rest of the lease': TTL_MS } });

/** Where the machine is, as far as the walks need it: what happens to one who waits happens to the next. */
const serializeState = ({ value, context }: { value: unknown; context: { waiting: number } }): string =>
  `${value} ${context.waiting}`;

/** Shortest paths to all states, and one event further. */
function walks(): { name: string; events: Event[]; states: string[] }[] {
  const paths = getShortestPaths(lastingMachine, {
    events: EVENTS.map((type) => ({ type })),
    serializeState: serializeState as never,
    limit: 10_000,
    stopWhen: ({ context }) => context.waiting > 2 || context.waiting < 0,
  });
  const found = new Map<string, { name: string; events: Event[]; states: string[] }>();
  for (const { steps, state } of paths) {
    const { value, context } = state as { value: unknown; context: { waiting: number } };
    if (context.waiting < 0 || context.waiting > 2) continue;
    const way = steps.filter(({ event }) => String(event.type) !== 'xstate.init');
    const events = way.map(({ event }) => nameOf(event.type));
    for (const next of [...EVENTS, 'expired' as const]) {
      if (!canHappen(String(value), context.waiting, next)) continue;
      const name = `${value} with ${context.waiting} waiting, on ${next}`;
      const states = statesAlong([...events, next]);
      if (!found.has(name)) found.set(name, { name, events: [...events, next], states });
    }
  }
  return [...found.values()].filter(({ events }) => isDriven(events));
}

function nameOf(type: string): Event {
  return type.startsWith('xstate.after') ? 'expired' : (type as Event);
}

/** What a real share can hear: nobody gives up who does not wait, and only a holder releases. */
function canHappen(state: string, waiting: number, event: Event): boolean {
  switch (event) {
    case 'lease.wanted':
      return state !== 'closed' && waiting < 2;
    case 'lease.givenUp':
      return state !== 'closed' && waiting > 0;
    case 'device.alone':
      return state === 'promised' || state === 'over';
    case 'turns.over':
      return state === 'yielding';
    case 'share.closed':
      return state !== 'closed';
    default:
      return state === 'held';
  }
}

function isDriven(events: readonly Event[]): boolean {
  let waiting = 0;
  return statesAlong(events).every((_, i) => {
    const event = events[i] as Event;
    const before = i === 0 ? 'free' : (statesAlong(events.slice(0, i)).at(-1) ?? 'free');
    if (!canHappen(before, waiting, event)) return false;
    if (event === 'lease.wanted') waiting++;
    if (event === 'lease.givenUp' || (event === 'device.alone' && before === 'promised')) waiting--;
    return true;
  });
}

/** The states that the machine goes through, one for each event. */
function statesAlong(events: readonly Event[]): string[] {
  let [state] = initialTransition(lastingMachine);
  return events.map((event) => {
    const type = event === 'expired' ? 'xstate.after.rest of the lease.lease.held' : event;
    [state] = transition(lastingMachine, state, { type } as never);
    return String(state.value);
  });
}

/** All transitions of a machine, as the debugger names them. */
function transitionsOf(machine: AnyStateMachine): string[] {
  const of = (node: AnyStateMachine['root']): string[] => [
    ...[...node.transitions].flatMap(([type, all]) =>
      all.map((_, i) => `${node.path.join('.')} ${type} ${i}`),
    ),
    ...Object.values(node.states).flatMap((each) => of(each as AnyStateMachine['root'])),
  ];
  return of(machine.root);
}

/** A share on whose device something is always under way, or waits. */
class Walker {
  readonly world: ShareWorld;
  readonly #waiting: Session[] = [];
  #holder: Session | null = null;
  #joined = 0;
  #fence = 0;

  constructor(world: ShareWorld) {
    this.world = world;
  }

  async begin(): Promise<void> {
    // two programs with more requests than a walk answers: what may begin does
    for (const name of ['a', 'b']) {
      const session = await this.world.join(name, { requestTimeout: 600_000 });
      for (let i = 0; i < 12; i++) session.request(SID_WRITE_REQUEST, i, name).catch(() => {});
      await this.world.settle();
    }
  }

  async cause(event: Event): Promise<void> {
    const { world } = this;
    switch (event) {
      case 'lease.wanted': {
        const name = `lessee ${++this.#joined}`;
        const session = await world.join(name, { requestTimeout: 600_000 });
        session.addService(65_000, 65_001);
        session.request(65_000, 0, { ttl: TTL_MS, wait: 600_000 }).then(
          ({ status, data }) => {
            if (status !== 0) return;
            this.#fence = (data as { fence: number }).fence;
            this.#holder = session;
            this.#waiting.splice(this.#waiting.indexOf(session), 1);
            // so that something is under way when the lease is over
            session.request(SID_WRITE_REQUEST, 99, name).catch(() => {});
          },
          () => {},
        );
        this.#waiting.push(session);
        break;
      }
      case 'lease.givenUp':
        await this.#cut(this.#waiting.pop());
        break;
      case 'device.alone':
      case 'turns.over':
        await world.answer('done');
        break;
      case 'lease.renewed':
        await this.#holder?.request(65_000, 1, { fence: this.#fence, ttl: TTL_MS });
        break;
      case 'lease.released':
        await this.#holder?.request(65_000, 2, { fence: this.#fence });
        break;
      case 'holder.left':
        await this.#cut(this.#holder);
        break;
      case 'expired':
        await world.pass(TTL_MS);
        break;
      case 'share.closed':
        void world.share.close();
        await world.pass(20_000);
    }
    await world.settle();
  }

  async #cut(session: Session | null | undefined): Promise<void> {
    if (session?.channelName) await this.world.cut(session.channelName);
  }
}

const taken = new Set<string>();

async function open(): Promise<Walker> {
  const hub = new InspectorHub();
  const { inspect } = watchOptions(hub, () => 'share');
  hub.subscribe({
    take: (entry) => {
      if (entry.kind === 'state' && entry.chart !== null)
        for (const key of entry.taken) taken.add(`${entry.chart}: ${key}`);
      return true;
    },
    leftOut: () => {},
  });
  const world = await ShareWorld.open({
    share: { inspect, requestTimeout: 300_000, maxLease: 600_000 },
    listen: { callbackTimeout: 2_000_000 },
  });
  const walker = new Walker(world);
  await walker.begin();
  return walker;
}

async function end({ world }: Walker): Promise<void> {
  for (const client of world.clients) void client.close();
  void world.share.close();
  void world.device.close();
  await world.pass(60_000);
}

describe('the machines of a share', () => {
  const all = walks();

  test.each(all)('$name', async ({ events, states }) => {
    const walker = await open();
    for (const [i, event] of events.entries()) {
      await walker.cause(event);
      const { lease } = walker.world.share.stats();
      expect([i, event, lease.state]).toEqual([i, event, states[i]]);
    }
    await end(walker);
  });

  test.each([
    [[], []],
    [['lease.wanted'], []],
    [['lease.wanted'], ['lease.givenUp']],
    [['lease.wanted', 'device.alone'], []],
    [['lease.wanted', 'device.alone'], ['expired']],
    [[], ['lease.wanted']],
  ] as const)('after %j the device goes away, and comes back after %j', async (before, meanwhile) => {
    const walker = await open();
    const { world } = walker;
    for (const event of before) await walker.cause(event);
    const { device: state } = world.share.stats();
    void world.device.close();
    await world.settle();
    expect(world.share.stats().device).toBe('away');
    for (const event of meanwhile) await walker.cause(event as Event);
    expect(world.share.stats().device).toBe('away');
    await world.startDevice();
    await world.pass(meanwhile.length === 0 ? 300 : 2_000);
    const { device } = world.share.stats();
    if (meanwhile.length === 0 && state !== 'clearing') expect(device).toBe(state);
    else expect(device).not.toBe('away');
    await end(walker);
  });

  test('leave and end in the states in which nothing is under way', async () => {
    for (const how of ['left', 'wanted', 'closed'] as const) {
      const hub = new InspectorHub();
      const { inspect } = watchOptions(hub, () => 'share');
      const world = await ShareWorld.open({ answersAtOnce: true, share: { inspect } });
      await (await world.join('one')).read(1);
      await world.settle();
      expect(world.share.stats().device).toBe('idle');
      if (how === 'left') await world.device.close();
      if (how === 'wanted')
        await (await world.join('two')).addService(65_000, 65_001).request(65_000, 0, { ttl: 1_000 });
      await world.settle();
      await world.share.close();
      for (const entry of hub.history)
        if (entry.kind === 'state' && entry.chart !== null)
          for (const key of entry.taken) taken.add(`${entry.chart}: ${key}`);
      await world.close();
    }
  });

  afterAll(() => {
    const known = [
      ...transitionsOf(leaseMachine).map((key) => `lease: ${key}`),
      ...transitionsOf(sharedDeviceMachine).map((key) => `shared-device: ${key}`),
    ];
    expect(known.filter((key) => !taken.has(key))).toEqual([]);
  });
});
