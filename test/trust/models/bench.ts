/** A session in virtual time on a transport that can break the law, with a puppet at the other end; all effects are kept. */

import type { Message, ReconnectPolicy, Session, SessionOptions } from '../../../src/index.js';
import type { SessionInternals } from '../../../src/session/internals.js';
import { MemoryComm } from '../../../src/transport/memory.js';
import { encodeStp } from '../../../src/wire/index.js';
import { payloadOf } from '../../support/bytes.js';
import { messageFor, type PeerWords } from '../../support/peer-events.js';
import { memoryLink, Puppet } from '../../support/puppet.js';
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
  readonly session: Session;
  readonly #puppet: Puppet;
  readonly #farComm: MemoryComm;
  #effects: Effect[] = [];

  constructor({ isClient, policy, session, internals = {} }: BenchOptions) {
    const { clock } = this;
    this.comm = new LawlessComm(clock, isClient, policy ?? null);
    this.#farComm = new MemoryComm(!isClient, { clock });
    this.comm.join(this.#farComm);
    this.#farComm.join(this.comm);
    const warned = (line: string): void => void this.#saw('logged', line);
    const silent = (): void => {};
    const logger = { debug: silent, info: silent, warn: warned, error: warned };
    this.#puppet = new Puppet(clock, memoryLink(this.comm, this.#farComm), {
      session: { inspect: this.watcher, logger, ...session },
      internals,
    });
    this.session = this.#puppet.session;
    this.#listen();
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.#puppet.settle();
  }

  /** Opens a link, from whichever side opens links. */
  async link(): Promise<void> {
    if (this.comm.isClient) this.comm.letOpen();
    else this.#farComm.reconnect();
    await this.settle();
  }

  /** Sends a message of the puppet; without a link, the transport delivers it all the same. */
  async say(serviceId: number, dataId: number, data: unknown = null, status = 0): Promise<void> {
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
    if (this.comm.isConnected()) this.#puppet.write(encodeStp(Buffer.alloc(maxFrameLength + 1, 'x')));
    else this.comm.announceDrop({ reason: 'too-long', byteLength: maxFrameLength + 1 });
    await this.settle();
  }

  /** Closes the link; where there is none, the transport says so all the same. */
  async unlink(): Promise<void> {
    if (this.comm.isConnected()) this.comm.cut();
    else this.comm.announceClosed('there was no link');
    await this.settle();
  }

  /** What the puppet has heard since the last look. */
  heard(): Message[] {
    return this.#puppet.takeHeard();
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
  }

  #listen(): void {
    const { session } = this;
    const announced = (text: string): void => this.#saw('announced', text);
    session.on('connected', () => announced('connected'));
    session.on('disconnected', (reason) => announced(`disconnected: ${reason}`));
    session.on('connectFailed', (error) => announced(`connectFailed: ${error.message}`));
    session.on('abandoned', (reason) => announced(`abandoned: ${reason}`));
    session.on('trusted', () => announced('trusted'));
    session.on('untrusted', () => announced('untrusted'));
    session.on('authenticationFailed', (reason) => announced(`authenticationFailed: ${reason}`));
    session.on('channelName', (name) => announced(`channelName: ${name}`));
    session.on('closed', () => announced('closed'));
    session.on('dropped', ({ reason }) => this.#saw('dropped', reason));
  }
}
