/** What `ping` can ask a peer: for a sign of life, for data, or for a connection. */

import type { Clock } from '../../base/clock.js';
import { ConnectionLostError, StatusError } from '../../protocol/errors.js';
import { DID_CHANNEL_NAME, SID_CHANNEL_NAME_RESPONSE, STATUS__NAMES } from '../../protocol/ids.js';
import type { LinkReason } from '../../protocol/reasons.js';
import type { Session } from '../../session/session.js';
import { ASK_FOR_LIFE } from '../../session/sign-of-life.js';
import type { Address } from '../address.js';
import { ConnectTimeoutError, NoAnswerError } from '../errors.js';
import type { Io } from '../io.js';
import { clockOf } from '../pace.js';
import { type NamedData, titleOf } from './named-data.js';
import { type PeerOptions, withSession } from './peer.js';

/** How long an answer took, and what is worth saying about it; why there was none; null: the person did not wait for it. */
export type Answered = { readonly ms: number; readonly remark?: string } | { readonly error: unknown } | null;

/** Asks a peer. */
export interface Probe {
  /** For programs. */
  readonly how: 'heartbeat' | 'read' | 'connect';
  /** For people. */
  readonly what: string;
  /** Whether a question has to wait for the answer to the one before it. */
  readonly isOneAtATime: boolean;
  /** How many answers came when nobody waited for them any more; undefined where that is not known. */
  readonly late?: number;
  /** Asks once. Never rejects. */
  ask(): Promise<Answered>;
}

interface Question {
  readonly askedMs: number;
  isOverdue: boolean;
  readonly settle: (answered: Answered) => void;
}

/**
 * Asks for a sign of life, as the heartbeat does. Answers come in the order of the questions, and the first of a connection
 * belongs to the exchange of names with which it began.
 */
export class HeartbeatProbe implements Probe {
  readonly how = 'heartbeat';
  readonly what = 'asking for a sign of life (the heartbeat)';
  readonly isOneAtATime = false;
  late = 0;
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #io: Io;
  /** Those that may still be answered; one that is overdue keeps its place. */
  #questions: Question[] = [];
  #isNameAnswered = false;
  #nameAnswered: () => void = () => {};

  /**
   * @param session has not connected yet
   * @param timeoutMs how long an answer may take
   */
  constructor(session: Session, timeoutMs: number, io: Io) {
    this.#session = session;
    this.#clock = clockOf(io);
    this.#timeoutMs = timeoutMs;
    this.#io = io;
    session.registerCallback(SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, () => this.#answered());
    session.on('disconnected', (reason) => this.#lost(reason));
  }

  /** Whether the peer answers the exchange of names; waits as long as for any answer. */
  answersNames(): Promise<boolean> {
    const isAnswered = (): boolean => this.#isNameAnswered;
    return new Promise((resolve) => {
      const settle = this.#wait(resolve, isAnswered, isAnswered);
      this.#nameAnswered = () => settle(isAnswered());
      if (this.#isNameAnswered || this.#io.interrupted.aborted) this.#nameAnswered();
    });
  }

  ask(): Promise<Answered> {
    if (!this.#session.isConnected()) return Promise.resolve({ error: lost(false, 'link-closed') });
    return new Promise((resolve) => {
      const settle = this.#wait<Answered>(
        resolve,
        () => {
          question.isOverdue = true;
          return { error: new NoAnswerError(`No answer within ${this.#timeoutMs} ms`) };
        },
        () => null,
      );
      const question: Question = { askedMs: this.#clock.now(), isOverdue: false, settle };
      this.#questions.push(question);
      this.#session[ASK_FOR_LIFE]();
    });
  }

  /**
   * Waits for something as long as an answer may take, or until the person does not wait any more.
   *
   * @returns what settles it before
   */
  #wait<Value>(
    resolve: (value: Value) => void,
    late: () => Value,
    interrupted: () => Value,
  ): (value: Value) => void {
    const signal = this.#io.interrupted;
    const settle = (value: Value): void => {
      this.#clock.clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(value);
    };
    const giveUp = (): void => settle(interrupted());
    const timer = this.#clock.setTimeout(() => settle(late()), this.#timeoutMs);
    signal.addEventListener('abort', giveUp);
    return settle;
  }

  #answered(): void {
    if (!this.#isNameAnswered) {
      this.#isNameAnswered = true;
      return this.#nameAnswered();
    }
    const question = this.#questions.shift();
    if (question?.isOverdue === true) this.late++;
    question?.settle({ ms: this.#clock.now() - question.askedMs });
  }

  #lost(reason: LinkReason): void {
    const questions = this.#questions;
    this.#questions = [];
    this.#isNameAnswered = false;
    for (const { settle } of questions) settle({ error: lost(true, reason) });
  }
}

/** Why a question has no answer: its connection is gone. */
function lost(isSent: boolean, reason: LinkReason): ConnectionLostError {
  return new ConnectionLostError('this question', isSent, reason);
}

/** Reads data. */
export class ReadProbe implements Probe {
  readonly how = 'read';
  readonly what: string;
  readonly isOneAtATime = false;
  readonly #session: Session;
  readonly #data: NamedData;
  readonly #io: Io;

  constructor(session: Session, data: NamedData, io: Io) {
    this.#session = session;
    this.#data = data;
    this.#io = io;
    this.what = `READ ${titleOf(data)}`;
  }

  async ask(): Promise<Answered> {
    const { interrupted } = this.#io;
    const clock = clockOf(this.#io);
    // a request would wait for the next connection, and that is no round trip
    if (!this.#session.isConnected()) return { error: lost(false, 'link-closed') };
    const askedMs = clock.now();
    try {
      await this.#session.read(this.#data.dataId, { signal: interrupted });
      return { ms: clock.now() - askedMs };
    } catch (error) {
      if (interrupted.aborted) return null;
      if (!(error instanceof StatusError)) return { error };
      const { status } = error;
      const remark = `status ${status}: ${STATUS__NAMES[status] ?? 'unknown status'}`;
      return { ms: clock.now() - askedMs, remark };
    }
  }
}

/** Opens connections, one after the other. */
export class ConnectProbe implements Probe {
  readonly how = 'connect';
  readonly what = 'opening connections';
  readonly isOneAtATime = true;
  readonly #address: Address;
  readonly #options: PeerOptions;
  readonly #io: Io;

  constructor(address: Address, options: PeerOptions, io: Io) {
    this.#address = address;
    this.#options = options;
    this.#io = io;
  }

  async ask(): Promise<Answered> {
    const clock = clockOf(this.#io);
    const beganMs = clock.now();
    let connectedMs = beganMs;
    const begun = (session: Session): void => {
      session.once('connected', () => {
        connectedMs = clock.now();
      });
    };
    try {
      await withSession({ address: this.#address, begun }, this.#options, this.#io, async () => {});
      return { ms: connectedMs - beganMs };
    } catch (error) {
      if (this.#io.interrupted.aborted) return null;
      if (error instanceof ConnectTimeoutError && connectedMs > beganMs)
        return { ms: connectedMs - beganMs, remark: 'not trusted in time' };
      return { error };
    }
  }
}
