/** Links that are no TCP connections: the standard streams of a child, Unix sockets, a line that loses bytes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, duplexPair, Transform, type TransformCallback } from 'node:stream';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { connect, Session, StreamStp } from '../../src/index.js';
import { killAll, Program } from './support/program.js';

const SECRET = 'a secret of more than sixteen bytes';
const folders: string[] = [];

afterEach(async () => {
  await killAll();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('the standard streams of a child as the link', () => {
  const children: ChildProcess[] = [];
  /** Starts a device; its standard error is that of the test. */
  const stream = (): Duplex => {
    const child = spawn(process.execPath, [join(inject('fieldFolder'), 'device.mjs'), SECRET], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    return Duplex.from({ readable: child.stdout, writable: child.stdin });
  };

  test('carry requests, large ones too, and a child that ends is started again', async () => {
    const session = await connect({ stream, secret: SECRET, reconnect: { minDelay: 0 } });
    const [first] = children;
    expect(await session.read(0)).toBe(first?.pid);
    expect(await session.write(0, 'x'.repeat(1_000_000))).toBe(1_000_000);
    const lost = once(session, 'disconnected');
    await expect(session.execute(0)).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    await lost;
    const second = await session.read(0, { timeout: 30_000 });
    expect([second, children.length]).toEqual([children.at(-1)?.pid, 2]);
    await session.close();
    // it has heard the end of its input, and has nothing else to do
    for (const child of children) if (child.exitCode === null) await once(child, 'exit');
    expect(children.map(({ exitCode }) => exitCode)).toEqual([3, 0]);
  });
});

describe('a Unix socket between two processes', () => {
  test('a server that was killed leaves a file that the next one replaces, and clients come back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-unix-'));
    folders.push(folder);
    const path = join(folder, 'device.sock');
    const options = { path, secret: SECRET };
    const first = new Program('server.mjs');
    await first.ask('listen', { options });
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { ...options, reconnect: { maxDelay: 200 } } });
    expect(await client.ask('read')).toBe('pong');
    const from = client.mark;
    await first.kill();
    await client.next('disconnected', {}, { from });
    expect(existsSync(path)).toBe(true);
    const second = new Program('server.mjs');
    await second.ask('listen', { options });
    await client.next('trusted', {}, { from });
    expect(await client.ask('read')).toBe('pong');
    const third = new Program('server.mjs');
    await expect(third.ask('listen', { options })).rejects.toThrow('address-in-use');
    expect(await client.ask('read')).toBe('pong');
  });
});

/** A line that loses a byte now and then, as a serial one does. */
class LossyLine extends Transform {
  readonly #every: number;
  #passed = 0;
  lost = 0;

  constructor(every: number) {
    super();
    this.#every = every;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const kept = chunk.filter(() => ++this.#passed % this.#every !== 0);
    this.lost += chunk.length - kept.length;
    done(null, Buffer.from(kept));
  }
}

describe('a line that loses bytes', () => {
  test('never delivers a message that is not whole, and the requests that get through are right', async () => {
    const [here, there] = duplexPair();
    const line = new LossyLine(997);
    here.pipe(line);
    const lossy = Duplex.from({ readable: line, writable: here });
    const server = new Session(new StreamStp({ stream: there, role: 'server' }));
    const values = new Set<unknown>();
    server.onRead(null, (_, { dataId }) => `answer ${dataId}`);
    const client = new Session(new StreamStp({ stream: lossy }), { maxBadFrames: 100_000 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, async (_, n) => {
        const value = await client.read(n, { timeout: 2_000 });
        values.add(value);
        return value === `answer ${n}`;
      }),
    );
    const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(line.lost).toBeGreaterThan(0);
    expect(answered.every(({ value }) => value)).toBe(true);
    expect(answered.length).toBeGreaterThan(250);
    expect(Object.keys(client.counters.dropped)).not.toEqual([]);
    await Promise.all([client.close(), server.close()]);
  });
});
