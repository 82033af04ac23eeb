/** Real servers of NATS on free ports of this machine, to be killed, restarted and sent away. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this machine has one. */
export const HAS_NATS_SERVER = spawnSync('nats-server', ['--version']).status === 0;

/** Nothing takes this long on any machine. */
const OUTER_LIMIT_MS = 30_000;

const running = new Set<NatsServer>();

process.on('exit', () => {
  for (const server of running) server.signal('SIGKILL');
});

/** Kills whatever a test has left. */
export async function killServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
}

/** What a server is started with. */
export interface NatsServerOptions {
  /** Lines of its configuration. */
  readonly config?: string;
  /** Ports of the routes of other servers, which make a cluster with it. */
  readonly routes?: readonly number[];
  /** Whether it is one of a cluster. */
  readonly isClustered?: boolean;
}

/** One server, which keeps its ports when it is started again. */
export class NatsServer {
  /** What it has logged, all starts together. */
  log = '';
  port = 0;
  /** Where others of its cluster connect to. */
  routePort = 0;
  readonly #options: NatsServerOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'nats-server-'));
  readonly #heard = new Set<() => void>();
  #child: ChildProcess | null = null;

  constructor(options: NatsServerOptions = {}) {
    this.#options = options;
  }

  get #isClustered(): boolean {
    const { routes = [], isClustered = routes.length > 0 } = this.#options;
    return isClustered;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it, at first on ports that are free; resolves when it lets clients in. */
  async start(): Promise<this> {
    const mark = this.log.length;
    writeFileSync(join(this.#folder, 'nats.conf'), this.#config());
    const child = spawn('nats-server', ['-c', join(this.#folder, 'nats.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    running.add(this);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
      this.#hear();
    });
    child.on('close', () => {
      if (this.#child === child) this.#child = null;
      this.#hear();
    });
    await this.logs(/Server is ready/, mark);
    this.port = await this.#portOf('client', mark);
    if (this.#isClustered) this.routePort = await this.#portOf('route', mark);
    return this;
  }

  #config(): string {
    const { config = '', routes = [] } = this.#options;
    const lines = [`listen: "127.0.0.1:${this.port === 0 ? -1 : this.port}"`, config];
    if (this.#isClustered) {
      const urls = routes.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
      const listen = `127.0.0.1:${this.routePort === 0 ? -1 : this.routePort}`;
      lines.push(`cluster { name: pair, listen: "${listen}", routes: [${urls}] }`);
    }
    return lines.join('\n');
  }

  async #portOf(kind: 'client' | 'route', mark: number): Promise<number> {
    const line = new RegExp(`Listening for ${kind} connections on 127\\.0\\.0\\.1:(\\d+)`);
    await this.logs(line, mark);
    return Number(line.exec(this.log.slice(mark))?.[1]);
  }

  /** Resolves when it has logged something; from a place in its log on. */
  logs(what: RegExp, from = 0): Promise<void> {
    return this.#until(`it logs ${what}`, () => what.test(this.log.slice(from)));
  }

  #until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#heard.delete(check);
        reject(new Error(`not within ${OUTER_LIMIT_MS} ms: ${what}\n${this.log.slice(-2_000)}`));
      }, OUTER_LIMIT_MS);
      const check = (): void => {
        if (!isSo()) return;
        clearTimeout(timer);
        this.#heard.delete(check);
        resolve();
      };
      this.#heard.add(check);
      check();
    });
  }

  #hear(): void {
    for (const listener of [...this.#heard]) listener();
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Says to its clients that it is about to go away, and lets nobody in any more; it goes when the last has left. */
  async lameDuck(): Promise<void> {
    const mark = this.log.length;
    this.signal('SIGUSR2');
    await this.logs(/lame duck/i, mark);
  }

  /** Kills it without a word to anybody; it can be started again, on the same ports. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.signal('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'close');
    running.delete(this);
  }

  /** Kills it for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Two servers that know each other. */
export async function natsPair(options: NatsServerOptions = {}): Promise<[NatsServer, NatsServer]> {
  const one = await new NatsServer({ ...options, isClustered: true }).start();
  const mark = one.log.length;
  const other = await new NatsServer({ ...options, routes: [one.routePort] }).start();
  await Promise.all([one.logs(/Route connection created/, mark), other.logs(/Route connection created/)]);
  return [one, other];
}
