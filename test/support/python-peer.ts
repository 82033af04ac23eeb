import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An event of the Python peer; its fields depend on its name. */
export interface PythonEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

const PEER = fileURLToPath(new URL('../interop/peer.py', import.meta.url));

/** A Python process that speaks the protocol, driven over its standard streams. */
export class PythonPeer implements AsyncDisposable {
  readonly events: PythonEvent[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Set<(event: PythonEvent) => void>();
  #lastId = 0;

  private constructor(args: string[]) {
    this.#process = spawn('python3', [PEER, ...args]);
    this.#process.stderr.on('data', (text: Buffer) => process.stderr.write(text));
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as PythonEvent;
      this.events.push(event);
      for (const tell of this.#waiting) tell(event);
    });
  }

  /** Starts a server on a free port. */
  static async server(...args: string[]): Promise<PythonPeer & { port: number }> {
    const peer = new PythonPeer(['server', '--host', '127.0.0.1', '--port', '0', ...args]);
    const { port } = await peer.next('listening');
    return Object.assign(peer, { port: port as number });
  }

  /** Starts a client, which connects at once. */
  static client(port: number, ...args: string[]): PythonPeer {
    return new PythonPeer(['client', '--host', '127.0.0.1', '--port', String(port), ...args]);
  }

  /** The first event of a name (with these fields) that came or will come. */
  next(name: string, fields: Record<string, unknown> = {}): Promise<PythonEvent> {
    const fits = (event: PythonEvent): boolean =>
      event.event === name && Object.entries(fields).every(([key, value]) => event[key] === value);
    const past = this.events.find(fits);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const tell = (event: PythonEvent): void => {
        if (!fits(event)) return;
        this.#waiting.delete(tell);
        resolve(event);
      };
      this.#waiting.add(tell);
    });
  }

  /** A client that connects again whenever its connection is lost, as a device does. */
  comesBack(): this {
    this.#waiting.add(({ event }) => {
      if (event === 'disconnected') void this.command('reconnect');
    });
    return this;
  }

  /** Runs a command and resolves with its result. */
  async command(cmd: string, fields: object = {}): Promise<PythonEvent> {
    const id = ++this.#lastId;
    this.#process.stdin.write(`${JSON.stringify({ id, cmd, ...fields })}\n`);
    return await this.next('result', { id });
  }

  /** Ends the process without a word, as a crash does. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // it is not told to come back any more
    this.#waiting.clear();
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await exited;
  }
}
