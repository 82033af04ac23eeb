/** HAProxy as the page says to set it up, on ports of this machine. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether it is installed. */
export const isHaproxyThere = spawnSync('haproxy', ['-v']).status === 0;

/** The file of the page, and the lines that change it. */
export function blocksOfPage(): readonly string[] {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/haproxy.md', import.meta.url)), 'utf8');
  return [...page.matchAll(/^```haproxy\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
}

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A running HAProxy. */
export class Haproxy implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #adminPath: string;
  /** What it complained of. */
  err = '';

  private constructor(port: number, child: ChildProcess, adminPath: string) {
    this.port = port;
    this.#child = child;
    this.#adminPath = adminPath;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
  }

  /**
   * Starts it.
   *
   * @param text the file of the page
   * @param places what the places in it are here: those of the servers, and others
   */
  static async start(
    folder: string,
    text: string,
    places: Readonly<Record<string, string>>,
  ): Promise<Haproxy> {
    const port = await freePort();
    const adminPath = join(folder, `haproxy-${port}.sock`);
    const here: Readonly<Record<string, string>> = {
      'bind :17017': `bind 127.0.0.1:${port}`,
      '/run/haproxy/admin.sock': adminPath,
      ...places,
    };
    let config = text;
    for (const [there, place] of Object.entries(here)) {
      if (!config.includes(there)) throw new Error(`the page does not mention ${there}`);
      config = config.replaceAll(there, place);
    }
    const file = join(folder, `haproxy-${port}.cfg`);
    writeFileSync(file, config);
    const check = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' });
    if (check.status !== 0 || /warning|alert/i.test(check.stderr)) throw new Error(check.stderr);
    const haproxy = new Haproxy(port, spawn('haproxy', ['-db', '-f', file]), adminPath);
    while (!(await haproxy.#isUp())) if (haproxy.#hasEnded) throw new Error(haproxy.err);
    return haproxy;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #isUp(): Promise<boolean> {
    return this.command('show info').then(
      () => true,
      () => false,
    );
  }

  /** Runs a command of its admin socket, as `socat` does on the page. */
  async command(text: string): Promise<string> {
    const socket = connect(this.#adminPath);
    socket.end(`${text}\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
