/** A session whose link or handshake fails goes on until there is trust or a verdict, and nobody has to help it. */

import { describe, expect, test } from 'vitest';
import {
  AuthenticationError,
  createMemoryPair,
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  OptionError,
  type ReconnectPolicy,
  Session,
  type SessionOptions,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
} from '../../src/index.js';
import { MemoryComm } from '../../src/transport/memory.js';
import { Pair, watch } from '../support/pair.js';
import { MemoryPuppet, memoryLink, Puppet } from '../support/puppet.js';
import { SESSION_EVENTS } from '../support/session-events.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = '3f'.repeat(24);
const SEED = '5eed'.repeat(16);

/** A client that authenticates by itself; the test is its server. */
function client(session: SessionOptions = {}): MemoryPuppet {
  return new MemoryPuppet('client', { session: { secret: SECRET, autoAuth: true, ...session } });
}

/** The server takes part in the authentication that has begun. */
async function serve(puppet: Puppet, verdict = true, seed = SEED): Promise<void> {
  await puppet.says(SID_AUTH_RESPONSE, DID_AUTH_SEED, seed);
  await puppet.says(SID_AUTH_RESPONSE, DID_AUTH_KEY, verdict);
}

/** What an event says of its reason; the kind of a failure, whose record is another's matter. */
function kindOf(what: unknown): string {
  return typeof what === 'object' && what !== null && 'kind' in what ? String(what.kind) : String(what ?? '');
}

function seedRequests(puppet: Puppet): number {
  return puppet.heard.filter(
    ({ serviceId, dataId }) => serviceId === SID_AUTH_REQUEST && dataId === DID_AUTH_SEED,
  ).length;
}

describe('a client whose handshake is not finished in time', () => {
  test('breaks the link and makes it anew, and a request that waits for trust is answered on it (FC-01)', async () => {
    const puppet = client();
    await puppet.settle();
    await serve(puppet);
    expect(puppet.session.isTrusted).toBe(true);

    puppet.comm.cut();
    await puppet.clock.advanceAsync(200);
    const read = watch(puppet.session.read(0, { timeout: 20_000 }));
    await puppet.clock.advanceAsync(6_000);
    expect([seedRequests(puppet), read.state]).toEqual([3, 'pending']);
    await serve(puppet, true, 'a'.repeat(64));
    expect(puppet.session.isTrusted).toBe(true);
    await puppet.says(SID_READ_RESPONSE, 0, 'at last');
    expect(read.value).toBe('at last');
    expect(await puppet.close()).toBe(0);
  });

  test('tries again for as long as it takes (FC-02)', async () => {
    const puppet = client();
    const reasons: string[] = [];
    puppet.session.on('disconnected', (reason) => reasons.push(reason));
    await puppet.clock.advanceAsync(45_000);
    expect(reasons.length).toBeGreaterThan(5);
    expect(new Set(reasons)).toEqual(new Set(['handshake-missed']));
    if (!puppet.session.isConnected()) await puppet.clock.advanceAsync(200);
    await serve(puppet);
    expect(puppet.session.isTrusted).toBe(true);
    expect(await puppet.close()).toBe(0);
  });

  test.each([
    ['that cannot be used', 'too short'],
    ['that it has answered before', SEED],
  ])('takes a seed %s for no verdict', async (_, seed) => {
    const puppet = client();
    await puppet.settle();
    await serve(puppet);
    puppet.comm.cut();
    await puppet.clock.advanceAsync(200);
    await puppet.says(SID_AUTH_RESPONSE, DID_AUTH_SEED, seed);
    expect(puppet.session.isConnected()).toBe(false);
    await puppet.clock.advanceAsync(200);
    await serve(puppet, true, 'b'.repeat(64));
    expect(puppet.session.isTrusted).toBe(true);
    expect(await puppet.close()).toBe(0);
  });

  test('keeps its link where it authenticates only when it is asked to', async () => {
    const puppet = client({ autoAuth: false });
    await puppet.settle();
    const asked = watch(puppet.session.authenticate(100));
    await puppet.clock.advanceAsync(100);
    expect([asked.value, puppet.session.isConnected()]).toEqual([false, true]);
    expect(await puppet.close()).toBe(0);
  });
});

describe('a client whose key is refused', () => {
  test('fails what waits at once, and what is asked later as well (FC-03)', async () => {
    const puppet = client();
    await puppet.settle();
    await serve(puppet);
    puppet.comm.cut();
    await puppet.clock.advanceAsync(200);
    const [read, sent] = [watch(puppet.session.read(0)), watch(puppet.session.send(10, 0))];
    const received = watch(puppet.session.receive(200, 0, 3_000));
    await serve(puppet, false, 'c'.repeat(64));
    expect(read.error).toBeInstanceOf(AuthenticationError);
    expect(read.error).toMatchObject({ reason: 'wrong-secret' });
    expect([sent.value, received.state]).toEqual([false, 'pending']);

    const [later, laterSent] = [watch(puppet.session.write(1, 2)), watch(puppet.session.send(200, 0))];
    await puppet.settle();
    expect(later.error).toMatchObject({ name: 'AuthenticationError', reason: 'wrong-secret' });
    expect(laterSent.value).toBe(false);
    expect(await puppet.close()).toBe(0);
  });

  test('says so in events, in order, and leaves the server alone for about a minute', async () => {
    const puppet = client();
    const events: string[] = [];
    for (const event of SESSION_EVENTS)
      puppet.session.on(event, (what: unknown) => events.push(`${event} ${kindOf(what)}`.trim()));
    await puppet.settle();
    await serve(puppet, false);
    expect(events.filter((each) => !/^message|^dropped/.test(each))).toEqual([
      'connected',
      'failure authentication-failed',
      'authenticationFailed wrong-secret',
      'disconnected key-refused',
    ]);
    await puppet.clock.advanceAsync(59_999);
    expect(seedRequests(puppet)).toBe(1);
    await puppet.clock.advanceAsync(1);
    expect(seedRequests(puppet)).toBe(2);
    await serve(puppet, true, 'd'.repeat(64));
    expect(puppet.session.isTrusted).toBe(true);
    expect(await puppet.close()).toBe(0);
  });

  test('waits for nothing else when the user reconnects', async () => {
    const puppet = client();
    await puppet.settle();
    await serve(puppet, false);
    puppet.session.reconnect();
    const read = watch(puppet.session.read(0));
    await puppet.settle();
    await serve(puppet, true, 'e'.repeat(64));
    await puppet.says(SID_READ_RESPONSE, 0, 1);
    expect(read.value).toBe(1);
    expect(await puppet.close()).toBe(0);
  });

  test('tries no more where its transport says so', async () => {
    const refusalDelayMs = null;
    const puppet = new PolicyPuppet({ refusalDelayMs }, { secret: SECRET, autoAuth: true });
    const abandoned: string[] = [];
    puppet.session.on('abandoned', (reason) => abandoned.push(reason));
    await puppet.settle();
    await serve(puppet, false);
    await puppet.clock.advanceAsync(24 * 3_600_000);
    expect([abandoned, seedRequests(puppet)]).toEqual([['key-refused'], 1]);
    expect(await puppet.close()).toBe(0);
  });

  test('fails what was written before trust as not answered', async () => {
    const puppet = client();
    puppet.session.addMsgToAuthWhitelist(SID_READ_REQUEST, 7);
    await puppet.settle();
    const read = watch(puppet.session.read(7));
    await puppet.settle();
    await serve(puppet, false);
    expect(read.error).toMatchObject({ name: 'ConnectionLostError', written: true, reason: 'key-refused' });
    expect(await puppet.close()).toBe(0);
  });
});

/** A client whose transport has a policy of the test's own. */
class PolicyPuppet extends Puppet {
  readonly comm: MemoryComm;
  readonly nearComm: MemoryComm;
  readonly attemptsMs: number[] = [];

  constructor(policy: Partial<ReconnectPolicy>, session: SessionOptions = {}) {
    const clock = new VirtualClock();
    const near = new PolicyComm(clock, policy);
    const far = new MemoryComm(false, { clock });
    near.join(far);
    far.join(near);
    super(clock, memoryLink(near, far), { session });
    this.comm = far;
    this.nearComm = near;
    near.onAttempt = () => this.attemptsMs.push(clock.now());
  }
}

class PolicyComm extends MemoryComm {
  override readonly supervise: () => ReconnectPolicy;
  onAttempt: () => void = () => {};

  constructor(clock: VirtualClock, policy: Partial<ReconnectPolicy>) {
    super(true, { clock });
    this.supervise = () => ({
      delayMs: () => 30_000,
      reopens: true,
      maxAttempts: Number.POSITIVE_INFINITY,
      connectTimeoutMs: 1_000,
      ...policy,
    });
  }

  override reconnect(): void {
    this.onAttempt();
    super.reconnect();
  }
}

/** A client in the middle of a long pause: the server went away 10 s ago. */
async function waiting(): Promise<PolicyPuppet> {
  const puppet = new PolicyPuppet({});
  puppet.comm.refusesConnections = true;
  await puppet.clock.advanceAsync(10_000);
  puppet.attemptsMs.length = 0;
  return puppet;
}

describe('somebody who waits for a connection', () => {
  test.each([
    100, 700, 1_000, 1_500, 1_699,
  ])('is served by a server that appears after %i ms of 2,000 (FC-29)', async (ms) => {
    const puppet = await waiting();
    const sent = watch(puppet.session.send(200, 0, 'x', 0, 2_000));
    await puppet.clock.advanceAsync(ms);
    puppet.comm.refusesConnections = false;
    await puppet.clock.advanceAsync(2_000 - ms);
    expect(sent.value).toBe(true);
    expect(await puppet.close()).toBe(0);
  });

  test('makes an attempt due at once, and one a second at most for as long as it takes', async () => {
    const puppet = await waiting();
    const startMs = puppet.clock.now();
    for (let i = 0; i < 120; i++) {
      puppet.session.send(200, i, 'x', 0, 2_000).catch(() => {});
      await puppet.clock.advanceAsync(500);
    }
    expect(puppet.attemptsMs[0]).toBe(startMs);
    expect(puppet.attemptsMs.length).toBeLessThanOrEqual(62);
    expect(puppet.attemptsMs.length).toBeGreaterThan(50);
    expect(await puppet.close()).toBe(0);
  });

  test('costs nothing where nobody waits any more: the pauses are the long ones again', async () => {
    const puppet = await waiting();
    puppet.session.send(200, 0, 'x', 0, 100).catch(() => {});
    await puppet.clock.advanceAsync(29_000);
    expect(puppet.attemptsMs.length).toBeLessThanOrEqual(2);
    expect(await puppet.close()).toBe(0);
  });

  test('does not wake a client whose key was refused', async () => {
    const puppet = new PolicyPuppet({ refusalDelayMs: () => 60_000 }, { secret: SECRET, autoAuth: true });
    await puppet.settle();
    await serve(puppet, false);
    const before = puppet.attemptsMs.length;
    for (let i = 0; i < 20; i++) {
      puppet.session.read(0).catch(() => {});
      await puppet.clock.advanceAsync(1_000);
    }
    expect(puppet.attemptsMs.length).toBe(before);
    expect(await puppet.close()).toBe(0);
  });
});

describe('a client that opens no other link', () => {
  /** Whatever a program can wait for, with a minute for each. */
  function waitFor(session: Session) {
    return {
      read: watch(session.read(0, { timeout: 60_000 })),
      sent: watch(session.send(200, 0, 'x', 0, 60_000)),
      received: watch(session.receive(200, 0, 60_000)),
      authenticated: watch(session.authenticate(60_000)),
    };
  }

  function expectNothingWaits({ read, sent, received, authenticated }: ReturnType<typeof waitFor>): void {
    expect(read.error).toMatchObject({ name: 'ConnectionLostError', written: false });
    expect([sent.value, received.value, authenticated.value]).toEqual([false, null, false]);
  }

  test.each([
    { secret: SECRET },
    {},
  ])('lets nothing wait for it: what waits when the link is lost, and what is asked later (FC-20): %j', async (options) => {
    const puppet = new PolicyPuppet({ reopens: false }, options);
    const told: string[] = [];
    for (const event of ['disconnected', 'abandoned'] as const)
      puppet.session.on(event, (reason) => told.push(`${event} ${reason}`));
    await puppet.settle();
    const received = watch(puppet.session.receive(200, 0, 60_000));
    puppet.comm.cut();
    await puppet.settle();
    expect(received.value).toBeNull();
    const [lost, abandoned] = told;
    expect([lost?.split(' ')[0], abandoned]).toEqual([
      'disconnected',
      lost?.replace('disconnected', 'abandoned'),
    ]);
    const later = waitFor(puppet.session);
    await puppet.settle();
    expectNothingWaits(later);
    expect(await puppet.close()).toBe(0);
  });

  test('lets nothing wait once its last attempt has failed, and everything once the program asks for another', async () => {
    const puppet = new PolicyPuppet({ reopens: false, maxAttempts: 1 });
    puppet.comm.refusesConnections = true;
    await puppet.settle();
    const later = waitFor(puppet.session);
    await puppet.settle();
    expectNothingWaits(later);

    puppet.comm.refusesConnections = false;
    puppet.session.reconnect();
    const read = watch(puppet.session.read(7));
    await puppet.settle();
    await puppet.says(SID_READ_RESPONSE, 7, 'at last');
    expect(read.value).toBe('at last');
    expect(await puppet.close()).toBe(0);
  });

  test('lets no receive wait for a peer that has refused the key', async () => {
    const puppet = new PolicyPuppet(
      { reopens: false, refusalDelayMs: null },
      { secret: SECRET, autoAuth: true },
    );
    await puppet.settle();
    const before = watch(puppet.session.receive(200, 0, 60_000));
    await serve(puppet, false);
    const after = watch(puppet.session.receive(200, 0, 60_000));
    await puppet.settle();
    expect([before.value, after.value]).toEqual([null, null]);
    expect(await puppet.close()).toBe(0);
  });
});

describe('a request that the transport does not take', () => {
  test('waits, and is written when there is room again', async () => {
    const puppet = new MemoryPuppet('client');
    await puppet.settle();
    const send = puppet.nearComm.send.bind(puppet.nearComm);
    puppet.nearComm.send = () => false;
    const read = watch(puppet.session.read(7, { timeout: 500 }));
    await puppet.settle();
    puppet.nearComm.send = send;
    puppet.nearComm.unstall();
    await puppet.settle();
    expect(puppet.heard.at(-1)).toMatchObject({ serviceId: SID_READ_REQUEST, dataId: 7 });
    await puppet.says(SID_READ_RESPONSE, 7, 'at last');
    expect(read.value).toBe('at last');
    expect(await puppet.close()).toBe(0);
  });
});

describe('the end of a session', () => {
  test('is told in the order untrusted, disconnected, closed', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    const events: string[] = [];
    for (const event of ['closed', 'disconnected', 'untrusted'] as const)
      pair.client.on(event, () => events.push(event));
    await pair.client.close();
    await pair.settle();
    expect(events).toEqual(['untrusted', 'disconnected', 'closed']);
    await pair.close();
  });

  test('without a secret says nothing of trust', async () => {
    const pair = await Pair.connected();
    const events: string[] = [];
    for (const event of ['closed', 'disconnected', 'untrusted'] as const)
      pair.server.on(event, () => events.push(event));
    await pair.server.close();
    expect(events).toEqual(['disconnected', 'closed']);
    await pair.close();
  });
});

describe('a handler', () => {
  test.each([5, null, 'text', {}])('must be a function, and %j is none', async (handler) => {
    const session = new Session(createMemoryPair({ clock: new VirtualClock() }).server);
    for (const on of ['onRead', 'onWrite', 'onExecute'] as const)
      expect(() => session[on](0, handler as never)).toThrow(/^Option handler: expected a function, got /);
    await session.close();
  });
});

describe('a transport with a session on it', () => {
  test('is refused to a second one, until the first is closed', async () => {
    const { client: transport } = createMemoryPair({ clock: new VirtualClock() });
    const first = new Session(transport);
    expect(() => new Session(transport)).toThrow(OptionError);
    expect(() => new Session(transport)).toThrow(
      'Option commInstance: expected a transport without a session, got one that a session runs on',
    );
    await first.close();
    await new Session(transport).close();
  });
});
