import { expect, test } from 'vitest';
import { MAX_UNREAD_BYTES, ReadOutput } from '../../src/cli/read-output.js';

/** An output whose reader reads when the test says so. */
class Pipe {
  out = '';
  err = '';
  bytes = 0;
  #drained: (() => void)[] = [];
  readonly io = {
    stdout: (text: string) => {
      this.out += text;
      this.bytes += text.length;
    },
    stderr: (text: string) => void (this.err += text),
    unread: {
      bytes: () => this.bytes,
      onRead: (listener: () => void) => void this.#drained.push(listener),
    },
  };

  read(): void {
    this.bytes = 0;
    for (const listener of this.#drained.splice(0)) listener();
  }
}

const LINE = `${'x'.repeat(1_023)}\n`;
const LINES = MAX_UNREAD_BYTES / LINE.length;

function opened(): { pipe: Pipe; output: ReadOutput } {
  const pipe = new Pipe();
  const { stdout, stderr, unread } = pipe.io;
  const io = {
    stdout,
    stderr,
    unread: {
      get bytes() {
        return unread.bytes();
      },
      onRead: unread.onRead,
    },
  };
  return { pipe, output: new ReadOutput(io, (leftOut) => `left out ${leftOut}\n`) };
}

test('lines are printed while somebody reads them', () => {
  const { pipe, output } = opened();
  for (let count = 0; count < 10 * LINES; count++, pipe.read()) output.print(LINE);
  expect([pipe.out.length, pipe.out.includes('left out'), pipe.err]).toEqual([
    10 * MAX_UNREAD_BYTES,
    false,
    '',
  ]);
});

test('while nobody reads, at most 1 MiB waits, and what is left out is counted and said', () => {
  const { pipe, output } = opened();
  for (let count = 0; count < LINES + 500; count++) output.print(LINE);
  expect(pipe.bytes).toBe(MAX_UNREAD_BYTES);
  pipe.read();
  output.print('then\n');
  expect(pipe.out.slice(MAX_UNREAD_BYTES)).toBe('left out 500\nthen\n');
  for (let count = 0; count < LINES + 1; count++) output.print(LINE);
  pipe.read();
  expect(pipe.out).toMatch(/\nleft out \d\n$/);
});

test('a reader who is half way does not hide what is missing', () => {
  const { pipe, output } = opened();
  for (let count = 0; count < LINES + 1; count++) output.print(LINE);
  pipe.bytes = 10;
  output.print('late\n');
  pipe.read();
  expect(pipe.out.slice(MAX_UNREAD_BYTES)).toBe('left out 2\n');
});

test('what nobody read until the end is told on standard error', () => {
  const { pipe, output } = opened();
  for (let count = 0; count < LINES + 1; count++) output.print(LINE);
  output.end();
  expect(pipe.err).toBe('socket-protocol: warning: Left out 1 line while nobody read the output\n');
  pipe.read();
  expect(pipe.out.length).toBe(MAX_UNREAD_BYTES);
});

test('an output that does not tell what is unread gets every line', () => {
  let out = '';
  const output = new ReadOutput({ stdout: (text) => void (out += text), stderr: () => {} }, String);
  for (let count = 0; count < 2 * LINES; count++) output.print(LINE);
  expect(out.length).toBe(2 * MAX_UNREAD_BYTES);
});
