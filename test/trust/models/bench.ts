/**
 * A real session on a real connection in virtual time, with a puppet at the other end that says what it is told and
 * writes down what it hears.
 */

import type { Message, ReconnectPolicy, SessionOptions } from '../../../src/index.js';
import { ConnectError, Message as NewMessage, Session } from '../../../src/index.js';
import { type SessionInternals, withInternals } from '../../../src/session/internals.js';
import { MemoryComm } from '../../../src/transport/memory.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { LawlessComm } from './lawless-comm.js';
import { Watcher } from './watcher.js';

/** What a bench is made of. */
export interface BenchOptions {
  readonly isClient: boolean;
  readonly policy?: ReconnectPolicy;
  readonly session?: SessionOptions;
  readonly internals?: SessionInternals;
}

/** One thing that a session let happen, on the channel where it was seen. */
export interface Effect {
  readonly channel: 'wire' | 'announced' | 'dropped' | 'transport' | 'logged' | 'settled' | 'sent';
  readonly text: string;
}

/** A session, its transport, its puppet, and what was seen of them. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly watcher = new Watcher();
  readonly comm: LawlessComm;
  readonly puppet: MemoryComm;
  readonly session: Session;
  /** What the puppet has heard since the last look. */
  #heard: Message[] = [];
  #effects: Effect[] = [];

  constructor(options: BenchOptions) {
    this.comm = new LawlessComm(this.clock, options.isClient, options.policy ?? null);
    this.puppet = new MemoryComm(!options.isClient, { clock: this.clock });
    this.comm.join(this.puppet);
    this.puppet.join(this.comm);
    this.puppet.registerCallback((payload) => void this.#heard.push(pureJson.decode(payload)));
    const warned = (line: string): void => void this.#saw('logged', line);
    const silent = (): void => {};
    const logger = { debug: silent, info: silent, warn: warned, error: warned };
    const sessionOptions = { clock: this.clock, inspect: this.watcher, logger, ...options.session };
    this.session = new Session(this.comm, withInternals(sessionOptions, options.internals ?? {}));
    this.#listen();
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.advanceAsync(0);
  }

  /** Opens a link, from whichever side opens links. */
  async link(): Promise<void> {
    if (this.comm.isClient) this.comm.letOpen();
    else this.puppet.reconnect();
    await this.settle();
  }

  /** Sends a message of the puppet; without a link, the transport delivers it all the same. */
  async say(serviceId: number, dataId: number, data: unknown = null, status = 0): Promise<void> {
    const payload = pureJson.encode(new NewMessage<unknown>({ serviceId, dataId, data, status }));
    if (this.comm.isConnected()) this.puppet.sendRaw(encodeStp(payload));
    else this.comm.deliver(payload);
    await this.settle();
  }

  /** Makes the session reset its connection, as a frame that is too long does. */
  async overflow(maxFrameLength: number): Promise<void> {
    if (this.comm.isConnected()) this.puppet.sendRaw(encodeStp(Buffer.alloc(maxFrameLength + 1, 'x')));
    else this.comm.announceDrop({ reason: 'too-long', byteLength: maxFrameLength + 1 });
    await this.settle();
  }

  /** Closes the link; where there is none, the transport says so all the same. */
  async unlink(): Promise<void> {
    if (this.comm.isConnected()) this.comm.cut();
    else this.comm.announceClosed('link-closed');
    await this.settle();
  }

  heard(): Message[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  /** What the session let happen on its own side since the last look. */
  effects(): Effect[] {
    const calls = this.comm.calls().map((text): Effect => ({ channel: 'transport', text }));
    const effects = [...this.#effects, ...calls];
    this.#effects = [];
    return effects;
  }

  /** Ends everything; returns what is left, which must be nothing. */
  async close(): Promise<string[]> {
    const closed = this.session.close();
    await this.settle();
    await closed;
    this.puppet.close();
    await this.settle();
    const left = this.clock.pending;
    return [
      ...this.watcher.errors,
      ...(left > 0 ? [`expected no timer after closing, got ${left} (I13)`] : []),
    ];
  }

  #saw(channel: Effect['channel'], text: string): void {
    this.#effects.push({ channel, text });
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
    session.on('closed', () => announced('closed'));
    session.on('dropped', ({ reason }) => this.#saw('dropped', reason));
  }
}

function reasonOf(error: Error): string {
  return error instanceof ConnectError ? error.reason : error.message;
}
