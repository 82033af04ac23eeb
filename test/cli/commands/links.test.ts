/** The commands over TLS, over a pre-shared key, and over Unix sockets. */

import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type Outcome, Running, runCommand, wholeProgram } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';
import { RECORDING_HEADER, recordedRead } from '../../support/recording.js';

// loaded before the first test, because it takes a while
await wholeProgram();

const pem = (name: string): string =>
  fileURLToPath(new URL(`../../support/certificates/${name}`, import.meta.url));
const AUTHORITY = ['--ca', pem('authority.pem')];
const CERTIFICATE = ['--cert', pem('server.pem'), '--key', pem('server.key')];
const TLS = ['--tls', ...AUTHORITY];

const folder = new TestFolder();
const secret = folder.file('secret.txt', 'a secret that is long enough for a key of TLS\n');
const PSK = ['--tls-psk', '--secret-file', secret];
const other = folder.file('other.txt', 'another secret that is long enough for a key of TLS\n');
const TIME = /^"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"\n$/;

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.interrupt()));
});

/** Starts a command that listens; sends it SIGHUP on demand. */
async function start(...argv: readonly string[]) {
  let hangUp = (): void => {
    throw new Error('nobody listens to SIGHUP');
  };
  const started = new Running(argv, {
    onHangUp: (listener) => {
      hangUp = listener;
      return () => {};
    },
  });
  running.push(started);
  const address = await started.printed(/listening(?: on |":")([^\s,"]+)/);
  return { started, address, hangUp: () => hangUp() };
}

const read = (address: string, ...more: readonly string[]): Promise<Outcome> =>
  runCommand(['read', address, '0', ...more]);

describe('TLS with certificates', () => {
  test('encrypts a request, and takes the server by its name', async () => {
    const { address } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    for (const argv of [TLS, ['--tls', '--cafile', pem('authority.pem'), '--sni', 'localhost']])
      expect(await read(address, ...argv)).toEqual({ code: 0, out: expect.stringMatching(TIME), err: '' });
  });

  test('is said of where a command listens', async () => {
    const { address, started } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    expect(started.out).toBe(`listening on ${address} with TLS\n`);
    const proxy = await start('proxy', '0', address, ...TLS, '--plain', 'clients', '--json');
    expect(proxy.started.out).toBe(
      `{"listening":"${proxy.address}","target":"${address}","targetTls":true}\n`,
    );
  });

  test('refuses a server that nobody vouches for, or that is another one', async () => {
    const { address } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    for (const argv of [
      ['--tls'],
      ['--tls', '--ca', pem('stranger-authority.pem')],
      [...TLS, '--servername', 'a.example'],
    ]) {
      const { code, out, err } = await read(address, ...argv);
      expect([code, out]).toEqual([3, '']);
      expect(err).toMatch(/^socket-protocol: Could not connect to [^\n]+certificate[^\n]+\n$/);
    }
  });

  test('takes any with --insecure, and warns of it', async () => {
    const { address } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    const { code, out, err } = await read(address, '--tls', '--insecure');
    expect([code, out]).toEqual([0, expect.stringMatching(TIME)]);
    expect(err).toMatch(/^socket-protocol: warning: --insecure: [^\n]+\n$/);
  });

  test('lets in only clients with a certificate where the server has --ca', async () => {
    const { address } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE, ...AUTHORITY);
    const own = ['--cert', pem('client.pem'), '--key', pem('client.key')];
    expect((await read(address, ...TLS, ...own)).code).toBe(0);
    const { code, err } = await read(address, ...TLS);
    expect([code, err]).toEqual([3, expect.stringContaining('certificate')]);
  });

  test('says which side has none', async () => {
    const [plain, secured] = [
      await start('serve', '--port', '0'),
      await start('serve', '--port', '0', '--tls', ...CERTIFICATE),
    ];
    const atPlain = await read(plain.address, ...TLS);
    expect([atPlain.code, atPlain.err]).toEqual([3, expect.stringMatching(/TLS/)]);
    const atSecured = await read(secured.address);
    expect([atSecured.code, atSecured.err]).toEqual([3, expect.stringMatching(/TLS/)]);
  });

  test('reads the key of a certificate with a pass phrase', async () => {
    const argv = [
      'serve',
      '--port',
      '0',
      '--tls',
      '--cert',
      pem('server.pem'),
      '--key',
      pem('server-encrypted.key'),
    ];
    const serving = new Running(argv, { env: { SOCKET_PROTOCOL_KEY_PASSPHRASE: 'open-sesame' } });
    running.push(serving);
    const address = await serving.printed(/listening on (\S+)/);
    expect((await read(address, ...TLS)).code).toBe(0);
  });

  test('writes the keys down for Wireshark', async () => {
    const { address } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    const keys = folder.at('keys.txt');
    expect((await read(address, ...TLS, '--tls-keylog', keys)).code).toBe(0);
    expect(readFileSync(keys, 'utf8')).toMatch(/^CLIENT_HANDSHAKE_TRAFFIC_SECRET [\da-f]+ [\da-f]+$/m);
    expect(statSync(keys).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['monitor', (address: string) => ['monitor', address], /connected/],
    ['inspect', (address: string) => ['inspect', address], /debugger at (\S+)/],
  ])('is for %s as well', async (_, argv, said) => {
    const { address, started } = await start(
      'serve',
      '--port',
      '0',
      '--tls',
      ...CERTIFICATE,
      '--log-level',
      'info',
    );
    const watching = new Running([...argv(address), ...TLS]);
    await watching.printed(said);
    while (!started.err.includes('Connection established')) await new Promise(setImmediate);
    expect(await watching.interrupt()).toBe(0);
  });

  test('is for replay as well, on both sides', async () => {
    const recording = folder.file('device.jsonl', RECORDING_HEADER + recordedRead(1, 'one'));
    const { address } = await start('replay', recording, '--port', '0', '--tls', ...CERTIFICATE);
    const { code, out } = await runCommand(['replay', recording, '--as', 'client', '--to', address, ...TLS]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^same /)]);
  });
});

describe('SIGHUP', () => {
  const [cert, key] = [folder.at('live.pem'), folder.at('live.key')];
  const use = (name: string): void => {
    copyFileSync(pem(`${name}.pem`), cert);
    copyFileSync(pem(`${name}.key`), key);
  };
  const startLive = () => start('serve', '--port', '0', '--tls', '--cert', cert, '--key', key);

  test('has the certificates read again', async () => {
    use('elsewhere');
    const { address, started, hangUp } = await startLive();
    expect((await read(address, ...TLS)).code).toBe(3);
    use('server');
    hangUp();
    await started.printed(/^certificates reloaded$/m);
    expect((await read(address, ...TLS)).code).toBe(0);
  });

  test('keeps the old ones where the new ones are junk, and says why', async () => {
    use('server');
    const { address, started, hangUp } = await startLive();
    const told = async (): Promise<string> => {
      while (!started.err.endsWith('\n')) await new Promise(setImmediate);
      return started.err;
    };
    writeFileSync(cert, '');
    hangUp();
    expect(await told()).toMatch(
      /^socket-protocol: warning: Kept the old certificates: .*live\.pem" \(--cert\) is empty\n$/,
    );
    expect((await read(address, ...TLS)).code).toBe(0);
  });

  test('is nothing to a server without certificates', async () => {
    const { hangUp } = await start('serve', '--port', '0', ...PSK);
    expect(hangUp).toThrow('nobody listens to SIGHUP');
  });
});

describe('TLS with the shared secret', () => {
  test('encrypts without a certificate, and authenticates as ever', async () => {
    const { address } = await start('serve', '--port', '0', ...PSK);
    expect(await read(address, ...PSK)).toEqual({ code: 0, out: expect.stringMatching(TIME), err: '' });
    const named = await read(address, ...PSK, '--psk-identity', 'kitchen');
    expect(named.code).toBe(0);
  });

  test('refuses another secret, and a server of another name', async () => {
    const { address } = await start('serve', '--port', '0', ...PSK, '--servername', 'house');
    expect((await read(address, ...PSK, '--servername', 'house')).code).toBe(0);
    for (const argv of [
      [...PSK, '--servername', 'garage'],
      ['--tls-psk', '--secret-file', other, '--servername', 'house'],
    ]) {
      const { code, err } = await read(address, ...argv);
      expect([code, err]).toEqual([3, expect.stringContaining('pre-shared key')]);
    }
  });
});

describe('a proxy', () => {
  test('encrypts both sides, with a certificate of its own', async () => {
    const { address } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    const own = ['--cert', pem('renewed.pem'), '--key', pem('renewed.key')];
    const proxy = await start('proxy', '0', address, ...TLS, ...own);
    expect((await read(proxy.address, ...TLS)).code).toBe(0);
    expect(await proxy.started.printed(/← server .*/)).toContain('data_id');
    expect((await read(proxy.address)).err).toContain('TLS');
    await proxy.started.printed(/connection to the client failed: .*TLS/);
    proxy.hangUp();
    await proxy.started.printed(/^certificates reloaded$/m);
  });

  test('leaves one side plain', async () => {
    const secured = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    const toServer = await start('proxy', '0', secured.address, ...TLS, '--plain', 'clients');
    expect((await read(toServer.address)).code).toBe(0);
    const plain = await start('serve', '--port', '0');
    const toClients = await start('proxy', '0', plain.address, '--tls', ...CERTIFICATE, '--plain', 'server');
    expect((await read(toClients.address, ...TLS)).code).toBe(0);
  });

  test('encrypts with the shared secret', async () => {
    const { address } = await start('serve', '--port', '0', ...PSK);
    const proxy = await start('proxy', '0', address, ...PSK);
    expect((await read(proxy.address, ...PSK)).code).toBe(0);
  });

  test('hangs up where the server is not who it should be, and says why', async () => {
    const { address } = await start('serve', '--port', '0', '--tls', ...CERTIFICATE);
    const wrong = ['--tls', '--ca', pem('stranger-authority.pem'), '--plain', 'clients'];
    const proxy = await start('proxy', '0', address, ...wrong);
    expect((await read(proxy.address)).code).toBe(3);
    await proxy.started.printed(/connection to the server failed: the certificate/);
  });

  test('hangs up where nobody listens', async () => {
    const proxy = await start('proxy', '0', '127.0.0.1:1', ...TLS, '--plain', 'clients');
    expect((await read(proxy.address)).code).toBe(3);
    await proxy.started.printed(/connection to the server failed: .*ECONNREFUSED/);
  });
});

describe.skipIf(process.platform === 'win32')('a Unix socket', () => {
  test('takes the place of a port, for its owner alone', async () => {
    const path = folder.at('device.sock');
    const { address, started } = await start('serve', '--unix', path);
    expect(address).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const argv of [
      ['read', address, '0'],
      ['read', '--unix', path, '0'],
      ['read', '0', '--unix', path],
      ['request', '--unix', path, '10', '0'],
    ])
      expect(await runCommand(argv)).toEqual({ code: 0, out: expect.stringMatching(TIME), err: '' });
    expect(await started.interrupt()).toBe(0);
    expect((await read(address)).err).toContain(`Could not connect to ${path}`);
  });

  test('is refused where there is a file of another kind', async () => {
    const path = folder.file('precious.txt', 'precious');
    const { code, out, err } = await runCommand(['serve', '--unix', path]);
    expect([code, out, err]).toEqual([3, '', expect.stringContaining(path)]);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  test('is for both sides of a proxy', async () => {
    const [path, inFront] = [folder.at('behind.sock'), folder.at('front.sock')];
    await start('serve', '--unix', path);
    const proxy = await start('proxy', `unix:${inFront}`, '--unix', path);
    expect(await proxy.started.printed(/forwarding to (\S+)/)).toBe(`unix:${path}`);
    expect((await read(`unix:${inFront}`)).code).toBe(0);
  });

  test('can be encrypted', async () => {
    const path = folder.at('secured.sock');
    const { address } = await start('serve', '--unix', path, '--tls', ...CERTIFICATE);
    expect((await read(address, ...TLS, '--servername', 'localhost')).code).toBe(0);
    const own = folder.at('psk.sock');
    await start('serve', '--unix', own, ...PSK);
    expect((await read(`unix:${own}`, ...PSK)).code).toBe(0);
  });

  test('is for replay as client as well', async () => {
    const recording = folder.file('clock.jsonl', RECORDING_HEADER + recordedRead(1, 'one'));
    const path = folder.at('replay.sock');
    await start('replay', recording, '--unix', path);
    const { code } = await runCommand(['replay', recording, '--as', 'client', '--unix', path]);
    expect(code).toBe(0);
  });
});
