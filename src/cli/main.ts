#!/usr/bin/env node
import { run } from './program.js';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => interruption.abort()); // a pipe that was closed early: nobody reads on
}

process.exitCode = await run(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  interrupted: interruption.signal,
});
