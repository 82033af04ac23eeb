import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';

/** A line that a program printed; its fields depend on its event. */
export interface Line {
  readonly event: string;
  /** When, on the program's own clock. */
  readonly atMs: number;
  readonly name?: string;
  /** What the listeners of an event of a session got. */
  readonly args?: readonly unknown[];
  readonly peerAddress?: string | null;
  readonly [field: string]: unknown;
}

/** How an error looks on a line. */
export interface PrintedError {
  readonly name: string;
  readonly code?: string;
  readonly reason?: string;
  readonly message: string;
  readonly status?: number;
  readonly written?: boolean;
}

/** A command of a program failed; `printed` is the error as the program saw it. */
export class CommandError extends Error {
  readonly printed: PrintedError;

  constructor(printed: PrintedError) {
    super(`${printed.name} (${printed.code} ${printed.reason}): ${printed.message}`);
    this.printed = printed;
  }
}

/** Nothing takes this long on any machine; a wait that does has found something. */
const OUTER_LIMIT_MS = 60_000;

const running = new Set<Program>();

/** Kills whatever a test has left, stopped processes too. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((program) => program.kill()));
}

process.on('exit', () => {
  for (const program of running) program.signal('SIGKILL');
});

/** Where and how a program runs. */
export interface Surroundings {
  /** What stands before the command: `ip netns exec …`. */
  readonly prefix?: readonly string[];
  /** What stands behind it. */
  readonly args?: readonly string[];
}

/** A process that runs one of the programs, driven by lines of JSON over its standard streams. */
export class Program implements AsyncDisposable {
  readonly lines: Line[] = [];
  /** What it wrote to its standard error. */
  err = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #heard = new Set<() => void>();
  readonly #ended: Promise<unknown>;
  #lastId = 0;

  constructor(script: string, { prefix = [], args = [] }: Surroundings = {}) {
    const [file = process.execPath, ...argv] = [
      ...prefix,
      process.execPath,
      join(inject('fieldFolder'), script),
      ...args,
    ];
    this.#child = spawn(file, argv);
    running.add(this);
    this.#ended = once(this.#child, 'close').then(() => {
      running.delete(this);
      this.#hear();
    });
    this.#child.stdin.on('error', () => {}); // it has ended
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
      this.#hear();
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line);
      this.#hear();
    });
  }

  #hear(): void {
    for (const listener of [...this.#heard]) listener();
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The code it ended with; null while it runs, and if a signal ended it. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** The signal that ended it; null while it runs, and if it ended by itself. */
  get endedBy(): NodeJS.Signals | null {
    return this.#child.signalCode;
  }

  /** The lines of an event, with these fields. */
  all(event: string, fields: Readonly<Record<string, unknown>> = {}, from = 0): Line[] {
    return this.lines
      .slice(from)
      .filter(
        (line) =>
          line.event === event && Object.entries(fields).every(([field, value]) => line[field] === value),
      );
  }

  /** Resolves when something is so; looks whenever it prints. */
  async until<T>(
    what: string,
    look: () => T | null | undefined | false,
    limitMs = OUTER_LIMIT_MS,
  ): Promise<T> {
    return await new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#heard.delete(check);
      };
      const check = (): void => {
        const found = look();
        if (found !== null && found !== undefined && found !== false) {
          done();
          resolve(found);
        } else if (this.hasEnded) {
          done();
          reject(new Error(`the program ended before ${what}\n${this.#story()}`));
        }
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`not within ${limitMs} ms: ${what}\n${this.#story()}`));
      }, limitMs);
      this.#heard.add(check);
      check();
    });
  }

  #story(): string {
    const last = this.lines.slice(-40).map((line) => JSON.stringify(line).slice(0, 300));
    return [...last, this.err.slice(-2_000)].join('\n');
  }

  /** The first line of an event with these fields, of those that came or will come; after `from` lines. */
  next(
    event: string,
    fields: Readonly<Record<string, unknown>> = {},
    { from = 0, limitMs = OUTER_LIMIT_MS }: { readonly from?: number; readonly limitMs?: number } = {},
  ): Promise<Line> {
    return this.until(`${event} ${JSON.stringify(fields)}`, () => this.all(event, fields, from)[0], limitMs);
  }

  /** Where the lines are now, for `from`. */
  get mark(): number {
    return this.lines.length;
  }

  /** Runs a command and resolves with its value; rejects with a {@link CommandError}. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever a command returns
  async ask(cmd: string, fields: object = {}, limitMs = OUTER_LIMIT_MS): Promise<any> {
    const id = ++this.#lastId;
    this.#child.stdin.write(`${JSON.stringify({ id, cmd, ...fields })}\n`);
    const { value, error } = await this.next('result', { id }, { limitMs });
    if (error !== undefined) throw new CommandError(error as PrintedError);
    return value;
  }

  /** As `ask`, for a command that must fail. */
  async askInVain(cmd: string, fields: object = {}, limitMs = OUTER_LIMIT_MS): Promise<PrintedError> {
    try {
      const value = await this.ask(cmd, fields, limitMs);
      throw new Error(`expected ${cmd} to fail, got ${JSON.stringify(value)}`);
    } catch (error) {
      if (error instanceof CommandError) return error.printed;
      throw error;
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Freezes it, as a debugger, a paused container or a laptop lid does. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  /** Lets it go on. */
  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    if (!this.hasEnded) this.signal('SIGKILL');
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Asks a program for its state until it is as it must become. */
export async function eventually(
  program: Program,
  // biome-ignore lint/suspicious/noExplicitAny: each program has a state of its own
  isSo: (state: any) => boolean,
): Promise<void> {
  const endMs = performance.now() + 30_000;
  for (;;) {
    const state = await program.ask('state');
    if (isSo(state)) return;
    if (performance.now() > endMs) throw new Error(`it does not come to that: ${JSON.stringify(state)}`);
  }
}
