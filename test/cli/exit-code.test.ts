import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, listen, type Server, StatusError } from '../../src/index.js';
import { linesOf, Running, runCommand, startListening } from '../support/command.js';
import { rawPeer } from '../support/raw-peer.js';

const SECRET = { SOCKET_PROTOCOL_SECRET: 'correct horse battery staple' };
/** One line for people, whatever it says. */
const ONE_LINE = expect.stringMatching(/^socket-protocol: [^\n]+\n$/);

describe('a connection that breaks', () => {
  test('before the answer is exit code 3', async () => {
    await using peer = await rawPeer((socket) => socket.once('data', () => socket.destroy()));
    const { code, out, err } = await runCommand(['read', peer.address, '0']);
    expect([code, out, err]).toEqual([3, '', ONE_LINE]);
    expect(err).toMatch(/after read data request, data_id 0 of 127\.0\.0\.1:\d+ was written/);
  });

  test('before anything was sent is exit code 3', async () => {
    await using peer = await rawPeer((socket) => socket.resetAndDestroy());
    expect(await runCommand(['read', peer.address, '0'])).toEqual({ code: 3, out: '', err: ONE_LINE });
  });

  test('during the authentication is exit code 3, because it does not prove the secret wrong', async () => {
    await using peer = await rawPeer((socket) => socket.once('data', () => socket.end()));
    const outcome = await runCommand(['read', peer.address, '0'], { env: SECRET });
    expect(outcome).toEqual({ code: 3, out: '', err: ONE_LINE });
  });

  test('between two requests is exit code 3, without waiting for the time-out', async () => {
    const server = await listen({ port: 0 }, (session) => void session.onRead(0, () => 'now'));
    const address = `127.0.0.1:${server.port}`;
    const running = new Running(['request', address, '10', '0', '--repeat', '9', '--interval', '300']);
    await running.printed(/"now"/);
    await server.close();
    expect(await running.outcome()).toEqual({ code: 3, out: '"now"\n', err: ONE_LINE });
  });
});

describe('a peer', () => {
  test('that does not run is exit code 3', async () => {
    const { running, address } = await startListening(['serve', '--port', '0']);
    await running.interrupt();
    const { code, err } = await runCommand(['read', address, '0']);
    expect([code, err]).toEqual([3, ONE_LINE]);
    expect(err).toContain(address);
    expect(err).toContain('ECONNREFUSED');
  });

  test('whose name does not resolve is exit code 3', async () => {
    const { code, err } = await runCommand(['read', 'no-such-host.invalid:17017', '0']);
    expect([code, err]).toEqual([3, ONE_LINE]);
    expect(err).toContain('no-such-host.invalid:17017');
  });

  test('that speaks another protocol is exit code 3, and the protocol is named', async () => {
    await using peer = await rawPeer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n:<:<:>'));
    const { code, err } = await runCommand(['read', peer.address, '0', '--timeout', '100']);
    expect([code, err]).toEqual([3, ONE_LINE]);
    expect(err).toContain('the peer speaks another protocol: HTTP');
  });

  test('that hangs up instead of answering is exit code 3', async () => {
    await using server = await listen({ port: 0 }, (session) => session.onRead(0, () => session.close()));
    const { code, err } = await runCommand(['read', `127.0.0.1:${server.port}`, '0']);
    expect([code, err]).toEqual([3, ONE_LINE]);
    expect(err).toContain('the peer closed the connection');
  });

  test('that does not answer in time is exit code 5', async () => {
    await using server = await listen({ port: 0 }, (session) =>
      session.onRead(0, () => new Promise(() => {})),
    );
    const { code, err } = await runCommand(['read', `127.0.0.1:${server.port}`, '0', '--timeout', '50']);
    expect([code, err]).toEqual([5, ONE_LINE]);
    expect(err).toMatch(/o answer to read data request, data_id 0 of 127\.0\.0\.1:\d+ within 50 ms\n$/);
  });

  test('that does not take part in the authentication is exit code 5', async () => {
    await using peer = await rawPeer(() => {});
    const outcome = await runCommand(['read', peer.address, '0', '--timeout', '50'], { env: SECRET });
    const hint =
      'no message came from the peer at all: it speaks the other codec (try with --struct), serves another client now, or hangs';
    const err = `socket-protocol: No authenticated connection to ${peer.address} within 50 ms; ${hint}\n`;
    expect(outcome).toEqual({ code: 5, out: '', err });
  });

  test('that speaks the other codec is exit code 5, with the option that changes ours', async () => {
    await using server = await listen({ port: 0 }, (session) => session.onRead(0, () => 'now'));
    const read = ['read', `127.0.0.1:${server.port}`, '0'];
    const { code, err } = await runCommand([...read, '--struct', '--timeout', '50']);
    expect([code, err]).toEqual([5, ONE_LINE]);
    expect(err).toContain('it speaks the other codec (try without --struct)');
    expect((await runCommand(read)).code).toBe(0);
  });

  test('with another secret, or without one, is exit code 4', async () => {
    await using other = await listen({ port: 0, secret: 'another secret than ours' }, () => {});
    await using none = await listen({ port: 0 }, () => {});
    for (const { port } of [other, none]) {
      const outcome = await runCommand(['read', `127.0.0.1:${port}`, '0'], { env: SECRET });
      expect(outcome).toEqual({ code: 4, out: '', err: ONE_LINE });
    }
  });

  test('that wants an authentication is exit code 1', async () => {
    await using server = await listen({ port: 0, secret: 'correct horse battery staple' }, () => {});
    const { code, err } = await runCommand(['read', `127.0.0.1:${server.port}`, '0']);
    expect([code, err]).toEqual([1, ONE_LINE]);
    expect(err).toContain('authentification required (3); the secret comes from --secret-file or');
  });

  test('that answers with a status of its own is exit code 1, and the status is named', async () => {
    await using server = await listen({ port: 0 }, (session) => {
      session.onRead(0, () => {
        throw new StatusError(4711);
      });
    });
    const { code, err } = await runCommand(['read', `127.0.0.1:${server.port}`, '0']);
    expect([code, err]).toEqual([1, ONE_LINE]);
    expect(err).toContain('4711');
  });

  test('at an IPv6 address is reached', async () => {
    const server = await listen({ host: '::1', port: 0 }, (session) => session.onRead(0, () => 'six')).catch(
      () => null,
    );
    if (server === null) return; // this machine has no IPv6
    const outcome = await runCommand(['read', `[::1]:${server.port}`, '0']);
    expect(outcome).toEqual({ code: 0, out: '"six"\n', err: '' });
    await server.close();
  });
});

describe('a port that is taken', () => {
  test('is exit code 3', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const port = String(server.port);
    for (const argv of [
      ['serve', '--port', port],
      ['proxy', port, '127.0.0.1:1'],
      ['inspect', '127.0.0.1:1', '--port', port],
    ]) {
      const { code, out, err } = await runCommand(argv);
      expect([code, out, err]).toEqual([3, '', ONE_LINE]);
      expect(err).toContain('EADDRINUSE');
    }
  });
});

describe('an interruption', () => {
  test('before the answer is exit code 130, and prints nothing', async () => {
    const interruption = new AbortController();
    await using server = await listen({ port: 0 }, (session) =>
      session.onRead(0, () => {
        interruption.abort();
        return new Promise(() => {});
      }),
    );
    for (const flags of [[], ['--json']]) {
      const argv = ['read', `127.0.0.1:${server.port}`, '0', ...flags];
      const outcome = await runCommand(argv, { interrupted: interruption.signal });
      expect(outcome).toEqual({ code: 130, out: '', err: '' });
    }
  });

  test('ends serve with exit code 0 while a client is connected', async () => {
    const { running, port } = await startListening(['serve', '--port', '0']);
    await using client = await connect({ port, reconnect: false });
    const gone = new Promise((resolve) => client.once('disconnected', resolve));
    expect(await running.interrupt()).toBe(0);
    await gone;
  });
});

describe('an error with --json', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = await listen({ port: 0 }, (session) => {
      session.onRead(6, () => {
        throw new StatusError(6);
      });
      session.onRead(7, () => new Promise(() => {}));
    });
    address = `127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  test.each([
    [['read', 'ADDRESS', '6'], 1, { code: 'ERR_STATUS' }],
    [['read', 'ADDRESS', '7', '--timeout', '50'], 5, { code: 'ERR_TIMEOUT' }],
    [['read', '127.0.0.1:1', '0'], 3, { code: 'ERR_CONNECT' }],
    [['request', 'ADDRESS', '0', '0'], 2, { code: 'ERR_USAGE' }],
    [['decode', 'package.json'], 2, { code: 'ERR_INPUT' }],
    [['read', 'ADDRESS', '0', '--xyzzy'], 2, { code: 'ERR_USAGE', error: "Unknown option '--xyzzy'" }],
  ])('of %j is one line of JSON on standard error, and nothing on standard output', async (argv, code, fields) => {
    const words = argv.map((word) => (word === 'ADDRESS' ? address : word));
    const { code: actual, out, err } = await runCommand([...words, '--json']);
    expect([actual, out]).toEqual([code, '']);
    const forPeople = await runCommand(words);
    expect([forPeople.code, forPeople.out]).toEqual([code, '']);
    const error = forPeople.err.slice('socket-protocol: '.length, -1);
    expect(linesOf(err)).toEqual([expect.objectContaining({ error, ...fields })]);
  });

  test('carries the reason as a code', async () => {
    await using peer = await rawPeer(() => {});
    const argv = ['read', peer.address, '0', '--timeout', '50', '--json'];
    const [last] = linesOf((await runCommand(argv, { env: SECRET })).err);
    expect(last).toMatchObject({ code: 'ERR_TIMEOUT', reason: 'not-connected' });
  });
});

test('an unexpected error is one line and exit code 1, with its stack only on demand', async () => {
  const stdout = (): void => {
    throw new Error('the sink\nis broken');
  };
  const quiet = await runCommand(['--version'], { stdout });
  expect(quiet).toEqual({ code: 1, out: '', err: 'socket-protocol: the sink is broken\n' });
  const loud = await runCommand(['--version'], { stdout, env: { SOCKET_PROTOCOL_DEBUG: '1' } });
  expect(loud.err).toMatch(/\n\s+at /);
});
