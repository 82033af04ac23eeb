/** The README's programs, as they stand. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { killAll, Program } from './support/program.js';
import { freePort } from './support/raw.js';
import { programWith } from './support/readme.js';
import { Running } from './support/running.js';

const FOLDER = inject('fieldFolder');
const SECRET = 'correct horse battery staple';

afterEach(killAll);

const FIRST = programWith('onWrite(7');
const FAILING = programWith('isSocketProtocolError');
const INSPECTED = programWith('openInspector');
const DRAINING = programWith('SIGTERM');
const FROM_PYTHON = programWith('PureJsonProtocol');
const HEARING = programWith("'callbackError'");
const CONTRACT = programWith('thermostat.handle');

/** Saves a program as a reader does who has another port. */
function save(name: string, code: string, port: number): string {
  const file = join(FOLDER, name);
  writeFileSync(file, code.replaceAll('17017', String(port)));
  return file;
}

describe("the README's programs", () => {
  const run = (file: string) => spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });

  test('FC-30 the first runs as it stands, prints what it says and ends', async () => {
    const { status, stdout, stderr } = run(save('twenty.mjs', FIRST, await freePort()));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\w{3} \w{3} \d\d \d{4} .*\ndata id 7 is now 0\.5\n/);
    expect(status).toBe(0);
  });

  test('FC-30 the one with a contract runs as it stands, and ends', async () => {
    const { status, stdout, stderr } = run(save('contract.mjs', CONTRACT, await freePort()));
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^0\.5\n\d{4}-\d\d-\d\dT.*Z\n$/);
  });

  test.each([
    [SECRET, 'pong\n', ''],
    ['another horse battery staple', '', 'ask for the new secret\n'],
  ])('FC-30 the one about errors runs as it stands: %s', async (secret, out, err) => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0, secret } });
    const { status, stdout, stderr } = run(save('errors.mjs', FAILING, port));
    expect([status, stdout, stderr]).toEqual([0, out, err]);
  });

  /** A client of a program that may just have started. */
  async function clientOf(port: number, options: object = {}): Promise<Program> {
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, waitForPeer: true, ...options } });
    return client;
  }

  test('FC-30 the one about the debugger runs as it stands', async () => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0 } });
    using running = new Running([save('inspected.mjs', INSPECTED, port)]);
    expect(await running.printed('out', /\n/)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
    await server.next('session');
  });

  test.each([
    'SIGTERM',
    'SIGINT',
  ] as const)('FC-30 the one that ends cleanly runs as it stands: %s', async (signal) => {
    const port = await freePort();
    using running = new Running([save('draining.mjs', DRAINING, port)]);
    const client = await clientOf(port, { secret: SECRET });
    running.signal(signal);
    await client.next('disconnected');
    expect([await running.code, running.out, running.err]).toEqual([0, '', '']);
  });

  test('FC-30 the one that hears of failures runs as it stands', async () => {
    const port = await freePort();
    using running = new Running([save('hearing.mjs', HEARING, port)]);
    const client = await clientOf(port);
    expect(await client.askInVain('read')).toMatchObject({ code: 'ERR_STATUS', status: 2 });
    expect(await running.printed('err', /10 0 Error: no sensor\n +at /)).toContain('no sensor');
  });

  test('FC-30 the one in the interface of the original runs as it stands', async () => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0 } });
    const { status, stdout, stderr } = run(save('original.mjs', FROM_PYTHON, port));
    expect([status, stdout.split('\n').at(-2), stderr]).toEqual([0, 'The Client received: pong', '']);
  });
});
