#!/usr/bin/env node
/** The process: gives the program its streams and signals, and exits with its code. */

import { once } from 'node:events';
import { createReadStream, fstatSync } from 'node:fs';
import { EXIT } from './exit-code.js';
import { OUTPUT_CLOSED } from './io.js';
import { showsColours } from './paint.js';
import { isJsonAsked, run } from './program.js';
import { ProgressLine } from './progress.js';
import { showWarnings } from './warnings.js';

const { stdout, stderr } = process;
const progressLine = stderr.isTTY ? new ProgressLine(stderr) : undefined;
/** Prints to a stream; on the terminal that has the progress line, above it. */
const printerOn = (stream: NodeJS.WriteStream): ((text: string) => void) => {
  const write = (text: string): void => void stream.write(text);
  return progressLine !== undefined && stream.isTTY ? (text) => progressLine.above(text, write) : write;
};

const interruption = new AbortController();

// the first only: a second one, of either kind, ends the process whatever it is doing
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const interrupt = (): void => {
  for (const signal of SIGNALS) process.off(signal, interrupt);
  interruption.abort();
};
for (const signal of SIGNALS) process.on(signal, interrupt);

let outputFailed = false;
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // EPIPE: the reader has what it wanted; anything else (a full disk) means that output is lost
    if (error.code !== 'EPIPE' && !outputFailed) {
      outputFailed = true;
      if (stream === stdout) stderr.write(`socket-protocol: ${error.message}\n`);
    }
    interruption.abort(OUTPUT_CLOSED);
  });
}
process.once('exit', () => {
  if (outputFailed) process.exitCode = EXIT.status;
});

const argv = process.argv.slice(2);
const errorColours = showsColours(process.env, stderr.isTTY);
showWarnings(
  process,
  { stderr: printerOn(stderr), isJson: isJsonAsked(argv), errorColours },
  Boolean(process.env['SOCKET_PROTOCOL_DEBUG']),
);

process.exitCode = await run(argv, {
  stdout: printerOn(stdout),
  columns: stdout.isTTY ? stdout.columns : undefined,
  stderr: printerOn(stderr),
  env: process.env,
  colours: showsColours(process.env, stdout.isTTY),
  errorColours,
  interrupted: interruption.signal,
  interrupt,
  onHangUp: (listener) => {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
  unread: {
    get bytes() {
      return stdout.writableLength;
    },
    onRead: (listener) => stdout.once('drain', listener),
  },
  // on standard error, so that it gets into no file and no pipe
  ...(progressLine === undefined ? {} : { progress: (text: string | null) => progressLine.show(text) }),
  // opened only for who reads it: opening makes it non-blocking, for other programs that share it as well.
  // Node takes a folder for an empty file
  stdin: () => (fstatSync(0).isDirectory() ? createReadStream('', { fd: 0 }) : process.stdin),
  drained: async () => {
    // a reader that goes away interrupts the program
    if (stdout.writableNeedDrain)
      await once(stdout, 'drain', { signal: interruption.signal }).catch(() => {});
  },
  get terminal() {
    const isTerminal = process.stdin.isTTY === true && stdout.isTTY === true;
    return { input: process.stdin, output: stdout, isTerminal };
  },
});
