/**
 * What becomes of everything that the user of a session waits for (protocol.md section 5). Answers carry no number of
 * their request: the oldest request of its ids gets it, and one that gave up keeps its place for the late answer.
 */

import { SID_READ_REQUEST, SID_READ_RESPONSE, STATUS_AUTH_REQUIRED } from '../../../src/index.js';
import type { Tuple } from '../../support/bytes.js';
import type { Wish } from '../../trust/models/act.js';
import { type Book, Timer } from './book.js';
import { OPEN_DATA } from './data.js';
import { WORDS } from './words.js';

/** Why a session cannot write something; `room`: nothing fits into the transport; `refusal`: the peer refused the key. */
export type Obstacle = 'link' | 'refusal' | 'trust' | 'room' | null;

/** What decides about requests besides themselves. */
export interface RequestsHost {
  /** What keeps a message from being written. */
  obstacleTo(serviceId: number, dataId: number): Obstacle;
  /** Whether there is no link, and none will come unless the user asks for it. */
  readonly isLeft: boolean;
  /** A request has had no answer for so long that no further answer can be told apart. */
  exceeded(reason: string): void;
  /** Something waits for a link. */
  waits(deadlineMs: number): void;
  /** A request or message waits no more. */
  settled(): void;
}

type Kind = 'request' | 'message' | 'receive';

interface Waiting {
  readonly kind: Kind;
  readonly wish: Wish;
  /** When its time is over. */
  readonly deadlineMs: number;
  /** Whether its promise is open; a request whose promise is not, and that is still in its line, is a ghost. */
  isOpen: boolean;
  isWritten: boolean;
  readonly timer: Timer;
}

/** How each kind says that nothing came of it. */
const RESULTS = {
  timedOut: { request: 'TimeoutError', message: 'false', receive: 'null' },
  lost: { request: 'ConnectionLostError', message: 'false', receive: 'null' },
  refused: { request: 'AuthenticationError', message: 'false', receive: 'null' },
  closed: { request: 'SessionClosedError', message: 'false', receive: 'null' },
} as const;

/** How long a message is kept that nobody has taken. */
const MAX_AGE_MS = 30_000;
/** What is written by the user on a bench: a read, or a message of a service of its own. */
const TEXT = 'a message';

/** The requests, messages and receives of one session. */
export class ExpectedRequests {
  readonly #book: Book;
  readonly #graceMs: number;
  readonly #host: RequestsHost;
  /** What is not written, oldest first. */
  #queue: Waiting[] = [];
  /** What waits for a message of the peer, oldest first: written requests, ghosts among them, and receives. */
  #line: Waiting[] = [];
  /** Messages that nobody has taken, oldest first. */
  #buffer: { readonly message: Tuple; readonly atMs: number }[] = [];
  #isClosed = false;
  #takesNone = false;

  constructor(book: Book, graceMs: number, host: RequestsHost) {
    this.#book = book;
    this.#graceMs = graceMs;
    this.#host = host;
  }

  make(kind: Kind, wish: Wish): void {
    const timer = new Timer(this.#book.clock);
    const deadlineMs = this.#book.clock.now() + wish.timeoutMs;
    const waiting: Waiting = { kind, wish, deadlineMs, isOpen: true, isWritten: false, timer };
    if (kind === 'receive' && this.#takeBuffered(waiting)) return;
    if (this.#isClosed || this.#takesNone) return this.#end(waiting, RESULTS.closed);
    const waitsForLink = kind === 'receive' || this.#host.obstacleTo(wish.serviceId, wish.dataId) === 'link';
    if (waitsForLink && this.#host.isLeft) return this.#end(waiting, RESULTS.lost);
    timer.start(wish.timeoutMs, () => this.#timeOut(waiting));
    if (kind === 'receive') return void this.#line.push(waiting);
    this.#queue.push(waiting);
    this.release();
    if (this.#host.obstacleTo(wish.serviceId, wish.dataId) === 'link') this.#host.waits(deadlineMs);
  }

  /** When the time of the first that is not written is over. */
  get firstDeadlineMs(): number {
    const waiting = this.#queue.filter((each) => !this.#isBehindGhost(each));
    return Math.min(...waiting.map(({ deadlineMs }) => deadlineMs));
  }

  /** From now on nothing new may be made. */
  takesNoMore(): void {
    this.#takesNone = true;
  }

  /** Whether a request or a message waits; neither a `receive` nor a ghost counts. */
  get areWaiting(): boolean {
    return [...this.#queue, ...this.#line].some(({ kind, isOpen }) => kind !== 'receive' && isOpen);
  }

  #takeBuffered(waiting: Waiting): boolean {
    this.#dropExpired();
    const at = this.#buffer.findIndex(({ message }) => isFor(message, waiting));
    const [taken] = at < 0 ? [] : this.#buffer.splice(at, 1);
    if (taken !== undefined) this.#settle(waiting, JSON.stringify(taken.message[3]));
    return taken !== undefined;
  }

  #keep(message: Tuple): void {
    this.#dropExpired();
    this.#buffer.push({ message, atMs: this.#book.clock.now() });
  }

  /** Nobody waited for a message that is still here after so long; that is found out when the next one comes or goes. */
  #dropExpired(): void {
    const oldestMs = this.#book.clock.now() - MAX_AGE_MS;
    const kept = this.#buffer.filter(({ atMs }) => atMs >= oldestMs);
    for (let dropped = this.#buffer.length - kept.length; dropped > 0; dropped--)
      this.#book.dropped('expired');
    this.#buffer = kept;
  }

  /** Writes what can be written, oldest first. What has to wait for trust or for a ghost is passed over. */
  release(): void {
    for (const waiting of [...this.#queue]) {
      const { kind, wish } = waiting;
      const obstacle = this.#host.obstacleTo(wish.serviceId, wish.dataId);
      if (obstacle === 'link' || obstacle === 'room') return;
      if (obstacle === 'refusal') this.#end(waiting, RESULTS.refused);
      else if (obstacle === 'trust') {
        if (kind === 'message') this.#end(waiting, RESULTS.lost);
      } else if (kind === 'message' || !this.#isBehindGhost(waiting)) this.#write(waiting);
    }
  }

  /** A ghost ahead takes the next answer, so that a request behind it would get a wrong one. */
  #isBehindGhost({ wish: { serviceId, dataId } }: Waiting): boolean {
    return this.#line.some(
      ({ isOpen, wish }) => !isOpen && wish.serviceId === serviceId && wish.dataId === dataId,
    );
  }

  #write(waiting: Waiting): void {
    const { kind, wish } = waiting;
    this.#queue = this.#queue.filter((each) => each !== waiting);
    waiting.isWritten = true;
    this.#book.sent(wish.serviceId, wish.dataId, kind === 'request' ? null : TEXT);
    if (kind === 'message') this.#settle(waiting, 'true');
    else this.#line.push(waiting);
  }

  #timeOut(waiting: Waiting): void {
    if (waiting.kind === 'request' && waiting.isWritten) this.#becomeGhost(waiting, 'TimeoutError, written');
    else this.#end(waiting, RESULTS.timedOut);
  }

  cancel(number: number): void {
    const waiting = [...this.#queue, ...this.#line].find(({ wish }) => wish.number === number);
    if (waiting === undefined || !waiting.isOpen) return;
    if (waiting.isWritten) return this.#becomeGhost(waiting, 'AbortError');
    this.#remove(waiting);
    this.#settle(waiting, 'AbortError');
  }

  /** Nobody waits for the answer any more, and yet it must go to nobody else. */
  #becomeGhost(waiting: Waiting, result: string): void {
    this.#settle(waiting, result);
    waiting.timer.start(this.#graceMs, () => {
      this.#remove(waiting);
      this.#host.exceeded(WORDS.answerOverdue);
    });
  }

  /** Takes a message that belongs to no request of the peer; `believed`: what the peer may say. */
  hears(message: Tuple, believed: 'all' | 'open data'): void {
    const first = this.#line.find((waiting) => isFor(message, waiting));
    // a request that may leave before there is trust may be answered before there is trust
    const isAnswer = first?.kind === 'request' && message[1] === OPEN_DATA.dataId;
    if (believed !== 'all' && !isAnswer) return this.#withhold(message, first);
    if (first === undefined) return this.#keep(message);
    this.#answer(first, message);
  }

  /** An answer that is not believed is an answer all the same: its request must not wait for another. */
  #withhold([serviceId, dataId, status]: Tuple, first: Waiting | undefined): void {
    const refused: Tuple = [serviceId, dataId, STATUS_AUTH_REQUIRED, null];
    if (status !== STATUS_AUTH_REQUIRED || first === undefined) this.#book.dropped('untrusted');
    if (first !== undefined && first.kind !== 'receive') this.#answer(first, refused);
  }

  #answer(waiting: Waiting, [, , status, data]: Tuple): void {
    this.#remove(waiting);
    waiting.timer.stop();
    if (waiting.isOpen) this.#settle(waiting, status === 0 ? JSON.stringify(data) : 'StatusError');
    else this.#book.dropped('late-answer');
    this.release();
  }

  linkOpened(): void {
    // what an earlier link left means nothing on this one
    for (const _ of this.#buffer) this.#book.dropped('stale');
    this.#buffer = [];
    this.release();
  }

  /** Everything that was or is to be written fails; a receive outlives the link. */
  linkLost(): void {
    const all = [...this.#queue, ...this.#line].filter(({ kind }) => kind !== 'receive');
    for (const waiting of all) this.#end(waiting, RESULTS.lost);
  }

  /** A link is gone that was never good for more than the whitelist: what was not written waits for the next. */
  linkMissed(): void {
    const written = this.#line.filter(({ kind }) => kind !== 'receive');
    for (const waiting of written) this.#end(waiting, RESULTS.lost);
  }

  /** There will be no trust: what waits for it fails. */
  refused(): void {
    for (const waiting of [...this.#queue]) this.#end(waiting, RESULTS.refused);
  }

  /** There will be no link: what waits for one fails, and nothing will be received. */
  gaveUp(): void {
    const receives = this.#line.filter(({ kind }) => kind === 'receive');
    // in the order in which it is told: a rejection comes some turns later than a result
    for (const waiting of [...receives, ...this.#queue]) this.#end(waiting, RESULTS.lost);
  }

  closes(): void {
    this.#isClosed = true;
    for (const waiting of [...this.#queue, ...this.#line]) this.#end(waiting, RESULTS.closed);
  }

  /** Nothing comes of it. An error says whether the peer may have acted. */
  #end(waiting: Waiting, results: Readonly<Record<Kind, string>>): void {
    this.#remove(waiting);
    const { kind, isWritten, isOpen } = waiting;
    const saysWritten = kind === 'request' && results !== RESULTS.closed && results !== RESULTS.refused;
    const suffix = saysWritten ? `, ${isWritten ? '' : 'not '}written` : '';
    if (isOpen) this.#settle(waiting, `${results[kind]}${suffix}`);
    else waiting.timer.stop();
  }

  #settle(waiting: Waiting, result: string): void {
    waiting.isOpen = false;
    waiting.timer.stop();
    this.#book.settled(waiting.wish.number, result);
    this.#host.settled();
  }

  #remove(waiting: Waiting): void {
    this.#queue = this.#queue.filter((each) => each !== waiting);
    this.#line = this.#line.filter((each) => each !== waiting);
  }
}

function isFor([serviceId, dataId]: Tuple, { kind, wish }: Waiting): boolean {
  const awaited =
    kind === 'request' && wish.serviceId === SID_READ_REQUEST ? SID_READ_RESPONSE : wish.serviceId;
  return serviceId === awaited && dataId === wish.dataId;
}
