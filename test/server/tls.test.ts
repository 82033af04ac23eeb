import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { connect, type ListenOptions, listen, Session, TcpClientStp, TcpServerStp } from '../../src/index.js';
import { pskOf } from '../../src/transport/tls/psk.js';
import { authority, pem, withKey } from '../support/certificates.js';
import { RecordedLog } from '../support/recorded-log.js';
import { LONG_SECRET } from '../support/tls-worlds.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { collectWarnings } from '../support/warnings.js';

const warnings = collectWarnings();
const server = withKey('server');
const client = { ca: authority };
const named = { ...client, ...withKey('client') };
const asking = { ...server, ca: authority, requestCert: true };

/** A server that answers with the name of who asks. */
function serve(options: Partial<ListenOptions>) {
  return listen({ port: 0, ...options }, (session) => {
    session.onRead(0, () => session.peerName ?? 'nobody');
    session.onExecute(1, (data) => data);
  });
}

describe('a server with TLS', () => {
  test('serves clients with TLS, without and with a secret', async () => {
    for (const secret of [null, 'short']) {
      await using at = await serve({ tls: server, secret });
      await using session = await connect({ port: at.port, tls: client, secret });
      expect(await session.read(0)).toBe('nobody');
    }
  });

  test('brings what is long, both ways', async () => {
    await using at = await serve({ tls: 'psk', secret: LONG_SECRET });
    await using session = await connect({ port: at.port, tls: 'psk', secret: LONG_SECRET });
    const text = 'x'.repeat(3_000_000);
    expect(await session.execute(1, text)).toBe(text);
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => session.execute(1, i)));
    expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });

  test('and a client that differ reject with the cause on one side, and count it on the other', async () => {
    const log = new RecordedLog();
    await using at = await serve({ tls: 'psk', secret: LONG_SECRET, logger: log.logger });
    const refusals: unknown[] = [];
    at.on('refused', ({ reason, count, detail }) => refusals.push({ reason, count, detail }));
    const wrong = connect({ port: at.port, tls: 'psk', secret: `${LONG_SECRET}!` });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_CONNECT', reason: 'tls-psk-refused' });
    const plain = connect({ port: at.port, secret: LONG_SECRET });
    await expect(plain).rejects.toMatchObject({ code: 'ERR_CONNECT', reason: 'peer-speaks-tls' });
    expect(at.counters).toMatchObject({ accepted: 2, failedTlsHandshakes: 2, tlsHandshakeTimeouts: 0 });
    expect(refusals).toEqual([
      { reason: 'tls-psk-refused', count: 1, detail: expect.stringContaining('do not fit') },
      {
        reason: 'peer-speaks-no-tls',
        count: 1,
        detail: expect.stringContaining('speaks this protocol without TLS'),
      },
    ]);
    expect(log.warnings.join('\n')).toMatch(/without TLS \(its option tls\)/);
    expect(log.lines.join('\n')).not.toContain(LONG_SECRET);
  });

  test('is none: a client with TLS says so', async () => {
    await using at = await serve({});
    const attempt = connect({ port: at.port, tls: client });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_CONNECT', reason: 'peer-speaks-no-tls' });
  });

  test.each([
    1, 3,
  ])('a client that it refuses gives up after %i attempts with the reason', async (maxAttempts) => {
    await using at = await serve({ tls: asking });
    const reconnect = { maxAttempts, minDelay: 0, maxDelay: 0 };
    const attempt = connect({ port: at.port, tls: client, reconnect, waitForPeer: true });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_CONNECT', reason: 'tls-certificate-refused' });
  });

  describe('and peerName', () => {
    const byCertificate: ListenOptions['peerName'] = ({ certificate }) => certificate?.commonName;

    test('binds a peer to the name in its certificate', async () => {
      await using at = await serve({ tls: asking, peerName: byCertificate });
      await using session = await connect({ port: at.port, tls: named });
      expect(await session.read(0)).toBe('thermostat');
    });

    test('refuses one that claims another', async () => {
      await using at = await serve({ tls: asking, peerName: byCertificate });
      const session = await connect({ port: at.port, tls: named, channelName: 'boiler', reconnect: false });
      const [reason] = session.isConnected() ? await once(session, 'disconnected') : [null];
      expect(reason === null || typeof reason === 'string').toBe(true);
      await session.close();
      expect(at.sessions.size).toBe(0);
    });

    test('binds it to the identity of its key', async () => {
      const secrets = new Map([['kitchen', LONG_SECRET]]);
      const tls = { psk: (identity: string) => secrets.get(identity) };
      await using at = await serve({ tls, peerName: ({ pskIdentity }) => pskIdentity });
      const own = { psk: LONG_SECRET, pskIdentity: 'kitchen' };
      await using session = await connect({ port: at.port, tls: own });
      expect(await session.read(0)).toBe('kitchen');
    });

    test.each([
      [
        'throws',
        () => {
          throw new Error('not in the list');
        },
        /not in the list/,
      ],
      ['returns a promise', (async () => 'x') as never, /it returned a promise/],
      [
        'returns a promise that rejects',
        (() => Promise.reject(new Error('no database'))) as never,
        /it returned a promise/,
      ],
      ['returns nothing but space for a name', () => '', /0 characters/],
    ])('turns away one connection where it %s', async (_, peerName, text) => {
      await using at = await serve({ tls: server, peerName });
      const refused = once(at, 'refused');
      const socket = connect({ port: at.port, tls: client, reconnect: false });
      await socket.then(
        (session) => session.close(),
        () => {},
      );
      expect((await refused)[0]).toMatchObject({
        reason: 'peer-name-failed',
        detail: expect.stringMatching(text),
      });
      expect(at.counters.refusedByPeerName).toBe(1);
    });

    test('needs TLS', async () => {
      await expect(serve({ peerName: byCertificate })).rejects.toMatchObject({
        code: 'ERR_OPTION',
        option: 'peerName',
      });
    });
  });

  describe('counts who has not finished the handshake', () => {
    test('among its connections', async () => {
      await using at = await serve({ tls: server, maxConnections: 1 });
      const first = connectSocket(at.port, '127.0.0.1');
      await once(first, 'connect');
      const second = connectSocket(at.port, '127.0.0.1');
      await once(second, 'close');
      expect(at.counters).toMatchObject({ accepted: 1, refusedByLimit: 1 });
      first.destroy();
    });

    test('among those who have not authenticated: it makes room for others', async () => {
      await using at = await serve({ tls: server, secret: LONG_SECRET, maxUntrustedConnections: 1 });
      const silent = connectSocket(at.port, '127.0.0.1').on('error', () => {});
      await once(silent, 'connect');
      const gone = once(silent, 'close');
      await using session = await connect({ port: at.port, tls: client, secret: LONG_SECRET });
      await gone;
      expect(at.counters).toMatchObject({ evicted: 1, failedTlsHandshakes: 0 });
      expect(await session.read(0)).toBe('nobody');
    });

    test('and disconnects them when their time is over', async () => {
      const clock = new VirtualClock();
      const at = await serve({ tls: server, clock });
      const silent = connectSocket(at.port, '127.0.0.1').on('error', () => {});
      const gone = new Promise((resolve) => silent.once('close', resolve));
      while (at.counters.accepted === 0) await new Promise(setImmediate);
      clock.advance(5_000);
      await gone;
      expect(at.counters).toMatchObject({ tlsHandshakeTimeouts: 1, failedTlsHandshakes: 0 });
      await at.close();
    });

    test('and ends their handshakes when it closes', async () => {
      const at = await serve({ tls: server });
      const silent = connectSocket(at.port, '127.0.0.1').on('error', () => {});
      const gone = new Promise((resolve) => silent.once('close', resolve));
      while (at.counters.accepted === 0) await new Promise(setImmediate);
      await at.close();
      await gone;
    });
  });

  describe('reloads its certificates', () => {
    const nameAt = async (port: number): Promise<string> => {
      const attempt = connect({ port, tls: { ...client, servername: 'x.example' } });
      const message = await attempt.then(
        () => '',
        (error) => String(error.cause?.cause?.cert?.subject?.CN),
      );
      return message;
    };

    test('from a function, without a word to those who are connected', async () => {
      let current = server;
      await using at = await serve({ tls: () => current });
      await using session = await connect({ port: at.port, tls: client });
      expect(await nameAt(at.port)).toBe('localhost');
      current = withKey('renewed');
      await at.reloadTls();
      expect(await nameAt(at.port)).toBe('renewed.localhost');
      expect(await session.read(0)).toBe('nobody');
    });

    test('from options', async () => {
      await using at = await serve({ tls: server });
      await at.reloadTls(withKey('renewed'));
      expect(await nameAt(at.port)).toBe('renewed.localhost');
    });

    test('looks again where key and certificate do not fit yet', async () => {
      const clock = new VirtualClock();
      const renewed = withKey('renewed');
      let current = server;
      const at = await serve({ tls: () => current, clock });
      current = { cert: renewed.cert, key: server.key };
      const others = clock.pending;
      const reloaded = at.reloadTls();
      while (clock.pending === others) await new Promise(setImmediate);
      current = renewed;
      clock.advance(1_000);
      await reloaded;
      await at.close();
    });

    test.each([
      ['junk', () => ({ ...server, key: 'junk' }), 'tls.key'],
      ['a pair that still does not fit', () => ({ ...server, key: withKey('client').key }), 'tls.cert'],
    ])('keeps the old ones at %s', async (_, read, option) => {
      const clock = new VirtualClock();
      let current = (): typeof server => server;
      const at = await serve({ tls: () => current(), clock });
      current = read;
      const others = clock.pending;
      const reloaded = at.reloadTls();
      const refused = expect(reloaded).rejects.toMatchObject({ code: 'ERR_OPTION', option });
      while (clock.pending === others) await new Promise(setImmediate);
      clock.advance(1_000);
      await refused;
      await expect(at.reloadTls({ cert: 'junk' })).rejects.toMatchObject({
        code: 'ERR_OPTION',
        option: 'tls.key',
      });
      expect(await nameAt(at.port)).toBe('localhost');
      await at.close();
    });

    test('says what is missing where there is nothing to read', async () => {
      await using at = await serve({ tls: server });
      await expect(at.reloadTls()).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'tls' });
      await using plain = await serve({});
      await expect(plain.reloadTls(server)).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'tls' });
    });

    test('rejects a reading that fails from the beginning', async () => {
      const tls = (): never => {
        throw new Error('ENOENT');
      };
      await expect(serve({ tls })).rejects.toThrow('ENOENT');
      await expect(serve({ tls: () => ({ ...server, key: 'junk' }) })).rejects.toMatchObject({
        option: 'tls.key',
      });
    });
  });
});

describe('a client with TLS', () => {
  test('finds out by the heartbeat that its server has died in silence', async () => {
    // what passes on all bytes, until it does not
    await using at = await serve({ tls: 'psk', secret: LONG_SECRET });
    let isAlive = true;
    const between = createServer((inbound) => {
      const outbound = connectSocket(at.port, '127.0.0.1');
      for (const [from, to] of [
        [inbound, outbound],
        [outbound, inbound],
      ] as const) {
        from.on('error', () => {}).on('data', (chunk: Buffer) => void (isAlive && to.write(chunk)));
        from.once('close', () => to.destroy());
      }
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port } = between.address() as AddressInfo;
    const clock = new VirtualClock();
    const session = await connect({ port, tls: 'psk', secret: LONG_SECRET, reconnect: false, clock });
    const ended = once(session, 'disconnected');
    isAlive = false;
    for (let second = 0; second < 40 && session.isConnected(); second++) {
      clock.advance(1_000);
      await new Promise(setImmediate);
    }
    expect((await ended)[0]).toBe('peer-silent');
    await session.close();
    between.close();
  });
});

describe('secrets and keys', () => {
  test('are in nothing that a session or a server tells', async () => {
    const told: unknown[] = [];
    const log = new RecordedLog();
    const options = {
      tls: 'psk',
      secret: LONG_SECRET,
      logger: log.logger,
      observe: (what: unknown) => void told.push(what),
      inspect: (event: unknown) => void told.push(event),
    } as const;
    const at = await serve(options);
    at.on('refused', (refusal) => told.push(refusal));
    await using session = await connect({ port: at.port, ...options });
    await session.read(0);
    const wrong = await connect({ port: at.port, ...options, secret: `${LONG_SECRET}!` }).catch(
      (error) => error,
    );
    told.push(wrong, wrong.cause, wrong.cause.cause, at, session, log.lines, warnings);
    const text = told.map((each) => inspect(each, { depth: 4, maxStringLength: null })).join('\n');
    const key = pskOf(Buffer.from(LONG_SECRET), 'socket-protocol', 'socket-protocol');
    expect(text.length).toBeGreaterThan(1_000);
    for (const secret of [LONG_SECRET, key.toString('hex'), key.toString('base64')])
      expect(text).not.toContain(secret);
    expect(text).not.toContain(inspect(key).slice(8, 60));
    await at.close();
  });
});

describe('the transports by themselves', () => {
  test('speak TLS', async () => {
    const transport = new TcpServerStp({ port: 0, tls: server });
    const answering = new Session(transport).onRead(0, () => 'fine');
    const asking = new Session(new TcpClientStp({ port: await transport.listening(), tls: client }));
    await once(asking, 'connected');
    expect(await asking.read(0)).toBe('fine');
    await Promise.all([asking.close(), answering.close()]);
  });

  test('warn of whom they turn away', async () => {
    const transport = new TcpServerStp({ port: 0, tls: server });
    const attempt = connect({ port: await transport.listening(), secret: LONG_SECRET, reconnect: false });
    await expect(attempt).rejects.toMatchObject({ reason: 'peer-speaks-tls' });
    expect(warnings).toEqual([expect.stringContaining('speaks this protocol without TLS')]);
    await transport.close();
  });

  test('have no secret to make a key of, unless it is given', () => {
    expect(() => new TcpClientStp({ port: 1, tls: 'psk' })).toThrow(
      expect.objectContaining({ option: 'tls.psk' }),
    );
    expect(() => new TcpServerStp({ port: 0, tls: { psk: true } })).toThrow(
      expect.objectContaining({ option: 'tls.psk' }),
    );
  });

  test('have no keys in what the console shows of them', async () => {
    const transport = new TcpServerStp({ port: 0, tls: server });
    expect(inspect(transport, { depth: 9, showHidden: true })).not.toContain(
      pem('server.key').split('\n')[1],
    );
    await transport.close();
  });
});
