#!/usr/bin/env node
import { EXIT } from './io.js';
import { run } from './program.js';

const interruption = new AbortController();
const interrupt = (): void => interruption.abort();

// once: whoever presses Ctrl-C again wants out, closed cleanly or not
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);

let outputFailed = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // EPIPE: the reader has what it wanted; anything else, as a full disk, means that an answer got lost
    if (error.code !== 'EPIPE' && !outputFailed) {
      outputFailed = true;
      if (stream === process.stdout) process.stderr.write(`socket-protocol: ${error.message}\n`);
    }
    interrupt();
  });
}
process.once('exit', () => {
  if (outputFailed) process.exitCode = EXIT.status;
});

process.exitCode = await run(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  interrupted: interruption.signal,
  // on standard error, and only where neither a file nor a program reads along
  ...(process.stderr.isTTY && !process.stdout.isTTY
    ? { progress: (text: string | null) => void process.stderr.write(`\r\u001b[K${text ?? ''}`) }
    : {}),
  terminal: {
    input: process.stdin,
    output: process.stdout,
    isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
  },
});
