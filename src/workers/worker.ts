import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { errorOfThrown, warnOfThrown } from '../base/thrown.js';
import { within } from '../base/waiting.js';
import type { Bus, BusHeaders, BusSubscription } from '../bus/bus.js';
import { MicroService } from '../bus/micro/service.js';
import type { Contract } from '../contract/contract.js';
import { ERROR_CODE_HEADER, ERROR_TEXT_HEADER } from '../gateway/format/failures.js';
import { fromPattern } from '../gateway/format/subjects.js';
import { UnsentAnswers } from '../gateway/unsent-answers.js';
import { BusError } from '../protocol/errors.js';
import { CLOSE_AT_ONCE, type CloseOptions, drainTimeoutOf } from '../session/close-options.js';
import { emitToAll } from '../session/journal/listeners.js';
import { Calls, type WorkerCounts } from './calls.js';
import type { WorkerHandlers } from './handler-types.js';
import { admitWorkerOptions, WORKER_OPTIONS } from './option-tables.js';
import type { WorkerMessage } from './worker-message.js';
import { type Endpoint, WorkerSide } from './worker-side.js';

/** Options of {@link worker}. */
export interface WorkerOptions<Contracts = Contract | readonly Contract[]> {
  /** The bus, which stays yours. */
  readonly bus: Bus;
  /** What devices may ask: one contract, or several. */
  readonly contract: Contracts;
  /** The first word of the subjects of the gateways: `sp`. */
  readonly prefix?: string | undefined;
  /** What tools that list the services of a bus call it: `worker`. */
  readonly name?: string | undefined;
  /** Its version, for the same tools: `0.0.0`. */
  readonly version?: string | undefined;
  /** Of all workers with one queue, one gets each request; another queue gets all of them as well: `worker`. */
  readonly queue?: string | undefined;
  /** How many handlers may run at once: 64. */
  readonly maxRunning?: number | undefined;
  /** How many requests may wait for them; more are refused: 1,000. */
  readonly maxWaiting?: number | undefined;
  /** How long a handler may take, in milliseconds; then its request is answered with "callback error": 30,000 ms. */
  readonly callbackTimeout?: number | undefined;
  /** Send `NaN`, `Infinity` and `-Infinity` as Python's tokens, in place of an error; they are always received: off. */
  readonly allowNan?: boolean | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}

/** The events of a {@link Worker}. */
export interface WorkerEvents {
  /** A handler failed. Without a listener the process is warned. */
  callbackError: [error: Error, message: WorkerMessage];
}

/** What a worker has done so far. */
export interface WorkerStats extends Readonly<WorkerCounts> {
  /** Handlers that have not settled. */
  readonly running: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Answers that nobody got because the bus was away for too long, or closed. */
  readonly lostAnswers: number;
}

/** What became of what was under way when a worker closed. */
export interface WorkerCloseReport {
  /** Handlers that still ran: their requesters were told that the outcome is unknown. */
  readonly cutCallbacks: number;
}

/**
 * Answers what devices ask: with other workers of its queue, each request once.
 *
 * @param options see {@link WorkerOptions}
 * @param handlers a function for each entry of the contracts; gets the data and the message, which names the device
 * @returns when it answers
 * @throws (rejects) OptionError for a wrong option or handler, BusError where the bus is closed
 *
 * @example
 * ```ts
 * import { contract, execute } from 'socket-protocol';
 * import { memoryBus, worker } from 'socket-protocol/gateway';
 * import * as z from 'zod';
 *
 * const prices = contract({ price: execute(1, z.string(), z.number()) });
 * const running = await worker(
 *   { bus: memoryBus(), contract: prices },
 *   { price: (article, { device }) => (device === 'kitchen' ? 1 : article.length) },
 * );
 * await running.close({ drain: true });
 * ```
 */
export async function worker<const Contracts extends Contract | readonly Contract[]>(
  options: WorkerOptions<Contracts>,
  handlers: WorkerHandlers<Contracts>,
): Promise<Worker> {
  const made = new Worker(options, handlers);
  await made[START]();
  return made;
}

const NS_PER_MS = 1_000_000;
/** How long the last answers may take to leave, in milliseconds: the bus may be away. */
const FAREWELL_MS = 1_000;

const START: unique symbol = Symbol('subscribe');

/** Answers what devices ask; `worker` makes it. */
export class Worker extends EventEmitter<WorkerEvents> {
  /** What tools that list services tell it apart by. */
  readonly id: string = randomUUID();
  readonly #bus: Bus;
  readonly #calls: Calls;
  readonly #unsent: UnsentAnswers;
  readonly #subscriptions: BusSubscription[] = [];
  readonly #start: () => void;
  /** What tools ask about it. */
  #micro: MicroService | null = null;
  readonly #clock: Clock;
  readonly #counts: WorkerCounts = {
    received: 0,
    answered: 0,
    callbackErrors: 0,
    validationErrors: 0,
    refused: 0,
    expired: 0,
    unreadable: 0,
    lateResults: 0,
  };
  #closed: Promise<WorkerCloseReport> | null = null;
  /** Ends the draining. */
  #cut: () => void = () => {};
  #idle: () => void = () => {};

  /** @throws OptionError for a wrong option or handler */
  constructor(options: WorkerOptions, handlers: object) {
    super();
    admitWorkerOptions(options);
    const read = optionReader(WORKER_OPTIONS, options);
    const bus = (this.#bus = read('bus'));
    const clock = (this.#clock = read('clock'));
    const callbackTimeoutMs = read('callbackTimeout');
    const counts = this.#counts;
    const side = new WorkerSide({
      clock,
      callbackTimeoutMs,
      countValidationError: () => void counts.validationErrors++,
    });
    const endpoints = side.handle(read('contract'), handlers);
    const maxWaiting = read('maxWaiting');
    const unsent = (this.#unsent = new UnsentAnswers(bus, clock, maxWaiting));
    const calls = (this.#calls = new Calls({
      clock,
      maxRunning: read('maxRunning'),
      maxWaiting,
      callbackTimeoutMs,
      encoding: { allowNan: read('allowNan') },
      unsent,
      counts,
      asked: (message) => side.asked(message),
      failed: (thrown, message) => this.#callbackFailed(thrown, message, side.asked(message).name),
      over: (endpoint, tookMs, failure) =>
        this.#micro?.endpoint(endpoint.name).done(tookMs * NS_PER_MS, lineOf(failure)),
      idle: () => this.#idle(),
    }));
    const [prefix, queue] = [read('prefix'), read('queue')];
    const [name, version] = [read('name'), read('version')];
    const subjectOf = ({ entry }: Endpoint): string => fromPattern(prefix, entry.requestSid, entry.dataId);
    this.#start = () => {
      this.#micro = new MicroService({
        bus,
        name,
        id: this.id,
        version,
        endpoints: endpoints.map((each) => ({
          name: each.name,
          subject: subjectOf(each),
          queueGroup: queue,
        })),
      });
      for (const endpoint of endpoints) {
        const subject = subjectOf(endpoint);
        this.#subscriptions.push(bus.subscribe(subject, (sent) => calls.receive(endpoint, sent), { queue }));
      }
    };
  }

  /** Subscribes, and resolves when the bus knows. */
  async [START](): Promise<void> {
    try {
      this.#start();
      await this.#bus.flush();
    } catch (error) {
      // it subscribes when it is back
      if (isAway(error)) return;
      for (const subscription of this.#subscriptions) subscription.unsubscribe();
      void this.#micro?.close();
      this.#unsent.close();
      throw error;
    }
  }

  /** What it has done so far. */
  stats(): WorkerStats {
    return { ...this.#counts, ...this.#calls.load, lostAnswers: this.#unsent.lost };
  }

  /**
   * Ends it: no other request comes. Requests that have not begun are refused, and the requesters of handlers that run are told that
   * the outcome is unknown; with `drain` both are finished first. The bus stays open.
   *
   * @param options `drain` lets what has come be answered first, for `timeout` milliseconds in all
   * @returns what had to be cut; the same for every call. A second one without `drain` ends the draining
   * @throws (rejects) OptionError for a wrong option
   */
  close(options: CloseOptions = CLOSE_AT_ONCE): Promise<WorkerCloseReport> {
    try {
      const drainMs = drainTimeoutOf(options);
      if (drainMs === null) this.#cut();
      this.#closed ??= this.#close(drainMs);
      return this.#closed;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** As Node's, but a listener that throws is a warning of the process, and the others are called all the same. */
  override emit<K>(
    event: K | keyof WorkerEvents,
    ...args: K extends keyof WorkerEvents ? WorkerEvents[K] : never
  ): boolean {
    return emitToAll(this, event as string | symbol, args);
  }

  async #close(drainMs: number | null): Promise<WorkerCloseReport> {
    // what the bus has given to this side still comes, and is answered, or refused
    const drained = Promise.allSettled([
      ...this.#subscriptions.map((subscription) => subscription.drain()),
      this.#micro?.close(),
    ]);
    const cutCallbacks = drainMs === null ? this.#calls.cut() : await this.#drain(drained, drainMs);
    await within(
      this.#clock,
      FAREWELL_MS,
      drained.then(() => this.#bus.flush()),
    );
    this.#unsent.close();
    return { cutCallbacks };
  }

  /** Resolves when all that has come is answered, or the time is over. */
  #drain(drained: Promise<unknown>, drainMs: number): Promise<number> {
    return new Promise((resolve) => {
      let isDrained = false;
      const end = (): void => {
        this.#clock.clearTimeout(timer);
        this.#cut = this.#idle = () => {};
        resolve(this.#calls.cut());
      };
      const timer = this.#clock.setTimeout(end, drainMs);
      this.#cut = end;
      this.#idle = () => {
        if (isDrained && this.#calls.isIdle) end();
      };
      void drained.then(() => {
        isDrained = true;
        this.#idle();
      });
    });
  }

  #callbackFailed(thrown: unknown, message: WorkerMessage, name: string): void {
    if (this.emit('callbackError', errorOfThrown(thrown), message)) return;
    const what = `a handler of a worker failed (${name}; a listener of "callbackError" hears of each)`;
    const matter = `${message.serviceId} ${message.dataId}`;
    warnOfThrown(what, thrown, 'SP_CALLBACK_FAILED', { scope: this, matter });
  }
}

/** A failure as tools show it: `500:callback error`. */
function lineOf(failure: BusHeaders | null): string | null {
  return failure && `${failure[ERROR_CODE_HEADER]}:${failure[ERROR_TEXT_HEADER]}`;
}

function isAway(error: unknown): boolean {
  return error instanceof BusError && error.reason === 'bus-away';
}
