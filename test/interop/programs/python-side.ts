/** Sides in Python, on the stand-in for the original; all in one process. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CodecName, Outcome, Role, Side, SideSetup } from './program.js';

const INTERPRETER = fileURLToPath(new URL('../original/interpreter.py', import.meta.url));

/** One Python process for the sides of many programs. */
export class PythonSides implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams = spawn('python3', ['-B', INTERPRETER]);
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #lastId = 0;
  #lastPeer = 0;

  constructor() {
    this.#process.stderr.on('data', (text: Buffer) => process.stderr.write(text));
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const { id, ...outcome } = JSON.parse(line) as { id: number } & Outcome;
      this.#waiting.get(id)?.(outcome);
      this.#waiting.delete(id);
    });
    this.#process.once('exit', () => {
      for (const settle of this.#waiting.values()) settle({ error: 'the Python process ended' });
    });
  }

  /** Makes a side; to be passed on as a function. */
  readonly make = async (
    role: Role,
    codec: CodecName,
    setup: SideSetup,
    port: number | null,
  ): Promise<{ side: Side; port: number | null }> => {
    const peer = `${role} ${++this.#lastPeer}`;
    const side: Side = { call: (name, args) => this.#call(peer, name, args) };
    const created = await this.#call(peer, 'create', [{ role, codec, ...setup, port }]);
    if ('error' in created) throw new Error(`the Python side was not made: ${created.error}`);
    return { side, port: typeof created.value === 'number' ? created.value : null };
  };

  #call(peer: string, call: string, args: readonly unknown[]): Promise<Outcome> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process.stdin.write(`${JSON.stringify({ id, peer, call, args })}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await exited;
  }
}
