import { statSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { OptionError } from '../../../src/index.js';
import { tlsClientRow, tlsServerRow, withSecretOf } from '../../../src/transport/tls/option-tables.js';
import { authority, pem, withKey } from '../../support/certificates.js';
import { TestFolder } from '../../support/folder.js';
import { LONG_SECRET } from '../../support/tls-worlds.js';
import { collectWarnings } from '../../support/warnings.js';

const warnings = collectWarnings();
const folder = new TestFolder();
const server = withKey('server');
const encrypted = { cert: server.cert, key: pem('server-encrypted.key') };
const half = server.key.slice(0, 120);

function refusal(row: typeof tlsServerRow | typeof tlsClientRow, options: unknown): OptionError {
  try {
    row().check('tls', options);
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const onServer: [what: string, options: unknown, option: string, text: RegExp][] = [
  ['true', true, 'tls', /a server needs a certificate or a secret/],
  ['nothing at all', {}, 'tls.cert', /a certificate with its key, or 'psk'/],
  ['a certificate without its key', { cert: server.cert }, 'tls.key', /got none/],
  ['a key without its certificate', { key: server.key }, 'tls.cert', /got none/],
  ['an empty key', { ...server, key: '' }, 'tls.key', /is the file empty\?/],
  ['an empty file of a key', { ...server, key: Buffer.alloc(0) }, 'tls.key', /is the file empty\?/],
  [
    'a path instead of a key',
    { ...server, key: '/etc/ssl/server.key' },
    'tls.key',
    /a path\? read the file first/,
  ],
  ['half a key', { ...server, key: half }, 'tls.key', /damaged/],
  ['a certificate instead of a key', { ...server, key: server.cert }, 'tls.key', /got a certificate/],
  ['a key instead of a certificate', { ...server, cert: server.key }, 'tls.cert', /got a private key/],
  ['a certificate that is cut off', { ...server, cert: server.cert.slice(0, 300) }, 'tls.cert', /cut off/],
  ['a damaged certificate', { ...server, cert: server.cert.replace(/\n.{20}/, '\n') }, 'tls.cert', /damaged/],
  [
    'a key of another certificate',
    { ...server, key: withKey('client').key },
    'tls.cert',
    /one of another key/,
  ],
  [
    'its own certificate behind others',
    { ...server, cert: authority + server.cert },
    'tls.cert',
    /its own certificate first/,
  ],
  ['an encrypted key without its passphrase', encrypted, 'tls.passphrase', /which is encrypted, got none/],
  [
    'an encrypted key with another passphrase',
    { ...encrypted, passphrase: 'x' },
    'tls.passphrase',
    /another one/,
  ],
  ['a passphrase alone', { passphrase: 'x' }, 'tls.key', /the passphrase is of/],
  ['clients of anybody', { ...server, requestCert: true }, 'tls.ca', /sign for anybody/],
  ['junk as an authority', { ...server, ca: 'junk' }, 'tls.ca', /a path\?/],
  ['junk among authorities', { ...server, ca: [authority, 'junk'] }, 'tls.ca[1]', /a path\?/],
  ['a secret and certificates', { ...server, psk: LONG_SECRET }, 'tls.cert', /no certificates/],
  ['a secret and an authority', { ca: authority, psk: LONG_SECRET }, 'tls.ca', /no certificates/],
  [
    'a secret and a request for certificates',
    { psk: LONG_SECRET, requestCert: true },
    'tls.requestCert',
    /false/,
  ],
  ['a key without a secret', 'psk', 'tls.psk', /a secret.*got none/],
  ['a key of a short secret', { psk: 'x'.repeat(31) }, 'tls.psk', /at least 32 characters.*got 31/],
  [
    'a server that has too long a name',
    { psk: LONG_SECRET, servername: 'x'.repeat(128) },
    'tls.servername',
    /127/,
  ],
  ['a misspelt name', { ...server, certificate: 'x' }, 'tls.certificate', /no option/],
  ['an option of clients', { ...server, pskIdentity: 'x' }, 'tls.pskIdentity', /no option/],
  ['a time of nothing', { ...server, handshakeTimeout: 0 }, 'tls.handshakeTimeout', /milliseconds from 1/],
  [
    'keys in a folder that is not there',
    { ...server, keylog: '/nowhere/keys' },
    'tls.keylog',
    /can be written/,
  ],
];

const onClient: [what: string, options: unknown, option: string, text: RegExp][] = [
  ['junk as an authority', { ca: 'junk' }, 'tls.ca', /a certificate as PEM text/],
  ['no authority at all', { ca: [] }, 'tls.ca', /at least one/],
  [
    'an empty authority, which Node takes for the well-known ones',
    { ca: '' },
    'tls.ca',
    /is the file empty\?/,
  ],
  ['a path instead of an authority', { ca: '/etc/ssl/ca.pem' }, 'tls.ca', /a path\? read the file first/],
  ['a key without its certificate', { key: server.key }, 'tls.cert', /got none/],
  [
    'a key that trusts anybody',
    { psk: LONG_SECRET, rejectUnauthorized: false },
    'tls.rejectUnauthorized',
    /true/,
  ],
  ['an identity without a key', { pskIdentity: 'thermostat' }, 'tls.psk', /with pskIdentity/],
  [
    'an identity with a zero',
    { psk: LONG_SECRET, pskIdentity: 'a\0b' },
    'tls.pskIdentity',
    /none of them zero/,
  ],
  ['an option of servers', { requestCert: true }, 'tls.requestCert', /no option/],
];

describe('options of TLS', () => {
  test.each(onServer)('of a server: %s', (_, options, option, text) => {
    const error = refusal(tlsServerRow, options);
    expect(error.option).toBe(option);
    expect(error.message).toMatch(text);
    expect(error.message).not.toContain(server.key.split('\n')[1]);
    expect(error.message).not.toContain(half.slice(-20));
  });

  test.each(onClient)('of a client: %s', (_, options, option, text) => {
    const error = refusal(tlsClientRow, options);
    expect(error.option).toBe(option);
    expect(error.message).toMatch(text);
  });

  test('are good', () => {
    const good = [
      server,
      { ...server, cert: server.cert + authority },
      { ...encrypted, passphrase: 'open-sesame' },
    ];
    for (const options of good) expect(() => tlsServerRow().check('tls', options)).not.toThrow();
    expect(() => tlsServerRow().check('tls', { ...server, cert: Buffer.from(server.cert) })).not.toThrow();
    expect(() => tlsClientRow().check('tls', true)).not.toThrow();
    expect(tlsClientRow().check('tls', false)).toBe(false);
  });

  test('warn of a certificate that has expired, with the date', () => {
    tlsServerRow().check('tls', withKey('expired'));
    expect(warnings).toEqual([expect.stringMatching(/tls\.cert expired at Jan +1 00:00:00 2021/)]);
  });

  test('take the secret of the session where they ask for it', () => {
    expect(withSecretOf('psk', LONG_SECRET)).toEqual({ psk: LONG_SECRET });
    expect(withSecretOf({ psk: true, pskIdentity: 'x' }, LONG_SECRET)).toEqual({
      psk: LONG_SECRET,
      pskIdentity: 'x',
    });
    expect(withSecretOf({ psk: 'own' }, LONG_SECRET)).toEqual({ psk: 'own' });
    expect(withSecretOf('psk', null)).toEqual({ psk: true });
  });

  describe('about a file of keys', () => {
    afterEach(() => {
      delete process.env['SSLKEYLOGFILE'];
    });

    test('make it for the owner alone, and say so', () => {
      tlsServerRow().check('tls', { ...server, keylog: folder.at('keys') });
      expect(statSync(folder.at('keys')).mode & 0o777).toBe(0o600);
      expect(warnings).toEqual([expect.stringContaining('can read the traffic')]);
    });

    test('take the one of the environment, and go on without it where it cannot be written', () => {
      process.env['SSLKEYLOGFILE'] = folder.at('from-environment');
      tlsClientRow().check('tls', true);
      expect(statSync(folder.at('from-environment')).size).toBe(0);
      process.env['SSLKEYLOGFILE'] = '/nowhere/keys';
      tlsClientRow().check('tls', true);
      expect(warnings.at(-1)).toContain('do not go to SSLKEYLOGFILE');
    });
  });
});
