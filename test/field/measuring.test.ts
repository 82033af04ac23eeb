/** The commands that measure, watch and monitor as they are installed, against peers that are slow, frozen, gone, or not read. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { frameOf } from '../support/bytes.js';
import { freePort, RawServer } from './support/raw.js';
import { Relay } from './support/relay.js';
import { Running } from './support/running.js';

const TIME = /^"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"$/m;
const COMMAND = join(inject('fieldFolder'), 'node_modules/socket-protocol/dist/src/cli/main.js');

const running: Running[] = [];
afterEach(() => {
  for (const each of running.splice(0)) each[Symbol.dispose]();
});

function start(...argv: readonly string[]): Running {
  const program = new Running([COMMAND, ...argv]);
  running.push(program);
  return program;
}

/** Starts a device; returns it and where it listens. */
async function startDevice(port = 0): Promise<{ device: Running; port: number; address: string }> {
  const device = start('serve', '--port', String(port));
  const line = await device.printed('out', /^listening on .*\n/m);
  const address = /^listening on ([^\s,]+)/m.exec(line)?.[1] ?? device.err;
  return { device, address, port: Number(address.split(':').at(-1)) };
}

/** Runs a command to its end. */
function run(argv: readonly string[], input?: string) {
  const how = { encoding: 'utf8', ...(input === undefined ? {} : { input }) } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...argv], how);
  return { code: status, out: stdout, err: stderr };
}

const summaryOf = (out: string): Record<string, number> =>
  JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, number>;

describe('a peer on a slow road', () => {
  const LATENCY_MS = 30;

  test('is measured as slow as it is, by ping and by bench', async () => {
    const { port } = await startDevice();
    await using relay = await Relay.open(port, { latencyMs: LATENCY_MS });
    const address = `127.0.0.1:${relay.port}`;
    const ping = start('ping', address, '-c', '3', '-i', '50', '--json');
    expect([await ping.code, ping.err]).toEqual([0, '']);
    const summary = summaryOf(ping.out);
    expect([summary['answered'], summary['lost']]).toEqual([3, 0]);
    // Node's timers may be a millisecond early, on either way
    expect(summary['minMs']).toBeGreaterThanOrEqual(2 * (LATENCY_MS - 1));

    const bench = start('bench', address, '--count', '10', '--in-flight', '2', '--json');
    expect(await bench.code).toBe(0);
    const result = summaryOf(bench.out);
    expect(result['answers']).toBe(10);
    expect(result['p50Ms']).toBeGreaterThanOrEqual(2 * (LATENCY_MS - 1));
    expect(result['perSecond']).toBeLessThan(2_000 / (2 * (LATENCY_MS - 1)));
  });
});

describe('a peer that freezes', () => {
  test('is lost to ping while it does, and answers when it is back', async () => {
    const { device, address } = await startDevice();
    const ping = start('ping', address, '-i', '100', '--timeout', '300');
    await ping.printed('out', /^1: /m);
    device.signal('SIGSTOP');
    await ping.printed('out', /^\d+: No answer within 300 ms$/m);
    device.signal('SIGCONT');
    await ping.printed('out', /No answer[\s\S]*^\d+: [\d.]+ ms$/m);
    ping.signal('SIGINT');
    expect([await ping.code, ping.err]).toEqual([0, '']);
    expect(ping.out).toMatch(/sent, \d+ answered, \d+ % lost; \d+ answers? came late\nmin /);
  });

  test('is said once by watch, and so is what it answers then', async () => {
    const { device, address } = await startDevice();
    expect(run(['write', address, '7', '{"on": true}']).code).toBe(0);
    const watch = start('watch', address, '7', '--interval', '50', '--timeout', '200');
    await watch.printed('out', /7 = \{"on":true\}/);
    device.signal('SIGSTOP');
    await watch.printed('out', /7: No answer/);
    device.signal('SIGCONT');
    await watch.printed('out', /No answer[\s\S]*7 = \{"on":true\}/);
    expect(run(['write', address, '7', '{"on": false}']).code).toBe(0);
    await watch.printed('out', /7\.on: true -> false/);
    watch.signal('SIGINT');
    expect([await watch.code, watch.err]).toEqual([0, '']);
    expect(watch.out.match(/No answer/g)?.length).toBe(1);
  });

  test('ends bench with what it measured, and the exit code of a time-out where that is nothing', async () => {
    const { device, address } = await startDevice();
    device.signal('SIGSTOP');
    const bench = start(
      'bench',
      address,
      '--duration',
      '100',
      '--warm-up',
      '0',
      '--timeout',
      '300',
      '--json',
    );
    expect(await bench.code).toBe(5);
    expect(summaryOf(bench.out)).toMatchObject({ answers: 0, errors: [{ code: 'ERR_TIMEOUT', count: 1 }] });
  });
});

describe('a peer that goes away and comes back', () => {
  test('is found again by watch and ping', async () => {
    const { device, address, port } = await startDevice();
    const watch = start('watch', address, '0', '--interval', '50');
    const ping = start('ping', address, '-i', '50');
    await watch.printed('out', /0 = /);
    await ping.printed('out', /^1: /m);
    device.signal('SIGKILL');
    await watch.printed('out', /disconnected/);
    await ping.printed('out', /disconnected/);
    await device.code;
    await startDevice(port);
    await watch.printed('out', / connected: /);
    await ping.printed('out', /connected again\n[\s\S]*^\d+: [\d.]+ ms$/m);
    for (const each of [watch, ping]) {
      each.signal('SIGINT');
      expect(await each.code).toBe(0);
    }
  });

  test('is found again by a shell, whose script goes on', async () => {
    const { device, address, port } = await startDevice();
    const shell = start('shell', address, '--keep-going');
    shell.type('name data 10 0 time\nread time\n');
    await shell.printed('out', TIME);
    device.signal('SIGKILL');
    await shell.printed('err', /Connection lost/);
    await device.code;
    await startDevice(port);
    await shell.printed('err', /Connected again/);
    shell.type('read time\n');
    shell.endInput();
    expect([await shell.code, shell.out.trim().split('\n')]).toEqual([
      0,
      [expect.stringMatching(TIME), expect.stringMatching(TIME)],
    ]);
  });
});

test('a script stops at its first failure, with the exit code of the command', async () => {
  const { address } = await startDevice();
  const script = 'write 7 {"on": true}\nread 7\nwrite 7 {on}\nread 7\n';
  const stopped = run(['shell', address], script);
  expect([stopped.code, stopped.out]).toEqual([2, 'null\n{"on":true}\n']);
  expect(stopped.err).toMatch(/^socket-protocol: Line 3: Invalid JSON: [^\n]+\n {2}\{on\}\n {3}\^\n$/);
  const whole = run(['shell', address, '--keep-going'], script);
  expect([whole.code, whole.out]).toEqual([2, 'null\n{"on":true}\n{"on":true}\n']);
});

test('several data are read together', async () => {
  const { address } = await startDevice();
  const { code, out, err } = run(['read', address, '0', '8', '0']);
  expect([code, out.split('\n').map((line) => line.slice(0, 3))]).toEqual([1, ['0: ', '0: ', '']]);
  expect(err).toMatch(/^socket-protocol: 8: .*service or data unknown \(4\)\n$/);
});

describe('monitor', () => {
  test('does not fill its output while nobody listens at the address', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const monitor = start('monitor', address);
    await monitor.printed('out', /not connected: .* \(\d+ more not shown\)/);
    monitor.signal('SIGINT');
    expect(await monitor.code).toBe(0);
    expect(monitor.out).toContain(`socket-protocol proxy PORT ${address}`);
    expect(monitor.out.split('\n').length).toBeLessThan(8);
  });

  test('stays small while nobody reads its output, and says what is missing', async () => {
    const TOTAL_BYTES = 64 * 1024 * 1024;
    // no request, which would have to be answered
    const frame = frameOf(50, 5, 'x'.repeat(1_000));
    let sent = (): void => {};
    const allSent = new Promise<void>((resolve) => (sent = resolve));
    await using peer = await RawServer.listen(async (socket) => {
      for (let bytes = 0; bytes < TOTAL_BYTES; bytes += frame.length)
        if (!socket.write(frame)) await once(socket, 'drain');
      sent();
    });
    const child = spawn(process.execPath, [COMMAND, 'monitor', `127.0.0.1:${peer.port}`]);
    try {
      // nobody reads yet: what the pipe does not hold stays in the program
      await allSent;
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      expect(Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1])).toBeLessThan(160 * 1024);
      let out = '';
      const told = new Promise<void>((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          out += text;
          if (/left out: \d+ lines/.test(out)) resolve();
        });
      });
      await told;
      const leftOut = Number(/left out: (\d+) lines/.exec(out)?.[1]);
      expect(leftOut).toBeGreaterThan(TOTAL_BYTES / frame.length / 2);
      child.kill('SIGINT');
      expect(await once(child, 'close')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
