import { effect } from '@preact/signals';
import { describe, expect, test } from 'vitest';
import { withTroubles } from '../../src/inspector/detect/recorded.js';
import type { InspectorEntry, NumberedEntry } from '../../src/inspector/entries.js';
import type { Feed } from '../../src/inspector/feed.js';
import { EMPTY, History, readQuestion } from '../../visualizations/debugger/ask/question.js';
import { checksumOf, dumpLines } from '../../visualizations/debugger/detail/bytes.js';
import { endsOf, Lanes } from '../../visualizations/debugger/sequence/lanes.js';
import { orderedRows } from '../../visualizations/debugger/sessions/order.js';
import { type FeedWorld, followFeed } from '../../visualizations/debugger/store/feed.js';
import { fragmentOf, parseFragment, restore } from '../../visualizations/debugger/store/fragment.js';
import { Listing } from '../../visualizations/debugger/store/listing.js';
import { nextMoment } from '../../visualizations/debugger/store/player.js';
import { Store } from '../../visualizations/debugger/store/store.js';
import { clockText, duration, textOf } from '../../visualizations/debugger/store/texts.js';
import type { GroupWorld } from '../../visualizations/debugger/store/world.js';
import { atOnce, feed, message, note, numbered, row, state, trouble } from './page-support.js';

const storeWith = (entries: readonly InspectorEntry[], most?: number): Store => {
  const store = new Store(most);
  store.take(numbered(entries));
  return store;
};

const story: readonly InspectorEntry[] = [
  { kind: 'actor', group: 'pump', actor: 'authentication', parent: 'session', chart: 'authentication' },
  state('untrusted'),
  trouble(),
  state('seedRequested'),
  note('connected'),
  state('trusted'),
  trouble({ incident: 2 }),
];

const stateOf = (world: GroupWorld | undefined): unknown => world?.actors.get('authentication')?.state;

describe('the store of the page', () => {
  test('shows how a session stood at any moment, and how it stands', () => {
    const store = storeWith(story);
    const now = (): unknown => stateOf(store.worldAt(store.moment.value));
    expect(now()).toBe('trusted');
    store.goTo(3);
    expect([now(), store.until.value]).toEqual(['seedRequested', 4]);
    store.goTo(0);
    expect(now()).toBeNull();
    store.goToEntry(6);
    expect([now(), store.moment.value]).toEqual(['trusted', 5]);
    store.goTo(1.5);
    expect(now()).toBe('untrusted');
    store.goLive();
    expect([now(), store.until.value]).toEqual(['trusted', null]);
  });

  test('tells entries of one time apart', () => {
    const store = new Store();
    store.take(numbered(story).map((entry) => ({ ...entry, ms: 7 })));
    store.goToEntry(2);
    expect(stateOf(store.worldAt(7))).toBe('untrusted');
    store.goToEntry(4);
    expect(stateOf(store.worldAt(7))).toBe('seedRequested');
  });

  test('stands where it stood while it is paused, and keeps what comes', () => {
    const store = storeWith(story.slice(0, 2));
    store.goTo(1);
    store.take(numbered(story.slice(2), 3));
    expect(stateOf(store.worldAt(store.moment.value))).toBe('untrusted');
    expect(store.entries.value.length).toBe(story.length);
    store.goLive();
    expect(stateOf(store.worldAt(null))).toBe('trusted');
  });

  test('goes back through a long history as if it were replayed', () => {
    const steps = Array.from({ length: 3_500 }, (_, n) => state(`s${n}`));
    const store = storeWith(steps);
    for (const number of [3_500, 17, 2_999, 1_000, 1_001, 999, 3_001, 1]) {
      store.goToEntry(number);
      expect(stateOf(store.worldAt(store.moment.value))).toBe(`s${number - 1}`);
    }
  });

  test('forgets the oldest of too many entries, says how many, and still knows how things stand', () => {
    const store = storeWith(story, 10);
    for (let n = 0; n < 100; n++) store.take(numbered([note('again')], story.length + 1 + n));
    expect(store.entries.value.map(({ number }) => number)).toEqual(
      Array.from({ length: 10 }, (_, place) => story.length + 91 + place),
    );
    expect(store.forgotten.value).toBe(story.length + 90);
    expect(store.entries.forgotten).toBe(store.forgotten.value);
    expect(stateOf(store.worldAt(null))).toBe('trusted');
    expect(store.entry(107)?.number).toBe(107);
    // troubles outlive what was around them
    expect(store.troubles.value.map(({ number }) => number)).toEqual([3, 7]);
    expect(store.entry(3)?.kind).toBe('trouble');
    expect(store.entry(4)).toBeUndefined();
  });

  test('shows the moments that it has kept as they were, however much before them is forgotten', () => {
    const [all, few] = [new Store(), new Store(1_500)];
    for (let n = 1; n <= 4_000; n += 7) {
      const steps = Array.from({ length: 7 }, (_, index) => state(`state ${n + index}`));
      for (const store of [all, few]) store.take(numbered(steps, n));
    }
    const first = few.entries.value[0]?.number ?? 0;
    const last = few.entries.value.at(-1)?.number ?? 0;
    expect(last - first).toBe(1_499);
    for (const number of [last, first, first + 1, first + 700, first + 699, first + 1_400]) {
      const [before, after] = [all, few].map((store) => {
        store.goToEntry(number);
        return stateOf(store.worldAt(store.moment.value));
      });
      expect([before, after]).toEqual([`state ${number}`, `state ${number}`]);
    }
  });

  test('counts entries of a recording that it was not given time for as never received', () => {
    const store = new Store();
    const entries = numbered(Array.from({ length: 1_200 }, () => note('again')));
    const steps = store.show({ name: 'x.jsonl', startedAt: null, entries, unread: 2 });
    steps.next();
    const shown = store.entries.value.length;
    expect(() => steps.throw(new Error('enough'))).toThrow('enough');
    expect(shown).toBeGreaterThan(0);
    expect(store.entries.value.length).toBe(shown);
    expect([store.missed.value, store.forgotten.value]).toEqual([2 + 1_200 - shown, 0]);
  });

  test('forgets the oldest of entries that are large together', () => {
    const store = new Store();
    const text = 'x'.repeat(16 * 1024 * 1024);
    for (let n = 1; n <= 60; n++) store.take(numbered([note(text)], n));
    expect(store.entries.value.length).toBeLessThan(33);
    expect(store.entries.value.at(-1)?.number).toBe(60);
    expect(store.forgotten.value).toBe(60 - store.entries.value.length);
  });

  test('forgets how sessions stood whose rows are gone, with their last entries', () => {
    const store = new Store(10);
    store.takeFeed(feed(numbered([state('trusted', { group: 'old' })]), { sessions: [row('old')] }));
    store.takeFeed(feed(numbered([note('a')], 2), { goneSessions: ['old'] }));
    // what the debugger tells of it comes after it was forgotten
    store.takeFeed(feed(numbered([state('trusted', { group: 'old' })], 3)));
    expect(store.historyOf('old')).toBeDefined();
    for (let n = 4; n < 30; n++) store.takeFeed(feed(numbered([note('a')], n)));
    expect(store.historyOf('old')).toBeUndefined();
  });

  test('forgets the past when asked, and keeps how things stand', () => {
    const store = storeWith(story);
    store.select({ entry: 3 });
    store.forgetPast();
    expect([store.entries.value.length, store.troubles.value.length]).toEqual([0, 0]);
    expect(store.selection.value.entry).toBeNull();
    expect(stateOf(store.worldAt(null))).toBe('trusted');
    store.take(numbered([state('untrusted')], 8));
    store.goToEntry(8);
    expect(stateOf(store.worldAt(store.moment.value))).toBe('untrusted');
  });

  test('calls its readers once for many entries', () => {
    const store = new Store();
    const seen: number[] = [];
    const end = effect(() => void seen.push(store.entries.value.length));
    store.take(numbered(Array.from({ length: 5_000 }, () => message())));
    end();
    expect(seen).toEqual([0, 5_000]);
  });

  test('shows the session that failed before one that is new, and what a person chose before both', () => {
    const store = storeWith([note('a', { group: 'first' }), note('b', { group: 'second' })]);
    expect(store.group.value).toBe('first');
    store.take(numbered([trouble({ group: 'second' })], 3));
    expect(store.group.value).toBe('second');
    store.take(numbered([note('c', { group: 'third' }), trouble({ group: 'third' })], 4));
    expect(store.group.value).toBe('second');
    store.select({ entry: 4 });
    expect(store.group.value).toBe('third');
    store.select({ group: 'first' });
    expect([store.group.value, store.selection.value.entry]).toEqual(['first', null]);
    store.select({ entry: 5 });
    expect(store.selection.value).toEqual({ group: 'third', entry: 5, actor: null });
    store.select({ group: null });
    expect(store.selection.value).toEqual({ group: null, entry: 5, actor: null });
  });

  test('finds the request, the answer and the trouble of an exchange from any of them', () => {
    const entries = numbered([
      message({ exchange: 1 }),
      message({ exchange: 1, group: 'valve' }),
      message({ exchange: 1, role: 'answer', from: 'server' }),
      trouble({ exchange: 1, group: 'valve' }),
      message({ exchange: null, role: 'message' }),
    ]);
    const store = new Store();
    store.take(entries);
    const partsOf = (number: number): (number | undefined)[] | undefined => {
      const exchange = store.exchangeOf(entries[number - 1] as NumberedEntry);
      return exchange && [exchange.request?.number, exchange.answer?.number, exchange.trouble?.number];
    };
    expect([1, 2, 3, 4, 5].map(partsOf)).toEqual([
      [1, 3, undefined],
      [2, undefined, 4],
      [1, 3, undefined],
      [2, undefined, 4],
      undefined,
    ]);
  });

  test('looks for trouble in a recording that was made without, and not in one that has some', () => {
    const store = new Store();
    const without = numbered([message({ role: 'answer', status: 4 }), note('a')]);
    const opened = (name: string, entries: readonly NumberedEntry[]): void =>
      atOnce(store.show({ name, startedAt: null, entries: atOnce(withTroubles(entries)) }));
    opened('old.jsonl', without);
    expect(store.incidents.value).toMatchObject([{ code: 'bad-status', number: 2, about: { status: 4 } }]);
    expect(store.entries.value.map(({ number, kind }) => [number, kind])).toEqual([
      [1, 'message'],
      [2, 'trouble'],
      [3, 'note'],
    ]);
    const entries = numbered([message({ role: 'answer', status: 4 }), trouble()]);
    opened('new.jsonl', entries);
    expect(store.incidents.value.map(({ code }) => code)).toEqual(['request-timed-out']);
  });

  test('lists each trouble once, by its last entry, and none that another explains', () => {
    const store = new Store();
    const lost = { code: 'link-lost', incident: 2, exchange: null } as const;
    store.take(numbered([trouble(), trouble({ count: 2 }), trouble(lost)]));
    expect(store.incidents.value.map(({ number, count }) => [number, count])).toEqual([
      [2, 2],
      [3, 1],
    ]);
    store.take(numbered([trouble({ code: 'half-open', incident: 3 }), trouble({ coveredBy: 3 })], 4));
    expect(store.incidents.value.map(({ code }) => code)).toEqual(['link-lost', 'half-open']);
    const explained = store.entry(5);
    expect(explained?.kind === 'trouble' && store.explanationOf(explained)).toMatchObject({ number: 4 });
  });

  test('works out sessions and totals of a recording, and takes them from a debugger that sends them', () => {
    const store = new Store();
    const entries = numbered([
      {
        kind: 'session',
        group: 'pump',
        role: 'client',
        codec: 'pure_json',
        address: '10.0.0.7:17017',
        channelName: null,
      },
      message(),
      trouble(),
    ]);
    atOnce(store.show({ name: 'a.jsonl', startedAt: 5, entries }));
    expect(store.connection.value).toEqual({ kind: 'recording', name: 'a.jsonl' });
    expect(store.sessions.value).toMatchObject([
      { group: 'pump', address: '10.0.0.7:17017', messages: 1, troubles: 1 },
    ]);
    expect(store.totals.value).toMatchObject({
      entries: 3,
      messages: 1,
      troubles: 1,
      byCode: { 'request-timed-out': 1 },
    });
    // a part of a session has no notes of how it began
    expect(store.session('pump')).toMatchObject({ state: 'connected', inFlight: 1 });
    store.clear();
    store.takeFeed(feed(entries, { sessions: [row('pump', { messages: 900 })] }));
    expect(store.sessions.value).toMatchObject([{ group: 'pump', messages: 900 }]);
    store.takeFeed(feed([], { goneSessions: ['pump'] }));
    expect(store.sessions.value).toEqual([]);
  });
});

describe('the pending requests of the page', () => {
  const step = (number: number, value: string, event: string, isOver = false): InspectorEntry =>
    state(value, {
      actor: `request ${number}: read data request, data_id 0`,
      parent: 'pendingRequests',
      chart: 'pending-request',
      isOver,
      context: {},
      event,
      taken: [`${event} 0`],
    });
  const holder: InspectorEntry = {
    kind: 'actor',
    group: 'pump',
    actor: 'pendingRequests',
    parent: 'session',
    chart: 'pending-request',
  };

  test('are counted by their states in their holder, which shows the last step of any', () => {
    const store = storeWith([
      holder,
      step(1, 'queued', 'xstate.init'),
      step(1, 'waiting', 'request.written'),
      step(2, 'queued', 'xstate.init'),
      step(2, 'waiting', 'request.written'),
      step(3, 'queued', 'xstate.init'),
      step(1, 'answered', 'peer.answered', true),
    ]);
    const shown = store.worldAt(null)?.actors.get('pendingRequests');
    expect(shown).toMatchObject({ state: { waiting: 1, queued: 1 }, settled: 1 });
    expect(shown?.taken).toMatchObject({
      event: 'peer.answered',
      from: 'waiting',
      to: 'answered',
      number: 7,
    });
    store.goToEntry(3);
    expect(store.worldAt(store.moment.value)?.actors.get('pendingRequests')).toMatchObject({
      state: { waiting: 1 },
      settled: 0,
    });
  });

  test('are forgotten when they are settled, but for the last few', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => [
      step(n, 'queued', 'xstate.init'),
      step(n, 'answered', 'peer.answered', true),
    ]).flat();
    const actors = storeWith([holder, ...many, step(1_000, 'queued', 'xstate.init')]).worldAt(null)?.actors;
    expect([...(actors?.keys() ?? [])].map((name) => name.split(':')[0])).toEqual([
      'pendingRequests',
      'request 995',
      'request 996',
      'request 997',
      'request 998',
      'request 999',
      'request 1000',
    ]);
    expect(actors?.get('pendingRequests')).toMatchObject({ state: { queued: 1 }, settled: 1_000 });
  });

  test('have a picture though the page has not seen them come', () => {
    const actors = storeWith([step(9, 'ghost', 'request.cancelled')]).worldAt(null)?.actors;
    expect([...(actors?.values() ?? [])]).toMatchObject([{ chart: 'pending-request', state: 'ghost' }]);
  });
});

describe('a listing', () => {
  test('looks at each entry once, unless its filter is another one', () => {
    const store = storeWith(story);
    const listing = new Listing();
    let looks = 0;
    const listed = (mark: string, kind: string): number[] =>
      listing
        .update(store.entries, mark, (entry) => {
          looks++;
          return entry.kind === kind;
        })
        .map(({ number }) => number);
    expect([listed('troubles', 'trouble'), looks]).toEqual([[3, 7], 7]);
    store.take(numbered([trouble()], 8));
    expect([listed('troubles', 'trouble'), looks]).toEqual([[3, 7, 8], 8]);
    expect([listed('notes', 'note'), looks]).toEqual([[5], 16]);
  });

  test('forgets what the store forgets, and begins anew with another program', () => {
    const store = storeWith(story, 10);
    const listing = new Listing();
    const listed = (): number[] =>
      listing.update(store.entries, '', ({ kind }) => kind === 'trouble').map(({ number }) => number);
    expect(listed()).toEqual([3, 7]);
    store.take(
      numbered(
        Array.from({ length: 6 }, () => trouble()),
        8,
      ),
    );
    expect(listed()).toEqual([7, 8, 9, 10, 11, 12, 13]);
    expect([listing.gone, listing.generation]).toEqual([1, 0]);
    store.clear();
    store.take(numbered([trouble()]));
    expect(listed()).toEqual([1]);
    expect([listing.gone, listing.generation]).toEqual([0, 1]);
  });
});

describe('the feed', () => {
  /** Answers in turn, and ends the loop when there is nothing more to say. */
  const worldOf = (answers: (Feed | Error)[], store: Store, asked: string[]): FeedWorld => ({
    fetch: (address) => {
      asked.push(address);
      const answer = answers.shift();
      if (answers.length === 0) store.connection.value = { kind: 'recording', name: '' };
      return answer instanceof NoAnswer || answer === undefined
        ? Promise.reject(answer)
        : Promise.resolve(answer as Feed);
    },
    isHidden: () => false,
    pause: () => Promise.resolve(),
  });
  class NoAnswer extends Error {}

  test('asks on from what it has, counts what it never gets, and starts over with another program', async () => {
    const store = new Store();
    const asked: string[] = [];
    await followFeed(
      store,
      worldOf(
        [
          feed(numbered([note('a'), note('b')], 11), {
            forgotten: 10,
            troubles: numbered([trouble()], 3),
            version: 4,
          }),
          new NoAnswer('gone'),
          feed(numbered([note('c')], 13), { version: 5 }),
          feed(numbered([note('d')], 1), { source: 'two', version: 1 }),
          feed([], { source: 'two' }),
        ],
        store,
        asked,
      ),
    );
    expect(asked).toEqual([
      'feed?source=&after=0&rows=0&limit=5000',
      'feed?source=one&after=12&rows=4&limit=5000',
      'feed?source=one&after=12&rows=4&limit=5000',
      'feed?source=one&after=13&rows=5&limit=5000',
      'feed?source=two&after=1&rows=1&limit=5000',
    ]);
    expect(store.entries.value.map(textOf)).toEqual(['d']);
    expect(store.missed.value).toBe(0);
  });

  test('says how far the page is behind, and what time it has got to', () => {
    const store = new Store();
    const entries = numbered([note('a'), note('b')]);
    store.takeFeed(feed(entries, { last: 9, nowMs: 5_001 }));
    expect(store.connection.value).toEqual({ kind: 'live', behindMs: 5_000 });
    expect(store.lastMs.value).toBe(1);
    store.takeFeed(feed(numbered([note('c')], 3), { last: 3, nowMs: 5_100 }));
    expect(store.connection.value).toEqual({ kind: 'live', behindMs: 0 });
    expect(store.lastMs.value).toBe(5_100);
  });

  test('keeps troubles that were before everything it got', () => {
    const store = new Store();
    store.takeFeed(feed(numbered([note('a')], 11), { forgotten: 10, troubles: numbered([trouble()], 3) }));
    expect(store.troubles.value.map(({ number }) => number)).toEqual([3]);
    expect(store.entry(3)?.kind).toBe('trouble');
    expect([store.missed.value, store.forgotten.value]).toEqual([10, 0]);
    // and when it was too slow for a while, as a page in the background is
    const late = { forgotten: 7, troubles: numbered([trouble({ incident: 2 })], 15) };
    store.takeFeed(feed(numbered([note('b')], 20), late));
    expect(store.troubles.value.map(({ number }) => number)).toEqual([3, 15]);
    expect(store.missed.value).toBe(17);
  });
});

describe('a link to a moment', () => {
  const place = {
    t: 12.5,
    session: 'pump & co',
    entry: 17,
    view: 'charts',
    filter: 'a=b #c',
    actor: 'request 1: read, 7',
    chart: 'full',
  } as const;

  test('is read as it was written', () => {
    expect(parseFragment(fragmentOf(place))).toEqual(place);
    expect(fragmentOf(parseFragment(''))).toBe('');
    expect(parseFragment('#t=soon&entry=-1&view=nothing')).toEqual({
      t: null,
      session: null,
      entry: null,
      view: 'messages',
      filter: '',
      actor: null,
      chart: null,
    });
  });

  test('waits for the entries up to it', () => {
    const store = new Store();
    restore(store, { t: 3, session: 'pump', entry: 3, view: 'events', filter: '', actor: null, chart: null });
    store.take(numbered(story.slice(0, 3)));
    store.take(numbered(story.slice(3), 4));
    expect(stateOf(store.worldAt(store.moment.value))).toBe('seedRequested');
    expect(store.entry(store.selection.value.entry)?.kind).toBe('trouble');
    expect(store.until.value).toBe(4);
  });

  test('ends at the entry that it names, though others of the same time follow', () => {
    const store = new Store();
    restore(store, { t: 3, session: 'pump', entry: 4, view: 'events', filter: '', actor: null, chart: null });
    store.take(numbered(story).map((entry) => ({ ...entry, ms: 3 })));
    expect(store.until.value).toBe(story.length);
    store.choice.restored();
    expect(store.until.value).toBe(4);
  });
});

describe('playing', () => {
  test('goes on by the time that has passed, shortens pauses, and ends', () => {
    const store = new Store();
    store.take(
      [note('a'), note('b'), note('c')].map((entry, n) => ({ ...entry, number: n + 1, ms: n * 10_000 })),
    );
    expect(nextMoment(store, 0, 5)).toBe(8_005);
    expect(nextMoment(store, 8_005, 5)).toBe(8_010);
    expect(nextMoment(store, 20_000, 5)).toBeNull();
  });
});

describe('the list of sessions', () => {
  const names = (wanted: string, order: Parameters<typeof orderedRows>[2]): string[] =>
    orderedRows(rows, wanted, order).map(({ group }) => group);
  const rows = [
    row('pump 10', { perSecond: 3, firstMs: 1, address: '10.0.0.7:1' }),
    row('pump 2', { inFlight: 2, firstMs: 2 }),
    row('gone', { state: 'closed', isOver: true, firstMs: 3 }),
    row('noisy', {
      troubles: 2,
      lastTrouble: { number: 1, code: 'noise', text: 'boot v1.2 ok' },
      firstMs: 4,
    }),
    row('bad', { state: 'refused', isOver: true, troubles: 1, firstMs: 5 }),
  ];

  test('is sorted by what a person wants to know', () => {
    expect(names('', 'trouble')).toEqual(['bad', 'noisy', 'pump 10', 'pump 2', 'gone']);
    expect(names('', 'name')).toEqual(['bad', 'gone', 'noisy', 'pump 2', 'pump 10']);
    expect(names('', 'newest')[0]).toBe('bad');
    expect(names('', 'rate')[0]).toBe('pump 10');
    expect(names('', 'waiting')[0]).toBe('pump 2');
  });

  test('is searched by name, address, state and trouble', () => {
    expect(names('pump 2', 'name')).toEqual(['pump 2']);
    expect(names('10.0.0', 'name')).toEqual(['pump 10']);
    expect(names('REFUSED', 'name')).toEqual(['bad']);
    expect(names('boot', 'name')).toEqual(['noisy']);
    expect(names('none of them', 'name')).toEqual([]);
  });
});

describe('what a person asks', () => {
  const services = [{ serviceId: 64, name: 'calibrate', data: [{ dataId: 3, name: 'offset' }] }];

  test('is a service and a data id by number or name, and data as JSON', () => {
    const ask = (typed: Partial<typeof EMPTY>): unknown => readQuestion({ ...EMPTY, ...typed }, services).ask;
    expect(ask({})).toEqual({ serviceId: 10, dataId: 0, data: null });
    expect(ask({ service: 'Calibrate', dataId: 'offset', data: '{"by": 1}', timeout: '250' })).toEqual({
      serviceId: 64,
      dataId: 3,
      data: { by: 1 },
      timeout: 250,
    });
    expect(ask({ service: '20', dataId: '7', data: 'true' })).toEqual({
      serviceId: 20,
      dataId: 7,
      data: true,
    });
  });

  test('says what is wrong with each field', () => {
    const { faults } = readQuestion(
      { service: 'reed', dataId: '5000000000', data: '{', timeout: '-1' },
      services,
    );
    expect(Object.keys(faults ?? {})).toEqual(['service', 'dataId', 'data', 'timeout']);
    expect(faults?.data).toMatch(/^Not JSON: /);
    expect(readQuestion({ ...EMPTY, service: '0' }, []).faults).not.toBeNull();
  });

  test('is remembered, the same question once', () => {
    const history = new History();
    const typed = (dataId: string): typeof EMPTY => ({ ...EMPTY, dataId });
    for (const dataId of ['1', '2', '2']) history.add(typed(dataId));
    expect([history.step(-1), history.step(-1), history.step(-1)]).toEqual([
      typed('2'),
      typed('1'),
      undefined,
    ]);
    expect([history.step(1), history.step(1), history.step(1)]).toEqual([typed('2'), EMPTY, undefined]);
  });
});

describe('the lanes of a sequence', () => {
  const event = (from: string | null, to: string): InspectorEntry => ({
    kind: 'event',
    group: 'pump',
    from,
    to,
    event: { type: 'x' },
  });

  test('are the peers, then the actors that take part, with one for all requests', () => {
    const entries = numbered([
      message(),
      event('session', 'authentication'),
      event('pendingRequests', 'request 1: read data request, data_id 0'),
    ]);
    const lanes = new Lanes();
    expect(lanes.update(entries.slice(0, 1), undefined)).toEqual(['client', 'server']);
    expect(lanes.update(entries, undefined)).toEqual([
      'client',
      'server',
      'session',
      'authentication',
      'pendingRequests',
      'request',
    ]);
    // those of arrows that are forgotten stay where they are, until the list is another one
    expect(lanes.update(entries.slice(1), undefined)).toHaveLength(6);
    expect(lanes.update(entries.slice(1), undefined, 1)).toHaveLength(4);
    expect(entries.map((entry) => endsOf(entry, 'client'))).toEqual([
      ['client', 'server'],
      ['session', 'authentication'],
      ['pendingRequests', 'request'],
    ]);
  });
});

describe('bytes', () => {
  test('are shown with their place, their text and their checksum', () => {
    const hex = '7b 22 61 22 3a 31 7d 00 01 02 ff';
    expect(dumpLines(hex, 8)).toEqual([
      { place: '0000', hex: '7b 22 61 22 3a 31 7d 00', text: '{"a":1}·' },
      { place: '0008', hex: '01 02 ff', text: '···' },
    ]);
    expect(dumpLines('', 8)).toEqual([]);
    const entry = { codec: 'pure_json', hex, hiddenBytes: 0 };
    expect(checksumOf(entry)).toEqual({ name: 'CRC-32', value: '00 01 02 ff' });
    expect(checksumOf({ ...entry, codec: 'struct_json' })).toEqual({ name: 'XOR', value: 'ff' });
    expect(checksumOf({ ...entry, codec: 'own' })).toBeNull();
    expect(checksumOf({ ...entry, hiddenBytes: 1 })).toBeNull();
    expect(checksumOf({ ...entry, hex: null })).toBeNull();
  });
});

describe('times', () => {
  test('are written with the unit that fits', () => {
    expect([0.423, 12.6, 1_234, 12_345, 200_000].map(duration)).toEqual([
      '0.42 ms',
      '13 ms',
      '1.23 s',
      '12.3 s',
      '3 min 20 s',
    ]);
    expect([9.996, 999.6, 59_960, 119_600, 7_500_000, 7_199_999].map(duration)).toEqual([
      '10 ms',
      '1.00 s',
      '1 min 0 s',
      '2 min 0 s',
      '2 h 5 min',
      '2 h 0 min',
    ]);
  });

  test('are those of the clock where that is known, and else count from the beginning', () => {
    const startedAt = new Date(2_026, 0, 2, 14, 3, 27, 500).getTime();
    expect([clockText(startedAt, 12), clockText(null, 1_234)]).toEqual(['14:03:27.512', '1.234 s']);
  });
});
