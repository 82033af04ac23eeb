/** A program fails as it does at night: its peer is killed, nobody catches the error. What is left is a file. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, inject, test } from 'vitest';

const FOLDER = inject('fieldFolder');
const COMMAND = join(FOLDER, 'node_modules/socket-protocol/dist/src/cli/main.js');

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(...argv: readonly string[]) {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  return child;
}

test('a peer that is killed with a request waiting leaves a file that the three commands read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'failures-'));
  const server = start(join(FOLDER, 'recorded.mjs'), 'server');
  const [port] = await once(server.stdout, 'data');
  const client = start(join(FOLDER, 'recorded.mjs'), 'client', folder, String(port).trim());
  await once(client.stdout, 'data');
  server.kill('SIGKILL');
  const [code] = await once(client, 'exit');
  expect(code).toBe(1);

  const [name = '', ...others] = readdirSync(folder);
  expect([name, others]).toEqual([expect.stringMatching(/-client-requests-lost-\d+-1\.jsonl$/), []]);
  const file = join(folder, name);
  expect(readFileSync(file, 'utf8')).not.toContain('horse');

  const decoded = spawnSync(process.execPath, [COMMAND, 'decode', file], { encoding: 'utf8' });
  expect(decoded.stdout).toMatch(/server \[checksum ok\] service: read data response, data_id: 0, .*21\.5/);
  expect(decoded.stderr).toContain('the failure: requests-lost');

  const replay = start(COMMAND, 'replay', file, '--port', '0');
  const [listening] = await once(replay.stdout, 'data');
  const address = /127\.0\.0\.1:\d+/.exec(String(listening))?.[0] ?? '';
  expect(execFileSync(process.execPath, [COMMAND, 'read', address, '0'], { encoding: 'utf8' })).toBe(
    '21.5\n',
  );

  const inspect = start(COMMAND, 'inspect', '--replay', file, '--json');
  const [opened] = await once(inspect.stdout, 'data');
  const { debugger: url } = JSON.parse(String(opened).split('\n')[0] ?? '') as { debugger: string };
  expect((await fetch(url)).status).toBe(200);
});
