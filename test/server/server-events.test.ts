import { EventEmitter, once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  connect,
  type ListenOptions,
  listen,
  type PeerRefusal,
  type Server,
  type Session,
  StatusError,
} from '../../src/index.js';
import { pureJson } from '../../src/wire/index.js';
import { turns } from '../support/fake-socket.js';

const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);
let warnings: string[] = [];

/** Warnings of one kind are few a second in all, and each test has its own. */
const now = performance.now.bind(performance);
let elapsedMs = 0;

beforeEach(() => {
  elapsedMs += 60_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + elapsedMs);
  process.on('unhandledRejection', remember).on('uncaughtException', remember);
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});

afterEach(() => {
  process.off('unhandledRejection', remember).off('uncaughtException', remember);
  vi.restoreAllMocks();
  expect(unhandled.splice(0)).toEqual([]);
});

/** A server, and what its logger and its listeners got. */
async function listening(
  onSession: (session: Session) => unknown,
  options: Partial<ListenOptions> = {},
): Promise<{ server: Server; lines: string[]; errors: Error[]; sessions: Session[] }> {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const logger = { debug: () => {}, info: () => {}, warn: write, error: write };
  const server = await listen({ port: 0, logger, ...options }, onSession);
  const errors: Error[] = [];
  const sessions: Session[] = [];
  server.on('sessionError', (error, session) => {
    errors.push(error);
    sessions.push(session);
  });
  return { server, lines, errors, sessions };
}

async function closedSocket(server: Server): Promise<Socket> {
  const socket = connectSocket(server.port, '127.0.0.1').on('error', () => {});
  socket.resume();
  await once(socket, 'close');
  return socket;
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const hostile = (): object => {
  const refuse = (): never => {
    throw new Error('a trap');
  };
  const traps = Object.getOwnPropertyNames(Reflect).map((name) => [name, refuse]);
  return new Proxy({}, Object.fromEntries(traps));
};
const realm = createContext({});
const FAILURES: Readonly<Record<string, () => unknown>> = {
  'an Error': () => new Error('not today'),
  'a text': () => 'not today',
  null: () => null,
  undefined: () => undefined,
  'an object without a prototype': () => Object.create(null),
  'a revoked Proxy': revoked,
  'a Proxy whose every trap throws': hostile,
  'an Error of another realm': () => runInContext("new Error('not today')", realm),
  'an error whose stack throws': () =>
    Object.defineProperty(new Error('not today'), 'stack', {
      get: () => {
        throw new Error('hidden');
      },
    }),
};

describe('onSession', () => {
  for (const [name, make] of Object.entries(FAILURES)) {
    test.each([
      [
        'throws',
        'threw',
        () => {
          throw make();
        },
      ],
      ['rejects with', 'rejected', () => Promise.reject(make())],
      ['rejects later with', 'rejected', () => turns(2).then(() => Promise.reject(make()))],
      [
        'returns a thenable that calls back with',
        'rejected',
        () => ({
          // biome-ignore lint/suspicious/noThenProperty: it is one
          then: (_: unknown, failed: (thrown: unknown) => void) => {
            failed(make());
            failed(new Error('once more'));
          },
        }),
      ],
    ])(`FC-05, FC-43: that %s ${name} costs that connection, and is told`, async (_how, verb, fail) => {
      let isBroken = true;
      const { server, lines, errors, sessions } = await listening((session) => {
        session.onRead(0, () => 'fine');
        return isBroken ? fail() : undefined;
      });
      await using _server = server;
      await closedSocket(server);
      await turns(4);
      const line = `onSession ${verb}, closing the connection: `;
      expect(warnings).toEqual([expect.stringContaining(line)]);
      expect(lines).toEqual([expect.stringContaining(`server: ${line}`)]);
      expect([errors.length, sessions.length, server.counters.sessionErrors]).toEqual([1, 1, 1]);
      expect([errors[0] instanceof EventEmitter, sessions[0]?.isClosed]).toEqual([false, true]);
      isBroken = false;
      await using client = await connect({ port: server.port });
      expect(await client.read(0)).toBe('fine');
    });
  }

  test('FC-05: that asks the client something it has no handler for costs that connection', async () => {
    const { server, errors } = await listening(async (session) => {
      await session.read(1, { timeout: 5_000 });
    });
    await using _server = server;
    const client = await connect({ port: server.port, reconnect: false });
    await once(client, 'disconnected');
    await client.close();
    expect(errors).toEqual([expect.any(StatusError)]);
    expect(warnings).toEqual([expect.stringContaining('onSession rejected')]);
  });

  test('FC-05: that returns what has a `then` that throws costs that connection', async () => {
    const { server, errors } = await listening(() => ({
      // biome-ignore lint/suspicious/noThenProperty: it is one
      get then(): never {
        throw new Error('no then');
      },
    }));
    await using _server = server;
    await closedSocket(server);
    expect(errors.map(({ message }) => message)).toEqual(['no then']);
  });

  test('FC-05: of which nothing more is heard leaves the session as it is', async () => {
    const { server, errors } = await listening((session) => {
      session.onRead(0, () => 'fine');
      return new Promise(() => {});
    });
    await using _server = server;
    await using client = await connect({ port: server.port });
    expect([await client.read(0), errors, warnings]).toEqual(['fine', [], []]);
  });

  test('FC-05: what it registers before its first await is in place before a message comes', async () => {
    const { server } = await listening(async (session) => {
      session.onRead(0, () => 'in time');
      await turns(100);
    });
    await using _server = server;
    await using client = await connect({ port: server.port });
    expect(await client.read(0)).toBe('in time');
  });

  test('FC-05: that rejects because its client has left is an event, and no warning', async () => {
    const { server, lines, errors } = await listening((session) => session.read(1));
    await using _server = server;
    const socket = connectSocket(server.port, '127.0.0.1');
    const failed = once(server, 'sessionError');
    socket.end();
    await failed;
    expect(errors.map(({ name }) => name)).toEqual(['ConnectionLostError']);
    expect([warnings, lines.filter((line) => line.includes('onSession'))]).toEqual([[], []]);
  });

  test('FC-05: that fails for many is told once a second, with how often', async () => {
    const { server, lines } = await listening(() => {
      throw new Error('not today');
    });
    for (let n = 0; n < 5; n++) await closedSocket(server);
    expect([warnings.length, lines.length, server.counters.sessionErrors]).toEqual([1, 1, 5]);
    await server.close();
    expect(lines.slice(1)).toEqual([
      expect.stringContaining(
        'server: onSession threw, closing the connection (4 times within a second, the last): Error: not today',
      ),
    ]);
    expect(warnings).toHaveLength(1);
  });
});

describe('what a program provides', () => {
  test('FC-43: costs that connection where it throws while the session is made', async () => {
    let isBroken = false;
    const codec = {
      ...pureJson,
      get name(): string {
        if (isBroken) throw Object.create(null);
        return 'pure_json';
      },
    };
    const { server } = await listening((session) => session.onRead(0, () => 'fine'), { codec });
    await using _server = server;
    isBroken = true;
    await closedSocket(server);
    expect(warnings).toEqual([
      expect.stringContaining('a session could not be made, closing the connection'),
    ]);
    expect([server.counters.sessionErrors, server.sessions.size]).toEqual([1, 0]);
    isBroken = false;
    await using client = await connect({ port: server.port });
    expect(await client.read(0)).toBe('fine');
  });
});

describe('the events of a server', () => {
  test('begin with each session, after onSession has had it', async () => {
    const order: string[] = [];
    await using server = await listen({ port: 0 }, () => void order.push('onSession'));
    const event = once(server, 'session');
    server.on('session', () => void order.push('session'));
    await using _client = await connect({ port: server.port });
    const [session] = await event;
    expect([order, [...server.sessions]]).toEqual([['onSession', 'session'], [session]]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('a bad listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bad listener'))],
  ])('FC-06: a listener of "session" that %s costs that connection, and no other listener', async (_, listener) => {
    const { server, errors } = await listening(() => {});
    await using _server = server;
    let heard = 0;
    server.on('session', listener).on('session', () => heard++);
    await closedSocket(server);
    expect([heard, errors.map(({ message }) => message)]).toEqual([1, ['a bad listener']]);
    expect(warnings).toEqual([
      expect.stringContaining('a listener of "session" failed, closing the connection'),
    ]);
  });

  test.each([
    'sessionError',
    'refused',
    'closed',
  ] as const)('FC-06: a listener of "%s" that fails is a warning', async (event) => {
    let isBroken = true;
    const { server } = await listening(
      () => {
        if (isBroken) throw new Error('not today');
      },
      { maxConnections: 1 },
    );
    let heard = 0;
    server.on(event, () => {
      throw Object.create(null);
    });
    server.on(event, () => Promise.reject(new Error('a bad listener')));
    server.on(event, () => heard++);
    await closedSocket(server);
    // a connection counts until both have ended it
    while (server.sessions.size > 0) await turns(1);
    isBroken = false;
    await using _client = await connect({ port: server.port });
    await closedSocket(server);
    await server.close();
    await turns(4);
    expect(heard).toBe(1);
    expect(warnings.join()).toContain(`a listener of "${event}" failed`);
  });

  test('FC-42: are the program’s: without any listener the books are kept', async () => {
    const server = await listen({ port: 0 }, () => {});
    server.removeAllListeners();
    const client = await connect({ port: server.port });
    server.removeAllListeners();
    const [session] = [...server.sessions];
    const gone = once(session as Session, 'closed');
    await client.close();
    await gone;
    expect([server.sessions.size, server.counters.accepted]).toEqual([0, 1]);
    await server.close();
  });

  test('tell whom a server turns away, at once and then once a second', async () => {
    const { server } = await listening(() => {}, { maxConnections: 1 });
    const refusals: PeerRefusal[] = [];
    server.on('refused', (refusal) => void refusals.push(refusal));
    await using _client = await connect({ port: server.port });
    for (let n = 0; n < 10; n++) await closedSocket(server);
    expect(refusals).toEqual([{ reason: 'too-many-connections', address: '127.0.0.1', count: 1 }]);
    await server.close();
    expect(refusals.slice(1)).toEqual([{ reason: 'too-many-connections', address: '127.0.0.1', count: 9 }]);
    expect(server.counters.refusedByLimit).toBe(10);
  });

  test('are a warning of the process, once, where nobody listens and no logger is set', async () => {
    await using server = await listen({ port: 0, maxConnections: 1 }, () => {});
    await using _client = await connect({ port: server.port });
    for (let n = 0; n < 3; n++) await closedSocket(server);
    expect(warnings).toEqual([
      `server at 127.0.0.1:${server.port}: a peer (127.0.0.1): turned away, there are maxConnections already` +
        ' (further ones are counted in server.counters)',
    ]);
  });

  test('end with "closed", when everything is', async () => {
    const server = await listen({ port: 0 }, () => {});
    await using client = await connect({ port: server.port });
    const sizes: number[] = [];
    server.on('closed', () => sizes.push(server.sessions.size));
    await server.close();
    expect([sizes, await Promise.race([once(client, 'disconnected'), 'not yet'])]).toEqual([
      [0],
      expect.anything(),
    ]);
  });
});
