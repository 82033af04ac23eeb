import { describe, expect, test } from 'vitest';
import { Running } from '../support/command.js';
import { PythonPeer } from '../support/python-peer.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
const [LEASE, ACQUIRE, RELEASE, GUARDED] = [65_000, 0, 2, 3];

/** A Python program that has authenticated. */
async function program(port: number, channel: string, ...flags: string[]): Promise<PythonPeer> {
  const peer = PythonPeer.client(port, '--secret', SECRET, '--channel', channel, '--auto-auth', ...flags);
  await peer.next('message', { service_id: 1, data_id: 1, data: true });
  return peer;
}

const read = (peer: PythonPeer, data_id: number) =>
  peer.command('request', { service_id: 10, data_id, data: null, timeout: 8 });
const write = (peer: PythonPeer, data_id: number, data: unknown) =>
  peer.command('request', { service_id: 20, data_id, data, timeout: 8 });
const lease = (peer: PythonPeer, data_id: number, data: unknown) =>
  peer.command('request', { service_id: LEASE, data_id, data, timeout: 8 });

describe('Python programs that share a Python device', { timeout: 30_000 }, () => {
  test.each([
    ['pure_json', []],
    ['struct_json', ['--struct']],
  ])('notice nothing, and can have it alone, in %s', async (_, flags) => {
    await using device = await PythonPeer.server('--secret', SECRET, ...flags);
    await device.command('set_data', { data_id: 7, data: [1.5, 'ü:'] });
    const running = new Running(['share', '0', `127.0.0.1:${device.port}`, ...flags], {
      env: { SOCKET_PROTOCOL_SECRET: SECRET },
    });
    const port = Number(await running.printed(/listening on 127\.0\.0\.1:(\d+)/));
    {
      await using one = await program(port, 'one', ...flags);
      await using two = await program(port, 'two', ...flags);
      expect(await Promise.all([read(one, 7), read(two, 7)])).toMatchObject([
        { ok: true, status: 0, data: [1.5, 'ü:'] },
        { ok: true, status: 0, data: [1.5, 'ü:'] },
      ]);
      expect(await write(one, 7, 8)).toMatchObject({ ok: true, status: 0 });
      expect(await read(two, 7)).toMatchObject({ data: 8 });

      // the device has one connection, and what it says goes to both
      expect(device.events.filter(({ event }) => event === 'connected')).toHaveLength(1);
      await device.command('send', { service_id: 99, data_id: 1, data: 'hot' });
      await one.next('message', { service_id: 99, data: 'hot' });
      await two.next('message', { service_id: 99, data: 'hot' });

      const { data } = await lease(one, ACQUIRE, { ttl: 60_000, wait: 1_000 });
      expect(data).toEqual({ fence: 1, expiresIn: 60_000 });
      const guarded = { fence: 1, service_id: 20, data_id: 7, data: 9 };
      expect(await lease(one, GUARDED, guarded)).toMatchObject({ status: 0 });
      const waiting = read(two, 7);
      const next = lease(two, ACQUIRE, { ttl: 5_000, wait: 8_000 });
      expect(await lease(two, GUARDED, guarded)).toMatchObject({
        status: 6,
        data: { reason: 'fence-not-current' },
      });
      // the holder is killed, and with it its lease
      one.kill();
      expect(await waiting).toMatchObject({ status: 0, data: 9 });
      expect(await next).toMatchObject({ status: 0, data: { fence: 2 } });
      await running.printed(/the lease 1 of "one" is over: holder-left/);
      expect(await lease(two, RELEASE, { fence: 2 })).toMatchObject({ status: 0 });
    }
    expect(await running.interrupt()).toBe(0);
    expect(running.err).toBe('');
  });

  test('get a status while the device is away, and its answers when it is back', async () => {
    const device = await PythonPeer.server('--secret', SECRET);
    const running = new Running(['share', '0', `127.0.0.1:${device.port}`, '--timeout', '1000'], {
      env: { SOCKET_PROTOCOL_SECRET: SECRET },
    });
    const port = Number(await running.printed(/listening on 127\.0\.0\.1:(\d+)/));
    await using one = await program(port, 'one');
    device.kill();
    await running.printed(/the device is away/);
    expect(await read(one, 7)).toMatchObject({
      status: 2,
      data: { reason: 'device-away', written: false },
    });
    expect(await running.interrupt()).toBe(0);
  });
});
