/** What comes from other processes, files and people, in any state: it is taken, or refused with words, and nothing else. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDebuggerRecording } from '../../src/cli/recording/debugger.js';
import { ask } from '../../src/inspector/asks.js';
import { withTroubles } from '../../src/inspector/detect/recorded.js';
import type { NumberedEntry } from '../../src/inspector/entries.js';
import { isEntry } from '../../src/inspector/entry-shape.js';
import { InspectorHub } from '../../src/inspector/hub.js';
import { Joined } from '../../src/inspector/joined.js';
import { noteEntry } from '../../src/inspector/notes.js';
import { textOfFile } from '../../visualizations/debugger/messages/file-lines.js';
import {
  type NoRecording,
  type Recording,
  readRecording,
  recordingOf,
} from '../../visualizations/debugger/messages/recording.js';
import { anyHistory, damaged } from '../support/any-entry.js';
import { atOnce } from './page-support.js';

const startedAt = Date.UTC(2026, 0, 5, 12, 30);
const history = anyHistory(12);
const textOf = (entries: readonly NumberedEntry[]): string => recordingOf(entries, startedAt).join('');
const read = (text: string): Recording | NoRecording =>
  atOnce(readRecording(Buffer.from(text), 'pump.jsonl'));

describe('a recording', () => {
  test('of anything is read as it was written, by the page and by the command line', () => {
    fc.assert(
      fc.property(history, (entries) => {
        expect(entries.every(isEntry)).toBe(true);
        expect(read(textOf(entries))).toEqual({ entries, startedAt, unread: null });
        const lines = readDebuggerRecording(textOf(entries)) ?? [];
        expect(lines.map(({ kind, number, ms }) => [kind, number, ms])).toEqual(
          entries.map(({ kind, number, ms }) => [kind, number, ms]),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('is the same text in each encoding that a system may have written it in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const little = Buffer.from(`\ufeff${text}`, 'utf16le');
        for (const bytes of [Buffer.from(`\ufeff${text}`), little, Buffer.from(little).swap16()])
          expect(textOfFile(bytes)).toBe(text);
      }),
    );
  });

  test('that is damaged is read as far as it goes, can be searched for trouble, or says in words why not', () => {
    fc.assert(
      fc.property(damaged(history.map(textOf)), (text) => {
        const found = read(text);
        if ('error' in found) {
          expect(found.error).toMatch(/^pump\.jsonl/);
          return;
        }
        expect(found.entries.every(isEntry)).toBe(true);
        const numbers = atOnce(withTroubles(found.entries)).map(({ number }) => number);
        expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
        expect(new Set(numbers).size).toBe(numbers.length);
      }),
      { numRuns: 100 },
    );
  });
});

test('a note about neither of the two sides is no entry', () => {
  const failed = noteEntry({
    group: 'connection 1',
    code: 'connection-failed',
    reason: 'connection-reset',
    from: 'device' as 'client',
    text: 'as the system has it',
  });
  expect(isEntry({ ...failed, number: 1, ms: 0 })).toBe(false);
  expect(isEntry({ ...failed, from: 'server', number: 1, ms: 0 })).toBe(true);
  expect(read(textOf([{ ...failed, number: 1, ms: 0 }]))).toMatchObject({
    error: 'pump.jsonl: line 2: something in it is of another type',
  });
});

describe('a batch of a process that joins', () => {
  const batch = history.map((entries) => {
    const header = { process: 'worker', id: 'abc', startedAt, missed: 0, isOver: false };
    return [header, ...entries].map((line) => JSON.stringify(line)).join('\n');
  });

  test('is taken once, however often it comes', () => {
    fc.assert(
      fc.property(batch, (text) => {
        const hub = new InspectorHub(1_000, () => 0);
        const joined = new Joined(hub, startedAt);
        const count = text.split('\n').length - 1;
        for (let times = 0; times < 2; times++)
          expect(joined.take(text)).toEqual({ taken: count, process: 'worker', asks: [] });
        expect(hub.last).toBe(count);
        expect(hub.history.every(({ group }) => group.startsWith('worker: '))).toBe(true);
        joined.close();
      }),
    );
  });

  test('that is damaged is taken as a whole, or not at all, and the line is named', () => {
    fc.assert(
      fc.property(damaged(batch), (text) => {
        const hub = new InspectorHub(1_000, () => 0);
        const joined = new Joined(hub, startedAt);
        const receipt = joined.take(text);
        if ('error' in receipt) {
          expect(receipt.error).toMatch(/^Line \d+: expected /);
          expect(hub.last).toBe(0);
        } else {
          expect(hub.history.every(isEntry)).toBe(true);
        }
        hub.groups.since(0, 0);
        joined.close();
      }),
      { numRuns: 100 },
    );
  });
});

test('a request of the page that is damaged is refused with words', async () => {
  const hub = new InspectorHub(10, () => 0);
  const request = fc.constant(JSON.stringify({ group: 'pump', serviceId: 10, dataId: 0, data: null }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), damaged(request)), async (text) => {
      let body: unknown;
      try {
        body = JSON.parse(text);
      } catch {
        return; // the server says so
      }
      const { httpStatus, body: told } = await ask(hub, body);
      expect([400, 404]).toContain(httpStatus);
      expect(told).toMatchObject({ error: expect.any(String), code: expect.any(String), reason: null });
    }),
  );
});
