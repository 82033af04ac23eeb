import { describe, expect, test } from 'vitest';
import { debuggerRecordingHeader, readDebuggerRecording } from '../../src/cli/recording/debugger.js';
import { noteEntry } from '../../src/inspector/index.js';
import { NOTE_CODES } from '../../src/inspector/notes.js';
import type { Reason } from '../../src/protocol/reasons.js';

const line = (entry: object): string => `${JSON.stringify({ number: 1, ms: 0, ...entry })}\n`;
const reasons: readonly (Reason | null)[] = [null, 'slow-consumer', 'wrong-secret', 'not-trusted'];
const drop = {
  kind: 'drop',
  group: 'pump',
  from: 'client',
  reason: 'checksum',
  detail: 'wrong',
  readableAs: null,
  codec: 'pure_json',
  hex: null,
  hiddenBytes: 0,
  isTrouble: true,
};

describe('a recording of the debugger', () => {
  test('keeps the codes and the reasons of notes and drops', () => {
    const notes = NOTE_CODES.flatMap((code) =>
      reasons.map((reason) => noteEntry({ group: 'pump', code, reason, text: 'as it happened' })),
    );
    const entries = [...notes, drop];
    const read = readDebuggerRecording(debuggerRecordingHeader(0) + entries.map(line).join(''));
    expect(read).toEqual(entries.map((entry) => ({ number: 1, ms: 0, ...entry })));
  });

  test.each([
    ['a drop', { ...drop, reason: 'bad luck' }],
    [
      'a note',
      { kind: 'note', group: 'pump', code: 'disconnected', reason: 'bad luck', text: '', isTrouble: true },
    ],
    ['a note', { kind: 'note', group: 'pump', code: 'bad luck', reason: null, text: '', isTrouble: true }],
  ])('refuses %s with a code that does not exist', (_, entry) => {
    expect(() => readDebuggerRecording(debuggerRecordingHeader(0) + line(entry))).toThrow(/bad luck/);
  });

  test('refuses version 1, which had texts instead of codes', () => {
    const old = '{"recording":"socket-protocol debugger","version":1}\n';
    expect(() => readDebuggerRecording(old)).toThrow(/version 1; this program reads version 2/);
  });
});
