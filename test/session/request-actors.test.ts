import { describe, expect, test, vi } from 'vitest';
import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { InspectedEvent } from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';

/** An inspector that remembers what it saw of one session. */
class Seen {
  readonly events: InspectionEvent[] = [];
  readonly next = (event: InspectedEvent): void => void this.events.push(event as InspectionEvent);

  /** The actors below the holder, in the order in which they were made. */
  get requests(): AnyActorRef[] {
    return this.events.flatMap(({ type, actorRef }) =>
      type === '@xstate.actor' && idOf((actorRef as AnyActorRef)._parent) === 'pendingRequests'
        ? [actorRef as AnyActorRef]
        : [],
    );
  }

  /** What an actor heard and where it went, `source: event` and `= state`. */
  storyOf(id: string): string[] {
    return this.events.flatMap((event) => {
      if (idOf(event.actorRef) !== id) return [];
      if (event.type === '@xstate.event') return [`${idOf(event.sourceRef)}: ${event.event.type}`];
      if (event.type === '@xstate.snapshot')
        return [`= ${String((event.snapshot as unknown as { value: string }).value)}`];
      return [];
    });
  }
}

function idOf(actor: unknown): string | undefined {
  return (actor as AnyActorRef | undefined)?.id;
}

async function inspectedPair(options: ConstructorParameters<typeof Pair>[0] = {}) {
  const seen = new Seen();
  const pair = await Pair.connected({ ...options, client: { ...options.client, inspect: seen } });
  return { pair, seen };
}

describe('with an inspector, a pending request', () => {
  test('is an actor below the holder that goes through the states of the machine', async () => {
    const { pair, seen } = await inspectedPair();
    pair.server.onRead(7, () => 'now');
    const read = watch(pair.client.read(7));
    await pair.settle();
    expect(read.value).toBe('now');
    expect(seen.requests.map(({ id }) => id)).toEqual(['request 1: read data request, data_id 7']);
    expect(seen.storyOf('request 1: read data request, data_id 7')).toEqual([
      'pendingRequests: xstate.init',
      '= queued',
      'pendingRequests: request.written',
      '= waiting',
      'pendingRequests: peer.answered',
      '= answered',
    ]);
    await pair.close();
  });

  test('has its time-out and its grace run by XState, and its overdue ghost is reported by the holder', async () => {
    const { pair, seen } = await inspectedPair({ client: { lateAnswerGrace: 1_000 } });
    pair.server.onRead(7, () => new Promise(() => {}));
    const read = watch(pair.client.read(7, { timeout: 100 }));
    await pair.clock.advanceAsync(1_100);
    expect(read.error).toMatchObject({ code: 'ERR_TIMEOUT', written: true });
    const id = 'request 1: read data request, data_id 7';
    expect(seen.storyOf(id).slice(4)).toEqual([
      `${id}: xstate.after.time left.pendingRequest.waiting`,
      '= ghost',
      `${id}: xstate.after.late answer grace.pendingRequest.ghost`,
      '= overdue',
    ]);
    expect(seen.storyOf('session')).toContain('pendingRequests: requests.overdue');
    expect(pair.client.isConnected()).toBe(false);
    await pair.close();
  });

  test('says what it is, whether it is a request, a message or a receive', async () => {
    const { pair, seen } = await inspectedPair();
    pair.client.addService(100, 101, 'calibrate request', 'calibrate response');
    const all = [pair.client.request(100, 1), pair.client.send(200, 2, 'x'), pair.client.receive(300, 3)];
    const watched = all.map((promise) => watch<unknown>(promise));
    await pair.settle();
    await pair.close();
    expect(watched.map(({ state }) => state)).toEqual(['rejected', 'resolved', 'resolved']);
    expect(seen.requests.map(({ id }) => id)).toEqual([
      'request 1: calibrate request, data_id 1',
      'message 2: 200, data_id 2',
      'receive 3: 300, data_id 3',
    ]);
  });

  test('leaves no actor and no timer behind', async () => {
    const { pair, seen } = await inspectedPair({ client: { lateAnswerGrace: 500 } });
    pair.server.onRead(null, (_, { dataId }) => (dataId % 100 === 9 ? new Promise(() => {}) : dataId));
    const system = seen.events[0]?.actorRef as unknown as {
      system: {
        _register(id: string, actor: unknown): string;
        _unregister(actor: unknown): void;
        getSnapshot(): { _scheduledEvents: object };
      };
    };
    const registered = vi.spyOn(system.system, '_register');
    const unregistered = vi.spyOn(system.system, '_unregister');
    const abort = new AbortController();
    const all = Array.from({ length: 1_000 }, (_, n) => {
      const signal = n % 10 === 3 ? abort.signal : undefined;
      return watch(pair.client.read(n, { timeout: 100 + (n % 3), signal }));
    });
    abort.abort();
    await pair.clock.advanceAsync(1_000);
    expect(all.filter(({ state }) => state === 'resolved')).toHaveLength(890);
    expect(all.filter(({ state }) => state === 'rejected')).toHaveLength(110);
    expect(registered).toHaveBeenCalledTimes(1_000);
    expect(new Set(unregistered.mock.calls.map(([actor]) => actor)).size).toBe(1_000);
    for (const actor of seen.requests) expect(actor.getSnapshot().status).toBe('done');
    const timers = Object.keys(system.system.getSnapshot()._scheduledEvents);
    expect(timers.filter((timer) => timer.includes('pendingRequest'))).toEqual([]);
    expect(await pair.close()).toBe(0);
  });

  test('is settled, and its session closed, when the clock throws', async () => {
    const { pair, seen } = await inspectedPair();
    pair.server.onRead(null, () => new Promise(() => {}));
    const before = watch(pair.client.read(1, { timeout: 100 }));
    await pair.settle();
    const { setTimeout } = pair.clock;
    pair.clock.setTimeout = () => {
      throw new Error('no more timers');
    };
    const during = watch(pair.client.read(2));
    pair.clock.setTimeout = setTimeout;
    await pair.settle();
    expect([before.error, during.error]).toEqual([
      expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }),
      expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }),
    ]);
    expect(pair.client.isClosed).toBe(true);
    for (const actor of seen.requests) expect(actor.getSnapshot().status).not.toBe('active');
  });

  test('is settled when the clock throws while its ghost begins to wait', async () => {
    const { pair, seen } = await inspectedPair();
    pair.server.onRead(null, () => new Promise(() => {}));
    const read = watch(pair.client.read(1, { timeout: 100 }));
    const other = watch(pair.client.read(2));
    await pair.settle();
    const { setTimeout } = pair.clock;
    pair.clock.setTimeout = () => {
      throw new Error('no more timers');
    };
    pair.clock.advance(100);
    pair.clock.setTimeout = setTimeout;
    await pair.settle();
    expect([read.error, other.error]).toEqual([
      expect.objectContaining({ code: 'ERR_TIMEOUT' }),
      expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }),
    ]);
    for (const actor of seen.requests) expect(actor.getSnapshot().status).not.toBe('active');
  });

  test('shows inspectors neither its payload nor its data', async () => {
    const { pair, seen } = await inspectedPair();
    pair.server.onWrite(7, () => 'done');
    const write = watch(pair.client.write(7, 'confidential'));
    await pair.settle();
    expect(write.value).toBe('done');
    for (const event of seen.events.filter(
      ({ actorRef }) => idOf(actorRef)?.startsWith('request') === true,
    )) {
      const { options } = event.actorRef as unknown as { options: { input?: unknown } };
      expect(options.input).toBeUndefined();
      if ('event' in event) expect(Object.keys(event.event)).toEqual(expect.arrayContaining(['type']));
      expect(JSON.stringify('event' in event ? event.event : null)).not.toContain('confidential');
    }
  });
});
