/**
 * Two sessions on virtual time, one of which has a part that fails once; and what must hold after that, whatever failed.
 */

import type { AnyActorRef } from 'xstate';
import { type RequestOptions, Session, type SessionOptions } from '../../../src/index.js';
import { withInternals } from '../../../src/session/internals.js';
import { createMemoryPair, type MemoryComm } from '../../../src/transport/memory.js';
import { SESSION_EVENTS } from '../../support/session-events.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { type Faults, InjectedFailure, type SideName } from './faults.js';
import { FaultyComm } from './faulty-comm.js';
import { faultyCallback, faultyOptions, faultyRandomBytes, watchedClock } from './faulty-parts.js';

/** The secret of a scenario that has one. */
export const SECRET = 'a secret of more than sixteen bytes';

/** What differs from one scenario to the other. */
export interface BenchOptions {
  readonly both?: SessionOptions;
  readonly client?: SessionOptions;
  readonly server?: SessionOptions;
}

/** Something that somebody waits for. */
export interface Awaited {
  readonly what: string;
  settled: number;
  error: unknown;
}

/** A side of the bench. */
export interface Side {
  readonly name: SideName;
  readonly comm: MemoryComm;
  readonly session: Session;
  readonly options: SessionOptions;
}

/** The two sessions of a run. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly awaited: Awaited[] = [];
  readonly actors: AnyActorRef[] = [];
  /** Answers that another request got than the one that caused them. */
  readonly misdelivered: string[] = [];
  readonly leftovers: string[] = [];
  /** What would have ended the program. */
  readonly uncaught: string[] = [];
  /** Sides that the scenario itself has closed. */
  readonly closed = new Set<SideName>();
  readonly server: Side;
  readonly client: Side;
  readonly faults: Faults;
  readonly #watched = watchedClock(this.clock, (error) => this.uncaught.push(textOf(error)));
  /** Why sessions closed by themselves, as they said; warnings of the process are too few for so many failures a second. */
  readonly told: { readonly name: SideName; readonly error: Error }[] = [];
  #tags = 0;

  /** @throws InjectedFailure where a session cannot be made because of it */
  constructor(faults: Faults, { both = {}, client = {}, server = {} }: BenchOptions) {
    this.faults = faults;
    const pair = createMemoryPair({ clock: this.#watched, latency: 1 });
    this.server = this.#open('server', pair.server, { ...both, ...server });
    this.client = this.#open('client', pair.client, { autoAuth: true, ...both, ...client });
  }

  #open(name: SideName, comm: MemoryComm, options: SessionOptions): Side {
    const parts = faultyOptions(this.faults, name, { clock: this.#watched, actors: this.actors });
    const internals = { randomBytes: faultyRandomBytes(this.faults, name) };
    const session = new Session(
      new FaultyComm(comm, this.faults, name),
      // no jitter: a run must make the same calls as the one before
      withInternals({ random: () => 0.5, ...parts, ...options }, internals),
    );
    session.on('closed', ({ error }) => {
      if (error !== undefined) this.told.push({ name, error });
    });
    for (const event of SESSION_EVENTS)
      session.on(event, () => this.faults.check(`${name}.listener of ${event} throws`));
    return { name, comm, session, options };
  }

  get sides(): readonly Side[] {
    return [this.client, this.server];
  }

  /** Lets time pass, and everything happen that is due. */
  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  /** The time of the user's own code, which never fails. */
  later(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimeout(resolve, ms));
  }

  /** A callback of a side that may fail. */
  callback<Args extends unknown[]>(
    { name }: Side,
    callback: (...args: Args) => unknown,
  ): (...args: Args) => unknown {
    return faultyCallback(this.faults, name, callback);
  }

  /** Waits for something without stopping the story. */
  wait<T>(what: string, promise: () => Promise<T>, use: (value: T) => void = () => {}): void {
    const awaited: Awaited = { what, settled: 0, error: undefined };
    this.awaited.push(awaited);
    const rejected = (error: unknown): void => {
      awaited.settled++;
      awaited.error = error;
    };
    try {
      promise().then((value) => {
        awaited.settled++;
        use(value);
      }, rejected);
    } catch (error) {
      // the caller sees it, but a call of a session throws only for a wrong argument
      rejected(error);
      this.uncaught.push(`${what} threw: ${textOf(error)}`);
    }
  }

  /** Makes a request whose answer is what it carried. */
  ask({ session, name }: Side, serviceId: number, dataId: number, options: RequestOptions = {}): void {
    const tag = `${name} ${this.#tags++}`;
    const what = `the request ${tag} of ${serviceId}/${dataId}`;
    this.wait(
      what,
      () => session.request(serviceId, dataId, tag, options),
      ({ status, data }) => {
        if (status === 0 && data !== tag) this.misdelivered.push(`${what} got ${JSON.stringify(data)}`);
      },
    );
  }

  /** Lets what a side has held back go on its way; what is thrown meanwhile would have ended the program. */
  unstall({ comm }: Side): void {
    try {
      comm.unstall();
    } catch (error) {
      this.uncaught.push(textOf(error));
    }
  }

  /** Closes a side for the story; whether that can be waited for is looked at as for everything. */
  close(side: Side): void {
    this.closed.add(side.name);
    this.wait(`the closing of the ${side.name}`, () => side.session.close());
  }

  /** For a story that has closed both sides: nothing may wait any more. */
  expectNoTimers(): void {
    if (this.clock.pending > 0)
      this.leftovers.push(`${this.clock.pending} timers are left after the closing`);
  }

  /** A new session at the other end of a side whose partner is gone. */
  freshPartnerOf(side: Side): Session {
    const lost = side === this.client ? this.server : this.client;
    lost.comm.cut();
    const { client, server } = createMemoryPair({ clock: this.#watched, latency: 1 });
    const comm = side.comm.isClient ? server : client;
    comm.join(side.comm);
    side.comm.join(comm);
    const { secret = null } = side.options;
    const session = new Session(comm, { clock: this.#watched, secret, autoAuth: true });
    return session.onRead(null, () => 'fresh');
  }
}

/** Anything that was thrown, as text. */
export function textOf(error: unknown): string {
  if (error instanceof InjectedFailure) return `InjectedFailure: ${error.message}`;
  return error instanceof Error
    ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' ')
    : String(error);
}

/** What the sessions of a bench answer each other with: what was asked. */
export function echo(message: { readonly data: unknown }): readonly [number, unknown] {
  return [0, message.data];
}
