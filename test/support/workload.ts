import fc from 'fast-check';
import {
  createMemoryPair,
  deriveKey,
  type Logger,
  type MemoryComm,
  Session,
  type SessionOptions,
} from '../../src/index.js';
import { withInternals } from '../../src/session/internals.js';
import { VirtualClock } from './virtual-clock.js';

/** Something that happens to a pair of sessions; each at a second of its own. */
export type Deed =
  | { readonly type: 'ask'; readonly requests: readonly Ask[] }
  | { readonly type: 'cancel'; readonly which: number }
  | { readonly type: 'server says'; readonly dataId: number }
  | { readonly type: 'cut' | 'refuse' | 'accept' | 'stall' | 'drain' | 'authenticate' | 'reconnect' }
  /** The link breaks, and on the next the client has another key, or its own again, or the server a seed that it had. */
  | { readonly type: 'mistake the key' | 'find the key' | 'repeat the seed' };

/** One of those that are asked at once; its time-out follows from its place among them. */
interface Ask {
  readonly kind: 'request' | 'message' | 'receive';
  readonly dataId: number;
  /** How long the server takes for it; null: it never answers. */
  readonly answerMs: number | null;
}

/** A story of two sessions. */
export interface Workload {
  readonly hasSecret: boolean;
  /** The client authenticates by itself. */
  readonly autoAuth: boolean;
  /** The server takes no connection at first. */
  readonly isRefusedAtFirst: boolean;
  readonly maxPendingRequests: number;
  readonly deeds: readonly Deed[];
}

// No two timers of requests are due in the same millisecond, and none when a message arrives: which of two timers that are
// due at once fires first is the clock's business. Deeds are whole seconds apart; time-outs, the grace of late answers and
// what the server takes differ by parts of a second that never sum up to one another.
const DEED_EVERY_MS = 1_000;
const TIMEOUTS_MS = [1_100, 2_200, 4_300] as const;
const GRACE_MS = 5_010;
const ANSWERS_MS = [0, 400, 1_500, 2_600, 7_700, null] as const;
const LATENCY_MS = 1;
const RECONNECT_MS = 999;
const AUTHENTICATION_TIMEOUT_MS = 3_303;

const anAsk: fc.Arbitrary<Ask> = fc.record({
  kind: fc.constantFrom('request', 'request', 'request', 'message', 'receive'),
  dataId: fc.constantFrom(0, 0, 1),
  answerMs: fc.constantFrom(...ANSWERS_MS),
});

const aDeed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      requests: fc.array(anAsk, { minLength: 1, maxLength: TIMEOUTS_MS.length }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cancel' as const), which: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('server says' as const), dataId: fc.constantFrom(0, 1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'cut' as const,
        'refuse' as const,
        'accept' as const,
        'accept' as const,
        'stall' as const,
        'stall' as const,
        'drain' as const,
        'authenticate' as const,
        'reconnect' as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('mistake the key' as const, 'find the key' as const, 'repeat the seed' as const),
    }),
  },
);

/** Stories of every kind. */
export const aWorkload: fc.Arbitrary<Workload> = fc.record({
  hasSecret: fc.boolean(),
  autoAuth: fc.boolean(),
  isRefusedAtFirst: fc.boolean(),
  maxPendingRequests: fc.constantFrom(4, 1_000),
  deeds: fc.array(aDeed, { minLength: 5, maxLength: 30 }),
});

/** What came of a story. */
export interface History {
  /** Each settlement, drop, event, write and log line of either side, with its virtual time, in order. */
  readonly lines: readonly string[];
  readonly counters: readonly object[];
  readonly timersLeft: number;
}

/** Two sessions, and everything that can be seen of them from outside. */
class Stage {
  readonly clock = new VirtualClock();
  readonly lines: string[] = [];
  readonly #comm: MemoryComm;
  readonly #peerComm: MemoryComm;
  readonly #client: Session;
  readonly #server: Session;
  readonly #aborts: AbortController[] = [];
  #isKeyMistaken = false;
  #seeds = 0;
  #isSeedRepeated = false;

  constructor(
    { hasSecret, autoAuth, isRefusedAtFirst, maxPendingRequests }: Workload,
    inspect: SessionOptions['inspect'],
  ) {
    const { clock } = this;
    const { client, server } = createMemoryPair({
      clock,
      latency: LATENCY_MS,
      reconnectDelay: RECONNECT_MS,
      connectTimeout: 60_000,
    });
    this.#comm = client;
    server.refusesConnections = isRefusedAtFirst;
    this.#peerComm = server;
    this.#listenTo('client', client);
    this.#listenTo('server', server);
    const options: SessionOptions = {
      clock,
      maxPendingRequests,
      lateAnswerGrace: GRACE_MS,
      callbackTimeout: 3_600_000,
      ...(hasSecret ? { secret: 'correct horse battery staple' } : {}),
      ...(inspect === undefined ? {} : { inspect }),
    };
    const internals = { randomBytes: (length: number) => Buffer.alloc(length, this.#nextSeed()) };
    const logger = (name: string): Logger => {
      const log = (text: string): void => this.#note(`${name} logs ${text}`);
      return { debug: log, info: log, warn: log, error: log };
    };
    this.#server = new Session(server, withInternals({ ...options, logger: logger('server') }, internals));
    const clientOptions: SessionOptions = {
      ...options,
      logger: logger('client'),
      autoAuth,
      authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
      deriveKey: (seed, secret) =>
        deriveKey(seed, this.#isKeyMistaken ? Buffer.from('wrong horse battery staple') : secret),
    };
    this.#client = new Session(client, withInternals(clientOptions, internals));
    this.#listenTo('client', this.#client);
    this.#listenTo('server', this.#server);
    this.#server.onExecute(null, (data) => this.#answer(data));
  }

  #note(text: string): void {
    this.lines.push(`${this.clock.now()} ${text}`);
  }

  #listenTo(name: string, to: MemoryComm | Session): void {
    if (to instanceof Session) {
      to.on('dropped', ({ reason, detail }) => this.#note(`${name} dropped ${reason}: ${detail}`));
      to.on('connected', () => this.#note(`${name} connected`));
      to.on('disconnected', (reason) => this.#note(`${name} disconnected: ${reason}`));
      to.on('connectFailed', ({ message }) => this.#note(`${name} could not connect: ${message}`));
      to.on('abandoned', (reason) => this.#note(`${name} abandoned: ${reason}`));
      to.on('trusted', () => this.#note(`${name} trusted`));
      to.on('untrusted', () => this.#note(`${name} untrusted`));
      to.on('authenticationFailed', (reason) => this.#note(`${name} not authenticated: ${reason}`));
      to.on('channelName', (taken) => this.#note(`${name} is called ${taken}`));
      to.on('closed', (report) => this.#note(`${name} closed: ${JSON.stringify(report)}`));
      return;
    }
    const send = to.sendRaw.bind(to);
    to.sendRaw = (bytes) => {
      this.#note(`${name} writes ${bytes.toString('latin1')}`);
      send(bytes);
    };
  }

  /** A seed that comes a second time is of no use, and its handshake has no verdict. */
  #nextSeed(): number {
    if (!this.#isSeedRepeated) this.#seeds++;
    this.#isSeedRepeated = false;
    return this.#seeds;
  }

  #answer(data: unknown): unknown {
    const [, answerMs] = data as [number, number | null];
    if (answerMs === null) return new Promise(() => {});
    return new Promise((resolve) => this.clock.setTimeout(() => resolve(data), answerMs));
  }

  async play(deeds: readonly Deed[]): Promise<History> {
    await this.clock.advanceAsync(0);
    for (const deed of deeds) {
      this.#do(deed);
      await this.clock.advanceAsync(DEED_EVERY_MS);
    }
    const closed = Promise.all([this.#client.close(), this.#server.close()]);
    // answers of the server are timers of this stage
    await this.clock.advanceAsync(10 * DEED_EVERY_MS);
    await closed;
    return {
      lines: this.lines,
      counters: [this.#client.counters, this.#server.counters],
      timersLeft: this.clock.pending,
    };
  }

  #do(deed: Deed): void {
    switch (deed.type) {
      case 'ask':
        for (const [place, ask] of deed.requests.entries()) this.#ask(ask, TIMEOUTS_MS[place] ?? 0);
        return;
      case 'cancel':
        return this.#aborts[deed.which % this.#aborts.length]?.abort(new Error('cancelled'));
      case 'server says':
        return this.#settled('server says', this.#server.send(301, deed.dataId, 'news', 0, 0));
      case 'cut':
        return this.#comm.cut();
      case 'refuse':
        this.#peerComm.refusesConnections = true;
        return;
      case 'accept':
        this.#peerComm.refusesConnections = false;
        return;
      case 'stall':
        Object.defineProperty(this.#comm, 'bufferedBytes', { value: 2 ** 21, configurable: true });
        return;
      case 'drain':
        Reflect.deleteProperty(this.#comm, 'bufferedBytes');
        return this.#comm.unstall();
      case 'authenticate':
        return this.#settled('authenticate', this.#client.authenticate());
      case 'reconnect':
        return this.#client.reconnect();
      case 'mistake the key':
      case 'find the key':
        this.#isKeyMistaken = deed.type === 'mistake the key';
        return this.#comm.cut();
      case 'repeat the seed':
        this.#isSeedRepeated = true;
        return this.#comm.cut();
    }
  }

  #ask({ kind, dataId, answerMs }: Ask, timeout: number): void {
    const abort = new AbortController();
    const number = this.#aborts.push(abort);
    const name = `${kind} ${number}`;
    const { signal } = abort;
    if (kind === 'message') this.#settled(name, this.#client.send(300, dataId, number, 0, timeout));
    else if (kind === 'receive') this.#settled(name, this.#client.receive(301, dataId, timeout));
    else this.#settled(name, this.#client.execute(dataId, [number, answerMs], { timeout, signal }));
  }

  #settled(name: string, promise: Promise<unknown>): void {
    promise.then(
      (value) => this.#note(`${name} resolves: ${JSON.stringify(value)}`),
      (error: { message: string; reason?: string; written?: boolean }) =>
        this.#note(`${name} rejects: ${error.message} (${error.reason}, ${error.written})`),
    );
  }
}

/**
 * Plays a story on virtual time.
 *
 * @param inspect the inspector of both sessions; none if undefined
 */
export function play(workload: Workload, inspect: SessionOptions['inspect']): Promise<History> {
  return new Stage(workload, inspect).play(workload.deeds);
}
