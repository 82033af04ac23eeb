import { describe, expect, it } from 'vitest';
import { BusError } from '../../src/protocol/errors.js';
import { BusClient } from '../trust/fleet/bus-client.js';
import { CALM_CLUSTER, Cluster, type ClusterConfig } from '../trust/fleet/cluster.js';
import { Random } from '../trust/random.js';
import { SimulatedTime } from '../trust/simulation/clock.js';
import { busConformance } from './conformance.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (data: Uint8Array): string => new TextDecoder().decode(data);

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

/** A cluster, and its time. */
function clusterOf(config: Partial<ClusterConfig> = {}) {
  const time = new SimulatedTime();
  const cluster = new Cluster(time, new Random(1), { ...CALM_CLUSTER, ...config });
  const pass = async (ms: number): Promise<void> => {
    const endMs = time.nowMs + ms;
    await settle();
    while (time.nextMs <= endMs) {
      time.step();
      await settle();
    }
    time.jump(endMs - time.nowMs);
  };
  const client = (name: string): BusClient =>
    new BusClient(cluster, {
      name,
      own: time.clock,
      hear: (callback) => callback(),
    });
  return { time, cluster, pass, client };
}

/** Two clients at two servers. */
async function twoServers(config: Partial<ClusterConfig> = {}) {
  const world = clusterOf({ servers: 2, routeLatencyMs: 10, ...config });
  const here = world.client('here');
  await world.pass(10);
  let there = world.client('there');
  await world.pass(10);
  while (there.server === here.server) {
    await there.close();
    there = world.client('there');
    await world.pass(10);
  }
  return { ...world, here, there };
}

function outcomeOf(promise: Promise<unknown>): { value: unknown } {
  const outcome = { value: 'waits' as unknown };
  promise.then(
    (value) => (outcome.value = value),
    (error: unknown) =>
      (outcome.value = error instanceof BusError ? `${error.reason} ${error.written}` : error),
  );
  return outcome;
}

/** Time passes whenever a test waits; timers that are far away only when it lets time pass. */
const SOON_MS = 20;

busConformance('the simulated cluster', async () => {
  const { client, pass, time } = clusterOf();
  const buses: BusClient[] = [];
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      if (time.nextMs <= time.nowMs + SOON_MS) time.step();
      await settle();
    }
  };
  void run();
  return {
    connect: async () => {
      const bus = client(`client ${buses.length}`);
      buses.push(bus);
      await bus.up();
      return bus;
    },
    pass,
    close: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      isOver = true;
    },
  };
});

describe('the simulated cluster', () => {
  it('says that nobody listens where another server has not told yet who does', async () => {
    const { here, there, pass } = await twoServers({ routeLatencyMs: 40 });
    there.subscribe('a.device', (message) => message.respond(bytes('yes')));
    const early = outcomeOf(here.request('a.device', bytes(''), { timeoutMs: 1_000 }));
    await pass(1);
    expect(early.value).toBe('bus-no-responders false');
    await pass(100);
    const late = here.request('a.device', bytes(''), { timeoutMs: 1_000 });
    await pass(200);
    expect(textOf((await late).data)).toBe('yes');
  });

  it('loses what a server has sent to another for somebody who has just left', async () => {
    const { here, there, pass } = await twoServers();
    const subscription = there.subscribe('a.device', (message) => message.respond(bytes('yes')), {
      queue: 'q',
    });
    await pass(50);
    void subscription.drain();
    const outcome = outcomeOf(here.request('a.device', bytes(''), { timeoutMs: 500 }));
    await pass(600);
    expect(outcome.value).toBe('bus-timeout true');
    expect(there.server?.lost).toBe(1);
  });

  it('gives one member of a queue each message, and prefers one that is at the same server', async () => {
    const { here, there, pass } = await twoServers();
    const got: string[] = [];
    here.subscribe('jobs', () => got.push('here'), { queue: 'q' });
    there.subscribe('jobs', () => got.push('there'), { queue: 'q' });
    there.subscribe('jobs', () => got.push('all'));
    await pass(50);
    for (let n = 0; n < 10; n++) here.publish('jobs', bytes(String(n)));
    await pass(50);
    expect(got.filter((who) => who === 'here')).toHaveLength(10);
    expect(got.filter((who) => who === 'there')).toHaveLength(0);
    expect(got.filter((who) => who === 'all')).toHaveLength(10);
  });

  it('drains a subscription: what was sent before still arrives, and a mere unsubscription drops it', async () => {
    const { client, pass } = clusterOf({ latencyMs: 5 });
    const [sender, receiver] = [client('sender'), client('receiver')];
    await pass(20);
    const got: string[] = [];
    const drained = receiver.subscribe('drained', ({ data }) => got.push(textOf(data)));
    const dropped = receiver.subscribe('dropped', ({ data }) => got.push(textOf(data)));
    await pass(20);
    receiver.stall(30);
    sender.publish('drained', bytes('one'));
    sender.publish('dropped', bytes('two'));
    await pass(20);
    const end = outcomeOf(drained.drain().then(() => got.push('end')));
    dropped.unsubscribe();
    await pass(50);
    expect(end.value).toBe(2);
    expect(got).toEqual(['one', 'end']);
  });

  it('kills a server: what was under way is lost, and its clients come back to another with their subscriptions', async () => {
    const { here, there, cluster, pass } = await twoServers();
    const states: string[] = [];
    there.onState((state) => states.push(state));
    there.subscribe('a.device', (message) => message.respond(bytes('yes')));
    await pass(50);
    const lost = outcomeOf(here.request('a.device', bytes(''), { timeoutMs: 300 }));
    await pass(0);
    const killed = there.server;
    if (killed !== null) cluster.kill(killed);
    expect(() => there.publish('anything', bytes(''))).toThrow(BusError);
    const held = outcomeOf(there.request('a.device', bytes(''), { timeoutMs: 1_000 }));
    await pass(400);
    expect(lost.value).toBe('bus-timeout true');
    expect(states).toEqual(['away', 'up']);
    expect(held.value).toMatchObject({ data: bytes('yes') });
    const again = here.request('a.device', bytes(''), { timeoutMs: 1_000 });
    await pass(100);
    expect(textOf((await again).data)).toBe('yes');
  });

  it('forgets over a partition what the other server has told, and hears it again after it', async () => {
    const { here, there, cluster, pass } = await twoServers();
    there.subscribe('a.device', (message) => message.respond(bytes('yes')));
    await pass(50);
    const [one, other] = cluster.servers;
    if (one === undefined || other === undefined) throw new Error('expected two servers');
    cluster.partition(one, other, 100);
    const unnoticed = outcomeOf(here.request('a.device', bytes(''), { timeoutMs: 50 }));
    await pass(150);
    expect(unnoticed.value).toBe('bus-timeout true');
    const noticed = outcomeOf(here.request('a.device', bytes(''), { timeoutMs: 50 }));
    await pass(150);
    expect(noticed.value).toBe('bus-no-responders false');
    cluster.heal(one, other);
    await pass(200);
    const healed = here.request('a.device', bytes(''), { timeoutMs: 1_000 });
    await pass(200);
    expect(textOf((await healed).data)).toBe('yes');
  });

  it('fails what was never sent as not written, and leaves no timer', async () => {
    const { client, cluster, pass, time } = clusterOf();
    const bus = client('bus');
    await pass(10);
    const [server] = cluster.servers;
    if (server !== undefined) cluster.kill(server);
    const outcome = outcomeOf(bus.request('anything', bytes(''), { timeoutMs: 100 }));
    await pass(200);
    expect(outcome.value).toBe('bus-timeout false');
    await bus.close();
    expect(time.programTimers).toBe(0);
    expect(cluster.subscriptions).toBe(0);
  });
});
