/**
 * Two clients and a server in virtual time: four real sessions on two memory pairs. The server's side has a session for
 * each link, as `listen` makes them, and takes the next link with the next session.
 */

import {
  createMemoryPair,
  deriveKey,
  type MemoryComm,
  type MemoryPair,
  Session,
  type SessionOptions,
} from '../../../src/index.js';
import { withInternals } from '../../../src/session/internals.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { Random } from '../random.js';
import { Desk } from './desk.js';
import { CALLBACK_TIMEOUT_MS, Ledger, type Witness } from './ledger.js';
import { Watcher } from './watcher.js';

/** What differs from run to run besides the commands. */
export interface Setting {
  readonly hasSecret: boolean;
  /** Whether each client authenticates by itself. */
  readonly autoAuth: readonly [boolean, boolean];
  readonly names: readonly [string | null, string | null, string | null];
  /** Whether everything is closed in the middle of it all, instead of being brought to an end first. */
  readonly endsInHaste: boolean;
}

/** Which of the four. */
export interface EndId {
  readonly side: 'client' | 'server';
  readonly pair: 0 | 1;
}

const SECRET = Buffer.from('a secret of both sides, and of nobody else');
/** A peer that refused a key is left alone for a minute; then a handshake is missed, at the worst, and made anew. */
const RECOVERY_MS = 70_000;
/** Short enough that a run of sixty commands gets there. */
const TIMES: SessionOptions = { lateAnswerGrace: 2_000, callbackTimeout: CALLBACK_TIMEOUT_MS };

/** One end: its transport, and the session that uses it now. */
export class End {
  readonly name: string;
  readonly comm: MemoryComm;
  readonly desk: Desk;
  readonly sessions: Session[] = [];
  lostAtMs = -1;
  links = 0;
  /** When it was last seen to trust nobody. */
  untrustedAtMs = 0;
  /** Whether its key was refused, and neither was there a link since then nor did its user ask for one. */
  isRefused = false;
  readonly #make: () => Session;
  readonly #nowMs: () => number;

  constructor(name: string, comm: MemoryComm, desk: Desk, nowMs: () => number, make: () => Session) {
    this.name = name;
    this.comm = comm;
    this.desk = desk;
    this.#nowMs = nowMs;
    this.#make = make;
  }

  get session(): Session {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error(`expected ${this.name} to have a session, got none`);
    return session;
  }

  /** The user of a client wants another link, and forgets what was said on the last. */
  reconnect(): void {
    this.isRefused = false;
    this.session.reconnect();
  }

  /** Begins a session on the transport. */
  open(): void {
    const session = this.#make();
    this.sessions.push(session);
    this.untrustedAtMs = this.#nowMs();
    this.isRefused = false;
    session.on('connected', () => {
      this.links++;
      this.isRefused = false;
    });
    session.on('disconnected', (reason) => {
      this.lostAtMs = this.untrustedAtMs = this.#nowMs();
      this.isRefused = reason === 'key-refused';
    });
    session.on('untrusted', () => (this.untrustedAtMs = this.#nowMs()));
    this.desk.serve(session);
  }
}

/** The whole world of a run. */
export class CommandWorld implements Witness {
  readonly clock = new VirtualClock();
  readonly ledger: Ledger;
  readonly ends: readonly End[];
  readonly #setting: Setting;
  readonly #random: Random;
  readonly #watcher = new Watcher();
  /** Whether each client computes its keys from the right secret. */
  readonly hasRightKey: [boolean, boolean] = [true, true];
  /** Whether the right key was sent on each link. */
  readonly #isProven: [boolean, boolean] = [false, false];
  #isOver = false;

  constructor(setting: Setting, seed: number) {
    this.#setting = setting;
    this.#random = new Random(seed);
    this.ledger = new Ledger(this);
    this.ends = ([0, 1] as const).flatMap((pair) => {
      const comms = createMemoryPair({ clock: this.clock });
      return [this.#server(pair, comms), this.#client(pair, comms)];
    });
    for (const end of this.ends) end.open();
  }

  end({ side, pair }: EndId): End {
    return this.#endNamed(`${side} ${pair}`);
  }

  #endNamed(name: string): End {
    const end = this.ends.find((each) => each.name === name);
    if (end === undefined) throw new Error(`expected an end, got ${name}`);
    return end;
  }

  #client(pair: 0 | 1, { client }: MemoryPair): End {
    return new End(
      `client ${pair}`,
      client,
      this.#desk('client', pair),
      () => this.nowMs(),
      () => {
        const session = new Session(client, {
          ...this.#options(pair + 1),
          autoAuth: this.#setting.autoAuth[pair],
          deriveKey: (seed, secret) => {
            if (!this.hasRightKey[pair])
              return deriveKey(seed, Buffer.from('another secret of the same length'));
            this.#isProven[pair] = true;
            return deriveKey(seed, secret);
          },
        });
        return session;
      },
    );
  }

  #server(pair: 0 | 1, { server }: MemoryPair): End {
    const end: End = new End(
      `server ${pair}`,
      server,
      this.#desk('server', pair),
      () => this.nowMs(),
      () => {
        const internals = {
          endsWithItsLink: true,
          randomBytes: (length: number) => this.#random.bytes(length),
        };
        const session = new Session(server, withInternals(this.#options(0), internals));
        session.on('connected', () => (this.#isProven[pair] = false));
        session.on('closed', () => {
          if (!this.#isOver) end.open();
        });
        return session;
      },
    );
    return end;
  }

  #options(name: number): SessionOptions {
    return {
      ...TIMES,
      clock: this.clock,
      inspect: this.#watcher,
      channelName: this.#setting.names[name] ?? null,
      ...(this.#setting.hasSecret ? { secret: SECRET } : {}),
    };
  }

  #desk(side: 'client' | 'server', pair: 0 | 1): Desk {
    return new Desk({
      end: `${side} ${pair}`,
      clock: this.clock,
      ledger: () => this.ledger,
      // whoever has set a secret runs nothing before the right key has come (server) or was sent (client)
      mayRun: () => !this.#setting.hasSecret || this.#isProven[pair],
    });
  }

  // ── what the books ask ──

  nowMs(): number {
    return this.clock.now();
  }

  lostAtMs(end: string): number {
    return this.#endNamed(end).lostAtMs;
  }

  isClosed(end: string): boolean {
    return this.#endNamed(end).sessions.some(({ isClosed }) => isClosed);
  }

  isRefused(end: string): boolean {
    return this.#endNamed(end).isRefused;
  }

  linksOf(end: string): number {
    return this.#endNamed(end).links;
  }

  wasUntrustedSince(name: string, sinceMs: number): boolean {
    const { session, untrustedAtMs } = this.#endNamed(name);
    return this.#setting.hasSecret && (!session.isTrusted || untrustedAtMs >= sinceMs);
  }

  // ── a run ──

  /** Lets everything happen that needs no more than this time, and checks what must hold. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    this.check();
  }

  check(): void {
    for (const pair of [0, 1] as const) {
      if (!this.#setting.hasSecret || this.#isProven[pair]) continue;
      for (const side of ['client', 'server'] as const)
        if (this.end({ side, pair }).session.isTrusted)
          this.ledger.violated(`I4: ${side} ${pair} trusts a peer that has not proven anything`);
    }
    for (const error of this.#watcher.errors) this.ledger.violated(`I15: ${error}`);
    this.ledger.check();
  }

  /** Brings the run to its end: nothing is left behind (I13). */
  async finish(): Promise<void> {
    if (!this.#setting.endsInHaste) await this.#recover();
    await this.close();
    for (const ask of this.ledger.open) this.ledger.violated(`I16: request ${ask.number} has never settled`);
    if (this.clock.pending > 0)
      this.ledger.violated(`I13: ${this.clock.pending} timers are left after closing`);
    this.ledger.check();
  }

  /**
   * The faults are over, the last of which is that each link breaks: everything must settle, connect and answer (I16), and
   * nobody asks for a connection or, where a client authenticates by itself, for trust.
   */
  async #recover(): Promise<void> {
    for (const { comm } of this.ends) {
      comm.refusesConnections = false;
      comm.unstall();
    }
    for (const pair of [0, 1] as const) {
      this.hasRightKey[pair] = true;
      this.end({ side: 'server', pair }).comm.cut();
    }
    await this.pass(RECOVERY_MS);
    for (const ask of this.ledger.open) this.ledger.violated(`I16: request ${ask.number} has never settled`);
    for (const pair of [0, 1] as const) await this.#finishPair(pair);
  }

  async #finishPair(pair: 0 | 1): Promise<void> {
    const client = this.end({ side: 'client', pair });
    if (client.session.isClosed) return;
    if (this.#setting.hasSecret && !this.#setting.autoAuth[pair]) {
      const verdict = client.session.authenticate();
      await this.pass(2_000);
      if (!(await verdict)) this.ledger.violated(`I16: client ${pair} has the right key and is not trusted`);
    }
    if (!client.session.isTrusted) this.ledger.violated(`I16: client ${pair} has not come back by itself`);
    for (const side of ['client', 'server'] as const) {
      const ask = this.end({ side, pair }).desk.ask(this.end({ side, pair }).session, {
        kind: 'write',
        dataId: 0,
        mode: 'now',
        timeoutMs: 5_000,
        delayMs: 0,
        isAbortable: false,
      });
      await this.pass(100);
      if (ask.outcome !== 'answered')
        this.ledger.violated(`I16: ${ask.by} gets no answer at the end: ${ask.outcome}`);
    }
    this.#checkCounters(pair);
  }

  /** What the sessions have counted agrees with what they have announced. */
  #checkCounters(pair: 0 | 1): void {
    for (const side of ['client', 'server'] as const) {
      const end = this.end({ side, pair });
      for (const line of end.desk.wrongCounters(end.sessions)) this.ledger.violated(line);
    }
  }

  /** Ends every session, also of a run that has failed. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const { sessions, desk } of this.ends) {
      for (const session of sessions) await session.close();
      desk.close();
    }
    await this.clock.advanceAsync(0);
  }
}
