/** Recordings as they are found: cut off, damaged, from another system, still being written. */

import { describe, expect, test, vi } from 'vitest';
import { debuggerRecordingHeader } from '../../../src/cli/recording/debugger.js';
import { noteEntry } from '../../../src/inspector/index.js';
import { type Outcome, Running, runCommand, startListening } from '../../support/command.js';
import { pullUntil } from '../../support/feed.js';
import { TestFolder } from '../../support/folder.js';
import { RECORDING_HEADER, recordedRead } from '../../support/recording.js';

// hundreds of commands in one test take their time where many tests run at once
vi.setConfig({ testTimeout: 30_000 });

const folder = new TestFolder();
const WHOLE = RECORDING_HEADER + recordedRead(1, 'one') + recordedRead(2, 'two');
/** Without the answer to the second request, of which half is there. */
const CUT = WHOLE.slice(0, -30);
const CUT_NOTE = 'socket-protocol: warning: The recording is cut off in line 5; it was left out\n';
const PAGE = /debugger at (http:\/\/127\.0\.0\.1:\d+\/)\n/;

const decode = (content: string | Uint8Array, ...options: string[]): Promise<Outcome> =>
  runCommand(['decode', folder.file('recording.jsonl', content), ...options]);

/** What the page of the debugger gets first. */
async function entriesAt(url: string): Promise<string> {
  const { entries } = await pullUntil(url, (seen) => seen.length > 0);
  return JSON.stringify(entries);
}

describe('FC-46 a recording that ends in the middle of a line', () => {
  test('is decoded up to there, and the rest is named', async () => {
    const { code, out, err } = await decode(CUT);
    expect([code, err]).toEqual([0, CUT_NOTE]);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(out).toContain('"one"');
  });

  test('is decoded up to there wherever it ends', async () => {
    const { out: whole } = await decode(WHOLE);
    for (let end = RECORDING_HEADER.length; end <= WHOLE.length; end++) {
      const content = WHOLE.slice(0, end);
      const { code, out } = await decode(content);
      expect(whole.startsWith(out)).toBe(true);
      const lines = content
        .split('\n')
        .slice(1)
        .filter((line) => line.endsWith('}')).length;
      expect(out.split('\n').length - 1, content).toBe(lines);
      // nothing at all of the traffic is the wrong file
      expect(code).toBe(lines > 0 || content.endsWith('\n') ? 0 : 2);
    }
  });

  test('is played by replay up to there, and the rest is named', async () => {
    const { running, address } = await startListening(['replay', folder.file('cut', CUT), '--port', '0']);
    expect((await runCommand(['read', address, '1'])).out).toBe('"one"\n');
    expect(running.err).toBe(
      `${CUT_NOTE}socket-protocol: warning: Skipped 1 request without a recorded answer\n`,
    );
    expect(await running.interrupt()).toBe(0);
  });

  test('is shown by the debugger up to there, and the rest is named', async () => {
    const running = new Running(['inspect', '--replay', folder.file('cut', CUT)]);
    expect(await entriesAt(await running.printed(PAGE))).toContain('"one"');
    expect(running.err).toBe(CUT_NOTE);
    expect(await running.interrupt()).toBe(0);
  });

  test('is shown by the debugger that recorded it', async () => {
    const note = noteEntry({ group: 'pump', code: 'connected', reason: null, text: 'connected' });
    const line = `${JSON.stringify({ number: 1, ms: 0, ...note })}\n`;
    const content = debuggerRecordingHeader(0) + line + line.slice(0, 20);
    const running = new Running(['inspect', '--replay', folder.file('cut', content)]);
    expect(await entriesAt(await running.printed(PAGE))).toContain('pump');
    expect(running.err).toBe(
      'socket-protocol: warning: The recording is cut off in line 3; it was left out\n',
    );
    expect(await running.interrupt()).toBe(0);
  });

  test('is read with its last line where only the line break is missing', async () => {
    expect(await decode(WHOLE.trimEnd())).toEqual(await decode(WHOLE));
  });

  test('is read up to the zeros that a file system leaves after a power cut', async () => {
    const { code, out, err } = await decode(WHOLE + '\0'.repeat(4_096));
    expect([code, err]).toEqual([0, CUT_NOTE.replace('line 5', 'line 6')]);
    expect(out).toBe((await decode(WHOLE)).out);
  });
});

describe('FC-46 a recording with a hole', () => {
  const [header = '', ...lines] = WHOLE.trimEnd().split('\n');
  const withHole = [header, lines[0], 'garbage', '{"ms":1}', ...lines.slice(1), ''].join('\n');
  const text = 'Line 3 of the recording is not JSON; it was left out, as was one more';

  test('is decoded around it; the hole is named and makes the exit code 1', async () => {
    const { code, out, err } = await decode(withHole);
    expect(out).toBe((await decode(WHOLE)).out);
    expect([code, err]).toEqual([1, `socket-protocol: ${text}\n`]);
    const asJson = await decode(withHole, '--json');
    expect(JSON.parse(asJson.err)).toEqual({ error: text, code: 'ERR_INPUT_INCOMPLETE' });
  });

  test('is played by replay around it', async () => {
    const file = folder.file('hole', withHole);
    const { running, address } = await startListening(['replay', file, '--port', '0']);
    expect((await runCommand(['read', address, '2'])).out).toBe('"two"\n');
    expect(running.err).toBe(`socket-protocol: warning: ${text}\n`);
    expect(await running.interrupt()).toBe(0);
  });

  test('that another program has put at its end is read up to there', async () => {
    const { code, out, err } = await decode(`${WHOLE}Killed\n`);
    expect(out).toBe((await decode(WHOLE)).out);
    expect([code, err]).toEqual([
      0,
      'socket-protocol: warning: Line 6 of the recording is not JSON; it was left out\n',
    ]);
  });

  test('that holds commands for a terminal shows none of them', async () => {
    const { err } = await decode(`${WHOLE}{"ms":1,"from":"\\u001b[2J","payload":""}\n`);
    expect(err).toContain('as from');
    expect(err).not.toContain('\u001b');
  });
});

describe('FC-46 a recording of another system', () => {
  const utf16 = Buffer.from(`\ufeff${WHOLE}`, 'utf16le');
  test.each([
    ['a mark before it', `\ufeff${WHOLE}`],
    ['line breaks of Windows', WHOLE.replaceAll('\n', '\r\n')],
    ['both', `\ufeff${WHOLE.replaceAll('\n', '\r\n')}`],
    ['UTF-16, as PowerShell writes it', utf16],
    ['UTF-16 in the other order', Buffer.from(utf16).swap16()],
    ['UTF-16 without a mark', Buffer.from(WHOLE, 'utf16le')],
    ['UTF-16 without a mark, in the other order', Buffer.from(WHOLE, 'utf16le').swap16()],
    ['blank lines before and behind it', `\r\n\n${WHOLE}\n \n\r\n`],
    ['empty lines', `${WHOLE.replaceAll('\n', '\n\n')}\n`],
  ])('is read with %s', async (_, content) => {
    expect(await decode(content)).toEqual(await decode(WHOLE));
    const { running, address } = await startListening([
      'replay',
      folder.file('other', content),
      '--port',
      '0',
    ]);
    expect((await runCommand(['read', address, '1'])).out).toBe('"one"\n');
    expect(await running.interrupt()).toBe(0);
  });
});

describe('FC-46 a recording without traffic', () => {
  test.each([
    ['with its line break', RECORDING_HEADER],
    ['without', RECORDING_HEADER.trimEnd()],
  ])('is decoded into a word about that, %s', async (_, content) => {
    expect(await decode(content)).toEqual({
      code: 0,
      out: '',
      err: 'socket-protocol: warning: Nothing passed while this was recorded\n',
    });
  });

  test('is not to be replayed', async () => {
    const { code, err } = await runCommand(['replay', folder.file('header', RECORDING_HEADER.trimEnd())]);
    expect([code, err]).toEqual([2, 'socket-protocol: The recording has no request that was answered\n']);
  });
});

describe('FC-46 a log with hex dumps', () => {
  const dumpOf = (hex: string): string => `RX <- (${hex.length / 2}):${hex.replace(/../g, ' $&')}`;
  const payloads = [...WHOLE.matchAll(/"payload":"([^"]*)"/g)].map(([, hex = '']) => hex);
  const log = payloads.map(dumpOf).join('\n');

  test('is decoded up to a dump at its end that is cut off', async () => {
    const { code, out, err } = await decode(log.slice(0, -3));
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^socket-protocol: warning: Line 4: expected \d+ bytes, got \d+; is the dump cut off\?\n$/,
    );
  });

  test('is decoded around a dump that is cut off, which makes the exit code 1', async () => {
    const [first = '', ...rest] = log.split('\n');
    const { code, out, err } = await decode([first.slice(0, -3), ...rest].join('\n'));
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect([code, err]).toEqual([1, expect.stringMatching(/^socket-protocol: Line 1: expected/)]);
  });

  test('is decoded as PowerShell writes it', async () => {
    const { code, out } = await decode(Buffer.from(`\ufeff${log.replaceAll('\n', '\r\n')}`, 'utf16le'));
    expect(code).toBe(0);
    expect(out).toBe((await decode(log)).out);
  });
});
