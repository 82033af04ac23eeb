import { execFileSync, spawnSync } from 'node:child_process';

/** Linux's network namespaces, where the machine allows them: networks of their own, with links that can be cut. */
export class Namespace implements Disposable {
  readonly name: string;

  /** @param name a short one that no other test uses */
  constructor(name: string) {
    this.name = `sp-${name}-${process.pid}`;
    ip('netns', 'add', this.name);
    this.run('ip', 'link', 'set', 'lo', 'up');
  }

  /** What stands before a command that is to run inside. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Runs a command inside, to its end. */
  run(...argv: readonly string[]): void {
    ip('netns', 'exec', this.name, ...argv);
  }

  /** Lays a cable to another; `here` and `there` are addresses of one /24. */
  connect(other: Namespace, here: string, there: string): void {
    const [a, b] = [`a${process.pid}`, `b${process.pid}`];
    ip('link', 'add', a, 'netns', this.name, 'type', 'veth', 'peer', 'name', b, 'netns', other.name);
    for (const [end, device, address] of [
      [this, a, here],
      [other, b, there],
    ] as const) {
      end.run('ip', 'address', 'add', `${address}/24`, 'dev', device);
      end.run('ip', 'link', 'set', device, 'up');
    }
  }

  /** From now on whatever is sent to an address vanishes, without an error at the sender's end. */
  dropPacketsTo(address: string): void {
    // an entry of the neighbour table that nobody has: frames leave, and no network card takes them
    this.run(
      ...['ip', 'neighbour', 'replace', address, 'lladdr', '02:00:00:00:00:01', 'nud', 'permanent'],
      ...['dev', this.#deviceTo(address)],
    );
  }

  /** Undoes {@link dropPacketsTo}. */
  carryPacketsTo(address: string): void {
    this.run('ip', 'neighbour', 'del', address, 'dev', this.#deviceTo(address));
  }

  #deviceTo(address: string): string {
    const route = execFileSync('ip', ['netns', 'exec', this.name, 'ip', 'route', 'get', address], {
      encoding: 'utf8',
    });
    const device = / dev (\S+)/.exec(route)?.[1];
    if (device === undefined) throw new Error(`expected a route to ${address}, got ${route}`);
    return device;
  }

  [Symbol.dispose](): void {
    spawnSync('ip', ['netns', 'del', this.name]);
  }
}

function ip(...argv: readonly string[]): void {
  execFileSync('ip', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Why there are no namespaces here; null: there are. */
export function whyNoNamespaces(): string | null {
  const name = `sp-try-${process.pid}`;
  const { status, error, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (status !== 0) return `no network namespaces: ${error?.message ?? stderr.trim()}`;
  spawnSync('ip', ['netns', 'del', name]);
  return null;
}
