/** TLS between two processes: with certificates, with a key made of the secret, and with what does not fit. */

import { execFile as execFileWithCallback, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { authority, withKey } from '../support/certificates.js';
import { notice } from './support/notice.js';
import { killAll, Program } from './support/program.js';

const SECRET = 'correct horse battery staple, and more';
const BY_CERTIFICATE = { server: { tls: withKey('server') }, client: { tls: { ca: authority } } };
const BY_SECRET = { server: { tls: 'psk', secret: SECRET }, client: { tls: 'psk', secret: SECRET } };
const FOLDER = inject('fieldFolder');
const INTEROP = fileURLToPath(new URL('../interop', import.meta.url));
const AUTHORITY = join(FOLDER, 'authority.pem');
const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;
if (!HAS_PYTHON) notice('FC-48', 'no python3');
writeFileSync(AUTHORITY, authority);
const execFile = promisify(execFileWithCallback);
const VISITS = 60;
const RELOADS = 10;

afterEach(killAll);

async function serve(options: object): Promise<{ server: Program; port: number }> {
  const server = new Program('server.mjs');
  const { port } = (await server.ask('listen', { options: { port: 0, ...options } })) as { port: number };
  return { server, port };
}

describe('two processes with TLS', () => {
  test.each([
    ['certificates', BY_CERTIFICATE],
    ['a key made of the secret', BY_SECRET],
  ])('FC-48: ask each other with %s, a lot at once and at length', async (_, sides) => {
    const { server, port } = await serve(sides.server);
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, ...sides.client } });
    expect(await client.ask('read')).toBe('pong');
    expect(await client.ask('read many', { dataId: 100_000, count: 100 })).toMatchObject({
      answered: 100,
      characters: 10_000_000,
    });
    expect(await client.ask('write', { length: 5_000_000 })).toBe(5_000_000);
    expect(await server.ask('read many', { dataId: 10_000, count: 100 })).toMatchObject({ answered: 100 });
  });

  test.skipIf(!HAS_PYTHON).each(['TLSv1_2', 'TLSv1_3'])(
    'FC-48: ask each other where the client is in Python, with %s of its own',
    async (version) => {
      const secret = SECRET;
      const { port } = await serve({ ...BY_CERTIFICATE.server, secret });
      const argv = [INTEROP, String(port), AUTHORITY, secret, version];
      const { stdout } = await execFile('python3', [join(FOLDER, 'python-tls.py'), ...argv]);
      expect(JSON.parse(stdout)).toEqual({
        version: version.replace('_', '.'),
        trusted: true,
        read: 'pong',
        reads: 1_000,
      });
    },
  );

  test('FC-48: say what does not fit, each on its side, and go on', async () => {
    const { server, port } = await serve(BY_SECRET.server);
    const client = new Program('client.mjs');
    const inVain = (options: object) =>
      client.askInVain('connect', { options: { port, reconnect: false, ...options } });
    expect(await inVain({ tls: 'psk', secret: `${SECRET}!` })).toMatchObject({ reason: 'tls-psk-refused' });
    expect(await inVain({ secret: SECRET })).toMatchObject({ reason: 'peer-speaks-tls' });
    expect(await inVain({ tls: { ca: authority } })).toMatchObject({ reason: 'tls-handshake-failed' });
    await client.ask('connect', { options: { port, ...BY_SECRET.client } });
    expect(await client.ask('read')).toBe('pong');
    expect(await server.ask('state')).toMatchObject({
      sessions: 1,
      counters: { failedTlsHandshakes: 3, wrongKeys: 0 },
    });
  });

  test('FC-48: find each other again after a kill -9', async () => {
    const { server, port } = await serve(BY_SECRET.server);
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, ...BY_SECRET.client } });
    server.signal('SIGKILL');
    await client.next('disconnected');
    const next = new Program('server.mjs');
    await next.ask('listen', { options: { port, ...BY_SECRET.server } });
    await client.next('trusted');
    expect(await client.ask('read')).toBe('pong');
    client.signal('SIGKILL');
    await next.next('server disconnected');
    expect(await next.ask('state')).toMatchObject({ sessions: 0 });
  });

  test('FC-48: lose no connection while the certificates are reloaded again and again', async () => {
    const { server, port } = await serve(BY_CERTIFICATE.server);
    const client = new Program('client.mjs');
    const options = { port, ...BY_CERTIFICATE.client };
    await client.ask('connect', { options });
    const visits = client.ask('visit many', { count: VISITS, pauseMs: 0, options });
    for (let i = 0; i < RELOADS; i++) {
      await server.ask('reload tls', { tls: withKey(i % 2 === 0 ? 'renewed' : 'server') });
      expect(await server.askInVain('reload tls', { tls: { cert: 'junk' } })).toMatchObject({
        code: 'ERR_OPTION',
      });
    }
    expect(await visits).toEqual({ failed: [] });
    expect(await client.ask('read')).toBe('pong');
    expect(client.all('disconnected')).toEqual([]);
  });
});
