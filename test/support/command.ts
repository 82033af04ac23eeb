import type { Io } from '../../src/cli/io.js';
import { makeProgram, run } from '../../src/cli/program.js';

/** What came of a command. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What has been printed so far. */
export class Printed {
  out = '';
  err = '';
  #look: () => void = () => {};

  /** Resolves when standard output matches, with the first group of the match. */
  printed(pattern: RegExp): Promise<string> {
    return this.#matched(pattern, () => this.out);
  }

  /** The same for standard error. */
  warned(pattern: RegExp): Promise<string> {
    return this.#matched(pattern, () => this.err);
  }

  #matched(pattern: RegExp, text: () => string): Promise<string> {
    return new Promise((resolve) => {
      this.#look = () => {
        const match = pattern.exec(text());
        if (match !== null) resolve(match[1] ?? match[0]);
      };
      this.#look();
    });
  }

  protected print(text: string): void {
    this.out += text;
    this.#look();
  }

  protected warn(text: string): void {
    this.err += text;
    this.#look();
  }
}

/** A command that runs in this process. */
export class Running extends Printed {
  readonly #interruption = new AbortController();
  readonly #code: Promise<number>;

  constructor(argv: readonly string[], world: Partial<Io> = {}) {
    super();
    this.#code = run(argv, {
      stdout: (text) => this.print(text),
      stderr: (text) => this.warn(text),
      env: {},
      interrupted: this.#interruption.signal,
      ...world,
    });
  }

  /** Presses Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number> {
    this.#interruption.abort();
    return this.#code;
  }

  async outcome(): Promise<Outcome> {
    return { code: await this.#code, out: this.out, err: this.err };
  }
}

/** Runs a command to its end. */
export function runCommand(argv: readonly string[], world: Partial<Io> = {}): Promise<Outcome> {
  return new Running(argv, world).outcome();
}

/** Starts a command that listens; resolves with it and its address when peers can connect. */
export async function startListening(
  argv: readonly string[],
  world: Partial<Io> = {},
): Promise<{ running: Running; address: string; port: number }> {
  const running = new Running(argv, world);
  const address = await running.printed(/listening(?: on |":")(\S+:\d+)/);
  return { running, address, port: Number(address.replace(/.*:/, '')) };
}

/** The program with all its commands, which are not run. */
export function wholeProgram(): ReturnType<typeof makeProgram> {
  const { signal: interrupted } = new AbortController();
  return makeProgram({ stdout: () => {}, stderr: () => {}, env: {}, interrupted });
}

/** The lines of JSON that a command printed. */
export function linesOf(out: string): Record<string, unknown>[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
