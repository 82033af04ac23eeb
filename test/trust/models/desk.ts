/** What the program at one end does: it asks, it answers, and it keeps an account of both in the ledger. */

import type { Clock, Counters, Session } from '../../../src/index.js';
import { STATUS_OPERATION_NOT_PERMITTED, StatusError } from '../../../src/index.js';
import type { Ask, Ledger, Mode, Task } from './ledger.js';

/** What a desk is at. */
export interface DeskOptions {
  /** `client 0`, `server 1`, … */
  readonly end: string;
  readonly clock: Clock;
  ledger(): Ledger;
  /** Whether a callback may run now. */
  mayRun(): boolean;
}

/** A request that is to be made. */
export interface Order {
  readonly kind: 'read' | 'write' | 'execute';
  readonly dataId: number;
  readonly mode: Mode;
  readonly timeoutMs: number;
  readonly delayMs: number;
  readonly isAbortable: boolean;
}

const READ_REQUEST = 10;
/** A service that nobody registered: its messages are for `receive`. */
export const OWN_SERVICE = 200;
const UNHANDLED_DATA_ID = 8;
/** What has a handler, and is asked for by nobody but a forger. */
export const UNASKED_DATA_ID = 5;
/** The number of a request that nobody in the books has made. */
export const FORGED_ASK = -1;
/** The data ids of the handlers: few, so that many requests share a line. */
const DATA_IDS = [0, 1, UNASKED_DATA_ID] as const;

/** One end's program. */
export class Desk {
  readonly #options: DeskOptions;
  readonly #timers = new Set<unknown>();
  readonly #announced = new Map<Session, Record<string, number>>();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Answers what comes, and counts what is announced. */
  serve(session: Session): void {
    for (const dataId of DATA_IDS) {
      session.onRead(dataId, (data) => this.#answer(session, data as unknown as Task));
      session.onWrite(dataId, (data) => this.#answer(session, data as unknown as Task));
      session.onExecute(dataId, (data) => this.#answer(session, data as unknown as Task));
    }
    const counts: Record<string, number> = { connections: 0, failedAuthentications: 0 };
    const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
    session.on('connected', () => count('connections'));
    session.on('authenticationFailed', () => count('failedAuthentications'));
    // handlers fail on purpose, and somebody hears of it
    session.on('callbackError', () => {});
    session.on('dropped', ({ reason }) => count(`dropped ${reason}`));
    this.#announced.set(session, counts);
  }

  #answer(session: Session, task: Task): unknown {
    const { end, mayRun, ledger } = this.#options;
    if (task.ask === FORGED_ASK) ledger().ranForged(end, mayRun());
    else ledger().ran(end, task, mayRun());
    const answer = { ask: task.ask };
    switch (task.mode) {
      case 'now':
        return answer;
      case 'later':
        return new Promise((resolve) => this.#later(task.delayMs, () => resolve(answer)));
      case 'never':
        return new Promise(() => {});
      case 'throw':
        throw new Error('a handler that fails on purpose');
      case 'reject':
        return Promise.reject(new Error('a handler that fails later on purpose'));
      case 'status':
        throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
      case 'junk':
        return () => 'no JSON';
      default:
        return this.#askBack(session, answer);
    }
  }

  #later(delayMs: number, callback: () => void): void {
    const { clock } = this.#options;
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** A callback that asks its own caller something (R9), and answers whatever came of it. */
  async #askBack<T>(session: Session, answer: T): Promise<T> {
    const order = {
      kind: 'execute',
      dataId: 1,
      mode: 'now',
      timeoutMs: 50,
      delayMs: 0,
      isAbortable: false,
    } as const;
    const ask = this.#enter(order);
    const asked = this.#send(session, order, ask);
    this.#options.ledger().follow(ask, asked);
    await asked.catch(() => {});
    return answer;
  }

  /** Makes a request. */
  ask(session: Session, order: Order): Ask {
    const ask = this.#enter(order);
    this.#options.ledger().follow(ask, this.#send(session, order, ask));
    return ask;
  }

  #enter({ kind, dataId, mode, timeoutMs, delayMs, isAbortable }: Order): Ask {
    const { end, ledger } = this.#options;
    const id = mode === 'unhandled' ? UNHANDLED_DATA_ID : dataId;
    return ledger().ask({
      by: end,
      key: `${end} ${kind} ${id}`,
      mode,
      timeoutMs,
      delayMs,
      abort: isAbortable ? new AbortController() : null,
    });
  }

  #send(session: Session, { kind, dataId, mode, timeoutMs, delayMs }: Order, ask: Ask): Promise<unknown> {
    const id = mode === 'unhandled' ? UNHANDLED_DATA_ID : dataId;
    const task: Task = { ask: ask.number, mode, delayMs };
    const options = { timeout: timeoutMs, ...(ask.abort === null ? {} : { signal: ask.abort.signal }) };
    if (kind === 'write') return session.write(id, task, options);
    if (kind === 'execute') return session.execute(id, task, options);
    // a read has no data to carry its number in, so it is made by hand
    return session.request(READ_REQUEST, id, task, options).then(({ status, data }) => {
      if (status !== 0) throw new StatusError(status);
      return data;
    });
  }

  /** Sends a message of the own service. */
  sendMessage(session: Session, timeoutMs: number): void {
    const { end, ledger } = this.#options;
    const number = ledger().message();
    void session
      .send(OWN_SERVICE, 0, number, 0, timeoutMs)
      .then((isSent) => ledger().messageSent(end, number, isSent));
  }

  /** Waits for a message of the own service. */
  receiveMessage(session: Session, timeoutMs: number): void {
    const { end, ledger } = this.#options;
    void session.receive(OWN_SERVICE, 0, timeoutMs).then((message) => {
      if (message !== null) ledger().messageReceived(end, Number(message.data));
    });
  }

  /** What the sessions of this end have counted and not announced, or announced and not counted. */
  wrongCounters(sessions: readonly Session[]): string[] {
    return sessions.flatMap((session) => {
      const announced = this.#announced.get(session) ?? {};
      const counted = flat(session.counters);
      return Object.keys({ ...announced, ...counted })
        .filter((name) => (announced[name] ?? 0) !== (counted[name] ?? 0))
        .map(
          (name) =>
            `${this.#options.end} announced ${name} ${announced[name]} times, and counted ${counted[name]}`,
        );
    });
  }

  /** Forgets the answers that were to come later. */
  close(): void {
    for (const timer of this.#timers) this.#options.clock.clearTimeout(timer);
    this.#timers.clear();
  }
}

function flat({ connections, failedAuthentications, dropped }: Counters): Record<string, number> {
  const drops = Object.entries(dropped).map(([reason, count]) => [`dropped ${reason}`, count] as const);
  return { connections, failedAuthentications, ...Object.fromEntries(drops) };
}
