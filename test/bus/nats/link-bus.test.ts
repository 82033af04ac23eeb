import { describe, expect, test } from 'vitest';
import type { BusMessage } from '../../../src/bus/bus.js';
import { LinkBus } from '../../../src/bus/nats/link-bus.js';
import { openNatsBus } from '../../../src/bus/nats/nats-bus.js';
import { natsSettings } from '../../../src/bus/nats/option-table.js';
import type { NatsBusOptions } from '../../../src/bus/nats/options.js';
import type { BusError } from '../../../src/index.js';
import { FakeLink, FakeServers } from '../../support/fake-links.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { collectWarnings } from '../../support/warnings.js';

const warnings = collectWarnings();

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (message: BusMessage): string => Buffer.from(message.data).toString();

/** What a promise became: its value, or the reason of its error and whether it was written. */
function followed(promise: Promise<unknown>): { end: unknown; error: BusError | undefined } {
  const followed: { end: unknown; error: BusError | undefined } = { end: null, error: undefined };
  promise.then(
    (value) => {
      followed.end = Array.isArray(value)
        ? value.map(textOf)
        : value === undefined
          ? 'done'
          : textOf(value as BusMessage);
    },
    (error: BusError) => {
      followed.end = error.reason === undefined ? error : [error.reason, error.written];
      followed.error = error;
    },
  );
  return followed;
}

interface World {
  readonly bus: LinkBus;
  readonly link: FakeLink;
  readonly servers: FakeServers;
  readonly clock: VirtualClock;
}

/** A bus that is up. */
async function up(options: NatsBusOptions = {}): Promise<World> {
  const clock = new VirtualClock();
  const servers = new FakeServers();
  const bus = new LinkBus(
    natsSettings({ servers: ['one:1', 'two:2'], clock, random: () => 0.5, ...options }),
    servers.dial,
  );
  const started = bus.start();
  const link = servers.letIn();
  await started;
  return { bus, link, servers, clock };
}

describe('a request', () => {
  test('is answered on the one subscription for all answers', async () => {
    const { bus, link, clock } = await up();
    const one = followed(bus.request('a', bytes('1'), { timeoutMs: 1_000 }));
    const two = followed(bus.request('a', bytes('2'), { timeoutMs: 1_000 }));
    link.answer('to the second', undefined, 1);
    link.answer('to the first', undefined, 0);
    await clock.advanceAsync(0);
    expect([one.end, two.end]).toEqual(['to the first', 'to the second']);
    expect(link.subscriptions.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^_INBOX\.[\da-f]{24}\.\*$/),
    ]);
    expect(bus.stats()).toMatchObject({ waiting: 0, lateAnswers: 0 });
  });

  test('that nobody has subscribed to is known by the status, not by an empty answer', async () => {
    const { bus, link, clock } = await up();
    const nobody = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    const empty = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    link.answer('', 503, 0);
    link.answer('', 200, 1);
    await clock.advanceAsync(0);
    expect([nobody.end, empty.end]).toEqual([['bus-no-responders', false], '']);
  });

  test('that is not answered in time was written, and a later answer is counted', async () => {
    const { bus, link, clock } = await up();
    const late = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    await clock.advanceAsync(999);
    expect(late.end).toBe(null);
    await clock.advanceAsync(1);
    expect(late.end).toEqual(['bus-timeout', true]);
    link.answer('too late');
    expect(bus.stats()).toMatchObject({ waiting: 0, lateAnswers: 1 });
  });

  test('is held while the bus is away, and leaves in its order when it is up', async () => {
    const { bus, link, servers, clock } = await up();
    link.break();
    const data = bytes('held');
    const ends = [1, 2, 3].map((i) =>
      followed(bus.request(`a.${i}`, data, { timeoutMs: 1_000, headers: { n: `${i}` } })),
    );
    // whoever asks may use its bytes again
    data.fill(0);
    expect(bus.stats().held).toBe(3);
    await clock.advanceAsync(500);
    const next = servers.letIn();
    await clock.advanceAsync(0);
    expect(next.written.map(({ subject, text, headers }) => [subject, text, headers])).toEqual([
      ['a.1', 'held', { n: '1' }],
      ['a.2', 'held', { n: '2' }],
      ['a.3', 'held', { n: '3' }],
    ]);
    next.answer('yes', undefined, 1);
    await clock.advanceAsync(500);
    expect(ends.map(({ end }) => end)).toEqual([['bus-timeout', true], 'yes', ['bus-timeout', true]]);
  });

  test('that is held for too long was not sent, and never is', async () => {
    const { bus, link, servers, clock } = await up();
    link.break();
    const held = followed(bus.request('a', bytes(''), { timeoutMs: 300 }));
    await clock.advanceAsync(300);
    expect(held.end).toEqual(['bus-timeout', false]);
    const next = servers.letIn();
    await clock.advanceAsync(0);
    expect([next.written, bus.stats()]).toEqual([[], expect.objectContaining({ held: 0, waiting: 0 })]);
  });

  test('that was written when the link broke waits on, and is answered on the next link', async () => {
    const { bus, link, servers, clock } = await up();
    const asked = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    const [{ reply = '' } = {}] = link.written;
    link.break();
    const next = servers.letIn();
    await clock.advanceAsync(0);
    expect(next.written).toEqual([]);
    next.give(reply, 'after all');
    await clock.advanceAsync(0);
    expect(asked.end).toBe('after all');
  });

  test('that finds a client which has just ended waits for the next one', async () => {
    const { bus, link, servers, clock } = await up();
    link.fault = new Error('closed connection');
    const asked = followed(bus.request('a', bytes('once'), { timeoutMs: 1_000 }));
    expect(bus.stats().held).toBe(1);
    link.break();
    const next = servers.letIn();
    await clock.advanceAsync(0);
    next.answer('yes');
    await clock.advanceAsync(0);
    expect([next.written.length, asked.end]).toEqual([1, 'yes']);
  });

  test('is refused as not sent where too much is held', async () => {
    const { bus, link, clock } = await up({ maxHeldBytes: 2_000 });
    link.break();
    const one = followed(bus.request('a', new Uint8Array(1_000), { timeoutMs: 100 }));
    const two = followed(bus.request('a', new Uint8Array(1_000), { timeoutMs: 100 }));
    await clock.advanceAsync(0);
    expect([one.end, two.end]).toEqual([null, ['bus-away', false]]);
    await clock.advanceAsync(100);
    const three = followed(bus.request('a', new Uint8Array(1_000), { timeoutMs: 100 }));
    await clock.advanceAsync(0);
    expect(three.end).toBe(null);
  });

  test('that the next server does not take, because it is too large, was not sent', async () => {
    const { bus, link, servers, clock } = await up();
    link.break();
    const asked = followed(bus.request('a', new Uint8Array(800), { timeoutMs: 1_000 }));
    const small = followed(bus.request('a', new Uint8Array(8), { timeoutMs: 1_000 }));
    const next = servers.letIn();
    next.maxPayload = 500;
    await clock.advanceAsync(0);
    expect([asked.end, small.end, next.written.length]).toEqual([['bus-too-large', false], null, 1]);
  });

  test('is given up by its signal, before and after it was sent', async () => {
    const { bus, link, clock } = await up();
    const reason = new Error('enough');
    const sent = new AbortController();
    const asked = followed(bus.request('a', bytes(''), { timeoutMs: 1_000, signal: sent.signal }));
    sent.abort(reason);
    link.break();
    const held = new AbortController();
    const waits = followed(bus.request('a', bytes(''), { timeoutMs: 1_000, signal: held.signal }));
    held.abort(reason);
    const never = followed(bus.request('a', bytes(''), { timeoutMs: 1_000, signal: held.signal }));
    await clock.advanceAsync(0);
    expect([asked.end, waits.end, never.end]).toEqual([reason, reason, reason]);
    expect(bus.stats()).toMatchObject({ waiting: 0, held: 0 });
    // no timer keeps the process alive but that of the deadlines, which does not
    await bus.close();
    expect(clock.pending).toBe(0);
  });

  test('leaves its signal when it is settled', async () => {
    const { bus, link, clock } = await up();
    let listeners = 0;
    const signal = {
      aborted: false,
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    };
    const asked = [0, 1].map(() => followed(bus.request('a', bytes(''), { timeoutMs: 1_000, signal })));
    expect(listeners).toBe(2);
    link.answer('yes');
    await clock.advanceAsync(1_000);
    expect(asked.map(({ end }) => end)).toEqual([['bus-timeout', true], 'yes']);
    expect(listeners).toBe(0);
  });

  test('never leaves with a subject or data that a server would close the connection for', async () => {
    const { bus, link, clock } = await up();
    const ask = (subject: string, size = 0): ReturnType<typeof followed> =>
      followed(bus.request(subject, new Uint8Array(size), { timeoutMs: 1_000 }));
    const ends = [
      ask('x'.repeat(5_000)),
      ask('a b'),
      ask('a..b'),
      ask('a.*'),
      ask('a', 1_001),
      ask('a', 1_000),
    ];
    await clock.advanceAsync(0);
    const bad = ['bus-bad-subject', false];
    expect(ends.map(({ end }) => end)).toEqual([bad, bad, bad, bad, ['bus-too-large', false], null]);
    expect(link.written.length).toBe(1);
  });

  test('tells in its stack who asked', async () => {
    const { bus, clock } = await up();
    async function whoAsks(): Promise<unknown> {
      return await bus.request('a', bytes(''), { timeoutMs: 10 });
    }
    const end = followed(whoAsks());
    await clock.advanceAsync(10);
    expect(end.error?.stack).toContain('whoAsks');
  });
});

describe('a request to all', () => {
  test('gathers answers until its time is over, or none comes for a while', async () => {
    const { bus, link, clock } = await up();
    const all = followed(bus.requestAll('a', bytes(''), { maxWaitMs: 1_000 }));
    const stalled = followed(bus.requestAll('a', bytes(''), { maxWaitMs: 1_000, stallMs: 100 }));
    for (let i = 0; i < 3; i++) {
      link.answer(`${i}`, undefined, 0);
      link.answer(`${i}`, undefined, 1);
      await clock.advanceAsync(99);
    }
    expect(stalled.end).toBe(null);
    await clock.advanceAsync(1);
    expect([all.end, stalled.end]).toEqual([null, ['0', '1', '2']]);
    await clock.advanceAsync(702);
    expect(all.end).toEqual(['0', '1', '2']);
  });

  test('waits no longer than its time, however often answers come', async () => {
    const { bus, link, clock } = await up();
    const all = followed(bus.requestAll('a', bytes(''), { maxWaitMs: 250, stallMs: 100 }));
    for (let i = 0; i < 5; i++) {
      link.answer(`${i}`);
      await clock.advanceAsync(50);
    }
    expect(all.end).toEqual(['0', '1', '2', '3', '4']);
  });

  test('gathers nothing at once where nobody has subscribed', async () => {
    const { bus, link, clock } = await up();
    const all = followed(bus.requestAll('a', bytes(''), { maxWaitMs: 1_000 }));
    link.answer('', 503);
    await clock.advanceAsync(0);
    expect(all.end).toEqual([]);
  });

  test('that could not be sent says so', async () => {
    const { bus, link, clock } = await up();
    link.break();
    const all = followed(bus.requestAll('a', bytes(''), { maxWaitMs: 100 }));
    await clock.advanceAsync(100);
    expect(all.end).toEqual(['bus-timeout', false]);
  });
});

describe('publishing', () => {
  test('throws while the bus is away, with why, and when it is closed', async () => {
    const { bus, link } = await up();
    link.break('read ECONNRESET');
    expect(() => bus.publish('a', bytes(''))).toThrow(/away: one:1: read ECONNRESET/);
    await bus.close();
    expect(() => bus.publish('a', bytes(''))).toThrow(expect.objectContaining({ reason: 'bus-closed' }));
  });

  test('of a message that is too large with its headers throws', async () => {
    const { bus, link } = await up();
    bus.publish('a', new Uint8Array(970), { headers: { name: 'value' } });
    const tooLarge = expect.objectContaining({ reason: 'bus-too-large', written: false });
    expect(() => bus.publish('a', new Uint8Array(980), { headers: { name: 'value' } })).toThrow(tooLarge);
    expect(link.written.length).toBe(1);
  });
});

describe('a subscription', () => {
  test('is there on each link that follows', async () => {
    const { bus, link, servers, clock } = await up();
    const got: string[] = [];
    bus.subscribe('a', (message) => void got.push(textOf(message)), { queue: 'q' });
    link.give('a', 'one');
    link.break();
    const next = servers.letIn();
    await clock.advanceAsync(0);
    next.give('a', 'two');
    expect([got, next.subscriptions.at(-1)]).toEqual([
      ['one', 'two'],
      expect.objectContaining({ subject: 'a', queue: 'q' }),
    ]);
  });

  test('that finds a client which has just ended is there on the next link', async () => {
    const { bus, link, servers, clock } = await up();
    link.fault = new Error('closed connection');
    const heard: string[] = [];
    bus.subscribe('a', (message) => void heard.push(textOf(message)));
    link.break();
    const next = servers.letIn();
    await clock.advanceAsync(0);
    next.give('a', 'x');
    expect(heard).toEqual(['x']);
  });

  test('that has ended gets nothing, on no link', async () => {
    const { bus, link, servers, clock } = await up();
    const got: string[] = [];
    const ended = bus.subscribe('a', (message) => void got.push(textOf(message)));
    const drained = bus.subscribe('a', (message) => void got.push(textOf(message)));
    ended.unsubscribe();
    link.isPrompt = false;
    const end = followed(drained.drain());
    link.give('a', 'under way');
    expect([got, end.end]).toEqual([['under way'], null]);
    link.hadAll();
    await clock.advanceAsync(0);
    expect(end.end).toBe('done');
    link.give('a', 'no more');
    link.break();
    const next = servers.letIn();
    await clock.advanceAsync(0);
    expect([got.length, next.subscriptions.length]).toEqual([1, 1]);
  });

  test('is drained at once while the bus is away', async () => {
    const { bus, link, clock } = await up();
    const subscription = bus.subscribe('a', () => {});
    link.break();
    const end = followed(subscription.drain());
    await clock.advanceAsync(0);
    expect(end.end).toBe('done');
  });

  test('gets no word of a server, which is counted', async () => {
    const { bus, link } = await up();
    const got: string[] = [];
    bus.subscribe('a', (message) => void got.push(textOf(message)));
    link.give('a', '', { status: 503 });
    link.give('a', '', { status: 200 });
    expect([got, bus.stats().unheard]).toEqual([[''], 1]);
  });

  test('whose callback throws or rejects warns, and goes on', async () => {
    const { bus, link, clock } = await up();
    let calls = 0;
    bus.subscribe('a', () => {
      calls++;
      throw new Error('not today');
    });
    bus.subscribe('b', (async () => {
      calls++;
      throw new Error('nor tomorrow');
    }) as () => void);
    link.give('a', '');
    link.give('a', '');
    link.give('b', '');
    await clock.advanceAsync(0);
    expect(calls).toBe(3);
    expect(warnings).toEqual([
      'a subscriber to a failed: not today',
      'a subscriber to b failed: nor tomorrow',
    ]);
  });
});

describe('a server that is about to go away', () => {
  async function moved(): Promise<World & { readonly next: FakeLink }> {
    const world = await up();
    const { link, servers, clock } = world;
    link.owner?.lameDuck(link);
    const next = servers.letIn(false);
    await clock.advanceAsync(0);
    return { ...world, next };
  }

  test('is left for another one when that has all subscriptions, and not before', async () => {
    const { bus, link, next, clock } = await moved();
    bus.publish('a', bytes('still there'));
    expect([bus.server, link.written.length, next.written.length]).toEqual(['one:1', 1, 0]);
    next.hadAll();
    await clock.advanceAsync(0);
    bus.publish('a', bytes('moved'));
    expect([bus.server, bus.state, link.written.length, next.written.length]).toEqual(['two:2', 'up', 1, 1]);
  });

  test('still brings the answers to what was asked over it, and is closed then', async () => {
    const { bus, link, next, clock } = await moved();
    const asked = followed(bus.request('a', bytes(''), { timeoutMs: 60_000 }));
    next.hadAll();
    await clock.advanceAsync(30_000);
    expect([link.isClosed, asked.end]).toEqual([false, null]);
    link.answer('at last');
    await clock.advanceAsync(0);
    expect([link.isClosed, asked.end]).toEqual([true, 'at last']);
  });

  test('and the next one bring each message once, whichever comes first, and equal ones as often as they were sent', async () => {
    const { bus, link, next, clock } = await moved();
    const got: string[] = [];
    bus.subscribe('a', (message) => void got.push(textOf(message)));
    next.hadAll();
    await clock.advanceAsync(0);
    link.give('a', 'both');
    next.give('a', 'both');
    next.give('a', 'same');
    next.give('a', 'same');
    link.give('a', 'same');
    link.give('a', 'same');
    link.give('a', 'old only');
    next.give('a', 'new only');
    expect(got).toEqual(['both', 'same', 'same', 'old only', 'new only']);
    expect(bus.stats().duplicates).toBe(3);
    await clock.advanceAsync(3_000);
    expect(link.isClosed).toBe(true);
    // nothing is remembered of what came by two ways
    next.give('a', 'old only');
    next.give('a', 'both');
    expect(got.slice(-2)).toEqual(['old only', 'both']);
  });

  test('and the next one bring equal messages of a queue as often as they were sent, for each comes once', async () => {
    const { bus, link, next, clock } = await moved();
    const got: string[] = [];
    bus.subscribe('a', (message) => void got.push(textOf(message)), { queue: 'q' });
    next.hadAll();
    await clock.advanceAsync(0);
    link.give('a', 'same');
    next.give('a', 'same');
    expect([got, bus.stats().duplicates]).toEqual([['same', 'same'], 0]);
  });

  test('is drained also where the first of the next ones was lost before it was in use', async () => {
    const { bus, servers, link, next, clock } = await moved();
    const got: string[] = [];
    bus.subscribe('a', (message) => void got.push(textOf(message)));
    next.break();
    link.give('a', 'still here');
    await clock.advanceAsync(2_000);
    servers.letIn();
    await clock.advanceAsync(250);
    expect([bus.server, got]).toEqual(['two:2', ['still here']]);
    expect(link.subscriptions.filter(({ subject, isOpen }) => subject === 'a' && isOpen)).toEqual([]);
  });

  test('may say so again, and nobody looks for a third', async () => {
    const { servers, link, next, clock } = await moved();
    next.hadAll();
    await clock.advanceAsync(0);
    link.owner?.lameDuck(link);
    await clock.advanceAsync(0);
    expect(servers.attempts).toEqual([]);
  });

  test('is closed when the next one is lost at once', async () => {
    const { bus, link, next, clock } = await moved();
    next.hadAll();
    await clock.advanceAsync(0);
    next.break();
    expect([bus.state, link.isClosed]).toEqual(['away', true]);
  });

  test('is closed when the next one goes away as well, which is heard until all has come', async () => {
    const { bus, servers, link, next, clock } = await moved();
    const first = followed(bus.request('a', bytes(''), { timeoutMs: 60_000 }));
    next.hadAll();
    await clock.advanceAsync(3_000);
    const second = followed(bus.request('a', bytes(''), { timeoutMs: 60_000 }));
    next.owner?.lameDuck(next);
    servers.letIn();
    await clock.advanceAsync(0);
    expect([bus.server, link.isClosed, first.end]).toEqual(['one:1', true, null]);
    next.answer('yes');
    await clock.advanceAsync(0);
    expect([second.end, next.isClosed]).toEqual(['yes', false]);
    await clock.advanceAsync(3_000);
    expect(next.isClosed).toBe(true);
  });

  test('stays in use where there is no other, which is looked for again', async () => {
    const { bus, link, servers, clock } = await up();
    const heard: unknown[] = [];
    bus.onState((state, detail) => void heard.push([state, detail]));
    link.owner?.lameDuck(link);
    servers.fail();
    await clock.advanceAsync(0);
    expect([bus.state, servers.attempts.length, heard]).toEqual(['up', 0, []]);
    bus.publish('a', bytes('x'));
    await clock.advanceAsync(2_000);
    servers.letIn();
    await clock.advanceAsync(0);
    expect([bus.server, link.written.length]).toEqual(['two:2', 1]);
  });

  test('stays in use where it is the only one, until it tells of another', async () => {
    const { bus, link, servers, clock } = await up({ servers: 'one:1' });
    link.owner?.lameDuck(link);
    await clock.advanceAsync(100);
    expect([bus.state, servers.attempts]).toEqual(['up', []]);
    link.knownServers = ['two:2'];
    link.owner?.clusterChanged(link);
    await clock.advanceAsync(2_000);
    servers.letIn();
    await clock.advanceAsync(0);
    expect([bus.state, bus.server]).toEqual(['up', 'two:2']);
  });
});

describe('what a server does not allow', () => {
  const SAID = 'Permissions Violation for Publish to "a"';

  test('fails the request that it is about', async () => {
    const { bus, link, clock } = await up();
    const asked = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    const other = followed(bus.request('b', bytes(''), { timeoutMs: 1_000 }));
    link.owner?.violated(link, { operation: 'publish', subject: 'a', text: SAID });
    await clock.advanceAsync(0);
    expect([asked.end, other.end]).toEqual([['bus-refused', false], null]);
    expect(asked.error?.message).toContain(SAID);
  });

  test('fails the last of equal requests, and does not say that nobody has got it', async () => {
    const { bus, link, clock } = await up();
    const asked = [1, 2].map(() => followed(bus.request('a', bytes(''), { timeoutMs: 1_000 })));
    const refuse = (): void => link.owner?.violated(link, { operation: 'publish', subject: 'a', text: SAID });
    refuse();
    await clock.advanceAsync(0);
    expect(asked.map(({ end }) => end)).toEqual([null, ['bus-refused', true]]);
    refuse();
    await clock.advanceAsync(0);
    expect(asked.map(({ end }) => end)).toEqual([
      ['bus-refused', false],
      ['bus-refused', true],
    ]);
  });

  test('fails no request that another server took', async () => {
    const { bus, link, servers, clock } = await up();
    const asked = followed(bus.request('a', bytes(''), { timeoutMs: 60_000 }));
    link.break();
    const next = servers.letIn();
    await clock.advanceAsync(0);
    next.owner?.violated(next, { operation: 'publish', subject: 'a', text: SAID });
    await clock.advanceAsync(0);
    expect([asked.end, bus.stats().violations]).toEqual([null, 1]);
  });

  test('is a word to those who listen, and a warning, for those who listen may be gateways', async () => {
    const { bus, link } = await up();
    const violation = {
      operation: 'subscription',
      subject: 'a',
      text: 'Permissions Violation for Subscription to "a"',
    } as const;
    bus.subscribe('a', () => {});
    const heard: unknown[] = [];
    bus.onState((state, detail) => void heard.push([state, detail]));
    link.owner?.violated(link, violation);
    expect(warnings).toEqual([expect.stringContaining(violation.text)]);
    link.owner?.violated(link, violation);
    const told = ['up', expect.stringContaining(violation.text)];
    expect(heard).toEqual([told, told]);
    expect([warnings.length, bus.stats().violations]).toEqual([1, 2]);
  });

  test('fails every request where it is their answers, until another server lets us in', async () => {
    const { bus, link, servers, clock } = await up();
    const asked = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    const [{ subject = '' } = {}] = link.subscriptions;
    link.owner?.violated(link, {
      operation: 'subscription',
      subject,
      text: `Permissions Violation for Subscription to "${subject}"`,
    });
    const next = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    await clock.advanceAsync(0);
    expect([asked.end, next.end]).toEqual([
      ['bus-refused', true],
      ['bus-refused', false],
    ]);
    expect(next.error?.message).toContain('inboxPrefix');
    link.break();
    servers.letIn();
    await clock.advanceAsync(0);
    const last = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    await clock.advanceAsync(0);
    expect(last.end).toBe(null);
  });
});

describe('closing', () => {
  test('drains, lets callbacks finish and their answers leave, flushes, and then closes', async () => {
    const { bus, link, clock } = await up();
    link.isPrompt = false;
    let finish = (): void => {};
    bus.subscribe('a', (async (message: BusMessage) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      message.respond(bytes('the answer'));
    }) as (message: BusMessage) => void);
    link.give('a', 'a question', { reply: 'r' });
    const end = followed(bus.close());
    expect(() => bus.subscribe('b', () => {})).toThrow(expect.objectContaining({ reason: 'bus-closed' }));
    link.hadAll();
    await clock.advanceAsync(0);
    // the server has had everything so far: the answer is missing
    link.hadAll();
    await clock.advanceAsync(0);
    expect([bus.state, end.end]).toEqual(['leaving', null]);
    finish();
    await clock.advanceAsync(0);
    expect([bus.state, link.written]).toEqual([
      'leaving',
      [expect.objectContaining({ subject: 'r', text: 'the answer' })],
    ]);
    link.hadAll();
    await clock.advanceAsync(0);
    expect([bus.state, end.end, link.isClosed, clock.pending]).toEqual(['closed', 'done', true, 0]);
    expect(warnings).toEqual([]);
  });

  test('rejects requests that wait, and says of each whether it was sent', async () => {
    const { bus, link, clock } = await up();
    const sent = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    link.break();
    const held = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    void bus.close();
    const late = followed(bus.request('a', bytes(''), { timeoutMs: 1_000 }));
    await clock.advanceAsync(0);
    expect([sent.end, held.end, late.end]).toEqual([
      ['bus-closed', true],
      ['bus-closed', false],
      ['bus-closed', false],
    ]);
  });

  test('takes no longer than its time, and then says that something may be lost', async () => {
    const { bus, link, clock } = await up({ closeTimeout: 700 });
    link.isPrompt = false;
    const end = followed(bus.close());
    await clock.advanceAsync(699);
    expect(end.end).toBe(null);
    await clock.advanceAsync(1);
    expect([end.end, bus.state]).toEqual(['done', 'closed']);
    expect(warnings).toEqual([expect.stringContaining('within 700 ms')]);
  });

  test('is the same for every call', async () => {
    const { bus } = await up();
    await Promise.all([bus.close(), bus.close()]);
    await bus.close();
  });
});

describe('coming back', () => {
  test('begins at once, tries each server, and pauses for longer after each round, for two seconds at most', async () => {
    const { link, servers, clock } = await up();
    link.break();
    const startsMs: number[] = [];
    for (let round = 0; round < 9; round++) {
      while (servers.attempts.length === 0) await clock.advanceAsync(1);
      startsMs.push(clock.now());
      servers.fail();
      await clock.advanceAsync(0);
      servers.fail(true);
      await clock.advanceAsync(0);
    }
    const pauses = startsMs.slice(1).map((ms, at) => ms - (startsMs[at] ?? 0));
    expect([startsMs[0], pauses]).toEqual([0, [38, 75, 150, 300, 600, 1_200, 1_500, 1_500]]);
    // the one that was lost is tried last
    expect(servers.tried.slice(1, 5)).toEqual(['two:2', 'one:1', 'two:2', 'one:1']);
  });

  test('goes on to the next server where a connection breaks before it is in use', async () => {
    const { bus, link, servers, clock } = await up();
    bus.subscribe('a', () => {});
    link.break();
    const broken = servers.letIn(true, [], new Error('closed connection'));
    await clock.advanceAsync(0);
    expect([bus.state, broken.isClosed, bus.stats().connections]).toEqual(['away', true, 1]);
    servers.letIn();
    await clock.advanceAsync(0);
    expect([bus.state, bus.stats().connections]).toEqual(['up', 2]);
  });

  test('says in each step what the state is, and why', async () => {
    const { bus, link, servers, clock } = await up();
    const heard: unknown[] = [];
    const stop = bus.onState((state, detail) => void heard.push([state, bus.state, detail]));
    bus.onState(() => {
      throw new Error('a listener that throws');
    });
    link.break('read ECONNRESET');
    servers.letIn();
    await clock.advanceAsync(0);
    expect(heard).toEqual([
      ['away', 'away', 'one:1: read ECONNRESET'],
      ['up', 'up', 'two:2'],
    ]);
    expect(warnings).toEqual([expect.stringContaining('a listener that throws')]);
    stop();
    await bus.close();
    expect(heard.length).toBe(2);
  });

  test('says of its end no more than that', async () => {
    const { bus } = await up();
    const heard: unknown[] = [];
    bus.onState((state, detail) => void heard.push([state, detail]));
    await bus.close();
    expect(heard).toEqual([
      ['leaving', null],
      ['closed', null],
    ]);
  });

  test('takes what the server takes that is there now, and keeps to it while none is there', async () => {
    const { bus, link, servers, clock } = await up();
    expect(bus.maxPayload).toBe(1_000);
    link.break();
    const next = servers.letIn();
    next.maxPayload = 500;
    expect(bus.maxPayload).toBe(1_000);
    await clock.advanceAsync(0);
    expect(bus.maxPayload).toBe(500);
  });

  test('says why it does not come back, once for each reason, in whichever order servers are tried', async () => {
    const { bus, link, servers, clock } = await up();
    const heard: unknown[] = [];
    bus.onState((state, detail) => void heard.push([state, detail]));
    link.break();
    const round = async (isFinal: boolean): Promise<void> => {
      for (const _ of [1, 2]) {
        servers.fail(isFinal);
        await clock.advanceAsync(0);
      }
      await clock.advanceAsync(2_000);
    };
    await round(false);
    const first = heard.at(-1);
    await round(false);
    expect(heard).toEqual([['away', expect.stringContaining('one:1')], first]);
    expect(first).toEqual(['away', expect.stringMatching(/one:1.*; .*two:2/)]);
    expect(warnings).toEqual([]);
  });

  test('warns where servers refuse what they allowed before', async () => {
    const { link, servers, clock } = await up({ servers: 'one:1' });
    link.break();
    servers.fail(true);
    await clock.advanceAsync(2_000);
    servers.fail(true);
    await clock.advanceAsync(0);
    expect(warnings).toEqual([expect.stringContaining('does not come back')]);
  });

  test('finds servers that the cluster has told of', async () => {
    const { servers, link, clock } = await up({ servers: 'one:1' });
    link.break();
    const next = servers.letIn(true, ['one:1', 'three:3']);
    await clock.advanceAsync(0);
    next.break();
    expect(servers.tried).toEqual(['one:1', 'one:1', 'three:3']);
  });

  test('finds a cluster whose servers were all replaced since it connected', async () => {
    const { bus, servers, link, clock } = await up({ servers: 'one:1' });
    link.knownServers = ['one:1', 'two:2'];
    link.owner?.clusterChanged(link);
    link.knownServers = ['three:3'];
    link.owner?.clusterChanged(link);
    link.break();
    expect(servers.tried).toEqual(['one:1', 'three:3']);
    servers.letIn();
    await clock.advanceAsync(0);
    expect([bus.state, bus.server]).toEqual(['up', 'three:3']);
  });
});

describe('the first connection', () => {
  test('rejects with what each server said, and leaves nothing behind', async () => {
    const clock = new VirtualClock();
    const servers = new FakeServers();
    const end = followed(
      openNatsBus({ servers: ['one:1', 'two:2'], clock, random: () => 0.5 }, servers.dial),
    );
    servers.fail();
    await clock.advanceAsync(0);
    servers.fail(true);
    await clock.advanceAsync(0);
    expect(end.end).toEqual(['bus-refused', false]);
    expect(end.error?.message).toContain('Could not connect to one:1: no; Could not connect to two:2: no');
    expect([servers.open, clock.pending]).toEqual([[], 0]);
  });

  test('says that the credentials are wrong where one server says so', async () => {
    const clock = new VirtualClock();
    const servers = new FakeServers();
    const options = { servers: ['one:1', 'two:2'], clock, random: () => 0.5 };
    const end = followed(openNatsBus(options, servers.dial));
    servers.fail(true, true);
    await clock.advanceAsync(0);
    servers.fail();
    await clock.advanceAsync(0);
    expect(end.end).toEqual(['bus-unauthorized', false]);
  });

  test('waits where one server says no, and another one may still come or broke at once', async () => {
    const clock = new VirtualClock();
    const servers = new FakeServers();
    const options = { servers: ['one:1', 'two:2'], waitOnFirstConnect: true, clock, random: () => 0.5 };
    const opening = openNatsBus(options, servers.dial);
    for (const fail of [
      () => servers.fail(),
      () => servers.fail(true),
      () => servers.fail(true),
      () => servers.letIn(true, [], new Error('it broke')),
    ]) {
      fail();
      await clock.advanceAsync(0);
      if (servers.attempts.length === 0) await clock.advanceAsync(2_000);
    }
    servers.letIn();
    await clock.advanceAsync(0);
    expect((await opening).state).toBe('up');
  });

  test('that is given up too late to stop it is closed', async () => {
    const clock = new VirtualClock();
    const link = new FakeLink('one:1');
    let letIn = (): void => {};
    const bus = new LinkBus(
      natsSettings({ servers: 'one:1', clock }),
      () =>
        new Promise((resolve) => {
          letIn = () => resolve({ link });
        }),
    );
    const end = followed(bus.start());
    await bus.close();
    letIn();
    await clock.advanceAsync(0);
    expect([end.end, link.isClosed]).toEqual([['bus-refused', false], true]);
  });

  test('waits for a server where it is wanted, but not for one that says no', async () => {
    const clock = new VirtualClock();
    const servers = new FakeServers();
    const end = followed(
      openNatsBus({ servers: 'one:1', waitOnFirstConnect: true, clock, random: () => 0.5 }, servers.dial),
    );
    for (let i = 0; i < 5; i++) {
      servers.fail();
      await clock.advanceAsync(2_000);
    }
    expect(end.end).toBe(null);
    servers.fail(true);
    await clock.advanceAsync(0);
    expect(end.end).toEqual(['bus-refused', false]);
  });

  test('is given up by its signal', async () => {
    const clock = new VirtualClock();
    const servers = new FakeServers();
    const signal = new AbortController();
    const options = { servers: 'one:1', clock, signal: signal.signal };
    const end = followed(openNatsBus(options, servers.dial));
    await clock.advanceAsync(0);
    const reason = new Error('never mind');
    signal.abort(reason);
    await clock.advanceAsync(0);
    expect([end.end, servers.attempts, clock.pending]).toEqual([reason, [], 0]);
    await expect(openNatsBus(options, servers.dial)).rejects.toBe(reason);
  });
});
