import { chmodSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/cli/address.js';

import type { LinkOptions } from '../../src/cli/link-options.js';
import { PASSPHRASE_VARIABLE, tlsOf } from '../../src/cli/tls-settings.js';
import { runCommand, wholeProgram } from '../support/command.js';
import { TestFolder } from '../support/folder.js';

const pem = (name: string): string =>
  fileURLToPath(new URL(`../support/certificates/${name}`, import.meta.url));
const CERTIFICATE = ['--cert', pem('server.pem'), '--key', pem('server.key')];
const SECRET = { SOCKET_PROTOCOL_SECRET: 'a secret that is long enough for a key of TLS' };

// loaded before the first test, because it takes a while
const { commands } = await wholeProgram();
const folder = new TestFolder();
folder.file('empty.pem', '');
folder.file('junk.pem', 'hello\n');
folder.file('damaged.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
mkdirSync(folder.at('a-folder'));
chmodSync(folder.file('locked.pem', ''), 0);
const isRoot = process.getuid?.() === 0;

const READ = ['read', '127.0.0.1:1', '0'];
const SERVE = ['serve', '--port', '0'];
const PROXY = ['proxy', '0', '127.0.0.1:1'];

describe('options of a link that contradict each other', () => {
  test.each([
    [[...READ, '--ca', 'x'], '--ca needs --tls'],
    [[...READ, '--cert', 'x'], '--cert needs --tls'],
    [[...READ, '--insecure'], '--insecure needs --tls'],
    [[...READ, '--servername', 'x'], '--servername needs --tls or --tls-psk'],
    [[...READ, '--tls-keylog', 'x'], '--tls-keylog needs --tls or --tls-psk'],
    [[...READ, '--psk-identity', 'x'], '--psk-identity needs --tls-psk'],
    [[...READ, '--tls', '--psk-identity', 'x'], '--psk-identity needs --tls-psk'],
    [
      [...READ, '--tls', '--tls-psk'],
      '--tls-psk encrypts without certificates and --tls with them; leave one of them out',
    ],
    [[...READ, '--tls-psk', '--cert', 'x'], '--tls-psk encrypts without certificates, so --cert has no use'],
    [[...READ, '--tls-psk', '--cacert', 'x'], '--tls-psk encrypts without certificates, so --ca has no use'],
    [
      [...READ, '--tls-psk', '--insecure'],
      '--tls-psk encrypts without certificates, so --insecure has no use',
    ],
    [
      [...READ, '--tls-psk'],
      '--tls-psk needs the shared secret: --secret-file FILE, or SOCKET_PROTOCOL_SECRET',
    ],
    [
      [...READ, '--tls', '--insecure', '--ca', 'x'],
      '--insecure takes any certificate, so --ca has no use; leave one of them out',
    ],
    [[...READ, '--tls', '--cert', 'x'], '--cert needs --key'],
    [[...READ, '--tls', '--key', 'x'], '--key needs --cert'],
    [
      ['read', 'unix:/x', '0', '--tls'],
      '--tls over a Unix socket needs --servername NAME, as there is no HOST to check',
    ],
    [[...SERVE, '--tls'], '--tls of a server needs --cert FILE and --key FILE (or use --tls-psk)'],
    [
      [...SERVE, '--tls', ...CERTIFICATE, '--servername', 'x'],
      '--servername of a server needs --tls-psk; with --tls its certificate has the name',
    ],
    [
      ['serve', '--unix', '/x', '--port', '1'],
      "Option '--unix <path>' cannot be used with option '--port <port>'",
    ],
    [['serve', '--unix', ''], 'The path of the Unix socket is empty'],
    [
      ['serve', '--unix', '/x', '--proxies', '10.0.0.5'],
      '--proxies needs a port: who comes through --unix has no address',
    ],
    [
      ['serve', '--proxies', '10.0.0.5, proxy.example'],
      'Expected addresses and networks (10.0.0.5,10.1.0.0/16), got "proxy.example"',
    ],
    [[...READ, '--servername', ''], 'The server name is empty'],
    [[...PROXY, '--plain', 'clients'], '--plain needs --tls or --tls-psk'],
    [[...PROXY, '--plain', 'both'], 'Expected clients or server, got "both"'],
    [[...PROXY, '--secret-file', 'x'], '--secret-file of a proxy needs --tls-psk'],
    [[...PROXY, '--tls'], '--tls of a server needs --cert FILE and --key FILE (or use --tls-psk)'],
    [
      ['replay', 'x', '--as', 'client', '--to', 'a:1', '--unix', '/x'],
      'Give either --to or --unix, got both',
    ],
    [
      ['read', '127.0.0.1:1', '0', '--unix', '/x'],
      'Give either an address or --unix PATH, got both "127.0.0.1:1" and --unix',
    ],
    [['read', 'unix:', '0'], 'The path of the Unix socket is empty'],
  ])('are refused with a sentence: %j', async (argv, sentence) => {
    expect(await runCommand(argv)).toEqual({ code: 2, out: '', err: `socket-protocol: ${sentence}\n` });
  });
});

describe('a file of certificates or keys', () => {
  test.each([
    [
      'is missing',
      [...READ, '--tls', '--ca', folder.at('none')],
      'Could not read ".*none" \\(--ca\\): no such file or directory',
    ],
    [
      'is a folder',
      [...READ, '--tls', '--ca', folder.at('a-folder')],
      'Could not read ".*a-folder" \\(--ca\\): it is a folder',
    ],
    [
      'is empty',
      [...READ, '--tls', '--cafile', folder.at('empty.pem')],
      'The file ".*empty\\.pem" \\(--ca\\) is empty',
    ],
    [
      'holds something else',
      [...READ, '--tls', '--ca', folder.at('junk.pem')],
      'The file ".*junk\\.pem" \\(--ca\\) holds no certificate in PEM \\("-----BEGIN CERTIFICATE-----"\\)',
    ],
    [
      'is damaged',
      [...READ, '--tls', '--ca', folder.at('damaged.pem')],
      '--ca \\(".*damaged\\.pem"\\): expected a certificate, got one that cannot be read \\(is it damaged\\?\\)',
    ],
    [
      'is a certificate in place of a key',
      [...SERVE, '--tls', '--cert', pem('server.pem'), '--key', pem('server.pem')],
      'The file ".*server\\.pem" \\(--key\\) holds no private key in PEM \\("-----BEGIN PRIVATE KEY-----"\\)',
    ],
    [
      'is of another key',
      [...SERVE, '--tls', '--cert', pem('server.pem'), '--key', pem('client.key')],
      '--cert \\(".*server\\.pem"\\): expected the certificate of the key, got one of another key',
    ],
    [
      'is encrypted',
      [...SERVE, '--tls', '--cert', pem('server.pem'), '--key', pem('server-encrypted.key')],
      `${PASSPHRASE_VARIABLE} \\(".*server-encrypted\\.key"\\): expected the passphrase of the key, which is encrypted, got none`,
    ],
    [
      'is no place to write',
      [...READ, '--tls', '--tls-keylog', folder.at('a-folder')],
      '--tls-keylog \\(".*a-folder"\\): expected a file that can be written, got .+',
    ],
  ])('that %s is named with its option', async (_, argv, pattern) => {
    const { code, out, err } = await runCommand(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(new RegExp(`^socket-protocol: ${pattern}\\n$`));
  });

  test.skipIf(isRoot)('that may not be read is named with its option', async () => {
    const { code, err } = await runCommand([...READ, '--tls', '--ca', folder.at('locked.pem')]);
    expect([code, err]).toEqual([2, expect.stringContaining('(--ca): permission denied')]);
  });

  test('is named also where a wrong pass phrase was given, which is not shown', async () => {
    const argv = [...SERVE, '--tls', '--cert', pem('server.pem'), '--key', pem('server-encrypted.key')];
    const { code, err } = await runCommand(argv, { env: { [PASSPHRASE_VARIABLE]: 'close-sesame' } });
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(
        /server-encrypted\.key"\): expected the passphrase of the key, got another one\n$/,
      ),
    ]);
  });
});

describe('the settings of TLS', () => {
  const settingsOf = (options: LinkOptions, end: 'client' | 'server', secret: Buffer | null = null) =>
    tlsOf(options, end, secret, { env: { [PASSPHRASE_VARIABLE]: 'open-sesame' } });

  test('are none without the options', () => {
    expect(settingsOf({}, 'client')).toBeUndefined();
    expect(settingsOf({ unix: '/x' }, 'server')).toBeUndefined();
  });

  test('are those of Node', () => {
    expect(settingsOf({ tls: true }, 'client')).toEqual({});
    expect(settingsOf({ tls: true, insecure: true, servername: 'a.example' }, 'client')).toEqual({
      rejectUnauthorized: false,
      servername: 'a.example',
    });
    const own = { cert: pem('server.pem'), key: pem('server-encrypted.key') };
    expect(settingsOf({ tls: true, ...own, tlsKeylog: 'keys' }, 'client')).toEqual({
      cert: expect.any(Buffer),
      key: expect.any(Buffer),
      passphrase: 'open-sesame',
      keylog: 'keys',
    });
    expect(settingsOf({ tls: true, ...own, ca: pem('authority.pem') }, 'server')).toMatchObject({
      ca: expect.any(Buffer),
      requestCert: true,
      rejectUnauthorized: true,
    });
  });

  test('hold the secret for --tls-psk alone', () => {
    const psk = Buffer.from(SECRET.SOCKET_PROTOCOL_SECRET);
    expect(settingsOf({ tlsPsk: true }, 'server', psk)).toEqual({ psk });
    expect(settingsOf({ tlsPsk: true, pskIdentity: 'kitchen', servername: 'house' }, 'client', psk)).toEqual({
      psk,
      pskIdentity: 'kitchen',
      servername: 'house',
    });
    expect(settingsOf({ tls: true }, 'client', psk)).toEqual({});
  });

  test('need a secret that is long enough', async () => {
    const { code, err } = await runCommand([...READ, '--tls-psk'], {
      env: { SOCKET_PROTOCOL_SECRET: 'rather short' },
    });
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^socket-protocol: The secret: expected a secret of at least 32/),
    ]);
    expect(err).not.toContain('rather');
  });
});

describe('an address', () => {
  test('can be a Unix socket', () => {
    expect(parseAddress('unix:/run/device.sock')).toEqual({ path: '/run/device.sock' });
    // where it is printed without unix:, a name alone would be a host
    expect(parseAddress('unix:device:1')).toEqual({ path: './device:1' });
    // a host of that name is written in another way
    expect(parseAddress('UNIX:17017')).toEqual({ host: 'UNIX', port: 17_017 });
  });

  test('is not needed with --unix, wherever that stands', async () => {
    const nowhere = folder.at('nowhere.sock');
    for (const argv of [
      ['read', '--unix', nowhere, '0'],
      ['read', '0', '--unix', nowhere],
      ['read', `--unix=${nowhere}`, '0'],
      ['write', '0', '--unix', nowhere, '--', '-Infinity'],
    ]) {
      const { code, err } = await runCommand(argv);
      expect([code, err]).toEqual([3, expect.stringContaining(`Could not connect to ${nowhere}`)]);
    }
    const { code, err } = await runCommand(['read', '--unix', nowhere]);
    expect([code, err]).toEqual([2, "socket-protocol: Missing required argument 'data-id'\n"]);
  });
});

test('every command that connects or listens has the options of a link', () => {
  const flags = (name: string): readonly string[] =>
    commands.find((command) => command.name() === name)?.options.map(({ long }) => long ?? '') ?? [];
  const ofAll = [
    '--unix',
    '--tls',
    '--tls-psk',
    '--ca',
    '--cafile',
    '--cacert',
    '--cert',
    '--key',
    '--tls-keylog',
  ];
  const ofClients = ['--servername', '--sni', '--insecure', '--psk-identity'];
  for (const name of [
    'read',
    'write',
    'execute',
    'request',
    'shell',
    'monitor',
    'inspect',
    'serve',
    'replay',
    'proxy',
  ])
    expect(flags(name), name).toEqual(expect.arrayContaining([...ofAll, ...ofClients]));
  expect(flags('gateway')).toEqual(expect.arrayContaining(ofAll));
  expect(flags('gateway')).not.toEqual(expect.arrayContaining(['--insecure']));
});
