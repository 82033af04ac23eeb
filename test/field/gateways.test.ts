/** Gateways as they are installed, on a real server of NATS: the README's commands, a client without this library, and what fails. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { HAS_NATS_SERVER, killServers, NatsServer, type NatsServerOptions } from '../support/nats-server.js';
import { freePort } from './support/raw.js';
import { Running } from './support/running.js';

const FOLDER = inject('fieldFolder');
const COMMAND = join(FOLDER, 'node_modules/socket-protocol/dist/src/cli/main.js');
const TIME = /^"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"\n$/;
const pem = (name: string): string =>
  fileURLToPath(new URL(`../support/certificates/${name}`, import.meta.url));
const textOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** The only block of a page in which a text occurs. */
function blockWith(path: string, language: string, text: string): string {
  const blocks = [...textOf(path).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))];
  const found = blocks.map(([, block = '']) => block).filter((block) => block.includes(text));
  if (found.length !== 1) throw new Error(`${path} has ${found.length} blocks with ${text}`);
  return found[0] ?? '';
}

const running: Running[] = [];
let nats: NatsServer;

async function startNats(options?: NatsServerOptions): Promise<void> {
  nats = await new NatsServer(options).start();
}

afterEach(async () => {
  for (const each of running.splice(0)) each[Symbol.dispose]();
  await killServers();
});

/** Starts a command that stays. */
function start(...argv: readonly string[]): Running {
  const program = new Running([COMMAND, ...argv]);
  running.push(program);
  return program;
}

async function startGateway(...options: readonly string[]): Promise<{ gateway: Running; port: string }> {
  const gateway = start('gateway', '--nats', nats.url, '--port', '0', ...options);
  const line = await gateway.printed('out', /^listening on .*\n/m);
  return { gateway, port: /:(\d+)/.exec(line)?.[1] ?? gateway.err };
}

/** Starts a device, and waits until it can be reached. */
async function startDevice(
  { gateway, port }: { gateway: Running; port: string },
  name: string,
  ...options: readonly string[]
): Promise<Running> {
  const device = start('serve', '--connect', `127.0.0.1:${port}`, '--channel', name, ...options);
  await gateway.printed('out', new RegExp(` arrived: ${name} `));
  return device;
}

/** Runs a command to its end. */
function run(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...argv], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe.runIf(HAS_NATS_SERVER)('on a server of NATS', () => {
  beforeEach(() => startNats());

  test.each(['README.md', 'docs/gateways.md'])('the commands of %s run as they stand', async (page) => {
    const port = await freePort();
    const [install, ...lines] = blockWith(page, 'sh', 'apt-get install')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('npm i '));
    expect(install).toMatch(/^sudo apt-get install -y nats-server/);
    const block = lines.join('\n').replaceAll('17017', String(port)).replaceAll('4222', String(nats.port));
    // a group of its own, so that what it has left in the background ends with it
    const shell: ChildProcess = spawn('bash', ['--norc', '-c', block], { cwd: FOLDER, detached: true });
    try {
      let out = '';
      shell.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
      await once(shell, 'exit');
      expect(shell.exitCode).toBe(0);
      expect(out).toMatch(/^"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"\n/m);
      expect(out).toMatch(/ arrived: pump-3 at /);
      if (lines.some((line) => line.includes('devices')))
        expect(out).toMatch(/^pump-3 +\w+ +127\.0\.0\.1:\d+ /m);
    } finally {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    }
  });

  test('the client in Python asks, and hears of what fails', async () => {
    const started = await startGateway();
    await startDevice(started, 'pump-3');
    const file = join(FOLDER, 'ask.py');
    writeFileSync(file, blockWith('docs/gateways.md', 'python', 'no_responders'));
    const ask = (subject: string) =>
      spawnSync('python3', [file, String(nats.port), subject], { encoding: 'utf8' });
    const answered = ask('sp.pump-3.30.1');
    expect([answered.status, answered.stdout, answered.stderr]).toEqual([0, 'None\n', '']);
    expect(ask('sp.pump-3.10.0').stdout).toMatch(/^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n$/);
    expect(ask('sp.pump-4.10.0').stderr).toContain('NATS/1.0 503');
    expect(ask('sp.pump-3.77.0').stderr).toContain('Sp-Error: bus-bad-subject');
  });

  test('a device is asked, moves, and is gone', async () => {
    const [north, south] = [await startGateway('--name', 'north'), await startGateway('--name', 'south')];
    const watching = start('devices', '--nats', nats.url, '--watch');
    await watching.printed('out', /gateway\.up: south/);
    const device = await startDevice(north, 'pump-3');
    const target = `${nats.url}/pump-3`;
    expect(run('read', target, '0')).toEqual({ code: 0, out: expect.stringMatching(TIME), err: '' });
    expect(run('write', target, '7', '{"on": true}').code).toBe(0);
    expect(run('read', target, '7').out).toBe('{"on":true}\n');
    // another one of the same name, at the other gateway; both come back, until only one is left
    start('serve', '--connect', `127.0.0.1:${south.port}`, '--channel', 'pump-3');
    await north.gateway.printed('out', / moved: pump-3 from north-\w+ to south-\w+/);
    await watching.printed('out', / arrived: pump-3 at south-\w+/);
    device.signal('SIGKILL');
    expect(run('read', target, '7', '--wait')).toEqual({
      code: 1,
      out: '',
      err: expect.stringContaining('unknown'),
    });
    const gone = run('read', `${nats.url}/pump-4`, '0', '--json');
    expect([gone.code, JSON.parse(gone.err)]).toEqual([
      3,
      { error: expect.stringContaining('pump-4'), code: 'ERR_NO_SUCH_PEER', reason: 'no-such-peer' },
    ]);
  });

  test('a gateway stays while NATS is away, and its devices with it', async () => {
    const started = await startGateway();
    const device = await startDevice(started, 'pump-3');
    await nats.kill();
    await started.gateway.printed('out', / NATS away/);
    const asking = run('read', `${nats.url}/pump-3`, '0');
    expect([asking.code, asking.err]).toEqual([3, expect.stringContaining(`127.0.0.1:${nats.port}`)]);
    await nats.start();
    await started.gateway.printed('out', / NATS up/);
    expect(run('read', `${nats.url}/pump-3`, '0', '--wait').out).toMatch(TIME);
    expect(device.out).not.toContain('disconnected');
  });

  test('SIGTERM lets a request finish that a device has, and a second signal ends it at once', async () => {
    const slowDevice = async ({ gateway, port }: { gateway: Running; port: string }): Promise<Running> => {
      const device = new Running([join(FOLDER, 'slow-device.mjs'), port, 'pump-3']);
      running.push(device);
      await gateway.printed('out', / arrived: pump-3 /);
      return device;
    };
    const patient = await startGateway();
    const device = await slowDevice(patient);
    const asking = start('read', `${nats.url}/pump-3`, '0', '--timeout', '60000');
    await device.printed('out', /asked/);
    patient.gateway.signal('SIGTERM');
    await patient.gateway.printed('err', /Waiting for what is under way/);
    device.signal('SIGUSR2');
    expect([await asking.code, asking.out]).toEqual([0, '"at last"\n']);
    expect(await patient.gateway.code).toBe(0);
    device.signal('SIGKILL');

    const hasty = await startGateway();
    const other = await slowDevice(hasty);
    start('read', `${nats.url}/pump-3`, '0', '--timeout', '60000');
    await other.printed('out', /asked/);
    hasty.gateway.signal('SIGTERM');
    await hasty.gateway.printed('err', /Waiting for what is under way/);
    hasty.gateway.signal('SIGTERM');
    expect(await hasty.gateway.code).toBeNull();
  });

  test('a certificate says what a device is called', async () => {
    const tls = [
      '--tls',
      '--cert',
      pem('server.pem'),
      '--key',
      pem('server.key'),
      '--ca',
      pem('authority.pem'),
    ];
    const started = await startGateway(...tls);
    const own = [
      '--tls',
      '--ca',
      pem('authority.pem'),
      '--cert',
      pem('client.pem'),
      '--key',
      pem('client.key'),
    ];
    await startDevice(started, 'thermostat', ...own);
    expect(run('read', `${nats.url}/thermostat`, '0').out).toMatch(TIME);
    const liar = start('serve', '--connect', `127.0.0.1:${started.port}`, '--channel', 'pump-3', ...own);
    await liar.printed('out', / disconnected/);
    expect(run('read', `${nats.url}/pump-3`, '0').code).toBe(3);
    started.gateway.signal('SIGHUP');
    await started.gateway.printed('out', /^certificates reloaded$/m);
  });
});

describe.runIf(HAS_NATS_SERVER)('a server of NATS that does not let everybody in', () => {
  const listed = (url: string, ...options: readonly string[]) => run('devices', '--nats', url, ...options);

  test('wants a user and a password', async () => {
    await startNats({ config: 'authorization { user: "me", password: "p@ss/word" }' });
    const { code, out, err } = listed(nats.url);
    expect([code, out]).toEqual([4, '']);
    expect(err).toMatch(/^socket-protocol: [^\n]*(authori[sz]|credentials)[^\n]*\n$/i);
    const url = nats.url.replace('//', '//me:p%40ss%2Fword@');
    expect(listed(url)).toEqual({ code: 0, out: 'no device is connected\n', err: '' });
    const wrong = listed(nats.url.replace('//', '//me:guess@'));
    expect([wrong.code, wrong.out]).toEqual([4, '']);
    expect(wrong.err).not.toContain('guess');
  });

  test('wants a token', async () => {
    await startNats({ config: 'authorization { token: "t0ken" }' });
    expect(listed(nats.url.replace('//', '//t0ken@')).code).toBe(0);
    expect(listed(nats.url).code).toBe(4);
  });

  test('encrypts', async () => {
    await startNats({
      config: `tls { cert_file: "${pem('server.pem')}", key_file: "${pem('server.key')}" }`,
    });
    expect(listed(nats.url, '--nats-ca', pem('authority.pem'))).toMatchObject({ code: 0, err: '' });
    const refused = listed(nats.url.replace('nats:', 'tls:'));
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('certificate')]);
  });
});

describe('without a server', () => {
  test('says that there is none', async () => {
    const port = await freePort();
    for (const argv of [
      ['read', `nats://127.0.0.1:${port}/pump-3`, '0'],
      ['gateway', '--nats', `nats://127.0.0.1:${port}`, '--port', '0'],
      ['devices', '--nats', `nats://127.0.0.1:${port}`],
    ]) {
      const { code, out, err } = run(...argv);
      expect([code, out]).toEqual([3, '']);
      expect(err).toMatch(new RegExp(`^socket-protocol: [^\\n]*127\\.0\\.0\\.1:${port}[^\\n]*\\n$`));
    }
  });
});

test('says what to install where the client of NATS is not there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-alone-'));
  try {
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    cpSync(join(FOLDER, 'node_modules/socket-protocol'), join(modules, 'socket-protocol'), {
      recursive: true,
    });
    for (const name of ['commander', 'crc-32', 'valibot', 'xstate'])
      symlinkSync(join(FOLDER, 'node_modules', name), join(modules, name));
    const main = join(modules, 'socket-protocol/dist/src/cli/main.js');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, 'devices', '--nats', 'nats://127.0.0.1:1'],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stdout, stderr]).toEqual([
      2,
      '',
      'socket-protocol: NATS needs the package @nats-io/transport-node, an optional peer, which is not installed: npm i @nats-io/transport-node\n',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
