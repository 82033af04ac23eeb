import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Running } from '../support/command.js';
import { PythonPeer } from '../support/python-peer.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-proxy-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the proxy between a Python client and a Python server', { timeout: 20_000 }, () => {
  test.each([
    ['pure_json', []],
    ['struct_json', ['--struct']],
  ])('shows what they say and where they stand, in %s', async (codec, flags) => {
    const recording = join(folder, `${codec}.jsonl`);
    await using server = await PythonPeer.server('--secret', SECRET, ...flags);
    await server.command('set_data', { data_id: 7, data: [1.5, 'ü:'] });
    const running = new Running([
      'proxy',
      '0',
      `127.0.0.1:${server.port}`,
      '--record',
      recording,
      '--inspect',
      ...flags,
    ]);
    const port = Number(await running.printed(/listening on 127\.0\.0\.1:(\d+)/));
    {
      await using client = PythonPeer.client(port, '--secret', SECRET, ...flags);
      await client.next('message', { service_id: 9 });
      expect(await client.command('authenticate')).toMatchObject({ ok: true, trusted: true });
      expect(await client.command('request', { service_id: 10, data_id: 7 })).toMatchObject({
        ok: true,
        data: [1.5, 'ü:'],
      });
      await client.command('send_raw', { hex: Buffer.from('no frame').toString('hex') });
      await running.printed(/not a frame \(noise, 8 bytes\): "no frame"/);
      // the cable is pulled
      client.kill();
      await running.printed(/the client hung up/);
    }
    expect(await running.interrupt()).toBe(0);
    expect(running.out).toMatch(/#1 states: client trusted, server trusted/);
    expect(running.out).toMatch(/← server service: read data response, data_id: 7, .*data: \[1\.5,"ü:"\]/);
    expect(running.out).toMatch(/debugger at http:\/\/127\.0\.0\.1:\d+\//);
    expect(running.err).toBe('');
    const text = readFileSync(recording, 'utf8');
    expect(text).toContain(`"codec":"${codec}"`);
    expect(text).not.toMatch(/(?:3[0-9]|6[1-6]){64}/);
  });
});
