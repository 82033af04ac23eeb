/** What the debugger shows of peers that a real server refuses before they have a session. */

import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { connect, type ListenOptions, listen, type Server } from '../../src/index.js';
import { type Debugger, openInspector } from '../../src/inspector/index.js';
import { authority, withKey } from '../support/certificates.js';
import { LONG_SECRET } from '../support/tls-worlds.js';
import { collectWarnings } from '../support/warnings.js';

collectWarnings();

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function debuggedServer(options: Partial<ListenOptions>): Promise<[Server, Debugger]> {
  const inspector = await openInspector();
  open.push(() => inspector.close());
  const server = await listen({ port: 0, ...options, ...inspector.watch('server') }, (session) =>
    session.onRead(0, () => 1),
  );
  open.push(() => server.close());
  return [server, inspector];
}

/** A peer that connects, says something, and waits until it is thrown out. */
async function refused(port: number, says = ''): Promise<void> {
  const socket = connectSocket({ port, host: '127.0.0.1' }).on('error', () => {});
  socket.write(says);
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
}

function waiting(port: number): Promise<Socket> {
  const socket = connectSocket({ port, host: '127.0.0.1' }).on('error', () => {});
  open.push(() => socket.destroy());
  return once(socket, 'connect').then(() => socket);
}

const troublesOf = ({ hub }: Debugger): object[] =>
  hub.troubles.flatMap((entry) =>
    entry.kind === 'trouble' ? [{ group: entry.group, code: entry.code, about: entry.about }] : [],
  );

const addressOf = ({ host, port }: Server): string => `${host}:${port}`;

const refusal = (server: Server, reason: string, more: object = {}): object => ({
  group: `listener ${addressOf(server)}`,
  code: 'peer-refused',
  about: { reason, address: '127.0.0.1', listener: addressOf(server), ...more },
});

describe('a server in the debugger shows who it refuses', () => {
  test('because there are too many connections', async () => {
    const [server, inspector] = await debuggedServer({ maxConnections: 1 });
    await using session = await connect({ port: server.port });
    await session.read(0);
    await refused(server.port);
    expect(troublesOf(inspector)).toMatchObject([refusal(server, 'too-many-connections')]);
  });

  test('because too many come from one address', async () => {
    const [server, inspector] = await debuggedServer({ maxConnectionsPerAddress: 1, sharedAddresses: [] });
    await using session = await connect({ port: server.port });
    await session.read(0);
    await refused(server.port);
    expect(troublesOf(inspector)).toMatchObject([refusal(server, 'too-many-connections-of-address')]);
  });

  test.each([
    ['a browser', 'GET / HTTP/1.1\r\n\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
  ])('because it speaks TLS, and %s does not', async (_, says) => {
    const [server, inspector] = await debuggedServer({ tls: withKey('server') });
    await refused(server.port, says);
    await refused(server.port, says);
    expect(troublesOf(inspector)).toMatchObject([refusal(server, 'peer-speaks-no-tls')]);
  });

  test('because the pre-shared keys differ, and shows neither of them', async () => {
    const [server, inspector] = await debuggedServer({ tls: 'psk', secret: LONG_SECRET });
    const wrong = connect({ port: server.port, tls: 'psk', secret: `${LONG_SECRET}!`, reconnect: false });
    await expect(wrong).rejects.toMatchObject({ reason: 'tls-psk-refused' });
    expect(troublesOf(inspector)).toMatchObject([refusal(server, 'tls-psk-refused')]);
    expect(JSON.stringify(inspector.hub.history)).not.toContain(LONG_SECRET);
  });

  test('because the client has no certificate', async () => {
    const tls = { ...withKey('server'), ca: authority, requestCert: true };
    const [server, inspector] = await debuggedServer({ tls });
    const nameless = connect({ port: server.port, tls: { ca: authority }, reconnect: false });
    await expect(nameless).rejects.toMatchObject({ reason: 'tls-certificate-refused' });
    expect(troublesOf(inspector)).toMatchObject([
      refusal(server, 'tls-handshake-failed', {
        detail: expect.stringContaining('did not return a certificate'),
      }),
    ]);
  });

  test('because a proxy does not say whose connection it brings', async () => {
    const [server, inspector] = await debuggedServer({ proxies: ['127.0.0.1'] });
    await refused(server.port, 'GET / HTTP/1.1\r\n\r\n');
    expect(troublesOf(inspector)).toMatchObject([refusal(server, 'proxy-header-invalid')]);
  });

  test('because the program fails at its session, in the words of the error', async () => {
    const inspector = await openInspector();
    open.push(() => inspector.close());
    const server = await listen({ port: 0, ...inspector.watch('server') }, () => {
      throw new Error('no database');
    });
    open.push(() => server.close());
    await refused(server.port);
    expect(troublesOf(inspector)).toMatchObject([
      refusal(server, 'set-up-failed', { detail: 'onSession threw: no database' }),
    ]);
  });

  test('because it is closing, and counts it', async () => {
    const [server, inspector] = await debuggedServer({});
    const closing = server.close();
    const stream = new PassThrough();
    server.accept(stream);
    await closing;
    expect(stream.destroyed).toBe(true);
    expect(server.counters.refusedByClosing).toBe(1);
    expect(troublesOf(inspector)).toMatchObject([
      refusal(server, 'server-closing', { address: 'an unknown address' }),
    ]);
  });

  test('because its place was needed while it was in its TLS handshake', async () => {
    const tls = withKey('server');
    const [server, inspector] = await debuggedServer({ tls, secret: LONG_SECRET, maxConnections: 1 });
    const silent = await waiting(server.port);
    const gone = once(silent, 'close');
    await waiting(server.port);
    await gone;
    expect(troublesOf(inspector)).toMatchObject([refusal(server, 'too-many-untrusted')]);
  });
});

describe('a server in the debugger makes no trouble of refusals', () => {
  test('when it closes, with connections and handshakes under way', async () => {
    const [server, inspector] = await debuggedServer({ tls: withKey('server'), secret: LONG_SECRET });
    await waiting(server.port);
    const session = await connect({ port: server.port, tls: { ca: authority }, secret: LONG_SECRET });
    await session.read(0);
    await session.close();
    await server.close();
    expect(troublesOf(inspector)).toEqual([]);
  });

  test('of a peer that connects and leaves, as a health check does', async () => {
    const [server, inspector] = await debuggedServer({ tls: withKey('server') });
    for (let n = 0; n < 3; n++) (await waiting(server.port)).end();
    await expect.poll(() => server.counters.accepted).toBe(3);
    await server.close();
    expect(troublesOf(inspector)).toEqual([]);
  });
});

test('two servers with the same options are two listeners', async () => {
  const inspector = await openInspector();
  open.push(() => inspector.close());
  const watched = inspector.watch('server');
  const one = { port: 0, maxConnections: 1, ...watched };
  const servers = [await listen(one, () => {}), await listen(one, () => {})];
  for (const server of servers) {
    open.push(() => server.close());
    await waiting(server.port);
    await refused(server.port);
  }
  expect(troublesOf(inspector)).toMatchObject(
    servers.map((server) => refusal(server, 'too-many-connections')),
  );
});
