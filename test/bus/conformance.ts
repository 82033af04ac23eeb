/** What is true of every bus: the same tests for each, so that what works on one works on the other. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bus, BusMessage, BusState, BusSubscription } from '../../src/bus/bus.js';
import { MAX_SUBJECT_BYTES, sizeOfHeaders } from '../../src/bus/checks.js';
import { collectWarnings } from '../support/warnings.js';

/** A bus to which the tests connect. */
export interface BusWorld {
  /** Another way to it, which is up. */
  connect(): Promise<Bus>;
  /** Lets time pass where it is the test's own; where it passes by itself, nothing. */
  pass(ms: number): Promise<void>;
  /** Ends what is left. */
  close(): Promise<void>;
}

const NO_DATA = new Uint8Array();
/** Long enough for an answer on any machine; no test waits for so long. */
const LONG_MS = 30_000;
const SHORT_MS = 40;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = ({ data }: { readonly data: Uint8Array }): string => new TextDecoder().decode(data);
const busError = (reason: string, written = false): unknown =>
  expect.objectContaining({ code: 'ERR_BUS', name: 'BusError', reason, written });

/** The reason of a rejection; fails where there is none. */
function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('a rejection'),
    (reason: unknown) => reason,
  );
}

/**
 * Tests a bus.
 *
 * @param name of the bus, for the titles of the tests
 * @param open makes one, on which nobody else is
 */
export function busConformance(name: string, open: () => Promise<BusWorld>): void {
  describe(name, () => {
    const warnings = collectWarnings();
    let world: BusWorld;
    let bus: Bus;
    let other: Bus;
    beforeEach(async () => {
      world = await open();
      bus = await world.connect();
      other = await world.connect();
    });
    afterEach(() => world.close());

    /** Waits until all that was published is with those who get it. */
    async function settled(): Promise<void> {
      for (const each of [bus, other, bus, other]) if (each.state === 'up') await each.flush();
    }

    /** Subscribes with a list. */
    async function gather(of: Bus, subject: string, queue?: string): Promise<BusMessage[]> {
      const got: BusMessage[] = [];
      of.subscribe(subject, (message) => got.push(message), { queue });
      await of.flush();
      return got;
    }

    /** Subscribes with an answer: what it was asked, in capitals. */
    async function answer(of: Bus, subject: string, queue?: string): Promise<BusSubscription> {
      const subscription = of.subscribe(
        subject,
        (message) => message.respond(bytes(textOf(message).toUpperCase())),
        { queue },
      );
      await of.flush();
      return subscription;
    }

    describe('a message', () => {
      test('gets to each who has subscribed to its subject, as it was', async () => {
        const here = await gather(bus, 'lamps.kitchen');
        const there = await gather(other, 'lamps.kitchen');
        const elsewhere = await gather(other, 'lamps.hall');
        bus.publish('lamps.kitchen', Uint8Array.of(0, 255, 13, 10), { headers: { Color: 'blå; 灯' } });
        await settled();
        for (const got of [here, there]) {
          expect(got).toHaveLength(1);
          expect(got[0]).toMatchObject({ subject: 'lamps.kitchen', reply: null });
          expect([...(got[0]?.data ?? [])]).toEqual([0, 255, 13, 10]);
          expect({ ...got[0]?.headers }).toEqual({ Color: 'blå; 灯' });
        }
        expect(elsewhere).toEqual([]);
      });

      test('comes after the call that publishes it', async () => {
        const got = await gather(bus, 'x');
        bus.publish('x', NO_DATA);
        expect(got).toEqual([]);
        await settled();
        expect(got).toHaveLength(1);
      });

      test('without headers has none, also where they are empty', async () => {
        const got = await gather(bus, 'x');
        bus.publish('x', NO_DATA);
        bus.publish('x', NO_DATA, { headers: {} });
        await settled();
        expect(got.map(({ headers }) => headers)).toEqual([null, null]);
      });

      test('comes in the order of its sender, whatever its subject', async () => {
        const got = await gather(other, 'n.*');
        const numbers = Array.from({ length: 1_000 }, (_, i) => String(i));
        for (const each of numbers) bus.publish(`n.${Number(each) % 7}`, bytes(each));
        await settled();
        expect(got.map(textOf)).toEqual(numbers);
      });

      test('is what it was when it was published, whatever becomes of its bytes and headers', async () => {
        const got = await gather(other, 'x');
        const data = bytes('before');
        const headers = { When: 'before' };
        bus.publish('x', data, { headers });
        data.fill(0);
        headers.When = 'after';
        await settled();
        expect(got.map(textOf)).toEqual(['before']);
        expect({ ...got[0]?.headers }).toEqual({ When: 'before' });
      });

      test('that nobody wants is gone, and nobody is told, also where an answer is asked for', async () => {
        const replies = await gather(bus, 'replies');
        bus.publish('nobody', NO_DATA, { reply: 'replies' });
        await settled();
        const late = await gather(bus, 'nobody');
        await settled();
        expect([...replies, ...late]).toEqual([]);
      });

      test('with a subject for its answer has the answer sent there', async () => {
        const replies = await gather(bus, 'replies');
        await answer(other, 'x');
        bus.publish('x', bytes('a'), { reply: 'replies' });
        await settled();
        await settled();
        expect(replies.map(textOf)).toEqual(['A']);
      });

      test('that wants no answer takes none', async () => {
        const all = await gather(bus, '>');
        await answer(other, 'x');
        bus.publish('x', bytes('a'));
        await settled();
        await settled();
        expect(all.map(({ subject }) => subject)).toEqual(['x']);
      });
    });

    describe('a subscription', () => {
      test.each<[string, readonly string[], readonly string[]]>([
        ['a.b', ['a.b'], ['a', 'a.b.c', 'a.c', 'A.b', 'b.a']],
        ['*', ['a', '$x'], ['a.b']],
        ['a.*', ['a.b', 'a.$b', 'a.%2A'], ['a', 'a.b.c', 'b.b']],
        ['*.b', ['a.b', 'b.b'], ['b', 'a.b.c']],
        ['a.*.c', ['a.b.c', 'a.c.c'], ['a.c', 'a.b.c.d', 'a.b.d']],
        ['*.*', ['a.b'], ['a', 'a.b.c']],
        ['>', ['a', 'a.b', '$x.y.z'], []],
        ['a.>', ['a.b', 'a.b.c.d'], ['a', 'b.a']],
        ['a.*.>', ['a.b.c', 'a.b.c.d'], ['a.b', 'a']],
        // a wildcard is a whole word
        ['a.b*', ['a.b*'], ['a.b', 'a.bc']],
        ['a>.b', ['a>.b'], ['a.b']],
      ])('to %s gets what fits, and nothing else', async (pattern, fitting, others) => {
        const got = await gather(other, pattern);
        for (const subject of [...fitting, ...others]) bus.publish(subject, NO_DATA);
        await settled();
        expect(got.map(({ subject }) => subject)).toEqual(fitting);
      });

      test('gets a message once for each of its kind', async () => {
        const got = [
          await gather(bus, 'a.b'),
          await gather(bus, 'a.b'),
          await gather(bus, 'a.*'),
          await gather(bus, '>'),
        ];
        bus.publish('a.b', NO_DATA);
        await settled();
        expect(got.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
      });

      test('shares with the others of its queue, as chance has it, and with nobody else', async () => {
        const one = await gather(bus, 'jobs', 'workers');
        const two = await gather(other, 'jobs', 'workers');
        const three = await gather(other, 'jobs', 'workers');
        const auditors = await gather(bus, 'jobs', 'auditors');
        const all = await gather(bus, 'jobs');
        const count = 900;
        for (let i = 0; i < count; i++) bus.publish('jobs', bytes(String(i)));
        await settled();
        const shares = [one, two, three].map((got) => got.length);
        expect(shares.reduce((sum, share) => sum + share)).toBe(count);
        for (const share of shares) expect(share).toBeGreaterThan(count / 6);
        expect(new Set([one, two, three].flat().map(textOf)).size).toBe(count);
        expect([auditors.length, all.length]).toEqual([count, count]);
      });

      test('shares with all of its queue to whom a message fits, also with another pattern', async () => {
        const wide = await gather(bus, 'jobs.*', 'workers');
        const narrow = await gather(bus, 'jobs.paint', 'workers');
        for (let i = 0; i < 200; i++) bus.publish('jobs.paint', NO_DATA);
        bus.publish('jobs.wash', NO_DATA);
        await settled();
        expect(wide.length + narrow.length).toBe(201);
        expect(Math.min(wide.length, narrow.length)).toBeGreaterThan(20);
      });

      test('gets nothing more once it is unsubscribed, also of what is under way', async () => {
        const got: string[] = [];
        const subscription = bus.subscribe('x', (message) => {
          got.push(textOf(message));
          subscription.unsubscribe();
        });
        await bus.flush();
        for (const each of ['1', '2', '3']) bus.publish('x', bytes(each));
        await settled();
        expect(got).toEqual(['1']);
        subscription.unsubscribe();
        await subscription.drain();
      });

      test('gets what is under way when it is drained, and nothing that is sent later', async () => {
        const got: string[] = [];
        const subscription = other.subscribe('x', (message) => got.push(textOf(message)));
        await other.flush();
        for (let i = 0; i < 100; i++) bus.publish('x', bytes(String(i)));
        await bus.flush();
        await subscription.drain();
        expect(got).toHaveLength(100);
        bus.publish('x', bytes('late'));
        await settled();
        expect(got).toHaveLength(100);
        await subscription.drain();
        expect(await rejection(bus.request('x', NO_DATA, { timeoutMs: LONG_MS }))).toEqual(
          busError('bus-no-responders'),
        );
      });

      test('of a queue leaves what comes to the others when it is drained, and no message is lost', async () => {
        const first: string[] = [];
        const leaving = bus.subscribe('jobs', (message) => first.push(textOf(message)), { queue: 'q' });
        const second = await gather(other, 'jobs', 'q');
        await bus.flush();
        for (let i = 0; i < 200; i++) {
          bus.publish('jobs', bytes(String(i)));
          if (i === 100) void leaving.drain();
        }
        await settled();
        const got = [...first, ...second.map(textOf)];
        expect(got).toHaveLength(200);
        expect(new Set(got).size).toBe(200);
      });

      test('can be made, and ended, while a message is given', async () => {
        const got: string[] = [];
        const outer = bus.subscribe('x', () => {
          outer.unsubscribe();
          bus.subscribe('y', (message) => got.push(textOf(message)));
          bus.publish('y', bytes('inner'));
        });
        await bus.flush();
        other.publish('x', NO_DATA);
        await settled();
        await settled();
        expect(got).toEqual(['inner']);
      });

      test('whose function throws or rejects is a warning, and misses nothing', async () => {
        const got: string[] = [];
        bus.subscribe('x', (message) => {
          got.push(textOf(message));
          throw new Error('at once');
        });
        bus.subscribe('y', (async (message: BusMessage) => {
          got.push(textOf(message));
          throw new Error('later');
        }) as (message: BusMessage) => void);
        const healthy = await gather(bus, '*');
        for (const subject of ['x', 'y', 'x', 'y']) bus.publish(subject, bytes(subject));
        await settled();
        await settled();
        expect(got).toEqual(['x', 'y', 'x', 'y']);
        expect(healthy).toHaveLength(4);
        expect(warnings).toEqual(['a subscriber to x failed: at once', 'a subscriber to y failed: later']);
      });
    });

    describe('a request', () => {
      test('gets the answer, with its headers', async () => {
        other.subscribe('x', (message) => {
          expect(message.reply).toMatch(/\S/);
          message.respond(bytes(`${textOf(message)} ${message.headers?.['Which']}`), { Answered: 'yes' });
        });
        await other.flush();
        const got = await bus.request('x', bytes('hello'), { timeoutMs: LONG_MS, headers: { Which: '7' } });
        expect(textOf(got)).toBe('hello 7');
        expect({ ...got.headers }).toEqual({ Answered: 'yes' });
        expect(got.reply).toBeNull();
        got.respond(NO_DATA);
      });

      test('gets its own answer, among many others', async () => {
        await answer(other, 'x', 'q');
        await answer(bus, 'x', 'q');
        const asked = Array.from({ length: 500 }, (_, i) => `q${i}`);
        const got = await Promise.all(
          asked.map((each) => bus.request('x', bytes(each), { timeoutMs: LONG_MS })),
        );
        expect(got.map(textOf)).toEqual(asked.map((each) => each.toUpperCase()));
      });

      test('gets the first of several answers, and the others are gone', async () => {
        const seen = await gather(bus, 'x');
        other.subscribe('x', (message) => {
          for (const each of ['first', 'second']) message.respond(bytes(each));
        });
        await other.flush();
        const got = await bus.request('x', NO_DATA, { timeoutMs: LONG_MS });
        expect(textOf(got)).toBe('first');
        await settled();
        expect(seen).toHaveLength(1);
      });

      test('of which nobody hears fails at once, and is certainly not written', async () => {
        expect(await rejection(bus.request('nobody.there', NO_DATA, { timeoutMs: LONG_MS }))).toEqual(
          busError('bus-no-responders'),
        );
        expect(await rejection(bus.request('nobody.there', NO_DATA, { timeoutMs: LONG_MS }))).toMatchObject({
          subject: 'nobody.there',
        });
      });

      test.each([
        undefined,
        '5',
        Number.NaN,
        -1,
        Number.POSITIVE_INFINITY,
        2 ** 31,
      ])('waits for no time that is none: %j', async (ms) => {
        other.subscribe('x', (message) => message.respond(NO_DATA));
        await settled();
        const refused = (option: string): unknown => expect.objectContaining({ code: 'ERR_OPTION', option });
        expect(await rejection(bus.request('x', NO_DATA, { timeoutMs: ms as number }))).toEqual(
          refused('timeoutMs'),
        );
        expect(await rejection(bus.requestAll('x', NO_DATA, { maxWaitMs: ms as number }))).toEqual(
          refused('maxWaitMs'),
        );
        if (ms === undefined) return;
        const stalled = bus.requestAll('x', NO_DATA, { maxWaitMs: LONG_MS, stallMs: ms as number });
        expect(await rejection(stalled)).toEqual(refused('stallMs'));
      });

      test('without an answer fails when its time is over, with an outcome that is unknown', async () => {
        const heard = await gather(other, 'x');
        const failed = rejection(bus.request('x', NO_DATA, { timeoutMs: SHORT_MS }));
        await settled();
        await world.pass(SHORT_MS);
        expect(await failed).toEqual(busError('bus-timeout', true));
        // the late answer is for nobody
        heard[0]?.respond(NO_DATA);
        await settled();
        await answer(other, 'y');
        expect(textOf(await bus.request('y', bytes('a'), { timeoutMs: LONG_MS }))).toBe('A');
      });

      test('is given up by its signal, with its reason', async () => {
        const heard = await gather(other, 'x');
        const abort = new AbortController();
        const reason = new Error('no longer wanted');
        const failed = rejection(bus.request('x', NO_DATA, { timeoutMs: LONG_MS, signal: abort.signal }));
        await settled();
        abort.abort(reason);
        expect(await failed).toBe(reason);
        heard[0]?.respond(NO_DATA);
        await settled();
      });

      test('leaves its signal when it is settled', async () => {
        let listeners = 0;
        const signal = {
          aborted: false,
          addEventListener: () => void listeners++,
          removeEventListener: () => void listeners--,
        };
        await answer(other, 'x');
        const asked = bus.request('x', NO_DATA, { timeoutMs: LONG_MS, signal });
        expect(listeners).toBe(1);
        await asked;
        expect(listeners).toBe(0);
      });

      test('is not sent where its signal is aborted already', async () => {
        const heard = await gather(other, 'x');
        const signal = AbortSignal.abort();
        expect(await rejection(bus.request('x', NO_DATA, { timeoutMs: LONG_MS, signal }))).toBe(
          signal.reason,
        );
        await settled();
        expect(heard).toEqual([]);
      });

      test('is heard by the one who asks as well', async () => {
        await answer(bus, 'x');
        expect(textOf(await bus.request('x', bytes('me'), { timeoutMs: LONG_MS }))).toBe('ME');
      });
    });

    describe('a request to all', () => {
      test('gathers the answers until its time is over', async () => {
        for (const each of ['a', 'b', 'c']) other.subscribe('who', (message) => message.respond(bytes(each)));
        await other.flush();
        const gathered = bus.requestAll('who', NO_DATA, { maxWaitMs: 10 * SHORT_MS });
        await settled();
        await settled();
        await world.pass(10 * SHORT_MS);
        expect((await gathered).map(textOf).sort()).toEqual(['a', 'b', 'c']);
      });

      test('ends when no other answer comes for a while', async () => {
        await answer(other, 'who');
        const gathered = bus.requestAll('who', bytes('a'), { maxWaitMs: LONG_MS, stallMs: SHORT_MS });
        await settled();
        await settled();
        await world.pass(SHORT_MS);
        expect((await gathered).map(textOf)).toEqual(['A']);
      });

      test('has no answer where nobody listens, at once', async () => {
        expect(await bus.requestAll('who', NO_DATA, { maxWaitMs: LONG_MS })).toEqual([]);
      });

      test('has no answer where nobody gives one', async () => {
        await gather(other, 'who');
        const gathered = bus.requestAll('who', NO_DATA, { maxWaitMs: SHORT_MS });
        await settled();
        await world.pass(SHORT_MS);
        expect(await gathered).toEqual([]);
      });
    });

    describe('what cannot be sent', () => {
      const longest = 'x'.repeat(MAX_SUBJECT_BYTES);

      test.each<[string, string]>([
        ['is empty', ''],
        ['has an empty word', 'a..b'],
        ['begins with a dot', '.a'],
        ['ends with a dot', 'a.'],
        ['has a space', 'a b'],
        ['has a tab', 'a\tb'],
        ['has a line break', 'a\r\nPUB b 0'],
        ['has a zero', 'a\u0000'],
        ['has a delete character', 'a\u007f'],
        ['is a half of a pair of surrogates', 'a.\ud83d'],
        ['is too long', `${longest}x`],
        ['is 5,000 characters long', 'x'.repeat(5_000)],
        ['has more bytes than that in fewer characters', '€'.repeat(1_500)],
      ])('is refused where its subject %s, and the bus lives on', async (_, subject) => {
        const refused = busError('bus-bad-subject');
        expect(() => bus.publish(subject, NO_DATA)).toThrow(refused as Error);
        expect(() => bus.publish('x', NO_DATA, { reply: subject })).toThrow(refused as Error);
        expect(() => bus.subscribe(subject, () => {})).toThrow(refused as Error);
        expect(() => bus.subscribe('x', () => {}, { queue: subject })).toThrow(refused as Error);
        expect(await rejection(bus.request(subject, NO_DATA, { timeoutMs: LONG_MS }))).toEqual(refused);
        expect(await rejection(bus.requestAll(subject, NO_DATA, { maxWaitMs: LONG_MS }))).toEqual(refused);
        await answer(other, 'lives');
        expect(textOf(await bus.request('lives', bytes('on'), { timeoutMs: LONG_MS }))).toBe('ON');
      });

      test.each(['*', 'a.*', '>', 'a.>', '*.a'])('is refused where its subject is %s', async (subject) => {
        const refused = busError('bus-bad-subject');
        expect(() => bus.publish(subject, NO_DATA)).toThrow(refused as Error);
        expect(() => bus.publish('x', NO_DATA, { reply: subject })).toThrow(refused as Error);
        expect(await rejection(bus.request(subject, NO_DATA, { timeoutMs: LONG_MS }))).toEqual(refused);
      });

      test('is no subscription where something follows the last wildcard', () => {
        expect(() => bus.subscribe('a.>.b', () => {})).toThrow(busError('bus-bad-subject') as Error);
      });

      test('is refused only where it is longer than a subject may be', async () => {
        const got = await gather(other, longest);
        bus.publish(longest, bytes('fits'));
        await settled();
        expect(got.map(textOf)).toEqual(['fits']);
      });

      test('is refused where it is larger than the bus allows, with its headers', async () => {
        const got = await gather(other, 'x');
        const headers = { Name: 'wert' };
        const most = new Uint8Array(bus.maxPayload - sizeOfHeaders(headers));
        bus.publish('x', most, { headers });
        bus.publish('x', new Uint8Array(bus.maxPayload));
        await settled();
        expect(got.map(({ data }) => data.length)).toEqual([most.length, bus.maxPayload]);
        const tooLarge = busError('bus-too-large');
        const more = new Uint8Array(most.length + 1);
        expect(() => bus.publish('x', more, { headers })).toThrow(tooLarge as Error);
        expect(await rejection(bus.request('x', more, { headers, timeoutMs: LONG_MS }))).toEqual(tooLarge);
        expect(await rejection(bus.requestAll('x', more, { headers, maxWaitMs: LONG_MS }))).toEqual(tooLarge);
        await settled();
        expect(got).toHaveLength(2);
      });

      test('is no answer where it is larger than the bus allows: who answers hears of it', async () => {
        const errors: unknown[] = [];
        other.subscribe('x', (message) => {
          try {
            message.respond(new Uint8Array(other.maxPayload + 1));
          } catch (error) {
            errors.push(error);
            message.respond(bytes('too large'));
          }
        });
        await other.flush();
        expect(textOf(await bus.request('x', NO_DATA, { timeoutMs: LONG_MS }))).toBe('too large');
        expect(errors).toEqual([busError('bus-too-large')]);
      });

      test.each<[string, Record<string, string>]>([
        ['a line break in a value', { Name: 'a\r\nOther: b' }],
        ['a line break in a name', { 'Na\nme': 'a' }],
        ['a colon in a name', { 'Name: a': 'b' }],
        ['an empty name', { '': 'a' }],
      ])('has headers with %s', async (_, headers) => {
        expect(() => bus.publish('x', NO_DATA, { headers })).toThrow(busError('bus-bad-message') as Error);
        expect(await rejection(bus.request('x', NO_DATA, { headers, timeoutMs: LONG_MS }))).toEqual(
          busError('bus-bad-message'),
        );
      });

      test('is no bytes', async () => {
        expect(() => bus.publish('x', 'text' as unknown as Uint8Array)).toThrow(TypeError);
        expect(
          await rejection(bus.request('x', null as unknown as Uint8Array, { timeoutMs: LONG_MS })),
        ).toBeInstanceOf(TypeError);
      });
    });

    describe('the end', () => {
      test('is told, state by state, to those who listen', async () => {
        const states: BusState[] = [];
        const unheard: BusState[] = [];
        bus.onState(() => {
          throw new Error('of a listener');
        });
        bus.onState((state) => states.push(state));
        bus.onState((state) => unheard.push(state))();
        expect(bus.state).toBe('up');
        const closing = bus.close();
        expect(bus.state).toBe('leaving');
        expect(bus.close()).toBe(closing);
        await closing;
        expect(bus.state).toBe('closed');
        expect(states).toEqual(['leaving', 'closed']);
        expect(unheard).toEqual([]);
        expect(warnings).toContain(`a listener to the state of the bus ${bus.name} failed: of a listener`);
      });

      test('gives subscribers what is under way, and sends what they answer', async () => {
        const got: string[] = [];
        bus.subscribe('x', (message) => {
          got.push(textOf(message));
          message.respond(bytes('answered'));
        });
        await bus.flush();
        const asked = Array.from({ length: 50 }, (_, i) =>
          other.request('x', bytes(String(i)), { timeoutMs: LONG_MS }),
        );
        await other.flush();
        await bus.close();
        expect((await Promise.all(asked)).map(textOf)).toEqual(Array.from({ length: 50 }, () => 'answered'));
        expect(got).toHaveLength(50);
        expect(await rejection(other.request('x', NO_DATA, { timeoutMs: LONG_MS }))).toEqual(
          busError('bus-no-responders'),
        );
      });

      test('sends what was published before', async () => {
        const got = await gather(other, 'x');
        for (let i = 0; i < 100; i++) bus.publish('x', NO_DATA);
        await bus.close();
        await settled();
        expect(got).toHaveLength(100);
      });

      test('rejects the requests of this side that wait, and those of no other', async () => {
        const heard = await gather(other, 'x');
        const failed = rejection(bus.request('x', NO_DATA, { timeoutMs: LONG_MS }));
        const failedAll = rejection(bus.requestAll('x', NO_DATA, { maxWaitMs: LONG_MS }));
        const kept = other.request('x', NO_DATA, { timeoutMs: LONG_MS });
        await settled();
        await bus.close();
        expect(await failed).toEqual(busError('bus-closed', true));
        expect(await failedAll).toEqual(busError('bus-closed', true));
        for (const each of heard) each.respond(bytes('kept'));
        expect(textOf(await kept)).toBe('kept');
      });

      test('leaves nothing that can be done', async () => {
        await bus.close();
        const closed = busError('bus-closed');
        expect(() => bus.publish('x', NO_DATA)).toThrow(closed as Error);
        expect(() => bus.subscribe('x', () => {})).toThrow(closed as Error);
        expect(await rejection(bus.request('x', NO_DATA, { timeoutMs: LONG_MS }))).toEqual(closed);
        expect(await rejection(bus.requestAll('x', NO_DATA, { maxWaitMs: LONG_MS }))).toEqual(closed);
        expect(await rejection(bus.flush())).toEqual(closed);
        await bus.close();
      });

      test('lets nothing begin while it is under way', async () => {
        const closing = bus.close();
        const closed = busError('bus-closed');
        expect(() => bus.subscribe('x', () => {})).toThrow(closed as Error);
        expect(await rejection(bus.request('x', NO_DATA, { timeoutMs: LONG_MS }))).toEqual(closed);
        await closing;
      });
    });
  });
}
