#!/usr/bin/env node
/** The process: gives the program its streams and signals, and exits with its code. */

import { EXIT } from './exit-code.js';
import { OUTPUT_CLOSED } from './io.js';
import { showsColours } from './paint.js';
import { run } from './program.js';
import { ProgressLine } from './progress.js';

const { stdin, stdout, stderr } = process;
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

process.exitCode = await run(process.argv.slice(2), {
  stdout: printerOn(stdout),
  stderr: printerOn(stderr),
  env: process.env,
  colours: showsColours(process.env, stdout.isTTY),
  interrupted: interruption.signal,
  onHangUp: (listener) => {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
  // on standard error, so that it gets into no file and no pipe
  ...(progressLine === undefined ? {} : { progress: (text: string | null) => progressLine.show(text) }),
  terminal: {
    input: stdin,
    output: stdout,
    isTerminal: stdin.isTTY === true && stdout.isTTY === true,
  },
});
