import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import type { Line } from './program.js';

/** What came of a program that ended by itself. */
export interface Run {
  /** Null where it had to be killed: something kept it from ending. */
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly err: string;
  /** The first line of an event. */
  line(event: string): Line | undefined;
  /** The codes of its warnings. */
  readonly warnings: readonly unknown[];
}

/** No program here has this much to do. */
const LIMIT_MS = 60_000;

/** Runs one of the programs to its end. */
export function runProgram(
  script: string,
  argv: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<Run> {
  const args = [...nodeOptions, join(inject('fieldFolder'), script), ...argv];
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { timeout: LIMIT_MS, killSignal: 'SIGKILL' },
      (_, out, err) => {
        const lines = out
          .split('\n')
          .filter((text) => text !== '')
          .map((text) => JSON.parse(text) as Line);
        resolve({
          code: child.exitCode,
          lines,
          err,
          line: (event) => lines.find((line) => line.event === event),
          warnings: lines.filter(({ event }) => event === 'warning').map(({ code }) => code),
        });
      },
    );
  });
}

/** Runs a case of the program that fails, which must end by itself, with the code 0. */
export async function failing(name: string, nodeOptions: readonly string[] = []): Promise<Run> {
  const run = await runProgram('failing.mjs', [name], nodeOptions);
  expect(run.err).not.toMatch(/unhandled|uncaught/i);
  expect([run.code, run.err.split('\n')[0]]).toEqual([0, expect.anything()]);
  return run;
}
