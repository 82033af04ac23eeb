import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Outcome, Printed } from './command.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function run(...argv: readonly string[]): void {
  execFileSync(process.execPath, argv, { cwd: ROOT, stdio: 'inherit' });
}

/** The command line and the examples as they are shipped, made into a folder of their own. */
export class CompiledCommand {
  readonly #folder: string;

  constructor() {
    // inside the package, so that its dependencies are found
    mkdirSync(join(ROOT, '.tmp'), { recursive: true });
    this.#folder = mkdtempSync(join(ROOT, '.tmp', 'command-'));
    symlinkSync(join(ROOT, 'package.json'), join(this.#folder, 'package.json'));
    const dist = join(this.#folder, 'dist');
    try {
      run('tools/build/bundle.js', dist);
      run('tools/build/page.js', dist);
      // checked by the build, against declarations that need not be there yet
      run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json', '--noCheck', '--outDir', dist);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The path of the script. */
  get main(): string {
    return join(this.#folder, 'dist', 'src', 'cli', 'main.js');
  }

  /** The path of an example as it is shipped. */
  example(name: string): string {
    return join(this.#folder, 'dist', 'examples', name);
  }

  /** Starts it; its standard input is what the test types. */
  start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Process {
    return new Process(process.execPath, [this.main, ...argv], env);
  }

  /** Starts a line of bash in which `$CLI` is the command. */
  bash(line: string, env: Readonly<Record<string, string>> = {}): Process {
    // --norc: Node's pipes are sockets, so bash takes itself for a remote shell and would read its start-up file
    return new Process('bash', ['--norc', '-c', line], { ...env, CLI: `${process.execPath} ${this.main}` });
  }

  /** Starts it on a terminal of its own, whose output is `out`. */
  inTerminal(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Process {
    const script = `import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;
    return new Process('python3', ['-c', script, process.execPath, this.main, ...argv], env);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** A process that runs, and what it has printed. */
export class Process extends Printed {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(file: string, argv: readonly string[], env: Readonly<Record<string, string>>) {
    super();
    const { PATH = '' } = process.env;
    this.#child = spawn(file, argv, { env: { PATH, TERM: 'xterm', ...env } });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.print(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => void (this.err += text));
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Writes to its standard input. */
  type(text: string | Uint8Array): void {
    this.#child.stdin?.write(text);
  }

  /** Ends its standard input. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Does what Ctrl-C does. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** Resolves when it has ended; the code is -1 if a signal ended it. */
  async outcome(): Promise<Outcome> {
    const code = (await this.#ended) ?? -1;
    return { code, out: this.out, err: this.err };
  }
}
