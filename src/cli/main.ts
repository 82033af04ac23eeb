#!/usr/bin/env node
import { EXIT, OUTPUT_CLOSED } from './io.js';
import { showsColours } from './paint.js';
import { run } from './program.js';
import { ProgressLine } from './progress.js';

const { stdin, stdout, stderr } = process;
const progressLine = stderr.isTTY ? new ProgressLine(stderr) : undefined;
/** Prints to a stream; where it is the terminal that the progress line is on, above that. */
const printerOn = (stream: NodeJS.WriteStream): ((text: string) => void) => {
  const write = (text: string): void => void stream.write(text);
  return progressLine !== undefined && stream.isTTY ? (text) => progressLine.above(text, write) : write;
};

const interruption = new AbortController();

// once: whoever presses Ctrl-C again wants out, closed cleanly or not
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

let outputFailed = false;
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // EPIPE: the reader has what it wanted; anything else, as a full disk, means that an answer got lost
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
  // on standard error, so that neither a file nor a program reads along
  ...(progressLine === undefined ? {} : { progress: (text: string | null) => progressLine.show(text) }),
  terminal: {
    input: stdin,
    output: stdout,
    isTerminal: stdin.isTTY === true && stdout.isTTY === true,
  },
});
