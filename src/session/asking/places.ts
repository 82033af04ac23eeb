import { type MessageKey, messageKey } from '../../protocol/message-key.js';
import type { PendingCounts } from '../sending/output.js';
import { Line } from './line.js';
import type { PendingRequest } from './pending-request.js';

/** Empty lines that are kept for the next request of their ids: as many as a program asks for again and again. */
const MAX_EMPTY_LINES = 8;

/**
 * Where the requests of one session stand: in the queue of what could not be written yet, or in the line of its ids once
 * it was written (protocol.md section 5).
 */
export class Places {
  readonly #counts: PendingCounts;
  readonly #lines = new Map<MessageKey, Line>();
  /** The one that was found last: an answer, and often the next request, has the ids of the one before it. */
  #found: Line | undefined;
  /** What waits for a connection, trust or room, in the order in which it was made. */
  #queue = new Set<PendingRequest>();

  constructor(counts: PendingCounts) {
    this.#counts = counts;
  }

  get queue(): ReadonlySet<PendingRequest> {
    return this.#queue;
  }

  /** The line of a pair of ids; it may be empty. */
  lineOf(serviceId: number, dataId: number): Line | undefined {
    const found = this.#found;
    if (found?.answerSid === serviceId && found.dataId === dataId) return found;
    return (this.#found = this.#lines.get(messageKey(serviceId, dataId)));
  }

  /** Those that were written, or wait for a message, line by line. */
  written(): PendingRequest[] {
    const written: PendingRequest[] = [];
    for (const line of this.#lines.values())
      for (let request = line.first; request !== null; request = request.behind) written.push(request);
    return written;
  }

  /** All requests: those that were not written in the order in which they would go, then each line. */
  all(): PendingRequest[] {
    const all = [...this.#queue];
    for (const line of this.#lines.values()) {
      for (let request = line.first; request !== null; request = request.behind) all.push(request);
      all.push(...line.waitingBehindGhosts);
    }
    return all;
  }

  /** Puts a request into the queue, at its end. */
  enqueue(request: PendingRequest): void {
    this.#wait(request, this.#queue);
  }

  /** Lets a request wait for the ghosts of its line to go. */
  waitBehindGhosts(request: PendingRequest, line: Line): void {
    this.#wait(request, line.waitingBehindGhosts);
  }

  #wait(request: PendingRequest, queue: Set<PendingRequest>): void {
    queue.add(request);
    request.queue = queue;
    this.#counts.queued++;
    this.#counts.queuedBytes += request.payload?.length ?? 0;
  }

  leaveQueue(request: PendingRequest): void {
    if (request.queue === null) return;
    request.queue.delete(request);
    request.queue = null;
    this.#counts.queued--;
    this.#counts.queuedBytes -= request.payload?.length ?? 0;
  }

  /** Puts a request at the end of its line, which begins with it if there is none. */
  enterLine(request: PendingRequest, line = this.lineOf(request.answerSid, request.dataId)): void {
    (line ?? this.#begin(request)).append(request);
    this.#counts.inLine++;
  }

  #begin({ answerSid, dataId }: PendingRequest): Line {
    const line = new Line(answerSid, dataId);
    this.#lines.set(messageKey(answerSid, dataId), line);
    return (this.#found = line);
  }

  /** A request needs its place no more. */
  leave(request: PendingRequest): void {
    this.leaveQueue(request);
    request.payload = null;
    const { line } = request;
    if (line === null) return;
    line.remove(request);
    this.#counts.inLine--;
    this.#dropIfEmpty(line);
  }

  ghostCame(line: Line): void {
    line.ghosts++;
    this.#counts.ghosts++;
  }

  /** What waited behind the last ghost of a line goes next, before all that was made later; true if there is any. */
  ghostWent(line: Line): boolean {
    line.ghosts--;
    this.#counts.ghosts--;
    const isAnyWaiting = line.ghosts === 0 && line.waitingBehindGhosts.size > 0;
    if (isAnyWaiting) {
      this.#queue = new Set([...line.waitingBehindGhosts, ...this.#queue]);
      line.waitingBehindGhosts.clear();
      for (const request of this.#queue) request.queue = this.#queue;
    }
    this.#dropIfEmpty(line);
    return isAnyWaiting;
  }

  #dropIfEmpty(line: Line): void {
    if (this.#lines.size <= MAX_EMPTY_LINES || !line.isEmpty) return;
    this.#lines.delete(messageKey(line.answerSid, line.dataId));
    if (this.#found === line) this.#found = undefined;
  }
}
