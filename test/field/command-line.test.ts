/** The command as it is installed, in processes of its own: over TLS, with a shared secret, over Unix sockets, with contracts. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeStp, pureJson } from 'socket-protocol/wire';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { Message } from '../../src/index.js';
import { Running } from './support/running.js';

const field = inject('fieldFolder');
const COMMAND = join(field, 'node_modules/socket-protocol/dist/src/cli/main.js');
const pem = (name: string): string =>
  fileURLToPath(new URL(`../support/certificates/${name}`, import.meta.url));
const TLS = ['--tls', '--ca', pem('authority.pem')];
const TIME = /^"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"\n$/;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(field, 'command-'));
});

const running: Running[] = [];
afterEach(() => {
  for (const each of running.splice(0)) each[Symbol.dispose]();
});

/** Starts a command that listens. */
async function start(...argv: readonly string[]): Promise<{ program: Running; address: string }> {
  const program = new Running([COMMAND, ...argv]);
  running.push(program);
  const line = await program.printed('out', /^listening on .*\n/m);
  return { program, address: /^listening on ([^\s,]+)/m.exec(line)?.[1] ?? program.err };
}

/** Runs a command to its end. */
function run(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...argv], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('TLS', () => {
  const use = (name: string): readonly string[] => {
    copyFileSync(pem(`${name}.pem`), join(folder, 'live.pem'));
    copyFileSync(pem(`${name}.key`), join(folder, 'live.key'));
    return ['--tls', '--cert', join(folder, 'live.pem'), '--key', join(folder, 'live.key')];
  };

  test('a server has its certificate replaced while it runs', async () => {
    const { program, address } = await start('serve', '--port', '0', ...use('elsewhere'));
    // somebody who is connected stays connected
    const watching = new Running([COMMAND, 'monitor', address, ...TLS, '--servername', 'elsewhere.example']);
    running.push(watching);
    await watching.printed('out', /connected/);
    const refused = run('read', address, '0', ...TLS);
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('certificate')]);

    use('server');
    program.signal('SIGHUP');
    await program.printed('out', /^certificates reloaded$/m);
    expect(run('read', address, '0', ...TLS)).toEqual({ code: 0, out: expect.stringMatching(TIME), err: '' });

    writeFileSync(join(folder, 'live.key'), 'junk');
    program.signal('SIGHUP');
    expect(await program.printed('err', /Kept the old certificates/)).toMatch(
      /socket-protocol: warning: Kept the old certificates: The file ".*live\.key" \(--key\) holds no private key[^\n]*\n/,
    );
    expect(run('read', address, '0', ...TLS).code).toBe(0);
    expect(watching.out).not.toContain('disconnected');
    program.signal('SIGTERM');
    expect(await program.code).toBe(0);
  });

  test('SIGHUP ends a server without certificates, as it ends any program', async () => {
    const { program } = await start('serve', '--port', '0');
    program.signal('SIGHUP');
    expect(await program.code).toBeNull();
  });

  test('a proxy with TLS on one side serves clients that have none', async () => {
    const server = await start('serve', '--port', '0', ...use('server'));
    const proxy = await start('proxy', '0', server.address, ...TLS, '--plain', 'clients');
    expect(run('read', proxy.address, '0').out).toMatch(TIME);
    await proxy.program.printed('out', /← server .*read data response/);
    proxy.program.signal('SIGINT');
    expect(await proxy.program.code).toBe(0);
  });
});

test('a shared secret encrypts, and another one is refused', async () => {
  const [secret, other] = ['a', 'b'].map((letter) => {
    const file = join(folder, letter);
    writeFileSync(file, `${letter.repeat(48)}\n`);
    return file;
  }) as [string, string];
  const { address } = await start('serve', '--port', '0', '--tls-psk', '--secret-file', secret);
  expect(run('read', address, '0', '--tls-psk', '--secret-file', secret)).toEqual({
    code: 0,
    out: expect.stringMatching(TIME),
    err: '',
  });
  const refused = run('read', address, '0', '--tls-psk', '--secret-file', other);
  expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('pre-shared key')]);
});

describe('a Unix socket', () => {
  test('is replaced after a server that was killed, and gone after one that ended', async () => {
    const path = join(folder, 'device.sock');
    const killed = await start('serve', '--unix', path);
    killed.program.signal('SIGKILL');
    await killed.program.code;
    expect(existsSync(path)).toBe(true);

    const { program, address } = await start('serve', '--unix', path);
    expect([address, statSync(path).mode & 0o777]).toEqual([`unix:${path}`, 0o600]);
    expect(run('read', address, '0').out).toMatch(TIME);
    expect(run('read', '--unix', path, '0').out).toMatch(TIME);
    const second = run('serve', '--unix', path);
    expect([second.code, second.err]).toEqual([3, expect.stringContaining(path)]);
    program.signal('SIGTERM');
    expect(await program.code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });
});

/** Runs a line of a shell in which `$CLI` is the command. */
function shell(line: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', CLI: `${process.execPath} ${COMMAND}`, ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

describe('a pipe', () => {
  test('is read to its end, however long it is, and again and again', () => {
    const payload = Buffer.from(
      pureJson.encode(new Message({ serviceId: 10, dataId: 7, data: 'x'.repeat(1_000) })),
    );
    const file = join(folder, 'long.bin');
    writeFileSync(file, Buffer.concat(Array.from({ length: 3_000 }, () => Buffer.from(encodeStp(payload)))));
    for (let time = 0; time < 5; time++)
      expect(shell(`cat ${file} | $CLI decode | wc -l`)).toEqual({
        code: 0,
        out: expect.stringMatching(/^ *3000\n$/),
        err: '',
      });
  });

  test('between read and write passes data on as it is', async () => {
    const { address } = await start('serve', '--port', '0');
    const data = '{"text":"@\\u0007","numbers":[NaN,1700000000123456789,-Infinity]}';
    expect(shell(`echo '${data}' | $CLI write ${address} 7 -`).code).toBe(0);
    expect(shell(`$CLI read ${address} 7 | $CLI write ${address} 8 -`).code).toBe(0);
    expect(shell(`$CLI read ${address} 8`).out).toBe(`${data}\n`);
    const asJson = shell(`$CLI read ${address} 8 --json`).out;
    expect(JSON.parse(asJson)).toEqual({
      data: {
        text: '@\u0007',
        numbers: [{ $number: 'NaN' }, { $number: '1700000000123456789' }, { $number: '-Infinity' }],
      },
    });
    writeFileSync(join(folder, 'data.json'), asJson.slice('{"data":'.length, -2));
    expect(shell(`$CLI write ${address} 9 @${join(folder, 'data.json')}`).code).toBe(0);
    expect(shell(`$CLI read ${address} 9`).out).toBe(`${data}\n`);
  });
});

test('every place that is printed can be typed', async () => {
  const server = await start('serve', '--port', '0', '--host', '127.0.0.1');
  const port = server.address.replace(/.*:/, '');
  for (const place of [`[::ffff:127.0.0.1]:${port}`, `::ffff:127.0.0.1:${port}`])
    if (port.length === 5 || place.startsWith('[')) expect(run('read', place, '0').out).toMatch(TIME);
  const socket = join(folder, 'proxy.sock');
  const proxy = await start('proxy', `unix:${socket}`, server.address);
  expect(proxy.address).toBe(`unix:${socket}`);
  for (const place of [proxy.address, socket]) expect(run('read', place, '0').out).toMatch(TIME);
  const listening = await start('proxy', '127.0.0.1:0', proxy.address);
  expect(run('read', listening.address, '0').out).toMatch(TIME);
});

test('errors and warnings are lines of their own kind', async () => {
  const secret = join(folder, 'short');
  writeFileSync(secret, 'short\n');
  const { program } = await start('serve', '--port', '0', '--secret-file', secret);
  expect(await program.printed('err', /\n/)).toMatch(
    /^socket-protocol: warning: the secret has 5 bytes[^\n]*\n$/,
  );
  const failed = run('read', '127.0.0.1:1', '0', '--secret-file', secret, '--json');
  expect([failed.code, failed.out]).toEqual([3, '']);
  expect(
    failed.err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { warning: expect.stringContaining('5 bytes'), code: 'SP_SHORT_SECRET' },
    expect.objectContaining({ code: 'ERR_CONNECT', reason: 'connection-refused' }),
  ]);
});

describe('a contract', () => {
  const file = join(field, 'thermostat.mjs');

  test('gives names to ids and checks data, whichever copy of the package it uses', async () => {
    const elsewhere = join(field, 'second', 'thermostat.mjs');
    copyFileSync(file, elsewhere);
    const { address } = await start('serve', '--port', '0', '--contract', file);
    for (const contract of [file, elsewhere]) {
      expect(run('read', address, 'time', '--contract', contract).out).toMatch(TIME);
      expect(run('write', address, 'led', '0.5', '--contract', contract).code).toBe(0);
      expect(run('write', address, 'led', '"secret"', '--contract', contract)).toEqual({
        code: 2,
        out: '',
        err: 'socket-protocol: Invalid input of led: number\n',
      });
    }
    const unknown = run('read', address, 'tiem', '--contract', file);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('did you mean time?')]);
  });

  test('is described for other programs', () => {
    const { code, out, err } = run(
      'describe',
      file,
      '--format',
      'asyncapi',
      '--title',
      'Thermostat',
      '--version',
      '2.0.0',
    );
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ info: { title: 'Thermostat', version: '2.0.0' } });
  });

  test('is TypeScript where Node.js can read that, and a sentence elsewhere', () => {
    const typed = join(folder, 'thermostat.ts');
    writeFileSync(
      typed,
      `import { contract, read } from 'socket-protocol';\nconst id: number = 0;\nexport default contract({ time: read(id) });\n`,
    );
    const { code, out, err } = run('describe', typed);
    if ('typescript' in process.features && process.features.typescript)
      expect(JSON.parse(out)).toHaveProperty('asyncapi');
    else expect([code, out, err]).toEqual([2, '', expect.stringContaining('which Node.js v20')]);
  });
});
