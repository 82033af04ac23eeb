import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProgressLine, ProgressMeter } from '../../src/cli/progress.js';
import { connect, listen, type Server } from '../../src/index.js';
import { Running } from '../support/command.js';
import { TestFolder } from '../support/folder.js';
import { RECORDING_HEADER, recordedRead } from '../support/recording.js';

const ERASE = '\r\u001b[K';

/** A terminal that standard output and standard error share. */
function terminal(columns?: number): {
  written: string[];
  line: ProgressLine;
  print: (text: string) => void;
} {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const line = new ProgressLine({ write, columns });
  return { written, line, print: (text) => line.above(text, write) };
}

describe('the progress line', () => {
  test('makes room for what is printed, and comes back below it', () => {
    const { written, line, print } = terminal();
    line.show('1 of 3');
    print('first\n');
    line.show('2 of 3');
    line.show(null);
    print('last\n');
    expect(written).toEqual(['1 of 3', ERASE, 'first\n', '1 of 3', ERASE, '2 of 3', ERASE, 'last\n']);
  });

  test('waits for the end of a line that is printed in pieces', () => {
    const { written, line, print } = terminal();
    line.show('1 of 3');
    print('half ');
    line.show('2 of 3');
    print('');
    print('a line\n');
    expect(written).toEqual(['1 of 3', ERASE, 'half ', 'a line\n', '2 of 3']);
  });

  test('is never wider than the terminal, because a line that wraps cannot be erased', () => {
    const { written, line } = terminal(8);
    line.show('1234567890');
    expect(written).toEqual(['1234567']);
    const narrowByDefault = terminal();
    narrowByDefault.line.show('x'.repeat(200));
    expect(narrowByDefault.written[0]).toHaveLength(79);
  });

  test('erases nothing if it is not drawn', () => {
    const { written, line, print } = terminal();
    print('a line\n');
    line.show(null);
    expect(written).toEqual(['a line\n']);
  });
});

describe('the progress meter', () => {
  /** The progress after some steps, with some milliseconds between two. */
  function shown(total: number | null, steps: number, everyMs: number): string | null | undefined {
    let nowMs = 1_000_000;
    const texts: (string | null)[] = [];
    const meter = new ProgressMeter({ progress: (text) => texts.push(text), now: () => nowMs }, total);
    for (let step = 0; step < steps; step++) {
      nowMs += everyMs;
      meter.step();
    }
    return texts.at(-1);
  }

  test.each([
    [100, 1, 500, '1 of 100'],
    [100, 37, 1000 / 12, '37 of 100, 12/s, 5 s left'],
    [10, 3, 500, '3 of 10, 2/s, 4 s left'],
    [10, 10, 500, '10 of 10'],
    [3, 2, 100, '2 of 3'],
    [100, 2, 3_000, '2 of 100, 0.33/s, 4 min 54 s left'],
    [10_000, 11, 1_000, '11 of 10000, 1/s, 2 h 46 min left'],
    [5_000_000, 1_001, 0.4, '1001 of 5000000, 2500/s, 33 min 20 s left'],
    [100, 2, 0, '2 of 100'],
    [null, 12, 1_000, '12 answered'],
  ])('of %s, after %i steps of %d ms, shows "%s"', (total, steps, everyMs, text) => {
    expect(shown(total, steps, everyMs)).toBe(text);
  });

  test('shows nothing for a single step, and nothing any more at the end', () => {
    const texts: (string | null)[] = [];
    const io = { progress: (text: string | null) => void texts.push(text) };
    const single = new ProgressMeter(io, 1);
    single.step();
    expect(texts).toEqual([]);
    const ended = new ProgressMeter(io, 2);
    ended.end();
    ended.step();
    expect(texts).toEqual([null]);
  });
});

describe('long work', () => {
  const folder = new TestFolder();
  const recording = folder.file('device.jsonl', RECORDING_HEADER + recordedRead(1, 1) + recordedRead(1, 2));
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = await listen({ port: 0 }, (session) => {
      let count = 0;
      session.onRead(1, () => ++count);
      session.onRead(2, () => new Promise(() => {}));
      session.onRead(3, () => {
        if (++count === 2) throw new Error('only once');
      });
    });
    address = `127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  /** Runs a command with a clock that advances by half a second each time it is read. */
  const running = (argv: readonly string[]): { command: Running; texts: (string | null)[] } => {
    const texts: (string | null)[] = [];
    let nowMs = 0;
    const world = { progress: (text: string | null) => void texts.push(text), now: () => (nowMs += 500) };
    return { command: new Running(argv, world), texts };
  };

  test('shows its progress until it is done', async () => {
    const { command, texts } = running(['request', address, '10', '1', '--repeat', '5']);
    expect((await command.outcome()).code).toBe(0);
    expect(texts).toEqual([
      '1 of 5',
      '2 of 5, 2/s, 2 s left',
      '3 of 5, 2/s, 1 s left',
      '4 of 5',
      '5 of 5',
      null,
    ]);
  });

  test('shows no progress any more when it fails', async () => {
    const { command, texts } = running(['request', address, '10', '3', '--repeat', '5']);
    expect((await command.outcome()).code).toBe(1);
    expect(texts).toEqual(['1 of 5', null]);
  });

  test('shows no progress any more when it is interrupted', async () => {
    const argv = ['request', address, '10', '1', '--repeat', '5', '--interval', '3600000'];
    const { command, texts } = running(argv);
    await command.printed(/\n/);
    expect([await command.interrupt(), texts]).toEqual([130, ['1 of 5', null]]);
  });

  test('of a replayed client is measured too', async () => {
    const { command, texts } = running(['replay', recording, '--as', 'client', '--to', address]);
    expect((await command.outcome()).code).toBe(0);
    expect(texts).toEqual(['1 of 2', '2 of 2', null]);
  });

  test('of a replayed server is counted', async () => {
    const { command, texts } = running(['replay', recording, '--port', '0']);
    const port = Number(await command.printed(/:(\d+)\n/));
    {
      await using client = await connect({ port });
      expect([await client.read(1), await client.read(1)]).toEqual([1, 2]);
    }
    expect([await command.interrupt(), texts]).toEqual([0, ['1 answered', '2 answered', null]]);
  });
});
