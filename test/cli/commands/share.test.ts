import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, listen, type Server } from '../../../src/index.js';
import { leaseOf } from '../../../src/share/index.js';
import { Running, runCommand, startListening } from '../../support/command.js';
import { rawPeer } from '../../support/raw-peer.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const pem = (name: string): string =>
  fileURLToPath(new URL(`../../support/certificates/${name}`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'share-'));
let device: Server;

beforeAll(async () => {
  device = await listen({ port: 0 }, (session) => {
    session.onRead(null, (_, { dataId }) => dataId);
    session.onWrite(null, () => null);
  });
});

afterAll(async () => {
  await device.close();
  rmSync(folder, { recursive: true });
});

const toDevice = (): string => `127.0.0.1:${device.port}`;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A device that reads what is sent, and never answers; `connected` resolves when somebody is connected to it. */
async function muteDevice() {
  let arrived = (): void => {};
  const connected = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const peer = await rawPeer((socket) => {
    socket.resume();
    arrived();
  });
  return Object.assign(peer, { connected });
}

describe('share', () => {
  test('says where it listens, answers for the device, and tells who has it alone', async () => {
    const { running, address, port } = await startListening(['share', '0', toDevice()]);
    expect(running.out).toContain(`listening on ${address}, forwarding to ${toDevice()}`);
    expect((await runCommand(['read', address, '7'])).out).toBe('7\n');
    const session = await connect({ port, channelName: 'bench' });
    const lease = await leaseOf(session).acquire({ ttl: 5_000 });
    expect(await lease.read(3)).toBe(3);
    await running.printed(/"bench" has the device alone \(lease 1\)/);
    await session.close();
    await running.printed(/the lease 1 of "bench" is over: holder-left/);
    expect(device.counters.accepted).toBe(1);
    expect(await running.interrupt()).toBe(0);
  });

  test('takes rights from a file', async () => {
    const rights = file('rights.json', '{ "*": { "read": [7] } }');
    const { running, address } = await startListening(['share', '0', toDevice(), '--rights', rights]);
    expect((await runCommand(['read', address, '7'])).code).toBe(0);
    const refused = await runCommand(['write', address, '7', '1', '--channel', 'cli']);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('operation not permitted (6): not-permitted\n'),
    ]);
    await running.printed(/refused a request of "cli": not-permitted/);
    expect(await running.interrupt()).toBe(0);
  });

  test('has another secret for its programs where it is told to', async () => {
    const secret = file('secret.txt', 'a secret of sixteen bytes\n');
    const { running, address } = await startListening([
      'share',
      '0',
      toDevice(),
      '--client-secret-file',
      secret,
    ]);
    expect((await runCommand(['read', address, '7', '--secret-file', secret])).out).toBe('7\n');
    expect((await runCommand(['read', address, '7', '--timeout', '500'])).code).not.toBe(0);
    expect(await running.interrupt()).toBe(0);
  });

  test('calls programs what their certificates call them, where they need one', async () => {
    const certificate = (name: string): string[] => [
      '--cert',
      pem(`${name}.pem`),
      '--key',
      pem(`${name}.key`),
    ];
    const rights = file(
      'bound.json',
      '{ "*": { "read": "all" }, "thermostat": { "read": "all", "write": "all" } }',
    );
    const sides = [
      '--tls',
      '--plain',
      'device',
      ...certificate('server'),
      '--client-ca',
      pem('authority.pem'),
    ];
    const { running, address } = await startListening([
      'share',
      '0',
      toDevice(),
      '--rights',
      rights,
      ...sides,
    ]);
    const trusting = ['--tls', '--ca', pem('authority.pem')];
    const write = (...more: string[]) => runCommand(['write', address, '7', '1', ...trusting, ...more]);
    expect((await write(...certificate('client'))).code).toBe(0);
    expect((await write(...certificate('renewed'), '--channel', 'thermostat')).code).not.toBe(0);
    expect((await write()).code).toBe(3);
    expect(await running.interrupt()).toBe(0);
  });

  describe('at a device that takes the connection and says nothing', () => {
    const secretFile = (): string[] => ['--secret-file', file('mute.txt', 'a secret of sixteen bytes\n')];

    test('gives up after --timeout', async () => {
      await using mute = await muteDevice();
      const clock = new VirtualClock();
      const running = new Running(['share', '0', mute.address, '--timeout', '3000', ...secretFile()], {
        clock,
      });
      await mute.connected;
      clock.advance(2_999);
      expect(running.err).toBe('');
      clock.advance(1);
      expect(await running.outcome()).toEqual({
        code: 5,
        out: '',
        err: `socket-protocol: No authenticated connection to ${mute.address} within 3000 ms\n`,
      });
    });

    test('can be interrupted', async () => {
      await using mute = await muteDevice();
      const running = new Running(['share', '0', mute.address, ...secretFile()], {
        clock: new VirtualClock(),
      });
      await mute.connected;
      expect(await running.interrupt()).toBe(130);
    });
  });

  test('opens the debugger on everything', async () => {
    const { running, address } = await startListening(['share', '0', toDevice(), '--inspect']);
    expect(running.out).toMatch(/debugger at http:\/\/127\.0\.0\.1:\d+/);
    expect((await runCommand(['read', address, '7'])).out).toBe('7\n');
    expect(await running.interrupt()).toBe(0);
  });

  test.each([
    [['share', '0', 'no where'], 2],
    [['share', 'h e r e', '127.0.0.1:1'], 2],
    [['share', '0', '127.0.0.1:1'], 3],
    [['share', '0', '127.0.0.1:1', '--service', '100'], 2],
    [['share', '0', '127.0.0.1:1', '--plain', 'device'], 2],
    [['share', '0', '127.0.0.1:1', '--client-ca', 'a.pem'], 2],
    [['share', '0', '127.0.0.1:1', '--tls', '--plain', 'clients', '--client-ca', 'a.pem'], 2],
    [['share', '0', '127.0.0.1:1', '--tls', '--plain', 'device', '--ca', 'a.pem'], 2],
    [['share', '0', '127.0.0.1:1', '--rights', join(folder, 'none.json')], 2],
  ])('refuses %j with exit code %d', async (argv, code) => {
    const outcome = await runCommand(argv);
    expect([outcome.code, outcome.out]).toEqual([code, '']);
    expect(outcome.err).not.toBe('');
  });
});
