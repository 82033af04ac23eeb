/** Recordings that end as they do on a real machine: on a full disk, under `kill -9`. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { notice } from './support/notice.js';
import { killAll, Program } from './support/program.js';

const COMMAND = join(inject('fieldFolder'), 'node_modules/socket-protocol/dist/src/cli/main.js');
const noMounts = spawnSync('unshare', ['-m', 'true']).status === 0 ? null : 'no mount namespaces';
if (noMounts !== null) notice('FC-46 a full disk', noMounts);

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  await killAll();
});

/** Starts a proxy that records; resolves with the port it listens on. */
async function startProxy(argv: readonly string[], prefix: readonly string[] = []) {
  const [file = process.execPath, ...rest] = [...prefix, process.execPath, COMMAND, ...argv];
  const proxy = spawn(file, rest);
  running.push(proxy);
  let err = '';
  const stopped = new Promise<string>((resolve) => {
    proxy.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      if (err.includes('Stopped recording')) resolve(err);
    });
  });
  const [line] = await once(proxy.stdout.setEncoding('utf8'), 'data');
  proxy.stdout.resume();
  const port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(String(line))?.[1]);
  return { proxy, port, stopped };
}

/** A server, and a client that talks to it over what stands between. */
async function startServer(): Promise<number> {
  const server = new Program('server.mjs');
  return (await server.ask('listen', { options: { port: 0 } })).port;
}

const decode = (file: string) =>
  spawnSync(process.execPath, [COMMAND, 'decode', file], { encoding: 'utf8', maxBuffer: 2 ** 26 });

describe('a recording', () => {
  test.skipIf(noMounts !== null)(
    'FC-46 on a disk that is full is decoded and replayed up to its end',
    async () => {
      const folder = mkdtempSync(join(inject('fieldFolder'), 'recording-'));
      // the disk is in the namespace of the proxy; so its recording is read through the process
      const small = [
        'unshare',
        '-m',
        'sh',
        '-c',
        'mount -t tmpfs -o size=16k none "$0" && exec "$@"',
        folder,
      ];
      const recording = join(folder, 'device.jsonl');
      const upstream = await startServer();
      const { proxy, port, stopped } = await startProxy(
        ['proxy', '0', `127.0.0.1:${upstream}`, '--record', recording],
        small,
      );
      const client = new Program('client.mjs');
      await client.ask('connect', { options: { port } });
      expect(await client.ask('read')).toBe('pong');
      await client.ask('read many', { dataId: 100, count: 200 });
      expect(await stopped).toContain('no space left on device');
      // what passes goes on
      expect(await client.ask('read')).toBe('pong');
      const copy = join(inject('fieldFolder'), 'full.jsonl');
      copyFileSync(`/proc/${proxy.pid}/root${recording}`, copy);

      const lines = readFileSync(copy, 'utf8').split('\n');
      const { status, stdout, stderr } = decode(copy);
      expect(status).toBe(0);
      expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(10);
      // unless a line ended where the disk did
      const note = `socket-protocol: warning: The recording is cut off in line ${lines.length}; it was left out\n`;
      expect([note, '']).toContain(stderr);

      const replay = spawn(process.execPath, [COMMAND, 'replay', copy, '--port', '0']);
      running.push(replay);
      const [line] = await once(replay.stdout, 'data');
      const [, address = ''] = /listening on (\S+)/.exec(String(line)) ?? [];
      expect(execFileSync(process.execPath, [COMMAND, 'read', address, '0'], { encoding: 'utf8' })).toBe(
        '"pong"\n',
      );
    },
  );

  test('FC-46 of a program that was killed, and one that is still written, are decoded', async () => {
    const recording = join(mkdtempSync(join(inject('fieldFolder'), 'recording-')), 'device.jsonl');
    const upstream = await startServer();
    const { proxy, port } = await startProxy(['proxy', '0', `127.0.0.1:${upstream}`, '--record', recording]);
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port } });
    expect(await client.ask('read')).toBe('pong');
    expect(existsSync(recording)).toBe(true);
    expect(decode(recording)).toMatchObject({ status: 0, stdout: expect.stringContaining('pong') });
    proxy.kill('SIGKILL');
    await once(proxy, 'close');
    expect(decode(recording)).toMatchObject({ status: 0, stdout: expect.stringContaining('pong') });
  });
});
