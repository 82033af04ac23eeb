import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { secureClient } from '../../../src/transport/tls/secure-client.js';
import { SecureServer } from '../../../src/transport/tls/secure-server.js';
import { authority, pem, withKey } from '../../support/certificates.js';
import { TestFolder } from '../../support/folder.js';
import {
  clientSettings,
  LONG_SECRET,
  type Outcome,
  reasonOf,
  serverSettings,
  World,
} from '../../support/tls-worlds.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { collectWarnings } from '../../support/warnings.js';

collectWarnings();
const folder = new TestFolder();
const server = withKey('server');
const trusting = { ca: authority };
const asking = { ...server, ca: authority, requestCert: true };
const SILENT = 20;

function messageOf(outcome: Outcome): string {
  return 'failure' in outcome ? (outcome.failure?.message ?? '') : '';
}

describe('a TLS handshake', () => {
  test('connects two sides that know each other by certificates', async () => {
    await using world = new World();
    const port = await world.ours(asking);
    expect(reasonOf(await world.connectOurs(port, { ...trusting, ...withKey('client') }))).toBe('secured');
    await world.ended(1);
    expect(world.outcomes[0]).toMatchObject({
      peer: {
        pskIdentity: null,
        certificate: {
          commonName: 'thermostat',
          subject: { O: ['tests'], OU: ['kitchen', 'ground floor'], CN: ['thermostat'] },
          dnsNames: ['thermostat.local'],
          emails: ['thermostat@example.org'],
        },
      },
    });
  });

  test.each([
    [
      'an unknown authority',
      'server',
      { ca: pem('stranger-authority.pem') },
      /authority is not known here.*tls\.ca/,
    ],
    ['another name', 'elsewhere', trusting, /is for DNS:elsewhere\.example, not for 127\.0\.0\.1/],
    ['a time that is over', 'expired', trusting, /has expired/],
    [
      'a name that was asked for',
      'server',
      { ...trusting, servername: 'other.example' },
      /not for other\.example/,
    ],
  ])('fails at a certificate of %s, and says so', async (_, name, options, text) => {
    await using world = new World();
    const outcome = await world.connectOurs(await world.ours(withKey(name)), options);
    expect(reasonOf(outcome)).toBe('tls-certificate-invalid');
    expect(messageOf(outcome)).toMatch(text);
    await world.ended(1);
    expect(world.outcomes.map(reasonOf)).toEqual(['tls-handshake-failed']);
  });

  test('takes any certificate where the program wants that', async () => {
    await using world = new World();
    const port = await world.ours(withKey('elsewhere'));
    expect(reasonOf(await world.connectOurs(port, { rejectUnauthorized: false }))).toBe('secured');
  });

  describe('of a client that has to show a certificate', () => {
    test.each([
      'TLSv1.2',
      'TLSv1.3',
    ] as const)('is not done before the server has taken it: %s', async (version) => {
      await using world = new World();
      const requests = { ...asking, rejectUnauthorized: true, maxVersion: version };
      const port = version === 'TLSv1.3' ? await world.ours(asking) : await world.nodes(requests);
      const none = await world.connectOurs(port, trusting);
      const stranger = await world.connectOurs(port, { ...trusting, ...withKey('stranger') });
      const good = await world.connectOurs(port, { ...trusting, ...withKey('client') });
      expect(reasonOf(good)).toBe('secured');
      expect([reasonOf(none), reasonOf(stranger)]).not.toContain('secured');
      if (version === 'TLSv1.2') return;
      expect(reasonOf(none)).toBe('tls-certificate-refused');
      expect(messageOf(none)).toMatch(/wants a certificate of this side/);
      expect(reasonOf(stranger)).toBe('tls-certificate-refused');
      expect(messageOf(stranger)).toMatch(/does not accept it/);
      await world.ended(3);
      expect(world.outcomes.map(reasonOf).sort()).toEqual([
        'secured',
        'tls-certificate-invalid',
        'tls-handshake-failed',
      ]);
    });

    test('lets in whom it does not know where the program wants that, without a name', async () => {
      await using world = new World();
      const port = await world.ours({ ...asking, rejectUnauthorized: false });
      await world.connectOurs(port, { ...trusting, ...withKey('stranger') });
      await world.ended(1);
      expect(world.outcomes[0]).toMatchObject({ peer: { certificate: null } });
    });
  });

  describe('with keys of the secret', () => {
    test.each([
      ['the secret', { psk: `${LONG_SECRET}!` }],
      ['the name of the server', { psk: LONG_SECRET, servername: 'kitchen' }],
    ])('fails where %s differs', async (_, options) => {
      await using world = new World();
      const outcome = await world.connectOurs(await world.ours({ psk: LONG_SECRET }), options);
      expect(reasonOf(outcome)).toBe('tls-psk-refused');
      await world.ended(1);
      expect(world.outcomes.map(reasonOf)).toEqual(['tls-psk-refused']);
    });

    test('finds the secret of each identity, and knows who it was', async () => {
      await using world = new World();
      const secrets = new Map([
        ['kitchen', LONG_SECRET],
        ['cellar', `${LONG_SECRET}!`],
      ]);
      const port = await world.ours({ psk: (identity) => secrets.get(identity) });
      const as = (pskIdentity: string, psk: string) => world.connectOurs(port, { psk, pskIdentity });
      expect(reasonOf(await as('kitchen', LONG_SECRET))).toBe('secured');
      expect(reasonOf(await as('cellar', LONG_SECRET))).toBe('tls-psk-refused');
      expect(reasonOf(await as('attic', LONG_SECRET))).toBe('tls-psk-refused');
      await world.ended(3);
      expect(world.outcomes[0]).toMatchObject({ peer: { pskIdentity: 'kitchen' } });
    });

    test('fails alone where the function throws, or gives a secret that is too short, or none yet', async () => {
      await using world = new World();
      const port = await world.ours({
        psk: (identity) => {
          if (identity === 'short') return 'x';
          if (identity === 'async') return Promise.reject(new Error('the database is away')) as never;
          throw new Error('the database is away');
        },
      });
      for (const pskIdentity of ['short', 'async', 'other'])
        expect(reasonOf(await world.connectOurs(port, { psk: LONG_SECRET, pskIdentity }))).toBe(
          'tls-psk-refused',
        );
      await world.ended(3);
      expect(world.outcomes.map(messageOf)).toEqual([
        expect.stringContaining('at least 32 characters'),
        expect.stringContaining('it returned a promise'),
        expect.stringContaining('the database is away'),
      ]);
    });
  });

  describe('never falls back to plain text', () => {
    test('a client says that a peer speaks no TLS', async () => {
      await using world = new World();
      const port = await world.plain((socket) => socket.write(':<hello:>'));
      expect(reasonOf(await world.connectOurs(port, trusting))).toBe('peer-speaks-no-tls');
    });

    test('a client says that a peer hung up in the middle', async () => {
      await using world = new World();
      const port = await world.plain((socket) => socket.once('data', () => socket.destroy()));
      const outcome = await world.connectOurs(port, trusting);
      expect(reasonOf(outcome)).toBe('tls-handshake-failed');
      expect(messageOf(outcome)).toMatch(/perhaps it does not expect TLS/);
    });

    test.each([
      ['this protocol', ':<x:>', /speaks this protocol without TLS/],
      ['HTTP', 'GET / HTTP/1.1\r\n\r\n', /does not speak TLS/],
    ])('a server answers %s with an alert of TLS, and nothing else', async (_, bytes, text) => {
      await using world = new World();
      const socket = await world.socketTo(await world.ours(server));
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk)).write(bytes);
      await once(socket, 'end');
      expect(Buffer.concat(chunks)).toEqual(Buffer.from('15030100020246', 'hex'));
      expect(world.outcomes.map(reasonOf)).toEqual(['peer-speaks-no-tls']);
      expect(world.outcomes.map(messageOf)).toEqual([expect.stringMatching(text)]);
    });

    test('whatever stands between them changes in the hello, nobody is connected', async () => {
      await using world = new World();
      const port = await world.ours({ psk: LONG_SECRET });
      // as a box in between that takes the newest version out of the hello
      const between = await world.plain(async (socket) => {
        const onward = (await world.socketTo(port)).on('error', () => {});
        socket.once('data', (hello: Buffer) => {
          onward.write(Buffer.from(hello.toString('latin1').replace('\x03\x04', '\x03\x03'), 'latin1'));
          socket.pipe(onward).pipe(socket);
        });
      });
      expect(reasonOf(await world.connectOurs(between, { psk: LONG_SECRET }))).not.toBe('secured');
      await world.ended(1);
      expect(world.outcomes.map(reasonOf)).not.toContain('secured');
    });
  });

  describe('that does not go on', () => {
    test('ends after its time on a server, also where nothing was ever said: none stays open', async () => {
      await using world = new World();
      const clock = new VirtualClock();
      const secure = new SecureServer(serverSettings(server), clock);
      const port = await world.secured(secure);
      const sockets = await Promise.all(Array.from({ length: SILENT }, () => world.socketTo(port)));
      // half of them begin, and go no further
      for (const socket of sockets.slice(SILENT / 2)) socket.write(Buffer.from('160301', 'hex'));
      const closed = sockets.map(
        (socket) =>
          new Promise((resolve) =>
            socket
              .on('error', () => {})
              .resume()
              .once('close', resolve),
          ),
      );
      while (secure.pending < SILENT) await new Promise(setImmediate);
      clock.advance(4_999);
      expect(secure.pending).toBe(SILENT);
      clock.advance(1);
      expect(secure.pending).toBe(0);
      await Promise.all(closed);
      expect(world.outcomes.map(reasonOf)).toEqual(Array(SILENT).fill('tls-handshake-timeout'));
      expect(clock.pending).toBe(0);
    });

    test('ends after its time on a client, where Node would wait for ever', async () => {
      await using world = new World();
      const clock = new VirtualClock();
      const port = await world.plain((socket) => socket.once('data', () => clock.advance(5_000)));
      expect(reasonOf(await world.connectOurs(port, trusting, clock))).toBe('tls-handshake-timeout');
      expect(clock.pending).toBe(0);
    });

    test("is nobody's failure where the peer leaves before it says anything", async () => {
      await using world = new World();
      const socket = await world.socketTo(await world.ours(server));
      socket.end();
      await world.ended(1);
      expect(world.outcomes.map(reasonOf)).toEqual(['gone']);
    });
  });

  test('leaves no timer behind', async () => {
    await using world = new World();
    const clock = new VirtualClock();
    const port = await world.ours(server, clock);
    await world.connectOurs(port, trusting, clock);
    await world.ended(1);
    expect(clock.pending).toBe(0);
  });

  test('runs over any stream', async () => {
    const [ours, theirs] = duplexPair();
    const secure = new SecureServer(serverSettings(server), new VirtualClock());
    const answered = new Promise<string>((resolve, reject) => {
      secure.accept(theirs, {
        secured: (socket) => socket.on('data', (chunk: Buffer) => socket.write(`${chunk}, too`)),
        failed: reject,
      });
      secureClient(ours, clientSettings(trusting), {
        clock: new VirtualClock(),
        host: 'localhost',
        secured: (socket) => void socket.on('data', (chunk: Buffer) => resolve(String(chunk))).write('hello'),
        failed: reject,
      });
    });
    expect(await answered).toBe('hello, too');
  });

  test('writes its keys to a file, for Wireshark', async () => {
    await using world = new World();
    const keylog = folder.at('keys');
    const port = await world.ours({ ...server, keylog });
    await world.connectOurs(port, trusting);
    await world.ended(1);
    expect(readFileSync(keylog, 'utf8')).toMatch(/^SERVER_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]{64,}$/m);
  });

  test('takes new certificates for those who come from now on', async () => {
    await using world = new World();
    const secure = new SecureServer(serverSettings(server), new VirtualClock());
    const port = await world.secured(secure);
    const names = async (): Promise<unknown> => {
      const outcome = await world.connectOurs(port, trusting);
      return 'socket' in outcome ? outcome.socket.getPeerCertificate().subject.CN : outcome.failure;
    };
    expect(await names()).toBe('localhost');
    secure.settings = serverSettings(withKey('renewed'));
    expect(await names()).toBe('renewed.localhost');
  });
});
