import { describe, expect, test } from 'vitest';
import { MessagesModel, shownColumns } from '../../visualizations/debugger/messages/model.js';
import { Store } from '../../visualizations/debugger/store/store.js';
import { answer, drop, message } from './messages/made.js';
import { atOnce } from './page-support.js';

const firsts = (model: MessagesModel): number[] =>
  model.listing.slice(0, model.listing.length).map(({ first }) => first.number);

describe('the model of the table', () => {
  test('follows a store, and shows what is chosen and filtered', () => {
    const store = new Store();
    store.filter.value = 'data:0';
    const model = new MessagesModel(store);
    store.take([message({ number: 1, exchange: 1 }), message({ number: 2, dataId: 7 })]);
    store.take([answer({ number: 3, exchange: 1 }), message({ number: 4, group: 'valve' })]);
    expect(firsts(model)).toEqual([1, 4]);
    store.select({ entry: 3 });
    expect(model.chosen?.first.number).toBe(1);
    expect(model.shownEntries().map(({ number }) => number)).toEqual([1, 3, 4]);
  });

  test('forgets what the store forgets', () => {
    const store = new Store(10);
    const model = new MessagesModel(store);
    for (let number = 1; number <= 25; number++) store.take([drop({ number })]);
    const kept = store.entries.peek().map(({ number }) => number);
    expect(firsts(model)).toEqual(kept);
    expect(model.statistics.all.rows).toBe(kept.length);
    store.forgetPast();
    expect(firsts(model)).toEqual([]);
    store.take([drop({ number: 26 })]);
    expect(firsts(model)).toEqual([26]);
  });

  test('shows a recording alone, however long the one before it was', () => {
    const store = new Store();
    const model = new MessagesModel(store);
    const open = (count: number): void =>
      atOnce(
        store.show({
          name: 'x.jsonl',
          startedAt: null,
          entries: Array.from({ length: count }, (_, index) => drop({ number: index + 1 })),
        }),
      );
    for (const count of [3, 8, 8, 2, 5]) {
      open(count);
      expect(firsts(model).length).toBe(count);
      expect(model.rows.all.length).toBe(count);
    }
  });

  test('keeps the last filter without a fault, and leaves out what is still typed', () => {
    const store = new Store();
    const model = new MessagesModel(store);
    store.filter.value = 'latency:>1ms';
    store.filter.value = 'latency:soon';
    expect(model.fault.value?.message).toMatch(/^latency: expected/);
    store.take([
      message({ number: 1, exchange: 1 }),
      answer({ number: 9, exchange: 1 }),
      drop({ number: 10 }),
    ]);
    expect(firsts(model)).toEqual([1]);
  });

  test('knows what a filter can be completed with', () => {
    const store = new Store();
    const model = new MessagesModel(store);
    store.take([
      message({ number: 1, exchange: 1 }),
      answer({ number: 2, exchange: 1, status: 6 }),
      drop({ number: 3 }),
    ]);
    const { service, status, trouble } = model.knownValues;
    expect(service).toEqual([{ value: 'read data', hint: '1 row' }]);
    expect(status?.map(({ value }) => value)).toEqual(['operation not permitted']);
    expect(trouble?.map(({ value }) => value)).toEqual(['operation not permitted', 'noise']);
  });
});

test('a narrow table has fewer columns until the person chooses some', () => {
  const names = (width: number): string[] => shownColumns(null, width).map(({ name }) => name);
  expect(names(1_200)).toEqual([
    'time',
    'session',
    'from',
    'service',
    'data',
    'status',
    'size',
    'latency',
    'trouble',
    'waterfall',
  ]);
  expect(names(760)).toEqual(['time', 'session', 'service', 'data', 'status', 'latency', 'waterfall']);
  const alone = shownColumns(null, 760, 1).map(({ name }) => name);
  expect(alone).toEqual(['time', 'service', 'data', 'status', 'size', 'latency', 'waterfall']);
  // who it was tells more than how long it took
  expect(names(500)).toEqual(['time', 'session', 'service', 'status']);
  expect(names(360)).toEqual(['time', 'service', 'status']);
  expect(shownColumns(['latency', 'time'], 100).map(({ name }) => name)).toEqual(['time', 'latency']);
});
