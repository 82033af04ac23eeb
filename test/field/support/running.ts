import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program of a user, which does what it does until it ends or is killed. */
export class Running implements Disposable {
  /** What it ended with; null: a signal ended it. */
  readonly code: Promise<number | null>;
  out = '';
  err = '';
  readonly #child: ChildProcess;
  readonly #heard = new Set<() => void>();
  #hasEnded = false;

  /**
   * @param argv its file, and what stands behind it
   * @param node which Node runs it
   * @param environment variables besides those of the tests
   */
  constructor(
    argv: readonly string[],
    node = process.execPath,
    environment: Readonly<Record<string, string>> = {},
  ) {
    const child = spawn(node, argv, { env: { ...process.env, ...environment } });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
      this.#hear();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
      this.#hear();
    });
    this.code = once(child, 'close').then(() => {
      this.#hasEnded = true;
      this.#hear();
      return child.exitCode;
    });
  }

  #hear(): void {
    for (const check of [...this.#heard]) check();
  }

  /** Resolves with what it has printed when that matches, or when the program has ended. */
  async printed(stream: 'out' | 'err', pattern: RegExp): Promise<string> {
    return await new Promise((resolve) => {
      const check = (): void => {
        if (!pattern.test(this[stream]) && !this.#hasEnded) return;
        this.#heard.delete(check);
        resolve(this[stream]);
      };
      this.#heard.add(check);
      check();
    });
  }

  /** Writes to its standard input. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Ends its standard input. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  [Symbol.dispose](): void {
    this.signal('SIGKILL');
  }
}
