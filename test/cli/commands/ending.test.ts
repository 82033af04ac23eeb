import { describe, expect, test } from 'vitest';
import { holdSessions } from '../../../src/cli/commands/ending.js';
import { CutShortError } from '../../../src/cli/errors.js';
import { exitCodeOf } from '../../../src/cli/exit-code.js';
import { type Io, OUTPUT_CLOSED } from '../../../src/cli/io.js';
import { linesOf, startListening } from '../../support/command.js';

const NOTHING_CUT = { sessions: 2, lostBytes: 0, cutRequests: 0, cutCallbacks: 0 };

/** Holds something open, interrupts it, and has the report come. */
async function ending(
  report: object,
  { isJson = false, reason }: { isJson?: boolean; reason?: symbol } = {},
) {
  const interruption = new AbortController();
  const printed = { out: '', err: '', asked: [] as unknown[] };
  const io: Io = {
    stdout: (text) => void (printed.out += text),
    stderr: (text) => void (printed.err += text),
    env: {},
    isJson,
    interrupted: interruption.signal,
  };
  const held = holdSessions(io, isJson, {
    close: async (options) => {
      printed.asked.push(options);
      return { ...NOTHING_CUT, ...report };
    },
  });
  expect(printed.asked).toEqual([]);
  interruption.abort(reason);
  const error = await held.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { ...printed, error, code: error === null ? 0 : exitCodeOf(error, io), printed };
}

describe('a command that holds sessions open', () => {
  test('FC-27: drains when it is interrupted, and is silent where nothing was cut', async () => {
    const { out, err, asked, code } = await ending({});
    expect([out, err, asked, code]).toEqual(['', '', [{ drain: true }], 0]);
  });

  test('FC-27: says on standard error what it had to cut, and ends with exit code 1', async () => {
    const { error, code, printed } = await ending({ cutRequests: 1, cutCallbacks: 2, lostBytes: 3 });
    expect(error).toBeInstanceOf(CutShortError);
    expect([code, printed.out, printed.err]).toEqual([
      1,
      '',
      'socket-protocol: Cut at the end: 1 request without an answer, 2 callbacks, 3 bytes that did not reach their peer\n',
    ]);
  });

  test('FC-27: prints the report as its last line with --json, and the error on standard error', async () => {
    const { out } = await ending({}, { isJson: true });
    expect(linesOf(out)).toEqual([{ event: 'closed', ...NOTHING_CUT }]);
    const { printed } = await ending({ lostBytes: 1 }, { isJson: true });
    expect(linesOf(printed.out)).toEqual([{ event: 'closed', ...NOTHING_CUT, lostBytes: 1 }]);
    expect(linesOf(printed.err)).toEqual([
      { error: 'Cut at the end: 1 byte that did not reach its peer', code: 'ERR_CUT_SHORT' },
    ]);
  });

  test('is no failure where the reader of its output went away', async () => {
    const { code, err } = await ending({ cutCallbacks: 1 }, { reason: OUTPUT_CLOSED });
    expect([code, err]).toEqual([0, 'socket-protocol: warning: Cut at the end: 1 callback\n']);
  });
});

test('serve ends with the report in its last line with --json', async () => {
  const { running } = await startListening(['serve', '--port', '0', '--json']);
  expect(await running.interrupt()).toBe(0);
  expect(linesOf(running.out).at(-1)).toEqual({ event: 'closed', ...NOTHING_CUT, sessions: 0 });
});
