import { describe, expect, test } from 'vitest';
import { readDebuggerRecording } from '../../../src/cli/recording/debugger.js';
import type { NumberedEntry } from '../../../src/inspector/entries.js';
import { recordingHeader } from '../../../src/inspector/recording-header.js';
import {
  type Recording,
  readRecording,
  recordingOf,
} from '../../../visualizations/debugger/messages/recording.js';
import { atOnce } from '../page-support.js';
import { answer, drop, message, note, trouble } from './made.js';

const entries: NumberedEntry[] = [
  { kind: 'actor', number: 1, ms: 0, group: 'pump', actor: 'session', parent: null, chart: 'session' },
  message({ number: 2, exchange: 1 }),
  answer({ number: 3, exchange: 1, data: 'ü "☂"\n' }),
  drop({ number: 4 }),
  note({ number: 5 }),
  trouble({ number: 6 }),
];
const startedAt = Date.UTC(2026, 0, 5, 12, 30);
const text = recordingOf(entries, startedAt).join('');

const bytesOf = (of: string | Uint8Array): Uint8Array =>
  typeof of === 'string' ? new TextEncoder().encode(of) : of;

/** What is read, or the error. */
function read(of: string | Uint8Array): Recording {
  const found = atOnce(readRecording(bytesOf(of), 'pump.jsonl'));
  if ('error' in found) throw new Error(found.error);
  return found;
}
const errorOf = (of: string): string => {
  const found = atOnce(readRecording(bytesOf(of), 'pump.jsonl'));
  return 'error' in found ? found.error : 'none';
};

describe('a recording', () => {
  test('is read as it was written', () => {
    expect(read(text)).toEqual({ entries, startedAt, unread: null });
    expect(read(recordingOf(entries, null).join(''))).toEqual({ entries, startedAt: null, unread: null });
  });

  test('has connections that a proxy saw, which is neither side', () => {
    const seen: NumberedEntry = {
      kind: 'session',
      number: 1,
      ms: 9,
      group: 'connection 1',
      role: null,
      codec: 'pure_json',
      address: '127.0.0.1:17017',
      channelName: null,
    };
    expect(read(recordingOf([seen], 0).join(''))).toEqual({ entries: [seen], startedAt: 0, unread: null });
  });

  test('has any number of entries', () => {
    const many = Array.from({ length: 2_500 }, (_, index) => drop({ number: index + 1 }));
    expect(read(recordingOf(many, 0).join('')).entries).toEqual(many);
  });

  test('is read by the command line', () => {
    const lines = readDebuggerRecording(text);
    expect(lines?.map(({ kind, number, ms }) => [kind, number, ms])).toEqual(
      entries.map(({ kind, number, ms }) => [kind, number, ms]),
    );
  });

  test('is read with a byte order mark, as UTF-16, and with lines of Windows', () => {
    const windows = text.replaceAll('\n', '\r\n');
    const little = Buffer.from(`\ufeff${windows}`, 'utf16le');
    for (const bytes of [Buffer.from(`\ufeff${text}`), little, Buffer.from(little).swap16()])
      expect(read(bytes).entries).toEqual(entries);
  });

  test('of before answers had the number of their request is paired when it is read', () => {
    const old = entries.flatMap((entry) => {
      if (entry.kind === 'trouble') return [];
      if (entry.kind !== 'message') return [entry];
      const { exchange: _exchange, role: _role, size: _size, ...rest } = entry;
      return [rest as NumberedEntry];
    });
    expect(read(recordingOf(old, null).join('')).entries).toEqual(
      entries.filter(({ kind }) => kind !== 'trouble'),
    );
  });

  test('of a failure begins as long before its time as the failure took', () => {
    const header = recordingHeader({ time: new Date(startedAt).toISOString(), failure: { kind: 'timeout' } });
    const lines = [note({ number: 1, ms: 0 }), note({ number: 2, ms: 400 })];
    const failure = header + lines.map((line) => JSON.stringify(line)).join('\n');
    expect(read(failure).startedAt).toBe(startedAt - 400);
  });

  test('whose end is missing is read up to there, and says so', () => {
    const cut = read(text.slice(0, -20));
    expect(cut.entries).toEqual(entries.slice(0, -1));
    expect(cut.unread).toBe('line 7, the last, is cut off: left out');
  });

  test('with lines that nobody can read says which, and what is wrong with the first', () => {
    const bad = `${text}{"kind":"dream","number":7,"ms":1,"group":"x"}\n{"kind":"drop"}\nno\n`;
    expect(read(bad).unread).toBe(
      'line 8: there are no entries of kind "dream": left out, and so are 2 more lines',
    );
    const { hex: _hex, ...withoutHex } = drop({ number: 9 });
    expect(read(`${text}${JSON.stringify(withoutHex)}\n`).unread).toBe(
      'line 8: expected text or null as hex: left out',
    );
  });

  test('whose numbers do not go up gets new ones', () => {
    const joined = [drop({ number: 5 }), drop({ number: 2 })];
    expect(read(recordingOf(joined, null).join('')).entries.map(({ number }) => number)).toEqual([1, 2]);
  });
});

describe('what is no recording', () => {
  test.each([
    ['', 'pump.jsonl is empty'],
    ['hello', expect.stringMatching(/^pump\.jsonl is not a recording of socket-protocol: /)],
    ['{"a": 1}\n', expect.stringMatching(/^pump\.jsonl is not a recording/)],
    ['\n\r\r\n\0\0', 'pump.jsonl is a capture: open it with Wireshark'],
    [
      '{"recording":"socket-protocol debugger","version":1}\n',
      'pump.jsonl has version 1 of recordings; this page reads version 2',
    ],
    [recordingHeader(), 'pump.jsonl is a recording of nothing'],
    [`${recordingHeader()}{}\n`, 'pump.jsonl: line 2: there are no entries of kind undefined'],
  ])('%j says what it is', (of, error) => {
    expect(errorOf(of)).toEqual(error);
  });

  test('is left to the command line where that reads it', () => {
    const proxy = '{"recording":"socket-protocol","version":1,"codec":"pure_json"}\n';
    expect(atOnce(readRecording(bytesOf(proxy), 'line.jsonl'))).toEqual({
      error: 'line.jsonl is a recording of a proxy, which the command line reads',
      isTraffic: true,
    });
  });
});
