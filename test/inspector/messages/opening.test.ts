import { afterEach, describe, expect, test } from 'vitest';
import { openFile, opening, outcome } from '../../../visualizations/debugger/messages/opening.js';
import { recordingOf } from '../../../visualizations/debugger/messages/recording.js';
import { Store } from '../../../visualizations/debugger/store/store.js';
import { drop, note } from './made.js';

const recording = (name: string, count: number): File => {
  const entries = Array.from({ length: count }, (_, index) => drop({ number: index + 1 }));
  return new File(recordingOf(entries, 0), name);
};

const live = (): Store => {
  const store = new Store();
  store.take([note({ number: 1 })]);
  store.connection.value = { kind: 'live', behindMs: 0 };
  return store;
};

afterEach(() => {
  outcome.value = null;
});

describe('a file that is dropped', () => {
  test('is shown in place of what happens', async () => {
    const store = live();
    await openFile(store, recording('pump.jsonl', 3));
    expect(store.connection.value).toEqual({ kind: 'recording', name: 'pump.jsonl' });
    expect(store.troubles.value.length).toBeGreaterThan(0);
    expect(outcome.value).toEqual({
      text: 'pump.jsonl: 3 entries. Reload the page to follow the program again.',
      isBad: false,
    });
    expect(opening.value).toBeNull();
  });

  test('leaves the page as it was when it is cancelled before it is shown', async () => {
    const store = live();
    const opened = openFile(store, recording('pump.jsonl', 3));
    expect(opening.value).toMatchObject({ name: 'pump.jsonl', share: 0 });
    opening.value?.cancel();
    await opened;
    expect(store.connection.value).toEqual({ kind: 'live', behindMs: 0 });
    expect(store.entries.value.map(({ kind }) => kind)).toEqual(['note']);
    expect(outcome.value).toEqual({ text: 'pump.jsonl was not opened: cancelled.', isBad: false });
    expect(opening.value).toBeNull();
  });

  test('gives up the one before it', async () => {
    const store = live();
    const first = openFile(store, recording('first.jsonl', 2));
    const second = openFile(store, recording('second.jsonl', 1));
    await Promise.all([first, second]);
    expect(store.connection.value).toEqual({ kind: 'recording', name: 'second.jsonl' });
    expect(outcome.value?.text).toMatch(/^second\.jsonl: 1 entry\./);
  });

  test('that is no recording changes nothing but what is said', async () => {
    const store = live();
    await openFile(store, new File(['hello\n'], 'notes.txt'));
    expect(store.connection.value).toEqual({ kind: 'live', behindMs: 0 });
    expect(outcome.value?.isBad).toBe(true);
    expect(outcome.value?.text).toMatch(/^notes\.txt is not a recording/);
  });
});
