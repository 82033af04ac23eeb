/** What the machine does to programs: ports that are taken, loops that are busy, descriptors that run out. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { frameOf, sealed } from '../support/bytes.js';
import { Namespace, whyNoNamespaces } from './support/namespace.js';
import { notice } from './support/notice.js';
import { eventually, killAll, Program } from './support/program.js';
import { dial, onMessage, RawServer } from './support/raw.js';

const SECRET = 'a secret of more than sixteen bytes';
const MIB = 2 ** 20;
const SID_WRITE = 20;
const SID_READ_ANSWER = 11;

afterEach(killAll);

describe('a port that is taken', () => {
  test('FC-13 is told to the listeners of a session and to its log', async () => {
    await using taken = await RawServer.listen(() => {});
    const program = new Program('machine.mjs');
    await program.ask('open', { port: taken.port, isListening: true, isLogging: true });
    const { args } = await program.next('connectFailed');
    expect(args).toMatchObject([{ name: 'ListenError', reason: 'address-in-use' }]);
    expect(program.all('logged').some(({ text }) => String(text).includes(`${taken.port}`))).toBe(true);
  });

  test('FC-13 is a warning of the process where nobody listens', async () => {
    await using taken = await RawServer.listen(() => {});
    const program = new Program('machine.mjs');
    await program.ask('open', { port: taken.port, isListening: false, isLogging: false });
    const { message } = await program.next('warning');
    expect(message).toContain(`${taken.port}`);
  });
});

describe('a loop that is busy', () => {
  test('FC-14 past a time-out does not time out what was answered in time', async () => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET }, delayMs: 50 });
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, secret: SECRET } });
    for (let round = 0; round < 20; round++) {
      expect(await client.ask('read while busy', { busyMs: 300, options: { timeout: 200 } })).toEqual([]);
    }
  });

  test('FC-44 past frameTimeout does not cut a frame that has long arrived', async () => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0, frameTimeout: 300 } });
    const socket = await dial(port);
    const answers: number[] = [];
    const answered = (dataId: number): Promise<void> =>
      new Promise((resolve) =>
        onMessage(socket, (message) => {
          answers.push(message.dataId);
          if (message.dataId === dataId) resolve();
        }),
      );
    const half = frameOf(10, 8, null);
    const first = answered(7);
    // with the answer to the first, the server has also read what came in the same packet
    socket.write(Buffer.concat([frameOf(10, 7, null), half.subarray(0, 20)]));
    await first;
    const second = answered(8);
    const from = server.mark;
    const done = server.ask('busy', { ms: 1_000 });
    await server.next('busy', {}, { from });
    socket.write(half.subarray(20));
    await done;
    await Promise.race([second, new Promise((resolve) => socket.once('close', resolve))]);
    expect(answers).toContain(8);
    expect(server.all('server disconnected')).toEqual([]);
    socket.destroy();
  });
});

describe('a frame that is no good', () => {
  test.each([
    ['breaks at its end', () => listOf(15 * MIB).slice(0, -1)],
    ['has a million keys', () => tableOf(1_000_000)],
  ])('FC-45 of 15 MiB of a trusted peer, which %s and is no answer to anything, costs the loop what a good one costs', async (_what, make) => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0 } });
    const good = await blockedBy(server, port, SID_WRITE, listOf(15 * MIB));
    const bad = await blockedBy(server, port, SID_READ_ANSWER, make());
    // by their ratio, for machines differ; half a second is not worth a word
    expect(bad).toBeLessThan(Math.max(3 * good, 500));
  });
});

describe('a name with two addresses', () => {
  const noMounts = spawnSync('unshare', ['-m', 'true']).status === 0 ? null : 'no mount namespaces';
  if (noMounts !== null) notice('FC-16', noMounts);

  test.skipIf(noMounts !== null)('FC-16 each of which takes 1 s to connect, is connected to', async () => {
    const hosts = join(inject('fieldFolder'), 'hosts');
    writeFileSync(hosts, '127.0.0.1 two.test\n127.0.0.2 two.test\n');
    // its backlog is full: the system drops the first packet of a connection, and the client's sends another after 1 s
    const listener = new Program('full-listener.mjs');
    const { port } = await listener.ask('listen');
    listener.freeze();
    await fill(port);
    const client = new Program('client.mjs', {
      prefix: ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts],
    });
    expect(await client.ask('look up', { host: 'two.test' })).toEqual(['127.0.0.1', '127.0.0.2']);
    const connecting = client.ask('connect', { options: { host: 'two.test', port } });
    const { atMs: startMs } = await client.next('connecting');
    await client.ask('pause', { ms: 500 });
    listener.thaw();
    expect(await connecting).toMatchObject({ isConnected: true });
    // or the backlog was not full
    expect((await client.next('connect resolved')).atMs - startMs).toBeGreaterThan(900);
  });
});

describe('an ephemeral port', () => {
  const noNamespaces = whyNoNamespaces();
  if (noNamespaces !== null) notice('FC-18', noNamespaces);

  test.skipIf(noNamespaces !== null)('FC-18 on which nobody listens is never taken for a peer', async () => {
    using here = new Namespace('self');
    // so few that the client is given the very port to which it connects all the time
    here.run('sysctl', '-q', '-w', 'net.ipv4.ip_local_port_range=40000 40003');
    const client = new Program('client.mjs', { prefix: here.prefix });
    await client.ask('open', { transport: { port: 40_001, reconnect: { minDelay: 0, maxDelay: 0 } } });
    await client.until('30 attempts', () => client.all('connectFailed').length >= 30);
    expect(client.all('connected')).toEqual([]);
    const from = client.mark;
    const server = new Program('server.mjs', { prefix: here.prefix });
    await server.ask('listen', { options: { port: 40_001 } });
    await client.next('connected', {}, { from });
    await server.next('session');
    expect(await client.ask('read')).toBe('pong');
  });
});

describe('file descriptors', () => {
  test('FC-47 that run out are counted and told once, and the server goes on when there are some again', async () => {
    const server = new Program('server.mjs', { prefix: ['bash', '-c', 'ulimit -n 100; exec "$@"', 'bash'] });
    const { port } = await server.ask('listen', { options: { port: 0 } });
    const stranger = new Program('stranger.mjs');
    await stranger.ask('be idle', { port, perSecond: 200, localAddress: '127.0.0.1' });
    await server.next('warning');
    const { counters } = await server.ask('state');
    expect(counters.refusedByDescriptors).toBeGreaterThan(0);
    // many more are turned away, without another word
    await eventually(stranger, ({ closed }) => closed >= 100);
    expect(server.all('warning')).toHaveLength(1);
    await stranger.kill();
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, waitForPeer: true } });
    expect(await client.ask('read')).toBe('pong');
  });
});

/** A JSON text of about so many bytes. */
function listOf(bytes: number): string {
  return `[${Array(Math.floor(bytes / 8))
    .fill('{"a":1}')
    .join(',')}]`;
}

function tableOf(keys: number): string {
  return `{${Array.from({ length: keys }, (_, i) => `"key ${i}":0`).join(',')}}`;
}

/** Connects until nothing more is taken. */
async function fill(port: number): Promise<void> {
  const sockets = Array.from({ length: 4 }, () =>
    createConnection({ port, host: '127.0.0.1' }).on('error', () => {}),
  );
  await Promise.all(sockets.slice(0, 2).map((socket) => once(socket, 'connect')));
}

/** How long the server's loop stood still for a frame with this data, in milliseconds. */
async function blockedBy(server: Program, port: number, serviceId: number, data: string): Promise<number> {
  const socket = await dial(port);
  const answered = new Promise<void>((resolve) => onMessage(socket, () => resolve()));
  await server.ask('watch the loop');
  socket.write(sealed(`{"data_id": 5, "service_id": ${serviceId}, "status": 0, "data": ${data}}`));
  socket.write(frameOf(10, 0, null));
  await Promise.race([answered, new Promise((resolve) => socket.once('close', resolve))]);
  const ms = await server.ask('loop delay');
  socket.destroy();
  return ms;
}
