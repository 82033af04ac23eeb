import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { projectFile } from './project-files.js';

/** A `differential.py` that runs until it is closed: lines in, as many lines out. */
export class PythonProcess {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  private constructor(process: ChildProcessWithoutNullStreams) {
    this.#process = process;
    process.stderr.on('data', (text: Buffer) => (this.#errors += text));
    process.stdin.on('error', () => {}); // what broke it is in the standard error
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error where there is no `python3` */
  static async start(): Promise<PythonProcess> {
    const child = spawn('python3', [projectFile('test/trust/wire/differential.py')]);
    const python = new PythonProcess(child);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) =>
        reject(new Error(`expected python3 on the PATH for A5, got: ${error.message}`, { cause: error })),
      );
    });
    return python;
  }

  /** Has a batch of lines worked through and resolves with the answers, in their order. */
  async answers(lines: readonly string[]): Promise<string[]> {
    this.#process.stdin.write(`${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`);
    const answers: string[] = [];
    while (answers.length < lines.length) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`expected ${lines.length} answers of Python, got its end: ${this.#errors}`);
      answers.push(value);
    }
    return answers;
  }

  /** Ends the process. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.end();
    await exited;
  }
}
