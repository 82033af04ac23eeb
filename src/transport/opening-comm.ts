/**
 * What the transports share that open their links themselves: attempts, of which there is one at a time, and the machine that
 * decides when to make one, which is that of the session that takes the transport over, or its own if there is none.
 */

import type { Duplex } from 'node:stream';
import { type ActorRefFrom, createActor } from 'xstate';
import { connectionMachine } from '../../machines/connection.js';
import type { Clock } from '../base/clock.js';
import { ConnectError } from '../protocol/errors.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { ReconnectPolicy } from './comm-instance.js';
import { connectReasonOf, detailOf } from './network-errors.js';
import { TcpComm } from './tcp-comm.js';
import { TlsFailure } from './tls/failures.js';
import type { TlsClientSettings } from './tls/option-tables.js';
import { secureClient } from './tls/secure-client.js';

/** Hears what becomes of an attempt; once, and not before the call returns that began it. */
export interface AttemptListener {
  opened(stream: Duplex): void;
  failed(error: Error): void;
}

/** A link that is being opened. */
export interface Attempt {
  /** Gives it up, and destroys a stream that comes all the same; resolves when nothing of it is left. */
  giveUp(): Promise<void>;
}

/** How a client encrypts its links. */
export interface ClientTls {
  readonly settings: TlsClientSettings;
  /** Where the links lead to, for the name in the certificate. */
  readonly host: string;
}

/** A transport that opens its links itself. */
export abstract class OpeningComm extends TcpComm {
  /** Where it connects to, for errors. */
  abstract readonly address: string;
  readonly #policy: ReconnectPolicy;
  readonly #tls: ClientTls | null;
  #attempt: Attempt | null = null;
  #isSupervised = false;
  /** The attempt that was under way when a session took over is the first attempt of that session. */
  #isHandedOver = false;
  #supervisor: ActorRefFrom<typeof connectionMachine> | null = null;
  #isClosed = false;
  #onFailure: (error: Error) => void = () => {};

  /** @param tls null: what is sent is not encrypted */
  constructor(clock: Clock, policy: ReconnectPolicy, tls: ClientTls | null = null) {
    super(clock);
    this.#policy = policy;
    this.#tls = tls;
    queueMicrotask(() => {
      if (!this.#isSupervised && !this.#isClosed) this.#superviseItself();
    });
  }

  /** Whether another link follows one that was lost. */
  get isReopening(): boolean {
    return this.#policy.reopens;
  }

  /** Begins to open a stream. */
  protected abstract begin(listener: AttemptListener): Attempt;

  protected override get addressOfPeer(): string {
    return this.address;
  }

  supervise(): ReconnectPolicy {
    this.#isSupervised = true;
    // from now on there is one machine for the links
    this.#supervisor?.stop();
    this.#supervisor = null;
    this.#isHandedOver = this.#attempt !== null;
    return this.#policy;
  }

  registerFailureCallback(callback: (error: Error) => void): void {
    this.#onFailure = callback;
  }

  reconnect(): void {
    if (this.#isClosed) return;
    const isHandedOver = this.#isHandedOver && this.#attempt !== null;
    this.#isHandedOver = false;
    if (isHandedOver) return;
    this.disconnect('reconnect-requested');
    const secured = (stream: Duplex): void => {
      if (this.#attempt !== attempt) return void stream.destroy();
      this.#attempt = null;
      this.adopt(stream);
    };
    const failed = (error: Error): void => {
      if (this.#attempt === attempt) this.#failed(error);
    };
    const opened = (stream: Duplex): void => {
      const tls = this.#tls;
      if (tls === null || this.#attempt !== attempt) return secured(stream);
      secureClient(stream, tls.settings, { clock: this.clock, host: tls.host, secured, failed });
    };
    const attempt = this.begin({ opened, failed });
    this.#attempt = attempt;
  }

  #failed(error: Error): void {
    this.#attempt = null;
    const reason = error instanceof TlsFailure ? error.reason : connectReasonOf(error);
    const failure = new ConnectError(this.address, reason, detailOf(error), error);
    this.#onFailure(failure);
    this.#supervisor?.send({ type: 'link.failed', reason });
  }

  override disconnect(reason: LinkReason): void {
    void this.#giveUp();
    super.disconnect(reason);
  }

  override async close(): Promise<{ lostBytes: number }> {
    this.#isClosed = true;
    this.#supervisor?.stop();
    this.#supervisor = null;
    const givenUp = this.#giveUp();
    const closed = super.close();
    await givenUp;
    return closed;
  }

  async #giveUp(): Promise<void> {
    const attempt = this.#attempt;
    this.#attempt = null;
    await attempt?.giveUp();
  }

  /** Without a session the transport runs the machine that decides about links by itself. */
  #superviseItself(): void {
    const machine = connectionMachine.provide({
      actions: {
        'open a link': () => this.reconnect(),
        'break the link': (_, { reason }) => this.disconnect(reason),
        'close the transport': () => {},
        'report established': () => {},
        'report lost': () => {},
        'report a failed attempt': () => {},
        'report refused': () => {},
        'report abandoned': () => {},
      },
      delays: {
        'connect time-out': this.#policy.connectTimeoutMs,
        'reconnect delay': ({ context }) => this.#policy.delayMs(context.failedAttempts),
        'refusal delay': 0,
      },
    });
    const { reopens, maxAttempts } = this.#policy;
    const input = {
      opensLinks: true,
      reopensLinks: reopens,
      needsTrust: false,
      returnsAfterRefusal: false,
      maxAttempts,
    };
    this.#supervisor = createActor(machine, { input, clock: this.clock }).start();
    this.#supervisor.send({ type: 'connection.open' });
  }

  protected override linkOpened(): void {
    this.#supervisor?.send({ type: 'link.opened' });
  }

  protected override linkClosed(reason: LinkReason): void {
    this.#supervisor?.send({ type: 'link.closed', reason });
  }
}
