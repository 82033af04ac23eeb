/**
 * A session in virtual time on a transport that can break the law, with a puppet at the other end. Everything that is
 * done to it goes through here: all acts and all effects are kept, with their moments.
 */

import {
  ConnectError,
  type JsonValue,
  type LinkReason,
  Message,
  type ReconnectPolicy,
  type Session,
  type SessionOptions,
  SID_READ_REQUEST,
  STATUS_OKAY,
} from '../../../src/index.js';
import type { SessionInternals } from '../../../src/session/internals.js';
import { MemoryComm } from '../../../src/transport/memory.js';
import { encodeStp } from '../../../src/wire/index.js';
import { payloadOf } from '../../support/bytes.js';
import { messageFor, type PeerWords } from '../../support/peer-events.js';
import { memoryLink, Puppet } from '../../support/puppet.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { Act, TimedAct } from './act.js';
import { LawlessComm } from './lawless-comm.js';
import { Watcher } from './watcher.js';

/** How a line sounds to a heartbeat: silent unless the peer says something, heard when the peer was asked, or always heard. */
export type LineMode = 'silent' | 'answering' | 'lively';

/** What a bench is made of. */
export interface BenchOptions {
  readonly isClient: boolean;
  /** How a client reconnects; 'none': its transport opens links by itself. */
  readonly policy?: ReconnectPolicy | 'none';
  readonly session?: SessionOptions;
  readonly internals?: SessionInternals;
  /** Left out: there is no heartbeat. */
  readonly line?: LineMode;
  /** Whether its transport takes its time to close. */
  readonly lingers?: boolean;
}

/** One thing that a session let happen, on the channel where it was seen. */
export interface Effect {
  readonly channel: 'wire' | 'announced' | 'dropped' | 'transport' | 'logged' | 'settled' | 'sent';
  readonly text: string;
}

/** An effect and its moment. */
export interface TimedEffect extends Effect {
  readonly atMs: number;
}

const SEED_BYTES = 32;
/** A request of the peer whose callback takes its time; it may come before trust. */
export const SLOW_DATA_ID = 92;
/** What that returns. */
export const SLOW_DATA = 'at last';
/** More than any limit on what a transport may hold back. */
const FULL_BYTES = 64 * 1024 * 1024;

/** A session, its transport, its puppet, and what was seen of them. */
export class Bench {
  readonly options: BenchOptions;
  readonly clock = new VirtualClock();
  readonly watcher = new Watcher();
  readonly comm: LawlessComm;
  readonly session: Session;
  /** Everything that was done to the session. */
  readonly acts: TimedAct[] = [];
  readonly #puppet: Puppet;
  readonly #farComm: MemoryComm;
  readonly #history: TimedEffect[] = [];
  #effects: Effect[] = [];
  #wishes = 0;
  /** Callbacks that run. */
  readonly #slow: (() => void)[] = [];
  /** On the present link. */
  #hasPeerEnded = false;

  constructor(options: BenchOptions) {
    const { isClient, policy, session, internals, line } = options;
    const { clock } = this;
    this.options = options;
    this.comm = new LawlessComm(clock, isClient, policy ?? null);
    this.comm.canDieSilently = line !== undefined;
    this.comm.lingers = options.lingers ?? false;
    this.comm.onCall = (text) => this.#saw('transport', text);
    this.#farComm = new MemoryComm(!isClient, { clock });
    this.comm.join(this.#farComm);
    this.#farComm.join(this.comm);
    const warned = (line: string): void => void this.#saw('logged', line);
    const silent = (): void => {};
    const logger = { debug: silent, info: silent, warn: warned, error: warned };
    this.#puppet = new Puppet(clock, memoryLink(this.comm, this.#farComm), {
      session: { inspect: this.watcher, logger, random: () => 0.5, ...session },
      internals: { randomBytes: numberedBytes(), ...internals },
    });
    this.session = this.#puppet.session;
    this.#soundLike(line);
    this.#listen();
    this.session.addMsgToAuthWhitelist(SID_READ_REQUEST, SLOW_DATA_ID);
    const returned = (): Promise<string> =>
      new Promise((resolve) => this.#slow.push(() => resolve(SLOW_DATA)));
    this.session.onRead(SLOW_DATA_ID, returned);
    this.session.on('connected', () => void (this.#hasPeerEnded = false));
  }

  #soundLike(line: LineMode | undefined): void {
    const { comm, clock } = this;
    if (line === 'lively') comm.shownLastHeardMs = () => clock.now();
    if (line !== 'answering') return;
    let [lastHeardMs, isAsked] = [0, false];
    this.watcher.onProcessed = (actor, { value }) => {
      if (actor === 'heartbeat') isAsked = value === 'asked';
    };
    comm.shownLastHeardMs = () => {
      if (isAsked) lastHeardMs = clock.now();
      return lastHeardMs;
    };
    this.session.on('connected', () => void (lastHeardMs = clock.now()));
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.#puppet.settle();
  }

  #did(act: Act): void {
    this.acts.push({ atMs: this.clock.now(), act });
  }

  // ── what the transport does ──

  /** Opens a link, from whichever side opens links; where there is one, the transport says so all the same. */
  async link(): Promise<void> {
    this.#did({ type: 'a link opens' });
    if (this.comm.isConnected()) this.comm.announceOpened();
    else if (this.comm.isClient) this.comm.letOpen();
    else this.#farComm.reconnect();
    await this.settle();
  }

  /** Closes the link; where there is none, the transport says so all the same. */
  async unlink(): Promise<void> {
    this.#did({ type: 'the link breaks' });
    if (this.comm.isConnected()) this.comm.cut();
    else this.comm.announceClosed('link-closed');
    await this.settle();
  }

  /** Lets an attempt to open a link fail; where there is none, the transport says so all the same. */
  async fail(reason: LinkReason): Promise<void> {
    this.#did({ type: 'an attempt fails', reason });
    this.comm.announceFailed(reason);
    await this.settle();
  }

  /** Whether the transport takes nothing from now on, although there is a link. */
  refuse(takesNothing: boolean): void {
    this.#did({ type: 'the transport refuses', takesNothing });
    this.comm.takesNothing = takesNothing;
  }

  /** From now on nothing more fits into the transport. */
  fill(): void {
    this.#did({ type: 'the output fills' });
    this.comm.shownBufferedBytes = FULL_BYTES;
  }

  /** Everything fits into the transport again. */
  async drain(): Promise<void> {
    this.#did({ type: 'the output drains' });
    this.comm.shownBufferedBytes = null;
    this.comm.announceDrained();
    await this.settle();
  }

  // ── what the peer does ──

  /**
   * Sends a message of the puppet; without a link, the transport delivers it all the same. Nothing comes once the peer has
   * ended its stream.
   */
  async say(serviceId: number, dataId: number, data: unknown = null, status = 0): Promise<void> {
    if (this.#hasPeerEnded && this.comm.isConnected()) return;
    this.#did({ type: 'the peer says', message: [serviceId, dataId, status, data] });
    if (this.comm.isConnected()) this.#puppet.say(serviceId, dataId, data, status);
    else this.comm.deliver(payloadOf(serviceId, dataId, data, status));
    await this.settle();
  }

  /** Sends what makes a session hear an event of its peer. */
  async sayEvent(type: string, words: PeerWords = {}): Promise<void> {
    const [serviceId, dataId, status, data] = messageFor(type, words);
    await this.say(serviceId, dataId, data, status);
  }

  /** Makes the session reset its connection, as a frame that is too long does. */
  async overflow(maxFrameLength: number): Promise<void> {
    if (this.#hasPeerEnded && this.comm.isConnected()) return;
    this.#did({ type: 'the peer sends too long a frame' });
    if (this.comm.isConnected()) this.#puppet.write(encodeStp(Buffer.alloc(maxFrameLength + 1, 'x')));
    else this.comm.announceDrop({ reason: 'too-long', byteLength: maxFrameLength + 1 });
    await this.settle();
  }

  /** Ends the stream of the peer; without a link, the transport says so all the same. */
  async endStream(): Promise<void> {
    this.#did({ type: 'the peer ends its stream' });
    if (this.comm.isConnected()) this.#farComm.endStream();
    else this.comm.announceEnded();
    this.#hasPeerEnded = this.comm.isConnected();
    await this.settle();
  }

  /** The same, after a request whose callback takes its time. */
  async endStreamAfterRequest(): Promise<void> {
    await this.say(SID_READ_REQUEST, SLOW_DATA_ID);
    await this.endStream();
  }

  // ── what the user does ──

  /** The oldest callback that takes its time returns. */
  async returnFromCallback(): Promise<void> {
    this.#did({ type: 'a callback returns' });
    this.#slow.shift()?.();
    await this.settle();
  }

  /** @param meanwhileTooLong whether the transport finds too long a frame just while it breaks the old link */
  async reconnect(meanwhileTooLong = false): Promise<void> {
    this.#did({ type: 'the user reconnects', meanwhileTooLong });
    if (meanwhileTooLong) this.comm.dropWhenBroken = { reason: 'too-long', byteLength: 2_000 };
    this.session.reconnect();
    this.comm.dropWhenBroken = null;
    await this.settle();
  }

  async closeSession(): Promise<void> {
    this.#did({ type: 'the user closes' });
    void this.session.close();
    await this.settle();
  }

  /** Closes the session when all that it has begun is finished. */
  async drainSession(timeoutMs: number): Promise<void> {
    this.#did({ type: 'the user drains', timeoutMs });
    void this.session.close({ drain: true, timeout: timeoutMs });
    await this.settle();
  }

  /** Lets a transport that takes its time close. */
  async letClose(): Promise<void> {
    this.#did({ type: 'the transport has closed' });
    this.comm.letClose();
    await this.settle();
  }

  authenticate(timeoutMs: number): Promise<boolean> {
    const number = ++this.#wishes;
    this.#did({ type: 'the user authenticates', number, timeoutMs });
    return this.#follow(number, this.session.authenticate(timeoutMs));
  }

  read(dataId: number, timeoutMs: number, signal?: AbortSignal): Promise<JsonValue> {
    const number = ++this.#wishes;
    this.#did({ type: 'the user reads', number, serviceId: SID_READ_REQUEST, dataId, timeoutMs });
    signal?.addEventListener('abort', () => this.#did({ type: 'the user cancels', number }));
    return this.#follow(number, this.session.read(dataId, { timeout: timeoutMs, signal }));
  }

  send(serviceId: number, dataId: number, data: string, timeoutMs: number): Promise<boolean> {
    const number = ++this.#wishes;
    this.#did({ type: 'the user sends', number, serviceId, dataId, timeoutMs });
    return this.#follow(number, this.session.send(serviceId, dataId, data, STATUS_OKAY, timeoutMs));
  }

  receive(serviceId: number, dataId: number, timeoutMs: number): Promise<Message | null> {
    const number = ++this.#wishes;
    this.#did({ type: 'the user receives', number, serviceId, dataId, timeoutMs });
    return this.#follow(number, this.session.receive(serviceId, dataId, timeoutMs));
  }

  /** Keeps what becomes of a promise; it is kept alone, no channel of a machine shows it. */
  #follow<T>(number: number, promise: Promise<T>): Promise<T> {
    const settled = (text: string): void =>
      void this.#history.push({ atMs: this.clock.now(), channel: 'settled', text: `${number}: ${text}` });
    promise.then(
      (value) => settled(textOfResult(value)),
      (error: unknown) => settled(nameOfError(error)),
    );
    return promise;
  }

  // ── what was seen ──

  /** What the puppet has heard since the last look. */
  heard(): Message[] {
    const heard = this.#puppet.takeHeard();
    for (const { atMs, serviceId, dataId, status, data } of heard)
      this.#history.push({ atMs, channel: 'wire', text: JSON.stringify([serviceId, dataId, status, data]) });
    return heard;
  }

  /** Everything that was seen since the beginning, on each channel in order. */
  history(): readonly TimedEffect[] {
    this.heard();
    return this.#history;
  }

  /** What the session let happen on its own side since the last look. */
  effects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Ends everything; returns what is left, which must be nothing. */
  async close(): Promise<string[]> {
    this.comm.letClose();
    await this.#puppet.close();
    this.#farComm.close();
    await this.settle();
    const left = this.clock.pending;
    return [
      ...this.watcher.errors,
      ...(left > 0 ? [`expected no timer after closing, got ${left} (I13)`] : []),
    ];
  }

  #saw(channel: Effect['channel'], text: string): void {
    this.#effects.push({ channel, text });
    this.#history.push({ atMs: this.clock.now(), channel, text });
  }

  #listen(): void {
    const { session } = this;
    const announced = (text: string): void => this.#saw('announced', text);
    session.on('connected', () => announced('connected'));
    session.on('disconnected', (reason) => announced(`disconnected: ${reason}`));
    session.on('connectFailed', (error) => announced(`connectFailed: ${reasonOf(error)}`));
    session.on('abandoned', (reason) => announced(`abandoned: ${reason}`));
    session.on('trusted', () => announced('trusted'));
    session.on('untrusted', () => announced('untrusted'));
    session.on('authenticationFailed', (reason) => announced(`authenticationFailed: ${reason}`));
    session.on('channelName', (name) => announced(`channelName: ${name}`));
    session.on('peerNamed', (name) => announced(`peerNamed: ${name}`));
    session.on('closed', () => announced('closed'));
    session.on('dropped', ({ reason }) => this.#saw('dropped', reason));
  }
}

/** Bytes that can be foretold: all ones, all twos, … Only what is as long as a seed counts. */
function numberedBytes(): (length: number) => Buffer {
  let seeds = 0;
  return (length) => Buffer.alloc(length, length === SEED_BYTES ? ++seeds : 0xff);
}

/** The seed that a server on a bench sends after so many others. */
export function seedNumber(number: number): string {
  return Buffer.alloc(SEED_BYTES, number).toString('hex');
}

function textOfResult(value: unknown): string {
  return JSON.stringify(value instanceof Message ? value.data : value);
}

/** The name of an error, and whether what it is about had been written. */
export function nameOfError(error: unknown): string {
  const { name, written } = error as { name?: string; written?: boolean };
  return written === undefined ? String(name) : `${name}, ${written ? '' : 'not '}written`;
}

function reasonOf(error: Error): string {
  return error instanceof ConnectError ? error.reason : error.message;
}
