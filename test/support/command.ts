import type { Io } from '../../src/cli/io.js';
import { run } from '../../src/cli/program.js';

/** What a command has come to. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What has been printed so far, and a way to wait for more. */
export class Printed {
  out = '';
  err = '';
  #look: () => void = () => {};

  /** Resolves when something has been printed, with its first group. */
  printed(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#look = () => {
        const match = pattern.exec(this.out);
        if (match !== null) resolve(match[1] ?? match[0]);
      };
      this.#look();
    });
  }

  protected print(text: string): void {
    this.out += text;
    this.#look();
  }
}

/** A command that runs, with what it has printed. */
export class Running extends Printed {
  readonly #interruption = new AbortController();
  readonly #code: Promise<number>;

  constructor(argv: readonly string[], world: Partial<Io> = {}) {
    super();
    this.#code = run(argv, {
      stdout: (text) => this.print(text),
      stderr: (text) => void (this.err += text),
      env: {},
      interrupted: this.#interruption.signal,
      ...world,
    });
  }

  /** Ctrl-C. */
  interrupt(): Promise<number> {
    this.#interruption.abort();
    return this.#code;
  }

  async outcome(): Promise<Outcome> {
    return { code: await this.#code, out: this.out, err: this.err };
  }
}
