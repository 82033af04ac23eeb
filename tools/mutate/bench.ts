/** A bench: a process that runs tests on one mutant after another, and is replaced when one hangs it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Outcome } from './orders.js';

const SCRIPT = fileURLToPath(new URL('./bench-process.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;
/** A mutant that fills the memory ends soon. */
const HEAP_MIB = 1_536;

/** Runs tests, one order at a time. */
export class Bench {
  #process: ChildProcess | null = null;

  /**
   * Runs the tests of an order.
   *
   * @param timeoutMs after which the tests count as hung
   * @returns null where they hung, or took the process with them
   */
  async run(order: Order, timeoutMs: number): Promise<Outcome | null> {
    const child = (this.#process ??= await started());
    const answer = answerOf<Outcome>(child, timeoutMs);
    child.send(order);
    const outcome = await answer;
    if (outcome === null) this.close();
    return outcome;
  }

  /** Ends the process, and what it started. */
  close(): void {
    const pid = this.#process?.pid;
    this.#process = null;
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}

async function started(): Promise<ChildProcess> {
  // a group of its own: a worker in an endless loop ends with it
  const child = spawn(process.execPath, ['--no-warnings', `--max-old-space-size=${HEAP_MIB}`, SCRIPT], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_ENV: 'test' },
  });
  if ((await answerOf(child, START_TIMEOUT_MS)) === null) throw new Error('vitest does not start');
  return child;
}

/** The next message of a process; null: it ended, or there was none in time. */
function answerOf<T>(child: ChildProcess, timeoutMs: number): Promise<T | null> {
  return new Promise((resolve) => {
    const settle = (answer: T | null): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    child.once('message', (answer) => settle(answer as T));
    child.once('exit', () => settle(null));
    child.once('error', () => settle(null));
  });
}
