import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../src/index.js';
import { Acceptor } from '../../src/server/acceptor.js';
import { AddressBackoff } from '../../src/server/address-backoff.js';
import { AddressLimit } from '../../src/server/address-limit.js';
import { CallbackRoom } from '../../src/server/callback-room.js';
import { Defences } from '../../src/server/defences.js';
import { descriptorSystem } from '../../src/server/file-descriptors.js';
import { MessageBudgets } from '../../src/server/message-budget.js';
import { NetworkList } from '../../src/server/networks.js';
import { ServerLog } from '../../src/server/server-log.js';
import { UntrustedPool } from '../../src/server/untrusted-pool.js';
import { sessionSettings } from '../../src/session/options.js';
import { frameOf } from '../support/bytes.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { SECRET } from '../support/socket-puppet.js';
import { VirtualClock } from '../support/virtual-clock.js';

interface Options {
  readonly maxConnections?: number;
  /** Places for strangers; none where no secret is set. */
  readonly places?: number;
  readonly placesOfNetwork?: number;
  readonly onSession?: (session: Session) => void;
  readonly addresses?: AddressLimit;
  readonly boundNameOf?: () => string | null;
}

/** A server without a network: sockets come as the test says. */
class Gate {
  readonly clock = new VirtualClock();
  readonly lines: string[] = [];
  readonly sessions: Session[] = [];
  readonly log: ServerLog;
  readonly defences: Defences | null;
  readonly acceptor: Acceptor;
  closedServers = 0;

  constructor({
    maxConnections = 100,
    places,
    placesOfNetwork = 100,
    onSession = () => {},
    ...further
  }: Options = {}) {
    const { clock } = this;
    const write = (text: string): void => void this.lines.push(text.replace('socket_protocol: server: ', ''));
    const log = new ServerLog(clock, { debug: write, info: write, warn: write, error: write }, 100);
    this.log = log;
    const perSecond = { perConnection: 100, perNetwork: 1, perServer: 1_000 };
    this.defences =
      places === undefined
        ? null
        : new Defences({
            pool: new UntrustedPool(clock, {
              maxConnections: places,
              maxConnectionsOfNetwork: placesOfNetwork,
              handshakeTimeoutMs: null,
            }),
            messages: new MessageBudgets(clock, perSecond),
            callbacks: new CallbackRoom(clock, 1_000),
            backoff: new AddressBackoff(clock, { minDelayMs: 100, maxDelayMs: 1_000 }),
            shared: new NetworkList([]),
            log,
          });
    this.acceptor = new Acceptor({
      settings: sessionSettings({ clock, secret: places === undefined ? undefined : SECRET }),
      onSession: (session) => {
        this.sessions.push(session);
        onSession(session);
      },
      maxConnections,
      defences: this.defences,
      log,
      ...further,
    });
  }

  /** Somebody comes from an address. */
  come(address = '192.0.2.1', descriptor?: number): FakeSocket {
    const socket = new FakeSocket();
    Object.defineProperty(socket, 'remoteAddress', { value: address });
    const handle = { fd: descriptor, close: (done: () => void) => done() };
    if (descriptor !== undefined) Object.assign(socket, { _handle: handle });
    this.acceptor.accept(socket);
    return socket;
  }

  /** So many come. */
  many(count: number): FakeSocket[] {
    return Array.from({ length: count }, () => this.come());
  }

  serve() {
    const close = async (): Promise<void> => {
      this.closedServers++;
    };
    const [host, port] = ['127.0.0.1', 17_017];
    return this.acceptor.serve({ host, port, path: null, address: `${host}:${port}`, close });
  }
}

afterEach(() => vi.restoreAllMocks());

describe('a server that takes connections', () => {
  test('begins a session with each, and forgets it when it is over', async () => {
    const gate = new Gate();
    const server = gate.serve();
    const [first] = gate.many(2);
    expect([...server.sessions]).toEqual(gate.sessions);
    first?.destroy();
    await turns();
    expect([...server.sessions]).toEqual([gate.sessions[1]]);
    expect([server.host, server.port, server.counters.accepted]).toEqual(['127.0.0.1', 17_017, 2]);
  });

  test('has counted nothing at first', () => {
    const { counters } = new Gate().serve();
    expect(new Set(Object.values(counters))).toEqual(new Set([0]));
  });

  test('turns away a connection that it has no room for, and logs its address', () => {
    const gate = new Gate({ maxConnections: 2 });
    const server = gate.serve();
    const sockets = gate.many(3);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, true]);
    expect(server.counters).toMatchObject({ accepted: 2, refusedByLimit: 1, refusedByPool: 0 });
    expect(gate.lines).toEqual(['a peer (192.0.2.1): turned away, there are maxConnections already']);
  });

  test('FC-40: counts those who wait for their session, too', () => {
    const gate = new Gate({ maxConnections: 10 });
    const sockets = gate.many(11);
    expect(gate.sessions).toHaveLength(8);
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual(sockets.slice(10));
  });

  test('turns away a connection whose address has its share already', () => {
    const gate = new Gate({ addresses: new AddressLimit(1, new NetworkList([])) });
    const server = gate.serve();
    const refused: unknown[] = [];
    server.on('refused', (refusal) => refused.push(refusal));
    expect([gate.come(), gate.come(), gate.come('192.0.2.2')].map(({ destroyed }) => destroyed)).toEqual([
      false,
      true,
      false,
    ]);
    expect(server.counters).toMatchObject({ accepted: 2, refusedByAddress: 1 });
    expect(refused).toEqual([{ reason: 'too-many-connections-of-address', address: '192.0.2.1', count: 1 }]);
  });

  test('keeps no session of a connection that was over when it came', async () => {
    const gate = new Gate();
    const server = gate.serve();
    const socket = new FakeSocket();
    socket.destroy();
    gate.acceptor.accept(socket);
    await turns();
    expect(server.sessions.size).toBe(0);
  });

  test('closes a session whose set-up throws, and says so', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const gate = new Gate({
      onSession: () => {
        throw new Error('not today');
      },
    });
    const server = gate.serve();
    const socket = gate.come();
    await turns();
    expect([socket.destroyed, server.sessions.size]).toEqual([true, 0]);
    expect(warn.mock.calls).toEqual([
      [
        'onSession threw, closing the connection: not today',
        {
          type: 'SocketProtocolWarning',
          code: 'SP_ON_SESSION_FAILED',
          detail: expect.stringMatching(/^Error: not today\n/),
        },
      ],
    ]);
  });
});

describe('a server that closes', () => {
  test('closes its sessions, whoever waits for one, its watch and its log', async () => {
    const gate = new Gate();
    const server = gate.serve();
    const sockets = gate.many(9);
    gate.log.tell('evicted');
    gate.log.tell('evicted');
    expect([server.sessions.size, gate.closedServers]).toEqual([8, 0]);
    await server.close();
    await turns();
    expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect([server.sessions.size, gate.closedServers, gate.lines.length]).toEqual([0, 1, 2]);
    expect([gate.sessions.length, gate.clock.pending]).toEqual([8, 0]);
  });

  test('is disposed of in the same way', async () => {
    const gate = new Gate();
    {
      await using _server = gate.serve();
      gate.come();
    }
    expect([gate.sessions[0]?.isClosed, gate.closedServers]).toEqual([true, 1]);
  });
});

describe('a peer that is bound to a name', () => {
  const bound = (): { gate: Gate; reasons: string[] } => {
    const reasons: string[] = [];
    const gate = new Gate({
      boundNameOf: () => 'kitchen',
      onSession: (session) => {
        session.on('disconnected', (reason) => reasons.push(reason));
        session.onRead(0, () => 'fine');
        session.registerCallback(8, 0, () => void reasons.push('a callback heard it'));
      },
    });
    return { gate, reasons };
  };

  test.each([null, 'kitchen'])('has it from the beginning, and may claim %j', async (name) => {
    const { gate } = bound();
    const server = gate.serve();
    const socket = gate.come();
    expect(server.sessions.byName('kitchen')).toBe(gate.sessions[0]);
    socket.arrive(frameOf(8, 0, name));
    await turns();
    expect([gate.sessions[0]?.peerName, socket.destroyed]).toEqual(['kitchen', false]);
  });

  test('is disconnected when it claims another, before anything of that is handled', async () => {
    const { gate, reasons } = bound();
    const server = gate.serve();
    const socket = gate.come();
    socket.arrive(Buffer.concat([frameOf(8, 0, 'cellar'), frameOf(10, 0)]));
    await turns();
    expect([reasons, socket.readByPeer.length]).toEqual([['peer-name-mismatch'], 0]);
    expect([gate.sessions[0]?.peerName, gate.sessions[0]?.channelName]).toEqual(['kitchen', null]);
    expect(server.counters.peerNameMismatches).toBe(1);
    expect([server.sessions.byName('cellar'), server.sessions.byName('kitchen')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(gate.lines).toEqual([
      'a peer (192.0.2.1): disconnected, they claimed another name than the one that they are bound to',
    ]);
  });

  test('gets no session where it cannot be said to which', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const gate = new Gate({
      boundNameOf: () => {
        throw new Error('not today');
      },
    });
    const server = gate.serve();
    const socket = gate.come();
    await turns();
    expect([socket.destroyed, server.sessions.size, server.counters.sessionErrors]).toEqual([true, 0, 1]);
  });
});

describe('a server with a secret', () => {
  test('FC-40: makes room where all connections are taken', async () => {
    const gate = new Gate({ maxConnections: 2, places: 9 });
    const server = gate.serve();
    const [first, second] = gate.many(2);
    const third = gate.come();
    await turns();
    expect([first, second, third].map((socket) => socket?.destroyed)).toEqual([true, false, false]);
    expect(server.counters).toMatchObject({ accepted: 3, evicted: 1, refusedByLimit: 0 });
  });

  test('FC-39: turns away a peer for which there is no place, and logs it', async () => {
    const gate = new Gate({ places: 1, placesOfNetwork: 1 });
    const server = gate.serve();
    const first = gate.come();
    await turns();
    // all places are taken by him alone: he gets his session when he has spoken
    first.arrive(frameOf(0, 0));
    await turns();
    const second = gate.come();
    expect([first.destroyed, second.destroyed]).toEqual([false, true]);
    expect(server.counters).toMatchObject({ accepted: 1, evicted: 0, refusedByPool: 1, refusedByLimit: 0 });
    expect(gate.lines).toEqual([
      'a peer (192.0.2.1): turned away, all places are taken by handshakes that are under way',
    ]);
    expect(gate.come('192.0.2.2').destroyed).toBe(false);
  });

  test('FC-39: makes no session for a silent peer while all places are taken', async () => {
    const gate = new Gate({ places: 2 });
    const [first, second] = gate.many(2);
    await turns();
    expect(gate.sessions).toHaveLength(1);
    second?.arrive(frameOf(8, 0));
    await turns();
    expect([gate.sessions.length, first?.destroyed]).toEqual([2, false]);
  });

  test('FC-39: gives back the place of a peer that leaves before its session begins', async () => {
    const gate = new Gate({ places: 1 });
    const socket = gate.come();
    expect(gate.defences?.pool.size).toBe(1);
    socket.destroy();
    await turns();
    expect([gate.defences?.pool.size, gate.sessions.length]).toEqual([0, 0]);
  });

  test('FC-39: gives back the place of a peer that leaves after its session has begun', async () => {
    const gate = new Gate({ places: 9 });
    const socket = gate.come();
    expect([gate.defences?.pool.size, gate.sessions.length]).toEqual([1, 1]);
    socket.destroy();
    await turns();
    expect(gate.defences?.pool.size).toBe(0);
  });

  test('FC-39: tells a session that is pushed out why it ends', async () => {
    const gate = new Gate({ places: 2 });
    gate.come();
    const reasons: string[] = [];
    gate.sessions[0]?.on('disconnected', (reason) => reasons.push(reason));
    gate.many(2);
    await turns();
    expect(reasons).toEqual(['too-many-untrusted']);
  });

  test('FC-38: lets peers in slowly where their network talks too much', () => {
    const gate = new Gate({ places: 9 });
    const budget = gate.defences?.messages.begin('192.0.2.1');
    for (let n = 0; n < 6; n++) budget?.spend(0);
    gate.come('192.0.2.1');
    expect(gate.sessions).toHaveLength(0);
    gate.come('192.0.2.2');
    expect(gate.sessions).toHaveLength(1);
    gate.clock.advance(10);
    expect(gate.sessions).toHaveLength(2);
  });

  test('shows in its counters what its defences have counted', () => {
    const gate = new Gate({ places: 9 });
    const server = gate.serve();
    const { defences } = gate;
    Object.assign(defences?.counts ?? {}, {
      wrongKeys: 1,
      delayedByBackoff: 2,
      refusedByBackoff: 3,
      exceededBudget: 4,
      refusedByPool: 8,
    });
    Object.assign(defences?.pool ?? {}, { evicted: 5, timedOut: 6 });
    gate.log.suppressed = 7;
    expect(server.counters).toEqual({
      accepted: 0,
      failedTlsHandshakes: 0,
      tlsHandshakeTimeouts: 0,
      refusedByPeerName: 0,
      failedProxyHeaders: 0,
      proxyHeaderTimeouts: 0,
      proxyChecks: 0,
      refusedByLimit: 0,
      refusedByAddress: 0,
      nameTakeovers: 0,
      refusedByName: 0,
      refusedByFlapping: 0,
      peerNameMismatches: 0,
      groupErrors: 0,
      refusedByPool: 8,
      refusedByDescriptors: 0,
      refusedByClosing: 0,
      descriptorShortages: 0,
      sessionErrors: 0,
      wrongKeys: 1,
      delayedByBackoff: 2,
      refusedByBackoff: 3,
      exceededBudget: 4,
      evicted: 5,
      handshakeTimeouts: 6,
      suppressedLogLines: 7,
    });
  });
});

const limit = descriptorSystem.limit();

describe.skipIf(limit === null)('a server without file descriptors', () => {
  const LAST = (limit ?? 1) - 1;
  const TEXT =
    'out of file descriptors, connections to 127.0.0.1:17017 are turned away or make room for others' +
    ` (the limit of the process is ${limit}, see ulimit -n)`;

  test('FC-47: turns away a connection that would use one of the last, counts it, and warns once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const gate = new Gate();
    const server = gate.serve();
    const sockets = [gate.come('192.0.2.1', LAST), gate.come('192.0.2.1', LAST)];
    expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect(server.counters).toMatchObject({
      accepted: 0,
      refusedByDescriptors: 2,
      refusedByLimit: 0,
      descriptorShortages: 1,
    });
    expect(warn.mock.calls).toEqual([[TEXT, { type: 'SocketProtocolWarning', code: 'SP_NO_DESCRIPTORS' }]]);
    expect(gate.lines).toEqual([
      TEXT,
      'a peer (192.0.2.1): turned away, the process has no file descriptors left',
    ]);
  });

  test('FC-47: takes a connection that uses none of the last a moment later', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const gate = new Gate();
    const server = gate.serve();
    gate.come('192.0.2.1', LAST);
    expect(gate.come().destroyed).toBe(false);
    expect(server.counters).toMatchObject({ accepted: 1, refusedByDescriptors: 1 });
  });

  test('FC-47: makes room among strangers as long as they are few, and refuses none for it', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const gate = new Gate({ places: 9 });
    const server = gate.serve();
    const [first] = gate.many(2);
    gate.come('192.0.2.3', LAST);
    await turns();
    expect(first?.destroyed).toBe(true);
    expect(server.counters).toMatchObject({ accepted: 3, evicted: 1, refusedByDescriptors: 0 });
    gate.come('192.0.2.4');
    expect(server.counters).toMatchObject({ accepted: 4, evicted: 2, refusedByDescriptors: 0 });
  });

  test('FC-47: makes no room where there are enough', () => {
    const gate = new Gate({ places: 9 });
    const server = gate.serve();
    gate.many(3);
    expect(server.counters).toMatchObject({ accepted: 3, evicted: 0 });
  });
});
