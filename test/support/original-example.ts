import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('../interop/original/run_example.py', import.meta.url));

/** One of the original's documented example programs, as a process of its own. */
export class OriginalExample implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #ended: Promise<void>;

  private constructor(args: string[]) {
    this.#process = spawn('python3', ['-B', RUNNER, ...args]);
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#lines.push(line));
    this.#ended = new Promise((resolve) => this.#process.once('close', () => resolve()));
  }

  /** Starts the example's client. */
  static client(port: number, ...args: string[]): OriginalExample {
    const example = new OriginalExample(['client', '--port', String(port), ...args]);
    example.#process.stderr.on('data', (text: Buffer) => process.stderr.write(text));
    return example;
  }

  /** Starts the example's server on a free port; resolves when it listens. */
  static async server(...args: string[]): Promise<OriginalExample & { port: number }> {
    const example = new OriginalExample(['server', '--port', '0', ...args]);
    const port = await new Promise<number>((resolve, reject) => {
      createInterface({ input: example.#process.stderr }).on('line', (line) => {
        const [, digits] = /^port (\d+)$/.exec(line) ?? [];
        if (digits === undefined) process.stderr.write(`${line}\n`);
        else resolve(Number(digits));
      });
      void example.#ended.then(() => reject(new Error('the server of the example ended')));
    });
    return Object.assign(example, { port });
  }

  /** Resolves with all that the program has printed, when it has ended. */
  async output(): Promise<readonly string[]> {
    await this.#ended;
    return this.#lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }
}

/** Lines of a log without their times and the address of the peer. */
export function withoutTimesAndAddresses(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/, 'TIME').replace(/ \((?:to|from)\b.*$/, ' (PEER)'),
  );
}
